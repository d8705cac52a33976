package org.postern.cli;

import java.time.Instant;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionState;
import org.postern.json.Json;
import org.postern.observe.AttemptCount;
import org.postern.policy.Exemption;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;
import org.postern.report.SubscriberReport;

/** Shows all that is known of a subscriber. */
@Service
@Command(
        scope = "onos",
        name = "postern-subscriber",
        description =
                "Shows a subscriber: lines, class, exemptions, quarantine, attempts, warnings",
        detailedDescription = "Usage: postern-subscriber [-j] SUBSCRIBER")
public class SubscriberCommand extends PosternCommand {

    @Argument(
            index = 0,
            name = "SUBSCRIBER",
            description = "the subscriber's identifier",
            required = true)
    @Completion(SubscriberCompleter.class)
    String id;

    @Override
    void run() {
        SubscriberReport report =
                SubscriberReport.of(services, id)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "there is no subscriber \""
                                                        + id
                                                        + "\": postern-subscribers lists those that exist"));
        if (outputJson()) {
            show(report.json());
        } else {
            show(text(report).toString());
        }
    }

    private Lines text(SubscriberReport report) {
        Subscriber subscriber = report.subscriber();
        String holds = report.effectiveClass();
        Lines lines =
                new Lines()
                        .add("subscriber  ", subscriber.id())
                        .add(
                                "class       ",
                                subscriber.serviceClass()
                                        + (holds.equals(subscriber.serviceClass())
                                                ? ""
                                                : " (now: " + holds + ")"))
                        .add("mode        ", Json.lower(subscriber.mode()));
        subscriber.attachments().forEach(a -> lines.add("attached at ", a.toString()));
        subscriber.prefixes().forEach(p -> lines.add("prefix      ", p.toString()));
        subscriber.macs().forEach(m -> lines.add("MAC         ", m.toString()));
        subscriber.quarantine().ifPresent(q -> lines.add("quarantine  ", quarantine(q)));
        report.exemptions()
                .forEach((exemption, state) -> lines.add("exemption   ", text(exemption, state)));
        report.attempts().forEach(count -> lines.add("attempts    ", text(count)));
        report.hosts().forEach(s -> lines.add("host        ", s.toString()));
        report.strays()
                .forEach(
                        s ->
                                lines.add(
                                        "warning     ",
                                        "its address is seen elsewhere, moved or stolen: " + s));
        report.warnings().forEach(w -> lines.add("warning     ", w));
        return lines;
    }

    private String text(Exemption exemption, ExemptionState state) {
        return exemption.id()
                + ": "
                + ExemptionsText.what(exemption).replace("\n", ", ")
                + ", "
                + Json.lower(state)
                + ", until "
                + Moments.moment(exemption.until(), clock.instant(), clock.getZone())
                + ": "
                + exemption.reason();
    }

    private String quarantine(Quarantine quarantine) {
        return quarantine.serviceClass()
                + " since "
                + Moments.moment(quarantine.since(), clock.instant(), clock.getZone())
                + " by "
                + quarantine.by()
                + ": "
                + quarantine.reason();
    }

    private String text(AttemptCount count) {
        Instant now = clock.instant();
        return count.packets()
                + " "
                + Json.lower(count.kind())
                + " on "
                + count.device()
                + " since "
                + Moments.moment(count.since(), now, clock.getZone())
                + count.last().map(l -> ", last " + Moments.age(l, now) + " ago").orElse("");
    }
}
