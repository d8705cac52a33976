package org.postern.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.postern.device.DeviceState;
import org.postern.device.DeviceStatus;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.policy.Policy;
import org.postern.policy.Suspension;

/** Tells how things are; whether the policy is in force comes first. */
final class StatusText {
    private StatusText() {}

    /** Tells of policy, configuration, suspensions and devices. */
    static Lines of(
            String version,
            ConfigurationStatus configuration,
            Policy policy,
            List<DeviceStatus> devices,
            Instant now,
            ZoneId zone) {
        Lines lines = new Lines();
        verdict(lines, policy, devices, now, zone);
        configuration(lines, configuration, now, zone);
        for (Suspension suspension : policy.suspensions()) {
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
        lines.add(
                "Postern "
                        + version
                        + ": "
                        + SubscribersText.count(policy.subscribers().size())
                        + ", "
                        + policy.infrastructure().servers().size()
                        + " submission servers, default class "
                        + policy.infrastructure().defaultClass().name()
                        + ".");
        lines.gap();
        lines.raw(DevicesText.of(devices, now, zone).toString());
        return lines;
    }

    private static void verdict(
            Lines lines, Policy policy, List<DeviceStatus> devices, Instant now, ZoneId zone) {
        if (devices.isEmpty()) {
            lines.add("The policy is NOT in force: there is no access device.");
            return;
        }
        List<DeviceStatus> others =
                devices.stream()
                        .filter(d -> d.state() != DeviceState.IN_FORCE)
                        .collect(Collectors.toList());
        if (others.isEmpty()) {
            List<String> exceptions = new ArrayList<>();
            for (Suspension suspension : policy.suspensions()) {
                suspension.serviceClass().ifPresent(c -> exceptions.add("class " + c));
            }
            Instant since =
                    devices.stream()
                            .map(DeviceStatus::since)
                            .max(Instant::compareTo)
                            .orElse(Instant.EPOCH);
            lines.add(
                    "The policy is in force on every device ("
                            + devices.size()
                            + ") for "
                            + Moments.age(since, now)
                            + ", since "
                            + Moments.moment(since, now, zone)
                            + (exceptions.isEmpty()
                                    ? "."
                                    : ", but suspended for "
                                            + String.join(", ", exceptions)
                                            + "."));
            return;
        }
        lines.add(
                "The policy is NOT in force on "
                        + others.size()
                        + " of "
                        + devices.size()
                        + " devices:");
        for (DeviceStatus device : others) {
            lines.add(
                    "  ",
                    device.device()
                            + " "
                            + device.state()
                            + " for "
                            + Moments.age(device.since(), now)
                            + (device.reason().isEmpty() ? "" : ": " + device.reason()));
        }
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
