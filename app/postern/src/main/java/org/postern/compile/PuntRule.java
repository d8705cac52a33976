package org.postern.compile;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.EthType.EtherType;
import org.onlab.packet.IPv4;
import org.onlab.packet.TpPort;
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
 * The rules of table REJECT but its miss, one for each family: what the senders' meters let through
 * goes to the controller, as far as the device's meter lets it.
 *
 * <p>On its way the segment's port becomes {@link #PORT}. So whoever gets it there, also while
 * Postern is away and an application that forwards what it is given is not, has no mail to pass on;
 * and what is put into the switch's tables again looks like a fragment there, and is dropped.
 */
public final class PuntRule {
    /** The destination port of what comes to the controller, in place of 25. */
    public static final int PORT = 0;

    private PuntRule() {}

    static List<FlowRule> of(DeviceId device, ApplicationId owner, MeterId deviceMeter) {
        return rules(
                device,
                owner,
                DefaultTrafficTreatment.builder()
                        .meter(deviceMeter)
                        .setTcpDst(TpPort.tpPort(PORT))
                        .setOutput(PortNumber.CONTROLLER)
                        .build());
    }

    /**
     * Returns what tells these rules' packets from all others that come to the controller: the
     * cookies of the rules that sent them. They depend on nothing that changes, so that also a
     * packet is known that a rule sent which has just been taken away.
     *
     * @param device the device
     * @param owner the application that owns the rules
     * @return the rules' cookies
     */
    public static Set<Long> cookies(DeviceId device, ApplicationId owner) {
        return rules(device, owner, DefaultTrafficTreatment.emptyTreatment()).stream()
                .map(rule -> rule.id().value())
                .collect(Collectors.toSet());
    }

    private static List<FlowRule> rules(
            DeviceId device, ApplicationId owner, TrafficTreatment treatment) {
        // a switch sets the port of what it was told is TCP only
        return Stream.of(EtherType.IPV4, EtherType.IPV6)
                .map(type -> rule(device, owner, type.ethType().toShort(), treatment))
                .collect(Collectors.toList());
    }

    private static FlowRule rule(
            DeviceId device, ApplicationId owner, short etherType, TrafficTreatment treatment) {
        return DefaultFlowRule.builder()
                .forDevice(device)
                .forTable(FrontTable.REJECT)
                .withPriority(FrontTable.PRIORITY_BASE)
                .withSelector(
                        DefaultTrafficSelector.builder()
                                .matchEthType(etherType)
                                .matchIPProtocol(IPv4.PROTOCOL_TCP)
                                .build())
                .withTreatment(treatment)
                .fromApp(owner)
                .makePermanent()
                .build();
    }
}
