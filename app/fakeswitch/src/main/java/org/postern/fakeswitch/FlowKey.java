package org.postern.fakeswitch;

import java.util.Arrays;
import org.onlab.packet.IPv4;
import org.onlab.packet.IPv6;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.MacAddress;

/**
 * What a rule of Open vSwitch 3.1 sees of a frame: the product of {@code miniflow_extract}
 * (lib/flow.c) with {@code vlan-limit=1} or 2, and of fragment mode {@code normal} ({@code
 * rule_dpif_lookup_from_table}), in which every IP fragment, the first one too, has transport ports
 * 0. A field that the frame does not have, or that is cut off, reads 0. Immutable.
 */
public final class FlowKey {
    private static final int VLAN_PRESENT = 0x1000;
    private static final int VLAN_NUMBER = 0xfff;

    private final long[] values;
    private final boolean fragment;
    private final boolean laterFragment;

    FlowKey(long[] values, boolean fragment, boolean laterFragment) {
        this.values = values;
        this.fragment = fragment;
        this.laterFragment = laterFragment;
    }

    /**
     * Parses a frame.
     *
     * @param frame the frame
     * @return its key, with ingress port and metadata 0
     */
    public static FlowKey parse(Packet frame) {
        return parse(frame, 1);
    }

    /**
     * Parses a frame.
     *
     * @param frame the frame
     * @param vlanLimit how many VLAN tags the switch looks behind, 1 or 2 ({@code
     *     other_config:vlan-limit})
     * @return its key, with ingress port and metadata 0
     */
    public static FlowKey parse(Packet frame, int vlanLimit) {
        return new FrameParser(frame.bytes(), vlanLimit).parse();
    }

    /** Returns this key without the outer tag. */
    FlowKey popped() {
        return with(Field.VLAN_VID, get(Field.INNER_VLAN)).with(Field.INNER_VLAN, 0);
    }

    /** Returns this key with one more tag outside, of VLAN 0. */
    FlowKey pushed() {
        return with(Field.INNER_VLAN, get(Field.VLAN_VID)).with(Field.VLAN_VID, VLAN_PRESENT);
    }

    /** Returns this key with another VLAN in the outer tag, which is there. */
    FlowKey inVlan(int vlan) {
        return with(Field.VLAN_VID, vlan | VLAN_PRESENT);
    }

    /** Returns this key with another value in one field. */
    FlowKey with(Field field, long value) {
        long[] copy = values.clone();
        copy[field.ordinal()] = value & field.all();
        return new FlowKey(copy, fragment, laterFragment);
    }

    long get(Field field) {
        return values[field.ordinal()];
    }

    /**
     * Returns the Ethernet type behind the VLAN tags that the switch looks behind.
     *
     * @return the type; a further tag's own type (0x8100, 0x88a8) if there are more; 0x05ff for
     *     802.2 frames
     */
    public int etherType() {
        return (int) get(Field.ETH_TYPE);
    }

    /**
     * Tells whether there is a (first) VLAN tag, priority tags included.
     *
     * @return true if tagged
     */
    public boolean tagged() {
        return (get(Field.VLAN_VID) & VLAN_PRESENT) != 0;
    }

    /**
     * Returns the first tag's VLAN number.
     *
     * @return 0..4095; 0 without a tag
     */
    public int vlan() {
        return (int) get(Field.VLAN_VID) & VLAN_NUMBER;
    }

    /**
     * Tells whether the switch has seen a second VLAN tag.
     *
     * @return true if there are two, and it looks behind both
     */
    public boolean taggedTwice() {
        return (get(Field.INNER_VLAN) & VLAN_PRESENT) != 0;
    }

    /**
     * Returns the second tag's VLAN number.
     *
     * @return 0..4095; 0 without a second tag
     */
    public int innerVlan() {
        return (int) get(Field.INNER_VLAN) & VLAN_NUMBER;
    }

    /**
     * Returns the IP protocol after all IPv6 extension headers.
     *
     * @return 0..255; 44 for an IPv6 fragment other than the first; 0 if the frame is not IP, or
     *     its headers are cut off
     */
    public int ipProtocol() {
        return (int) get(Field.IP_PROTO);
    }

    /**
     * Tells whether the frame is an IP fragment. An atomic IPv6 fragment (offset 0, no more to
     * come) is none.
     *
     * @return true for every fragment, the first too
     */
    public boolean fragment() {
        return fragment;
    }

    /**
     * Tells whether the frame is an IP fragment other than the first.
     *
     * @return true if its offset is not 0
     */
    public boolean laterFragment() {
        return laterFragment;
    }

    /**
     * Returns the transport source port as rules see it; for ICMP and ICMPv6 the type.
     *
     * @return 0..65535; 0 for fragments
     */
    public int sourcePort() {
        return (int) get(Field.L4_SRC);
    }

    /**
     * Returns the transport destination port as rules see it; for ICMP and ICMPv6 the code.
     *
     * @return 0..65535; 0 for fragments
     */
    public int destinationPort() {
        return (int) get(Field.L4_DST);
    }

    /** Shows the key in the words of {@code ovs-ofctl}. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append("eth_src=").append(MacAddress.valueOf(get(Field.ETH_SRC)));
        text.append(",eth_dst=").append(MacAddress.valueOf(get(Field.ETH_DST)));
        if (tagged()) {
            text.append(",vlan_vid=").append(vlan());
            text.append(taggedTwice() ? "." + innerVlan() : "");
        }
        text.append(String.format(",eth_type=0x%04x", etherType()));
        if (etherType() == FrameParser.IPV4) {
            text.append(",ipv4_src=").append(Ip4Address.valueOf((int) get(Field.IPV4_SRC)));
            text.append(",ipv4_dst=").append(Ip4Address.valueOf((int) get(Field.IPV4_DST)));
        } else if (etherType() == FrameParser.IPV6) {
            text.append(",ipv6_src=").append(ip6(Field.IPV6_SRC_HIGH, Field.IPV6_SRC_LOW));
            text.append(",ipv6_dst=").append(ip6(Field.IPV6_DST_HIGH, Field.IPV6_DST_LOW));
        } else if (etherType() == FrameParser.ARP) {
            text.append(",arp_op=").append(get(Field.ARP_OP));
            text.append(",arp_spa=").append(Ip4Address.valueOf((int) get(Field.ARP_SPA)));
        } else {
            return text.toString();
        }
        if (etherType() != FrameParser.ARP) {
            text.append(",ip_proto=").append(ipProtocol());
            text.append(fragment ? laterFragment ? ",frag=later" : ",frag=first" : "");
            boolean ports = ipProtocol() == IPv4.PROTOCOL_TCP || ipProtocol() == IPv4.PROTOCOL_UDP;
            if (ports || ipProtocol() == IPv6.PROTOCOL_ICMP6) {
                text.append(",l4_src=")
                        .append(sourcePort())
                        .append(",l4_dst=")
                        .append(destinationPort());
            }
        }
        return text.toString();
    }

    private Ip6Address ip6(Field high, Field low) {
        byte[] octets = new byte[Ip6Address.BYTE_LENGTH];
        for (int i = 0; i < Long.BYTES; i++) {
            octets[i] = (byte) (get(high) >>> 56 - 8 * i);
            octets[i + Long.BYTES] = (byte) (get(low) >>> 56 - 8 * i);
        }
        return Ip6Address.valueOf(octets);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof FlowKey)) {
            return false;
        }
        FlowKey that = (FlowKey) other;
        return fragment == that.fragment
                && laterFragment == that.laterFragment
                && Arrays.equals(values, that.values);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(values);
    }
}
