package org.postern.compile;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.onlab.packet.MacAddress;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;
import org.postern.drivers.FrontTable;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.Outcome;
import org.postern.policy.AccessDevice;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.SingleTable;
import org.postern.policy.TruePacket;

/** A fake switch with one table under a policy: what do Postern's rules do with a packet? */
final class SingleTableSwitch {
    private static final SingleTableCompiler COMPILER =
            new SingleTableCompiler(new DefaultApplicationId(2, FrontTable.POLICY_APPLICATION));

    /** The ports of every switch here. */
    static final List<PortNumber> PORTS =
            LongStream.rangeClosed(1, 10)
                    .mapToObj(PortNumber::portNumber)
                    .collect(Collectors.toList());

    /**
     * The relay and a host of {@link org.postern.policy.RandomPolicies} that are not behind the
     * exit.
     */
    static final Map<MacAddress, PortNumber> VIA =
            Map.of(
                    MacAddress.valueOf("02:00:00:00:02:25"), PortNumber.portNumber(50),
                    MacAddress.valueOf("02:00:00:00:01:02"), PortNumber.portNumber(51));

    private final FakeSwitch table = FakeSwitch.create();

    /**
     * The same device, keeping its driver; what is permitted leaves by a port of the ISP's side.
     */
    static AccessDevice keepingItsDriver(AccessDevice device) {
        PortNumber exit =
                device.roles().entrySet().stream()
                        .filter(e -> e.getValue() != PortRole.ACCESS)
                        .map(Map.Entry::getKey)
                        .findFirst()
                        .orElse(PortNumber.portNumber(100));
        return keepingItsDriver(device, new SingleTable(exit, VIA));
    }

    static AccessDevice keepingItsDriver(AccessDevice device, SingleTable ways) {
        return device.withSingleTable(Optional.of(ways));
    }

    static DeviceRules compiled(Policy policy, AccessDevice device) {
        return COMPILER.compile(policy, device, PORTS);
    }

    /** In the order in which they are laid. */
    static List<FlowRule> rules(DeviceRules compiled) {
        List<FlowRule> all = new ArrayList<>(compiled.floor().rules());
        all.addAll(compiled.permits());
        return all;
    }

    static SingleTableSwitch with(DeviceRules compiled) {
        SingleTableSwitch whole = new SingleTableSwitch();
        whole.install(rules(compiled));
        return whole;
    }

    void install(List<FlowRule> rules) {
        table.install(rules);
    }

    void remove(List<FlowRule> rules) {
        table.remove(rules);
    }

    Outcome outcome(TruePacket packet) {
        table.lookBehindTags(packet.tagsSeen());
        return table.forward(packet.frame(), packet.inPort());
    }

    /** Whether a rule of Postern's stops the packet. */
    boolean drops(TruePacket packet) {
        Outcome outcome = outcome(packet);
        return !outcome.matched().isEmpty() && outcome.dropped();
    }

    /** Whether everybody else's rules decide. */
    boolean leavesAlone(TruePacket packet) {
        return outcome(packet).matched().isEmpty();
    }
}
