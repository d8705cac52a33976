package org.postern.fakeswitch;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.onlab.packet.EthType;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.criteria.VlanIdCriterion;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.L2SubType;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanHeaderInstruction;

/**
 * Random rules in tables 0 to 4, no two of a table with the same priority, drawn from the same
 * addresses as packets.
 */
final class RandomRules {
    private static final int TABLES = 5;

    /** Metadata of what has lost its outer tag; other rules write less. */
    private static final long POPPED = 9;

    private static final int RULES_PER_TABLE = 14;
    private static final List<Integer> PORTS = List.of(25, 25, 25, 587, 465, 80, 0);
    private static final List<Integer> MASKS =
            List.of(0xfff8, 0xffc0, 0x0001, 0x0019, 0xff00, 0xffff);
    private static final List<Integer> PROTOCOLS =
            List.of(0, 1, 2, 4, 6, 6, 17, 41, 43, 44, 44, 47, 58, 59, 132);
    private static final List<Integer> TYPES =
            List.of(0x8100, 0x88a8, 0x8864, 0x8847, 0x05ff, 0x88cc, 0x8035, 0x88b5);
    private static final List<Integer> VLANS = List.of(0, 100, 200, 4094);
    private static final List<PortNumber> LOGICAL =
            List.of(
                    PortNumber.NORMAL,
                    PortNumber.CONTROLLER,
                    PortNumber.IN_PORT,
                    PortNumber.FLOOD,
                    PortNumber.ALL);

    private final Random random;
    private final List<IpAddress> addresses;
    private final List<MacAddress> macs;

    RandomRules(Random random, List<IpAddress> addresses, List<MacAddress> macs) {
        this.random = random;
        this.addresses = addresses;
        this.macs = macs;
    }

    List<FlowRule> next() {
        List<FlowRule> rules = new ArrayList<>();
        for (int table = 0; table < TABLES; table++) {
            for (int priority = 1; priority <= RULES_PER_TABLE; priority++) {
                rules.add(tags(table, 10 * priority, selector(table)));
            }
            if (random.nextInt(3) > 0) {
                rules.add(rule(table, 0, DefaultTrafficSelector.emptySelector(), treatment(table)));
            }
        }
        Collections.shuffle(rules, random);
        return rules;
    }

    static FlowRule rule(
            int table, int priority, TrafficSelector selector, TrafficTreatment treatment) {
        return DefaultFlowRule.builder()
                .forDevice(DeviceId.deviceId("of:0000000000000001"))
                .fromApp(new DefaultApplicationId(1, "org.postern.fakeswitch"))
                .forTable(table)
                .withPriority(priority)
                .withSelector(selector)
                .withTreatment(treatment)
                .makePermanent()
                .build();
    }

    /**
     * The narrowest selector that OpenFlow allows for what a key says, whatever the ingress port.
     */
    static TrafficSelector everythingIn(FlowKey key) {
        TrafficSelector.Builder selector = DefaultTrafficSelector.builder();
        selector.matchEthSrc(MacAddress.valueOf(key.get(Field.ETH_SRC)));
        selector.matchEthDst(MacAddress.valueOf(key.get(Field.ETH_DST)));
        selector.matchEthType((short) key.etherType());
        if (!key.tagged()) {
            selector.matchVlanId(VlanId.NONE);
        } else {
            selector.matchVlanId(
                    key.vlan() == 0xfff ? VlanId.ANY : VlanId.vlanId((short) key.vlan()));
        }
        if (key.etherType() == FrameParser.ARP || key.etherType() == FrameParser.RARP) {
            selector.matchArpOp((int) key.get(Field.ARP_OP));
            selector.matchArpSpa(Ip4Address.valueOf((int) key.get(Field.ARP_SPA)));
            selector.matchArpSha(MacAddress.valueOf(key.get(Field.ARP_SHA)));
            return selector.build();
        }
        if (key.etherType() == FrameParser.IPV4) {
            selector.matchIPSrc(IpPrefix.valueOf((int) key.get(Field.IPV4_SRC), 32));
            selector.matchIPDst(IpPrefix.valueOf((int) key.get(Field.IPV4_DST), 32));
        } else if (key.etherType() == FrameParser.IPV6) {
            selector.matchIPv6Src(prefix(key, Field.IPV6_SRC_HIGH, Field.IPV6_SRC_LOW));
            selector.matchIPv6Dst(prefix(key, Field.IPV6_DST_HIGH, Field.IPV6_DST_LOW));
        } else {
            return selector.build();
        }
        selector.matchIPProtocol((byte) key.ipProtocol());
        if (key.ipProtocol() == FrameParser.TCP) {
            selector.matchTcpSrc(TpPort.tpPort(key.sourcePort()))
                    .matchTcpDst(TpPort.tpPort(key.destinationPort()));
        } else if (key.ipProtocol() == FrameParser.UDP) {
            selector.matchUdpSrc(TpPort.tpPort(key.sourcePort()))
                    .matchUdpDst(TpPort.tpPort(key.destinationPort()));
        } else if (key.ipProtocol() == FrameParser.ICMPV6 && key.etherType() == FrameParser.IPV6) {
            selector.matchIcmpv6Type((byte) key.sourcePort());
            if (key.sourcePort() == 135 || key.sourcePort() == 136) {
                selector.matchIPv6NDTargetAddress(
                        prefix(key, Field.ND_TARGET_HIGH, Field.ND_TARGET_LOW)
                                .address()
                                .getIp6Address());
            }
        }
        return selector.build();
    }

    private static IpPrefix prefix(FlowKey key, Field high, Field low) {
        java.nio.ByteBuffer octets =
                java.nio.ByteBuffer.allocate(16).putLong(key.get(high)).putLong(key.get(low));
        return IpPrefix.valueOf(Ip6Address.valueOf(octets.array()), 128);
    }

    private TrafficSelector selector(int table) {
        TrafficSelector.Builder selector = DefaultTrafficSelector.builder();
        if (oneIn(4)) {
            selector.matchInPort(PortNumber.portNumber(1 + random.nextInt(OvsBridge.PORTS)));
        }
        if (table > 0 && oneIn(4)) {
            selector.matchMetadata(random.nextInt(4));
        }
        ethernet(selector);
        int type = random.nextInt(10);
        if (type < 3) {
            network(selector.matchEthType((short) FrameParser.IPV4), true);
        } else if (type < 6) {
            network(selector.matchEthType((short) FrameParser.IPV6), false);
        } else if (type == 6) {
            arp(selector.matchEthType((short) FrameParser.ARP));
        } else if (type == 7) {
            selector.matchEthType(pick(TYPES).shortValue());
        }
        return selector.build();
    }

    private void ethernet(TrafficSelector.Builder selector) {
        MacAddress mask = MacAddress.valueOf(oneIn(2) ? 0xff0000000003L : 0x010000000000L);
        switch (random.nextInt(12)) {
            case 0:
                selector.matchEthSrc(pick(macs));
                break;
            case 1:
                selector.matchEthDst(pick(macs));
                break;
            case 2:
                selector.matchEthSrcMasked(masked(pick(macs), mask), mask);
                break;
            case 3:
                selector.matchEthDstMasked(masked(pick(macs), mask), mask);
                break;
            case 4:
                selector.matchVlanId(VlanId.ANY);
                break;
            case 5:
                selector.matchVlanId(VlanId.NONE);
                break;
            case 6:
                selector.matchVlanId(VlanId.vlanId(pick(VLANS).shortValue()));
                break;
            default:
                break;
        }
    }

    private static MacAddress masked(MacAddress mac, MacAddress mask) {
        return MacAddress.valueOf(mac.toLong() & mask.toLong());
    }

    private void arp(TrafficSelector.Builder selector) {
        if (oneIn(2)) {
            selector.matchArpOp(1 + random.nextInt(2));
        }
        if (oneIn(2)) {
            selector.matchArpSpa(pick(family(true)).getIp4Address());
        }
        if (oneIn(2)) {
            selector.matchArpSha(pick(macs));
        }
    }

    private List<IpAddress> family(boolean four) {
        List<IpAddress> family = new ArrayList<>(addresses);
        family.removeIf(address -> address.isIp4() != four);
        return family;
    }

    private void network(TrafficSelector.Builder selector, boolean four) {
        if (oneIn(3)) {
            IpPrefix source = prefix(four);
            selector = four ? selector.matchIPSrc(source) : selector.matchIPv6Src(source);
        }
        if (oneIn(3)) {
            IpPrefix destination = prefix(four);
            selector = four ? selector.matchIPDst(destination) : selector.matchIPv6Dst(destination);
        }
        switch (random.nextInt(6)) {
            case 0:
            case 1:
            case 2:
                tcp(selector.matchIPProtocol((byte) FrameParser.TCP));
                break;
            case 3:
                selector.matchIPProtocol((byte) FrameParser.UDP);
                if (oneIn(2)) {
                    selector.matchUdpDst(TpPort.tpPort(pick(PORTS)));
                } else {
                    int mask = pick(MASKS);
                    selector.matchUdpSrcMasked(
                            TpPort.tpPort(pick(PORTS) & mask), TpPort.tpPort(mask));
                }
                break;
            case 4:
                selector.matchIPProtocol(pick(PROTOCOLS).byteValue());
                break;
            default:
                if (!four) {
                    icmpv6(selector.matchIPProtocol((byte) FrameParser.ICMPV6));
                }
                break;
        }
    }

    private IpPrefix prefix(boolean four) {
        int longest = four ? 32 : 128;
        int length = oneIn(2) ? longest : 1 + random.nextInt(longest);
        return IpPrefix.valueOf(pick(family(four)), length);
    }

    private void tcp(TrafficSelector.Builder selector) {
        int mask = pick(MASKS);
        switch (random.nextInt(6)) {
            case 0:
                selector.matchTcpSrc(TpPort.tpPort(pick(PORTS)));
                break;
            case 1:
                selector.matchTcpSrcMasked(TpPort.tpPort(pick(PORTS) & mask), TpPort.tpPort(mask));
                break;
            case 2:
                selector.matchTcpDstMasked(TpPort.tpPort(pick(PORTS) & mask), TpPort.tpPort(mask));
                break;
            case 3:
                selector.matchTcpSrc(TpPort.tpPort(pick(PORTS)))
                        .matchTcpDst(TpPort.tpPort(pick(PORTS)));
                break;
            case 4:
                break;
            default:
                selector.matchTcpDst(TpPort.tpPort(pick(PORTS)));
                break;
        }
    }

    private void icmpv6(TrafficSelector.Builder selector) {
        int type = pick(List.of(135, 136, 128, 0));
        selector.matchIcmpv6Type((byte) type);
        if (type > 128 && oneIn(2)) {
            selector.matchIPv6NDTargetAddress(pick(family(false)).getIp6Address());
        }
    }

    /**
     * A rule that may take an outer tag off, or put it back: what it has taken off it says in the
     * metadata, so that there are never more than two tags.
     */
    private FlowRule tags(int table, int priority, TrafficSelector selector) {
        TrafficTreatment.Builder treatment = DefaultTrafficTreatment.builder();
        boolean tagged =
                selector.getCriterion(Criterion.Type.VLAN_VID) instanceof VlanIdCriterion
                        && !((VlanIdCriterion) selector.getCriterion(Criterion.Type.VLAN_VID))
                                .vlanId()
                                .equals(VlanId.NONE);
        boolean marked = selector.getCriterion(Criterion.Type.METADATA) != null;
        if (table < TABLES - 1 && tagged && !marked && !oneIn(4)) {
            treatment.popVlan().writeMetadata(POPPED, -1L).transition(table + 1);
            return rule(table, priority, selector, treatment.build());
        }
        if (table > 0 && oneIn(3)) {
            TrafficSelector.Builder popped = DefaultTrafficSelector.builder();
            popped.matchMetadata(POPPED);
            if (oneIn(2)) {
                popped.matchVlanId(
                        oneIn(3) ? VlanId.NONE : VlanId.vlanId(pick(VLANS).shortValue()));
            }
            treatment.pushVlan(new EthType(oneIn(2) ? 0x88a8 : 0x8100));
            treatment.setVlanId(VlanId.vlanId(pick(VLANS).shortValue()));
            treatment.writeMetadata(random.nextInt(4), -1L);
            if (table < TABLES - 1) {
                treatment.transition(table + 1);
            } else {
                treatment.setOutput(PortNumber.portNumber(1 + random.nextInt(OvsBridge.PORTS)));
            }
            return rule(table, priority, popped.build(), treatment.build());
        }
        return rule(table, priority, selector, treatment(table));
    }

    /** Whether a rule puts a tag on. */
    static boolean pushes(FlowRule rule) {
        return has(rule, L2SubType.VLAN_PUSH);
    }

    /** Whether a rule takes a tag off. */
    static boolean pops(FlowRule rule) {
        return has(rule, L2SubType.VLAN_POP);
    }

    private static boolean has(FlowRule rule, L2SubType type) {
        return rule.treatment().immediate().stream()
                .filter(ModVlanHeaderInstruction.class::isInstance)
                .anyMatch(i -> ((ModVlanHeaderInstruction) i).subtype() == type);
    }

    private TrafficTreatment treatment(int table) {
        TrafficTreatment.Builder treatment = DefaultTrafficTreatment.builder();
        if (oneIn(3)) {
            actions(treatment.immediate());
        }
        if (oneIn(5)) {
            actions(treatment.deferred());
        }
        if (oneIn(10)) {
            treatment.wipeDeferred();
        }
        if (oneIn(3)) {
            treatment.writeMetadata(random.nextInt(4), oneIn(2) ? -1L : 3);
        }
        if (table < TABLES - 1 && random.nextInt(5) > 0) {
            treatment.transition(table + 1 + random.nextInt(TABLES - 1 - table));
        }
        return treatment.build();
    }

    private void actions(TrafficTreatment.Builder treatment) {
        for (int more = 1; oneIn(more); more += 2) {
            switch (random.nextInt(5)) {
                case 0:
                    treatment.setEthDst(pick(macs));
                    break;
                case 1:
                    treatment.setEthSrc(pick(macs));
                    break;
                case 2:
                    treatment.setOutput(pick(LOGICAL));
                    break;
                default:
                    treatment.setOutput(PortNumber.portNumber(1 + random.nextInt(OvsBridge.PORTS)));
                    break;
            }
        }
    }

    private boolean oneIn(int chances) {
        return random.nextInt(chances) == 0;
    }

    private <T> T pick(List<T> choices) {
        return choices.get(random.nextInt(choices.size()));
    }
}
