package org.postern.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.postern.device.DeviceStatus;
import org.postern.device.ForeignRule;
import org.postern.policy.Backend;

/** Tells of devices. */
final class DevicesText {
    /** Further foreign rules of a device are counted only; {@code -j} shows all. */
    private static final int FOREIGN_RULES_SHOWN = 5;

    private DevicesText() {}

    /** Tells of all devices. */
    static Lines of(List<DeviceStatus> devices, Instant now, ZoneId zone) {
        if (devices.isEmpty()) {
            return new Lines()
                    .add("No access devices. Configure the port roles of one: devices.ID.postern");
        }
        Table table =
                new Table("DEVICE", "STATE", "FOR", ">RULES", ">PRESENT", ">VERIFIED", ">REPAIRED");
        for (DeviceStatus device : devices) {
            table.row(
                    device.device(),
                    device.state(),
                    Moments.age(device.since(), now),
                    device.rulesDesired(),
                    device.rulesPresent(),
                    device.rulesVerified(),
                    device.driftRepaired());
            remarks(table, device, now, zone);
        }
        return table.writeTo(new Lines());
    }

    private static void remarks(Table table, DeviceStatus device, Instant now, ZoneId zone) {
        table.remark(
                "driver "
                        + device.driver()
                        + (device.backend() == Backend.SINGLE_TABLE ? ", single table" : ""));
        if (!device.reason().isEmpty()) {
            table.remark(device.reason());
        }
        device.unverified()
                .ifPresent(
                        span ->
                                table.remark(
                                        "not verified from "
                                                + Moments.moment(span.from(), now, zone)
                                                + " to "
                                                + Moments.moment(span.to(), now, zone)
                                                + " ("
                                                + Moments.length(
                                                        Duration.between(span.from(), span.to()))
                                                + "): "
                                                + span.reason()));
        if (device.rejected() > 0) {
            table.remark("rejected " + device.rejected() + " connections");
        }
        device.tableSpace().forEach(sentence -> table.remark("table space: " + sentence));
        device.warnings().forEach(warning -> table.remark("warning: " + warning));
        device.limits().forEach(limit -> table.remark("limit: " + limit));
        List<ForeignRule> foreign = device.foreignRules();
        for (ForeignRule rule : foreign.subList(0, Math.min(FOREIGN_RULES_SHOWN, foreign.size()))) {
            table.remark(
                    "foreign rule"
                            + (rule.mayShadow() ? ", in the way of the policy" : "")
                            + ": table "
                            + rule.table()
                            + ", priority "
                            + rule.priority()
                            + ", by "
                            + rule.application()
                            + ": "
                            + rule.selector()
                            + " -> "
                            + rule.treatment());
        }
        if (foreign.size() > FOREIGN_RULES_SHOWN) {
            table.remark(
                    foreign.size()
                            - FOREIGN_RULES_SHOWN
                            + " more foreign rules: postern-devices -j shows them");
        }
    }
}
