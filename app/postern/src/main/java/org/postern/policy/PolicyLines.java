package org.postern.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * The policy of one access device as an ordered list of lines: what its flow rules are compiled
 * from, and what is asked when somebody wants to know why a packet was dropped.
 *
 * <p>Every line that is not of the floor permits (see {@link PolicyLine#isFloor()}). What is said
 * of a subscriber stands at a rank of its own for each action, the denial above the permit:
 * changing a class never reuses a rule's counter, and of the two the denial holds while both are
 * there.
 */
public final class PolicyLines {
    private PolicyLines() {}

    /**
     * Computes the lines of a device.
     *
     * @param policy what is to be enforced
     * @param device an access device of the policy
     * @return lines by chain, in each the highest rank first
     */
    public static List<PolicyLine> of(Policy policy, AccessDevice device) {
        DeviceScope scope = new DeviceScope(policy, device);
        PairLines pairs = new PairLines(scope);
        ClassifyLines.add(scope, pairs);
        pairs.add();
        OutboundLines.add(scope);
        InboundLines.add(scope);
        QuarantineLines.add(scope);
        SourceGuard guard = new SourceGuard(scope);
        MacGuardLines.add(scope, guard);
        AddressGuardLines.add(scope, guard);
        TunnelLines.add(scope);
        List<PolicyLine> lines = scope.lines();
        lines.sort(
                Comparator.comparing(PolicyLine::chain)
                        .thenComparing(Comparator.comparingInt(PolicyLine::rank).reversed()));
        return ImmutableList.copyOf(lines);
    }

    /**
     * Holds a packet against lines.
     *
     * @param lines the lines of a device
     * @param packet what the switch sees of the packet
     * @return the lines that spoke, in order: jumps first, the last one passes or denies it
     */
    public static List<PolicyLine> explain(List<PolicyLine> lines, PacketHeader packet) {
        List<PolicyLine> path = new ArrayList<>();
        Chain chain = Chain.CLASSIFY;
        while (true) {
            PolicyLine speaking = null;
            for (PolicyLine line : lines) {
                if (line.chain() == chain
                        && (speaking == null || line.rank() > speaking.rank())
                        && line.match().matches(packet)) {
                    speaking = line;
                }
            }
            if (speaking == null) {
                throw new IllegalStateException(
                        "chain " + chain + " has no last line for " + packet);
            }
            path.add(speaking);
            if (!speaking.verdict().next().isPresent()) {
                return path;
            }
            chain = speaking.verdict().next().get();
        }
    }

    /**
     * Tells what becomes of a packet.
     *
     * @param lines the lines of a device
     * @param packet what the switch sees of the packet
     * @return the last verdict: it passes, is dropped or rejected
     */
    public static Verdict evaluate(List<PolicyLine> lines, PacketHeader packet) {
        return Iterables.getLast(explain(lines, packet)).verdict();
    }
}
