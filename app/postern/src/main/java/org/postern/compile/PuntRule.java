package org.postern.compile;

import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.meter.MeterId;
import org.postern.drivers.FrontTable;

/**
 * The one rule of table REJECT but its miss: what the senders' meters let through goes to the
 * controller, as far as the device's meter lets it.
 */
public final class PuntRule {
    private PuntRule() {}

    static FlowRule of(DeviceId device, ApplicationId owner, MeterId deviceMeter) {
        return rule(
                device,
                owner,
                DefaultTrafficTreatment.builder()
                        .meter(deviceMeter)
                        .setOutput(PortNumber.CONTROLLER)
                        .build());
    }

    /**
     * Returns what tells this rule's packets from all others that come to the controller: the
     * cookie of the rule that sent them. It depends on nothing that changes, so that also a packet
     * is known that a rule sent which has just been taken away.
     *
     * @param device the device
     * @param owner the application that owns the rule
     * @return the rule's cookie
     */
    public static long cookie(DeviceId device, ApplicationId owner) {
        return rule(device, owner, DefaultTrafficTreatment.emptyTreatment()).id().value();
    }

    private static FlowRule rule(DeviceId device, ApplicationId owner, TrafficTreatment treatment) {
        return DefaultFlowRule.builder()
                .forDevice(device)
                .forTable(FrontTable.REJECT)
                .withPriority(FrontTable.PRIORITY_BASE)
                .withSelector(DefaultTrafficSelector.emptySelector())
                .withTreatment(treatment)
                .fromApp(owner)
                .makePermanent()
                .build();
    }
}
