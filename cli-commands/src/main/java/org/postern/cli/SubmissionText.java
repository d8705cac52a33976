package org.postern.cli;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.postern.submission.Alarm;
import org.postern.submission.Finding;
import org.postern.submission.Watched;

/** Tells of submission servers and relays. */
final class SubmissionText {
    private SubmissionText() {}

    /** Lists them, each with what is wrong with it. */
    static Lines of(Map<Watched, Optional<Finding>> findings, int interval, Clock clock) {
        if (findings.isEmpty()) {
            return new Lines()
                    .add("Neither submission servers nor relays with addresses are configured.");
        }
        Instant now = clock.instant();
        Table table = new Table("NAME", "FOR", "ADDRESS", ">PORT", "VERDICT", "LOOKED AT");
        int alarms = 0;
        for (Map.Entry<Watched, Optional<Finding>> entry : findings.entrySet()) {
            Watched watched = entry.getKey();
            Optional<Finding> finding = entry.getValue();
            table.row(
                    watched.name(),
                    watched.kind() == Watched.Kind.SERVER ? "submission" : "redirect",
                    watched.address(),
                    watched.port(),
                    finding.map(f -> f.verdict().text()).orElse("-"),
                    finding.map(f -> Moments.moment(f.at(), now, clock.getZone())).orElse("-"));
            // whoever is to probe does not: that is for somebody to see to
            finding.filter(f -> interval > 0 && isOld(f, interval, now))
                    .ifPresent(
                            f ->
                                    table.remark(
                                            "not probed for "
                                                    + Moments.age(f.at(), now)
                                                    + ": see the log of the cluster's first node"));
            List<Alarm> wrong = finding.map(Finding::alarms).orElse(List.of());
            wrong.forEach(alarm -> table.remark(alarm(alarm, now)));
            alarms += wrong.size();
        }
        return table.writeTo(new Lines())
                .add(
                        (findings.size() == 1 ? "1 port" : findings.size() + " ports")
                                + ", "
                                + (alarms == 0
                                        ? "no alarm"
                                        : alarms + (alarms == 1 ? " alarm" : " alarms"))
                                + "; "
                                + (interval == 0
                                        ? "they are not probed (probeInterval is 0)."
                                        : "each is probed every "
                                                + (interval == 1
                                                        ? "minute."
                                                        : interval + " minutes.")));
    }

    private static boolean isOld(Finding finding, int interval, Instant now) {
        return finding.at().plus(Duration.ofMinutes(2L * interval)).isBefore(now);
    }

    /** What is wrong, and for how long. */
    static String alarm(Alarm alarm, Instant now) {
        return "alarm for "
                + Moments.age(alarm.since(), now)
                + ", "
                + alarm.kind().text()
                + ": "
                + alarm.reason();
    }
}
