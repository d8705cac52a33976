package org.postern.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.postern.device.DeviceState;
import org.postern.device.DeviceStatus;
import org.postern.device.EnforcementStatus;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.policy.Exemption;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;
import org.postern.report.StatusReport;
import org.postern.submission.Finding;
import org.postern.subscriber.DoubleClaim;

/** Tells how things are; whether the policy is in force comes first. */
final class StatusText {
    /** How many of a long list are named. */
    private static final int NAMED = 5;

    /** If there are more devices, only those are shown of which there is something to be told. */
    private static final int DEVICES_SHOWN = 20;

    private StatusText() {}

    /** Tells of policy, configuration, suspensions and devices. */
    static Lines of(StatusReport report, Instant now, ZoneId zone) {
        Policy policy = report.policy();
        EnforcementStatus status = report.enforcement();
        List<Exemption> ending = report.ending();
        Lines lines = new Lines();
        verdict(lines, status, now, zone);
        aside(lines, status);
        configuration(lines, report.configuration(), now, zone);
        for (Suspension suspension : status.suspensions()) {
            lines.add(
                    "  ",
                    "suspended: "
                            + suspension.scope()
                            + ", for another "
                            + Moments.length(Duration.between(now, suspension.until()))
                            + " until "
                            + Moments.moment(suspension.until(), now, zone)
                            + ", by "
                            + suspension.by()
                            + ": "
                            + suspension.reason());
        }
        doubleClaims(lines, report.doubleClaims());
        report.unreachable()
                .forEach(
                        (name, reason) ->
                                lines.add(
                                        "  ",
                                        (policy.refusedRelays().contains(name)
                                                        ? "refused: "
                                                        : "unreachable: ")
                                                + reason));
        alarms(lines, report.alarming(), now);
        lines.add(
                "Postern "
                        + report.version()
                        + ": "
                        + SubscribersText.count(policy.subscribers().size())
                        + ", "
                        + servers(policy.infrastructure().servers().size())
                        + ", default class "
                        + policy.infrastructure().defaultClass().name()
                        + ".");
        int exempted = policy.exemptions().size();
        if (exempted > 0) {
            lines.add(
                    exempted
                            + (exempted == 1 ? " exemption" : " exemptions")
                            + " in force"
                            + (ending.isEmpty()
                                    ? "."
                                    : ", of which end soon: "
                                            + ending.stream()
                                                    .limit(NAMED)
                                                    .map(e -> e.id() + " of " + e.subscriber())
                                                    .collect(Collectors.joining(", "))
                                            + (ending.size() > NAMED ? ", …" : "")
                                            + " (postern-exemptions --state ending)."));
        }
        List<Subscriber> elsewhere = policy.subscribersElsewhere();
        if (!elsewhere.isEmpty()) {
            lines.add(
                    SubscribersText.count(elsewhere.size())
                            + " attached to what is no access device (any more), not filtered there: "
                            + elsewhere.stream()
                                    .limit(NAMED)
                                    .map(Subscriber::id)
                                    .collect(Collectors.joining(", "))
                            + (elsewhere.size() > NAMED ? ", …" : "")
                            + ".");
        }
        report.sadis().ifPresent(sadis -> sadis(lines, sadis));
        lines.gap();
        devices(lines, status.devices(), now, zone);
        return lines;
    }

    private static String servers(int number) {
        return number + (number == 1 ? " submission server" : " submission servers");
    }

    private static void sadis(Lines lines, StatusReport.SadisStatus sadis) {
        lines.add(SubscribersText.count(sadis.subscribers()) + " from SADIS.");
        sadis.problems().entrySet().stream()
                .limit(NAMED)
                .forEach(p -> lines.add("  ", "SADIS, " + p.getKey() + ": " + p.getValue()));
        if (sadis.problems().size() > NAMED) {
            lines.add("  ", "SADIS: " + (sadis.problems().size() - NAMED) + " more (with -j)");
        }
    }

    private static void devices(Lines lines, List<DeviceStatus> all, Instant now, ZoneId zone) {
        List<DeviceStatus> shown =
                all.size() <= DEVICES_SHOWN
                        ? all
                        : all.stream()
                                .filter(StatusText::isWorthTelling)
                                .limit(DEVICES_SHOWN)
                                .collect(Collectors.toList());
        if (!shown.isEmpty() || all.isEmpty()) {
            lines.raw(DevicesText.of(shown, now, zone).toString());
        }
        if (shown.size() < all.size()) {
            lines.add(
                    count(all.size() - shown.size())
                            + (shown.isEmpty() ? "" : " more")
                            + ": see postern-devices.");
        }
    }

    private static boolean isWorthTelling(DeviceStatus device) {
        return device.state() != DeviceState.NOT_MASTER
                && (device.state() != DeviceState.IN_FORCE
                        || !device.reason().isEmpty()
                        || !device.warnings().isEmpty()
                        || !device.foreignRules().isEmpty());
    }

    private static void alarms(Lines lines, List<Finding> alarming, Instant now) {
        for (Finding finding : alarming.subList(0, Math.min(NAMED, alarming.size()))) {
            finding.alarms()
                    .forEach(
                            alarm ->
                                    lines.add(
                                            "  ",
                                            finding.watched().text()
                                                    + ": "
                                                    + SubmissionText.alarm(alarm, now)));
        }
        if (alarming.size() > NAMED) {
            lines.add(
                    "  ", "alarms of " + (alarming.size() - NAMED) + " more: postern-submission.");
        }
    }

    private static void doubleClaims(Lines lines, List<DoubleClaim> claims) {
        claims.stream()
                .limit(NAMED)
                .forEach(
                        claim ->
                                lines.add(
                                        "  ",
                                        "claimed twice: subscribers "
                                                + claim
                                                + "; change or remove one"));
        if (claims.size() > NAMED) {
            lines.add("  ", "claimed twice: " + (claims.size() - NAMED) + " more (with -j)");
        }
    }

    private static void verdict(Lines lines, EnforcementStatus status, Instant now, ZoneId zone) {
        if (status.isInForce()) {
            lines.add(inForce(status, status.since().orElse(now), now, zone));
            return;
        }
        List<DeviceStatus> failing = status.failing();
        if (failing.isEmpty() && status.enforced().isEmpty()) {
            lines.add(
                    "The policy is NOT in force: there is no access device"
                            + (status.devices().isEmpty()
                                    ? "."
                                    : " on which this node enforces it."));
            return;
        }
        List<String> where = new ArrayList<>();
        if (!failing.isEmpty()) {
            int meant = failing.size() + status.enforced().size();
            where.add(" on " + failing.size() + " of " + count(meant));
        }
        if (!status.suspensions().isEmpty()) {
            where.add(
                    (failing.isEmpty() ? ": " : ", ")
                            + "suspended "
                            + status.suspensions().stream()
                                    .map(StatusText::scope)
                                    .collect(Collectors.joining(", ")));
        }
        lines.add(
                "The policy is NOT in force"
                        + String.join("", where)
                        + (failing.isEmpty() ? "." : ":"));
        for (DeviceStatus device : failing.subList(0, Math.min(DEVICES_SHOWN, failing.size()))) {
            lines.add(
                    "  ",
                    device.device()
                            + " "
                            + device.state()
                            + " for "
                            + Moments.age(device.since(), now)
                            + (device.reason().isEmpty() ? "" : ": " + device.reason()));
        }
        if (failing.size() > DEVICES_SHOWN) {
            lines.add(
                    "  ",
                    count(failing.size() - DEVICES_SHOWN) + " more: see postern-devices --state.");
        }
    }

    private static String inForce(
            EnforcementStatus status, Instant since, Instant now, ZoneId zone) {
        int all = status.devices().size();
        int enforced = status.enforced().size();
        return "The policy is in force on "
                + (enforced == all ? "every device (" + all + ")" : enforced + " of " + count(all))
                + " for "
                + Moments.age(since, now)
                + ", since "
                + Moments.moment(since, now, zone)
                + ".";
    }

    /** Devices that are not to enforce, or of which another node knows. */
    private static void aside(Lines lines, EnforcementStatus status) {
        if (!status.withdrawn().isEmpty()) {
            lines.add("  ", count(status.withdrawn().size()) + " withdrawn.");
        }
        int elsewhere = status.elsewhere().size();
        if (elsewhere > 0) {
            lines.add(
                    "  ",
                    count(elsewhere)
                            + (elsewhere == 1 ? " is" : " are")
                            + " another node's: ask there.");
        }
    }

    private static String scope(Suspension suspension) {
        return suspension.serviceClass().isPresent() || suspension.device().isPresent()
                ? "for " + suspension.scope()
                : suspension.scope();
    }

    private static String count(int devices) {
        return devices == 1 ? "1 device" : devices + " devices";
    }

    private static void configuration(
            Lines lines, ConfigurationStatus configuration, Instant now, ZoneId zone) {
        String since = Moments.moment(configuration.since(), now, zone);
        if (configuration.isValid()) {
            lines.add("Configuration is in force since " + since + ".");
            return;
        }
        lines.add(
                "Configuration is refused since " + since + "; the last good one stays in force:");
        configuration.errors().forEach(error -> lines.add("  ", error));
    }
}
