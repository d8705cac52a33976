package org.postern.cli;

import java.time.Instant;
import java.util.List;
import org.postern.observe.AttemptCount;
import org.postern.policy.Counted;
import org.postern.policy.Policy;
import org.postern.report.AttemptReport;

/** Tells of blocked attempts to send mail directly. */
final class AttemptsText {
    /** Stands for all attachments of a device that nobody registered. */
    private static final String UNKNOWN = "(unknown)";

    private AttemptsText() {}

    /** Lists attempts by subscriber and device. */
    static Lines of(List<AttemptCount> attempts, Policy policy, Instant now) {
        if (attempts.isEmpty()) {
            return new Lines().add("No attempts.");
        }
        Table table =
                new Table("SUBSCRIBER", "CLASS", "DEVICE", "WHAT", ">PACKETS", "FOR", "LAST AGO");
        for (AttemptCount count : attempts) {
            table.row(
                    count.subscriber().orElse(UNKNOWN),
                    AttemptReport.classOf(count, policy),
                    count.device(),
                    what(count.kind()),
                    count.packets(),
                    Moments.age(count.since(), now),
                    count.last().map(last -> Moments.age(last, now)).orElse("-"));
        }
        Lines lines = table.writeTo(new Lines());
        return attempts.stream().anyMatch(c -> c.kind() == Counted.MONITORED_OTHER)
                ? lines.add(
                        "* passed only because nothing is enforced: fragments, Ethernet types, what cannot"
                                + " be read, forged sources, tunnels, answers, mail from outside")
                : lines;
    }

    private static String what(Counted kind) {
        switch (kind) {
            case ATTEMPT:
                return "blocked";
            case REDIRECTED:
                return "redirected";
            case MONITORED:
                return "monitored";
            default:
                return "other*";
        }
    }
}
