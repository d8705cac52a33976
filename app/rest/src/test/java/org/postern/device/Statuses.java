package org.postern.device;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.postern.policy.Backend;

/** Makes what devices report, for tests. */
public final class Statuses {
    private final DeviceStatus.Builder builder;
    private final DeviceId device;
    private final List<ForeignRule> foreign = new ArrayList<>();

    private Statuses(DeviceId device) {
        this.device = device;
        builder = DeviceStatus.of(device);
    }

    /** A device in some state. */
    public static Statuses of(String device, DeviceState state, String reason, Instant since) {
        Statuses made = new Statuses(DeviceId.deviceId(device));
        made.builder.driver("postern-ovs").state(state, reason, since);
        return made;
    }

    /** With so many rules. */
    public Statuses rules(int desired, int present, int verified, long repaired) {
        builder.rules(desired, present, verified).driftRepaired(repaired);
        return this;
    }

    /** That was not verified for a while. */
    public Statuses unverified(Instant from, Instant to, String reason) {
        builder.unverified(new DeviceStatus.Unverified(from, to, reason));
        return this;
    }

    /** With warnings. */
    public Statuses warnings(String... sentences) {
        builder.warnings(List.of(sentences));
        return this;
    }

    /** In one table, with what that does not do. */
    public Statuses limits(String... sentences) {
        builder.backend(Backend.SINGLE_TABLE).limits(List.of(sentences));
        return this;
    }

    /** With something that has no room. */
    public Statuses tableSpace(String... sentences) {
        builder.tableSpace(List.of(sentences));
        return this;
    }

    /** With a rule of another application. */
    public Statuses foreign(int table, int priority, String application) {
        foreign.add(
                new ForeignRule(
                        DefaultFlowRule.builder()
                                .forDevice(device)
                                .forTable(table)
                                .withPriority(priority)
                                .fromApp(new DefaultApplicationId(99, application))
                                .withSelector(
                                        DefaultTrafficSelector.builder()
                                                .matchInPort(PortNumber.portNumber(7))
                                                .build())
                                .withTreatment(
                                        DefaultTrafficTreatment.builder()
                                                .setOutput(PortNumber.portNumber(8))
                                                .build())
                                .makePermanent()
                                .build(),
                        application));
        return this;
    }

    /** The finished report. */
    public DeviceStatus build() {
        return builder.foreignRules(foreign).build();
    }
}
