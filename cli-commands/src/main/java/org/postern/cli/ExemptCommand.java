package org.postern.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionAdminService;
import org.postern.exemption.ExemptionService;
import org.postern.policy.Exemption;
import org.postern.policy.Notation;
import org.postern.precondition.Expected;
import org.postern.report.ExemptionReport;

/** Exempts a subscriber for a time. */
@Service
@Command(
        scope = "onos",
        name = "postern-exempt",
        description =
                "Exempts a subscriber for a time: from all direct mail, to named hosts, or by another class;"
                        + " options come before the argument",
        detailedDescription =
                "Usage: postern-exempt [--to PREFIX]... [--class CLASS] (--for DURATION | --until MOMENT)"
                        + " --reason TEXT SUBSCRIBER\n"
                        + "Without --to and --class all direct mail of the subscriber passes.\n"
                        + "Example: postern-exempt --to 192.0.2.25/32 --for 90d --reason 'own mail server'"
                        + " --ticket HD-1234 alice\n"
                        + "It ends by itself; postern-renew lets it last longer, postern-revoke ends it now.")
public class ExemptCommand extends PosternCommand {

    @Option(
            name = "--to",
            description = "mail exchangers that may be reached; several times for several",
            multiValued = true)
    List<String> destinations;

    @Option(name = "--class", description = "the class that holds meanwhile")
    @Completion(ClassCompleter.class)
    String serviceClass;

    @Option(name = "--from", description = "when it begins; now if not given")
    @Completion(DayCompleter.class)
    String from;

    @Option(name = "--for", description = "how long, such as 30d or 12h")
    @Completion(TermCompleter.class)
    String length;

    @Option(name = "--until", description = "when it ends, such as 2027-01-31")
    @Completion(DayCompleter.class)
    String until;

    @Option(name = "--reason", description = "why; it is audited", required = true)
    String reason;

    @Option(name = "--ticket", description = "the ticket under which it is ordered")
    String ticket;

    @Option(
            name = "--note",
            description = "FIELD=TEXT of the checklist, such as sendingHost=mx.shop.example",
            multiValued = true)
    @Completion(NoteCompleter.class)
    List<String> notes;

    @Option(name = "--id", description = "identifier of the exemption; made up if not given")
    String exemptionId;

    @Argument(
            index = 0,
            name = "SUBSCRIBER",
            description = "the subscriber's identifier",
            required = true)
    @Completion(SubscriberCompleter.class)
    String id;

    @Override
    void run() {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Instant begin = from == null ? now : Term.moment("--from", from, clock.getZone());
        Exemption.Builder builder =
                Exemption.builder(exemptionId == null ? newId() : exemptionId)
                        .subscriber(id)
                        .serviceClass(serviceClass)
                        .reason(reason)
                        .ticket(ticket == null ? "" : ticket)
                        .by(order().by())
                        .from(begin)
                        .until(Term.end(length, until, begin, clock.getZone()));
        if (destinations != null) {
            destinations.forEach(text -> builder.destination(Notation.prefix(text)));
        }
        if (notes != null) {
            notes.forEach(note -> addNote(builder, note));
        }
        Exemption exemption = builder.build();
        ExemptionAdminService desk = service(ExemptionAdminService.class);
        if (desk.stored(exemption.id()).isPresent()) {
            throw new IllegalArgumentException(
                    "exemption \""
                            + exemption.id()
                            + "\" exists: renew or revoke it (postern-renew, postern-revoke)");
        }
        showExemption("exempted", desk.put(exemption, Expected.absent(), order()));
    }

    private static void addNote(Exemption.Builder builder, String note) {
        int equals = note.indexOf('=');
        if (equals < 1) {
            throw new IllegalArgumentException(
                    "note \""
                            + note
                            + "\" is malformed: give FIELD=TEXT with one of "
                            + String.join(", ", Exemption.CHECKLIST));
        }
        builder.note(note.substring(0, equals), note.substring(equals + 1));
    }

    private static String newId() {
        return "ex-" + UUID.randomUUID().toString().substring(0, 8);
    }

    private void showExemption(String done, Exemption exemption) {
        showDone(
                done
                        + " "
                        + exemption.subscriber()
                        + ": "
                        + ExemptionsText.what(exemption).replace("\n", ", ")
                        + ", until "
                        + Moments.moment(exemption.until(), clock.instant(), clock.getZone())
                        + " ("
                        + exemption.id()
                        + ")",
                json ->
                        json.setAll(
                                ExemptionReport.json(
                                        exemption,
                                        service(ExemptionService.class).stateOf(exemption))));
    }
}
