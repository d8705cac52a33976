package org.postern.drivers;

import org.onlab.packet.EthType;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;

/** Flow rules of a switch, in the words of these tests. */
final class Rules {
    static final DeviceId SWITCH = DeviceId.deviceId("of:0000000000000001");
    static final DeviceId NEIGHBOUR = DeviceId.deviceId("of:0000000000000002");
    static final ApplicationId SOMEBODY = new DefaultApplicationId(77, "org.example.somebody");

    static final TrafficTreatment DROP = DefaultTrafficTreatment.builder().drop().build();
    static final TrafficTreatment PUNT = DefaultTrafficTreatment.builder().punt().build();

    private Rules() {}

    static TrafficTreatment goTo(int table) {
        return DefaultTrafficTreatment.builder().transition(table).build();
    }

    static TrafficTreatment output(long port) {
        return DefaultTrafficTreatment.builder().setOutput(PortNumber.portNumber(port)).build();
    }

    static TrafficSelector everything() {
        return DefaultTrafficSelector.emptySelector();
    }

    static TrafficSelector inPort(long port) {
        return DefaultTrafficSelector.builder().matchInPort(PortNumber.portNumber(port)).build();
    }

    static TrafficSelector arp() {
        return DefaultTrafficSelector.builder()
                .matchEthType(EthType.EtherType.ARP.ethType().toShort())
                .build();
    }

    static FlowRule rule(
            ApplicationId owner,
            int table,
            int priority,
            TrafficSelector selector,
            TrafficTreatment treatment) {
        return builder(owner, table, priority, selector, treatment).makePermanent().build();
    }

    static FlowRule.Builder builder(
            ApplicationId owner,
            int table,
            int priority,
            TrafficSelector selector,
            TrafficTreatment treatment) {
        return DefaultFlowRule.builder()
                .forDevice(SWITCH)
                .forTable(table)
                .withPriority(priority)
                .withSelector(selector)
                .withTreatment(treatment)
                .fromApp(owner);
    }
}
