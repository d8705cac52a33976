package org.postern.compile;

import org.onlab.packet.EthType;
import org.onlab.packet.VlanId;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.postern.policy.Chain;
import org.postern.policy.PacketMatch;
import org.postern.policy.PolicyLine;

/**
 * How OpenFlow 1.3, which matches the outer VLAN tag only, tells pairs of tags: the outer one is
 * popped and remembered in the metadata, the inner one, or that there is none, is matched, the
 * outer one is pushed again, and the inner one is in the metadata then.
 *
 * <p>Metadata in TAG PAIRS: the outer VLAN and above it what was seen of the packet before; in the
 * tables after it: the inner VLAN if it is somebody's, else 0. All is written under a full mask,
 * for ONOS's metadata match has none.
 */
final class TagPairs {
    private static final int VLAN_BITS = 12;
    private static final long ALL = -1;

    private TagPairs() {}

    private static boolean isPaired(Chain chain) {
        return chain == Chain.PAIRED_MAIL
                || chain == Chain.PAIRED_FRAGMENTS
                || chain == Chain.PAIRED_OTHERS;
    }

    /** What a packet carries in its metadata when it comes to a chain that sees its inner tag. */
    private static long metadata(Chain chain, VlanId outer) {
        return (long) chain.ordinal() << VLAN_BITS | outer.toShort();
    }

    /** Matches the tags that an expression of a chain asks for. */
    static void match(TrafficSelector.Builder selector, PacketMatch match, Chain chain) {
        if (isPaired(chain)) {
            match.vlan().ifPresent(outer -> selector.matchMetadata(metadata(chain, outer)));
            match.customerVlan().ifPresent(selector::matchVlanId);
            return;
        }
        match.vlan().ifPresent(selector::matchVlanId);
        if (match.customerVlan().isPresent()) {
            // in the metadata 0 is what is nobody's as well as what is not there
            if (chain.compareTo(Chain.PAIRED_MAIL) < 0 || told(match) == 0) {
                throw new IllegalArgumentException(
                        "chain " + chain + " cannot tell this of the inner tag: " + match);
            }
            selector.matchMetadata(told(match));
        }
    }

    /** Takes the outer tag off on the way to a chain that sees the inner one, or puts it back. */
    static void write(TrafficTreatment.Builder treatment, PolicyLine line) {
        if (line.verdict().next().filter(TagPairs::isPaired).isPresent()) {
            treatment
                    .popVlan()
                    .writeMetadata(metadata(line.verdict().next().get(), outer(line)), ALL);
        } else if (line.verdict().outerTag().isPresent()) {
            treatment
                    .pushVlan(new EthType(line.verdict().outerTag().getAsInt()))
                    .setVlanId(outer(line))
                    .writeMetadata(told(line.match()), ALL);
        }
    }

    /** The inner VLAN that an expression tells, if it tells one. */
    private static long told(PacketMatch match) {
        return match.customerVlan()
                .filter(inner -> !inner.equals(VlanId.NONE))
                .map(VlanId::toShort)
                .orElse((short) 0);
    }

    private static VlanId outer(PolicyLine line) {
        return line.match()
                .vlan()
                .orElseThrow(() -> new IllegalArgumentException("no outer VLAN in " + line));
    }
}
