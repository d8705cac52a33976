package org.postern.compile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onlab.packet.MacAddress;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.meter.MeterId;
import org.postern.drivers.FrontTable;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.Outcome;
import org.postern.fakeswitch.Packet;
import org.postern.policy.AccessDevice;
import org.postern.policy.EtherTypes;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.TruePacket;
import org.postern.policy.Verdict;

/** A fake switch under a policy: does a packet get as far as everybody else's rules? */
final class AccessSwitch {
    private static final FrontTableCompiler COMPILER =
            new FrontTableCompiler(
                    new DefaultApplicationId(1, FrontTable.APPLICATION),
                    new DefaultApplicationId(2, FrontTable.POLICY_APPLICATION));

    /** Where the Ethernet type stands. */
    private static final int TYPE = 12;

    /** Where it stands behind a tag. */
    private static final int INNER_TYPE = 16;

    private final FakeSwitch tables = FakeSwitch.endingAt(FrontTable.FORWARD);

    /** Returns a switch without rules: it drops everything. */
    static AccessSwitch empty() {
        return new AccessSwitch();
    }

    /** Returns a switch with all rules of a device. */
    static AccessSwitch under(Policy policy, AccessDevice device) {
        AccessSwitch whole = new AccessSwitch();
        whole.install(rules(policy, device));
        return whole;
    }

    static DeviceRules compiled(Policy policy, AccessDevice device) {
        return COMPILER.compile(device.id(), PolicyLines.of(policy, device));
    }

    static DeviceRules compiled(AccessDevice device, CompactForm form) {
        return COMPILER.compile(device.id(), form.lines());
    }

    /** A meter for each purpose that comes up, and the device's. */
    static Map<String, MeterId> meters(List<PolicyLine> lines) {
        Map<String, MeterId> meters = new HashMap<>();
        meters.put(RejectMeters.DEVICE, MeterId.meterId(1));
        FrontTableCompiler.metersOf(lines)
                .forEach(p -> meters.put(p, MeterId.meterId(meters.size() + 1L)));
        return meters;
    }

    /** With all the meters that rejecting needs. */
    static DeviceRules metered(Policy policy, AccessDevice device) {
        List<PolicyLine> lines = PolicyLines.of(policy, device);
        return COMPILER.compile(device.id(), lines, new RejectMeters(meters(lines)));
    }

    static List<FlowRule> rules(Policy policy, AccessDevice device) {
        DeviceRules compiled = compiled(policy, device);
        List<FlowRule> all = new ArrayList<>(compiled.floor().rules());
        all.addAll(compiled.permits());
        return all;
    }

    void install(List<FlowRule> rules) {
        tables.install(rules);
    }

    void remove(List<FlowRule> rules) {
        tables.remove(rules);
    }

    private Outcome forward(TruePacket packet) {
        tables.lookBehindTags(packet.tagsSeen());
        return tables.forward(packet.frame(), packet.inPort());
    }

    boolean passes(TruePacket packet) {
        return forward(packet).forwarded();
    }

    /** What becomes of any frame; a reject is a drop to the switch. */
    Verdict decide(Packet frame, long inPort) {
        Outcome outcome = tables.forward(frame, inPort);
        if (outcome.dropped()) {
            return Verdict.DROP;
        }
        MacAddress to = outcome.frame().destination();
        return to.equals(frame.destination()) ? Verdict.PASS : Verdict.PASS.steeredTo(to);
    }

    String explain(Packet frame, long inPort) {
        return tables.forward(frame, inPort).toString();
    }

    /** What becomes of a packet; a reject is a drop to the switch. */
    Verdict decide(TruePacket packet) {
        Outcome outcome = forward(packet);
        if (outcome.dropped()) {
            return Verdict.DROP;
        }
        checkUntouched(packet.frame(), outcome.frame());
        MacAddress to = outcome.frame().destination();
        return to.equals(packet.frame().destination()) ? Verdict.PASS : Verdict.PASS.steeredTo(to);
    }

    /**
     * Nothing of a frame changes but where it is steered, and, if there is a tag within, the type
     * of the outer one that was put back.
     */
    private static void checkUntouched(Packet before, Packet after) {
        byte[] was = before.bytes();
        byte[] is = after.withDestination(before.destination()).bytes();
        if (was.length > INNER_TYPE + 1 && isTag(was, INNER_TYPE) && isTag(is, TYPE)) {
            is[TYPE] = was[TYPE];
            is[TYPE + 1] = was[TYPE + 1];
        }
        if (!Arrays.equals(was, is)) {
            throw new AssertionError(before + " became " + after);
        }
    }

    private static boolean isTag(byte[] frame, int at) {
        int type = (frame[at] & 0xff) << 8 | frame[at + 1] & 0xff;
        return type == EtherTypes.TAG || type == EtherTypes.SERVICE_TAG;
    }

    /** Whether a packet gets to where it is going: one that is steered to a relay does not. */
    boolean letsOut(TruePacket packet) {
        return decide(packet).equals(Verdict.PASS);
    }

    String explain(TruePacket packet) {
        return forward(packet).toString();
    }

    long packets(FlowRule rule) {
        return tables.packets(rule);
    }
}
