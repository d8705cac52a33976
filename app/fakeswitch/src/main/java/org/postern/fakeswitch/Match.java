package org.postern.fakeswitch;

import java.util.Arrays;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.criteria.ArpHaCriterion;
import org.onosproject.net.flow.criteria.ArpOpCriterion;
import org.onosproject.net.flow.criteria.ArpPaCriterion;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.criteria.EthCriterion;
import org.onosproject.net.flow.criteria.EthTypeCriterion;
import org.onosproject.net.flow.criteria.IPCriterion;
import org.onosproject.net.flow.criteria.IPProtocolCriterion;
import org.onosproject.net.flow.criteria.IPv6NDTargetAddressCriterion;
import org.onosproject.net.flow.criteria.Icmpv6TypeCriterion;
import org.onosproject.net.flow.criteria.MetadataCriterion;
import org.onosproject.net.flow.criteria.PortCriterion;
import org.onosproject.net.flow.criteria.TcpPortCriterion;
import org.onosproject.net.flow.criteria.UdpPortCriterion;
import org.onosproject.net.flow.criteria.VlanIdCriterion;

/**
 * A selector as the switch holds it: for each field a mask and the value under it. Two selectors
 * that mean the same are equal as matches, which is what the switch goes by when it replaces a
 * rule. Immutable once {@link #of} returned it.
 */
final class Match {
    private static final int PRESENT = 0x1000;

    private final long[] values = new long[Field.values().length];
    private final long[] masks = new long[Field.values().length];

    private Match() {}

    /**
     * Encodes a selector as ONOS's OpenFlow provider does and checks it as Open vSwitch does.
     *
     * @throws RefusedRuleException with the reason
     */
    static Match of(TrafficSelector selector) {
        Match match = new Match();
        for (Criterion criterion : selector.criteria()) {
            match.add(criterion);
        }
        for (Criterion criterion : selector.criteria()) {
            match.checkPrerequisites(criterion);
        }
        return match;
    }

    boolean matches(FlowKey key) {
        for (Field field : Field.values()) {
            int i = field.ordinal();
            if (((key.get(field) ^ values[i]) & masks[i]) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether only frames with a VLAN tag match. */
    boolean asksForTag() {
        return (values[Field.VLAN_VID.ordinal()] & PRESENT) != 0;
    }

    private void add(Criterion criterion) {
        switch (criterion.type()) {
            case IN_PORT:
                // Only 32 bits go over the wire; ONOS's numbers of logical ports have more.
                exact(
                        criterion,
                        Field.IN_PORT,
                        ((PortCriterion) criterion).port().toLong() & Field.IN_PORT.all());
                break;
            case METADATA:
                exact(criterion, Field.METADATA, ((MetadataCriterion) criterion).metadata());
                break;
            case ETH_SRC:
            case ETH_SRC_MASKED:
                ethernet(criterion, Field.ETH_SRC);
                break;
            case ETH_DST:
            case ETH_DST_MASKED:
                ethernet(criterion, Field.ETH_DST);
                break;
            case ETH_TYPE:
                exact(
                        criterion,
                        Field.ETH_TYPE,
                        ((EthTypeCriterion) criterion).ethType().toShort() & 0xffff);
                break;
            case VLAN_VID:
                vlan((VlanIdCriterion) criterion);
                break;
            case ARP_OP:
                exact(criterion, Field.ARP_OP, ((ArpOpCriterion) criterion).arpOp());
                refuseIf(
                        criterion,
                        get(Field.ARP_OP) > 0xff,
                        "Open vSwitch matches eight bits of the ARP operation");
                break;
            case ARP_SPA:
                exact(criterion, Field.ARP_SPA, number(((ArpPaCriterion) criterion).ip(), 0));
                break;
            case ARP_SHA:
                exact(criterion, Field.ARP_SHA, ((ArpHaCriterion) criterion).mac().toLong());
                break;
            default:
                addNetwork(criterion);
                break;
        }
    }

    private void addNetwork(Criterion criterion) {
        switch (criterion.type()) {
            case IP_PROTO:
                exact(criterion, Field.IP_PROTO, ((IPProtocolCriterion) criterion).protocol());
                break;
            case IPV4_SRC:
                prefix4((IPCriterion) criterion, Field.IPV4_SRC);
                break;
            case IPV4_DST:
                prefix4((IPCriterion) criterion, Field.IPV4_DST);
                break;
            case IPV6_SRC:
                prefix6((IPCriterion) criterion, Field.IPV6_SRC_HIGH, Field.IPV6_SRC_LOW);
                break;
            case IPV6_DST:
                prefix6((IPCriterion) criterion, Field.IPV6_DST_HIGH, Field.IPV6_DST_LOW);
                break;
            case TCP_SRC:
            case TCP_SRC_MASKED:
                tcp((TcpPortCriterion) criterion, Field.L4_SRC);
                break;
            case TCP_DST:
            case TCP_DST_MASKED:
                tcp((TcpPortCriterion) criterion, Field.L4_DST);
                break;
            case UDP_SRC:
            case UDP_SRC_MASKED:
                udp((UdpPortCriterion) criterion, Field.L4_SRC);
                break;
            case UDP_DST:
            case UDP_DST_MASKED:
                udp((UdpPortCriterion) criterion, Field.L4_DST);
                break;
            case ICMPV6_TYPE:
                exact(criterion, Field.L4_SRC, ((Icmpv6TypeCriterion) criterion).icmpv6Type());
                break;
            case IPV6_ND_TARGET:
                IpAddress target = ((IPv6NDTargetAddressCriterion) criterion).targetAddress();
                masked(criterion, Field.ND_TARGET_HIGH, number(target, 0), -1);
                masked(criterion, Field.ND_TARGET_LOW, number(target, Long.BYTES), -1);
                break;
            default:
                throw new RefusedRuleException(
                        criterion
                                + ": this switch does not know criterion "
                                + criterion.type()
                                + " (ONOS may leave it out, which makes a rule broader than meant)");
        }
    }

    private void ethernet(Criterion criterion, Field field) {
        MacAddress mask = ((EthCriterion) criterion).mask();
        masked(
                criterion,
                field,
                ((EthCriterion) criterion).mac().toLong(),
                mask == null ? field.all() : mask.toLong());
    }

    private void vlan(VlanIdCriterion criterion) {
        VlanId vlan = criterion.vlanId();
        if (vlan.equals(VlanId.ANY)) {
            masked(criterion, Field.VLAN_VID, PRESENT, PRESENT);
        } else if (vlan.equals(VlanId.NONE)) {
            exact(criterion, Field.VLAN_VID, 0);
        } else {
            exact(criterion, Field.VLAN_VID, vlan.toShort() & 0xfff | PRESENT);
        }
    }

    private void prefix4(IPCriterion criterion, Field field) {
        IpPrefix prefix = criterion.ip();
        refuseIf(criterion, !prefix.isIp4(), "an IPv4 criterion with an IPv6 prefix");
        int length = prefix.prefixLength();
        refuseIf(criterion, length == 0, "a prefix of length 0 matches every packet: leave it out");
        masked(criterion, field, number(prefix.address(), 0), -1L << 32 - length & field.all());
    }

    private void prefix6(IPCriterion criterion, Field high, Field low) {
        IpPrefix prefix = criterion.ip();
        refuseIf(criterion, !prefix.isIp6(), "an IPv6 criterion with an IPv4 prefix");
        int length = prefix.prefixLength();
        refuseIf(criterion, length == 0, "a prefix of length 0 matches every packet: leave it out");
        masked(
                criterion,
                high,
                number(prefix.address(), 0),
                length >= 64 ? -1 : -1L << 64 - length);
        if (length > 64) {
            masked(criterion, low, number(prefix.address(), Long.BYTES), -1L << 128 - length);
        }
    }

    private void tcp(TcpPortCriterion criterion, Field field) {
        port(criterion, field, criterion.tcpPort(), criterion.mask());
    }

    private void udp(UdpPortCriterion criterion, Field field) {
        port(criterion, field, criterion.udpPort(), criterion.mask());
    }

    private void port(Criterion criterion, Field field, TpPort port, TpPort mask) {
        masked(criterion, field, port.toInt(), mask == null ? field.all() : mask.toInt());
    }

    private void exact(Criterion criterion, Field field, long value) {
        masked(criterion, field, value, field.all());
    }

    private void masked(Criterion criterion, Field field, long value, long mask) {
        int i = field.ordinal();
        refuseIf(criterion, masks[i] != 0, "the same field is matched twice");
        refuseIf(criterion, mask == 0, "an empty mask matches every packet: leave it out");
        refuseIf(criterion, (value & ~mask) != 0, "the value has bits outside its mask or field");
        values[i] = value;
        masks[i] = mask;
    }

    private void checkPrerequisites(Criterion criterion) {
        switch (criterion.type()) {
            case IP_PROTO:
                requireIp(criterion);
                break;
            case IPV4_SRC:
            case IPV4_DST:
                require(criterion, Field.ETH_TYPE, FrameParser.IPV4);
                break;
            case IPV6_SRC:
            case IPV6_DST:
                require(criterion, Field.ETH_TYPE, FrameParser.IPV6);
                break;
            case ARP_OP:
            case ARP_SPA:
            case ARP_SHA:
                refuseIf(
                        criterion,
                        !is(Field.ETH_TYPE, FrameParser.ARP)
                                && !is(Field.ETH_TYPE, FrameParser.RARP),
                        "prerequisite not met: ETH_TYPE must be ARP or RARP");
                break;
            case TCP_SRC:
            case TCP_SRC_MASKED:
            case TCP_DST:
            case TCP_DST_MASKED:
                requireIp(criterion);
                require(criterion, Field.IP_PROTO, FrameParser.TCP);
                break;
            case UDP_SRC:
            case UDP_SRC_MASKED:
            case UDP_DST:
            case UDP_DST_MASKED:
                requireIp(criterion);
                require(criterion, Field.IP_PROTO, FrameParser.UDP);
                break;
            case IPV6_ND_TARGET:
                requireIcmpv6(criterion);
                refuseIf(
                        criterion,
                        !is(Field.L4_SRC, FrameParser.NEIGHBOUR_SOLICITATION)
                                && !is(Field.L4_SRC, FrameParser.NEIGHBOUR_ADVERTISEMENT),
                        "prerequisite not met: ICMPV6_TYPE must be 135 or 136");
                break;
            case ICMPV6_TYPE:
                requireIcmpv6(criterion);
                break;
            default:
                break;
        }
    }

    private void requireIcmpv6(Criterion criterion) {
        require(criterion, Field.ETH_TYPE, FrameParser.IPV6);
        require(criterion, Field.IP_PROTO, FrameParser.ICMPV6);
    }

    private void requireIp(Criterion criterion) {
        refuseIf(
                criterion,
                !is(Field.ETH_TYPE, FrameParser.IPV4) && !is(Field.ETH_TYPE, FrameParser.IPV6),
                "prerequisite not met: ETH_TYPE must be IPv4 or IPv6");
    }

    private void require(Criterion criterion, Field field, int value) {
        refuseIf(
                criterion,
                !is(field, value),
                "prerequisite not met: " + field + " must be 0x" + Integer.toHexString(value));
    }

    private boolean is(Field field, int value) {
        return masks[field.ordinal()] == field.all() && get(field) == value;
    }

    private long get(Field field) {
        return values[field.ordinal()];
    }

    private static void refuseIf(Criterion criterion, boolean condition, String reason) {
        if (condition) {
            throw new RefusedRuleException(criterion + ": " + reason);
        }
    }

    /** Up to eight octets of an address, from an offset on, as a number. */
    private static long number(IpAddress address, int from) {
        byte[] octets = address.toOctets();
        long number = 0;
        for (int i = from; i < Math.min(octets.length, from + Long.BYTES); i++) {
            number = number << 8 | octets[i] & 0xff;
        }
        return number;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Match
                && Arrays.equals(values, ((Match) other).values)
                && Arrays.equals(masks, ((Match) other).masks);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(values) + Arrays.hashCode(masks);
    }

    /** Shows the fields that are matched, as {@code FIELD=value/mask} in hexadecimal digits. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("{");
        for (Field field : Field.values()) {
            if (masks[field.ordinal()] != 0) {
                text.append(text.length() > 1 ? "," : "").append(field).append('=');
                text.append(Long.toHexString(get(field)));
                if (masks[field.ordinal()] != field.all()) {
                    text.append('/').append(Long.toHexString(masks[field.ordinal()]));
                }
            }
        }
        return text.append('}').toString();
    }
}
