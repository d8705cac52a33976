package org.postern.cli;

import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.FileCompleter;
import org.postern.audit.AuditPage;
import org.postern.audit.AuditQuery;
import org.postern.audit.AuditService;
import org.postern.audit.Order;

/** Tells who changed what. */
@Service
@Command(
        scope = "onos",
        name = "postern-audit",
        description = "Lists who changed what, the newest first, or exports it",
        detailedDescription =
                "Usage: postern-audit [-j] [--subject S] [--by USER] [--action A] [--via INTERFACE]\n"
                        + "                     [--since WHEN] [--until WHEN] [--limit N] [--export FILE]\n"
                        + "WHEN is a moment (2026-03-01, \"2026-03-01 08:00\", 2026-03-01T08:00:00Z) or how long"
                        + " ago (30m, 12h, 7d).\n"
                        + "-j shows JSON, one line for each entry. FILE gets everything that is asked for, oldest"
                        + " first, as JSON lines, with each subscriber of bulk changes; it is made on the machine of"
                        + " this node and must not exist.")
public class AuditCommand extends PosternCommand {

    @Option(name = "--subject", description = "only changes of this subscriber, device, class, …")
    @Completion(SubscriberCompleter.class)
    String subject;

    @Option(name = "--by", description = "only what this user or system ordered")
    @Completion(AuditedUserCompleter.class)
    String by;

    @Option(name = "--action", description = "only this kind of change, such as quarantine")
    @Completion(AuditedActionCompleter.class)
    String action;

    @Option(name = "--via", description = "only what came by this interface, such as console")
    @Completion(InterfaceCompleter.class)
    String via;

    @Option(name = "--since", description = "only from this moment on")
    @Completion(PastCompleter.class)
    String since;

    @Option(name = "--until", description = "only before this moment")
    @Completion(PastCompleter.class)
    String until;

    @Option(name = "--limit", description = "how many entries to show, 1 to 1000")
    int limit = 20;

    @Option(name = "--export", description = "write all to a new file instead of showing some")
    @Completion(FileCompleter.class)
    String export;

    @Override
    void run() {
        AuditQuery.Builder query = AuditQuery.all().limit(limit);
        Optional.ofNullable(subject).ifPresent(query::subject);
        Optional.ofNullable(by).ifPresent(query::by);
        Optional.ofNullable(action).ifPresent(query::action);
        Optional.ofNullable(via)
                .map(text -> Order.Interface.of(text.toLowerCase(Locale.ROOT)))
                .ifPresent(query::via);
        Optional.ofNullable(since)
                .map(text -> Moments.past(text, clock.instant(), clock.getZone()))
                .ifPresent(query::since);
        Optional.ofNullable(until)
                .map(text -> Moments.past(text, clock.instant(), clock.getZone()))
                .ifPresent(query::until);
        if (export == null) {
            show(service(AuditService.class).entries(query.build()));
        } else {
            export(query.build());
        }
    }

    private void show(AuditPage page) {
        if (outputJson()) {
            page.entries().forEach(entry -> show(entry.toJson()));
        } else {
            show(AuditText.of(page, limit, clock.instant(), clock.getZone()).toString());
        }
    }

    private void export(AuditQuery query) {
        AuditService audit = service(AuditService.class);
        AtomicLong lines = new AtomicLong();
        NewFile.write(
                export,
                out ->
                        audit.export(
                                query,
                                entry -> {
                                    NewFile.append(out, entry.toJson() + "\n");
                                    lines.incrementAndGet();
                                }));
        showDone(
                "exported " + lines + (lines.get() == 1 ? " line to " : " lines to ") + export,
                json -> json.put("file", export).put("lines", lines.get()));
    }
}
