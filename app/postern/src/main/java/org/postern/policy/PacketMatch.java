package org.postern.policy;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.BiPredicate;
import java.util.stream.Collectors;
import org.onlab.packet.EthType.EtherType;
import org.onlab.packet.IPv4;
import org.onlab.packet.IPv6;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;

/**
 * An expression over packet headers: the conjunction of the fields that are set; with none set,
 * every packet matches. Immutable: each method returns a narrower expression.
 */
public final class PacketMatch {
    /** Matches every packet. */
    public static final PacketMatch ANY = new PacketMatch(Map.of());

    private static final int IPV4 = number(EtherType.IPV4);
    private static final int IPV6 = number(EtherType.IPV6);
    private static final int ARP = number(EtherType.ARP);

    /** What can be asked of a packet, in the order in which it is told. */
    private enum Field {
        IN_PORT("in_port", (v, p) -> v.equals(p.inPort())),
        VLAN("vlan", (v, p) -> p.vlan().filter(v::equals).isPresent()),
        CUSTOMER_VLAN("inner_vlan", (v, p) -> v.equals(p.customerVlan().orElse(VlanId.NONE))),
        SOURCE_MAC("eth_src", (v, p) -> v.equals(p.sourceMac())),
        DESTINATION_MAC("eth_dst", (v, p) -> v.equals(p.destinationMac())),
        ETHER_TYPE("eth_type", (v, p) -> v.equals(p.etherType())),
        PROTOCOL("ip_proto", (v, p) -> v.equals(p.protocol())),
        SOURCE("src", (v, p) -> p.source().filter(((IpPrefix) v)::contains).isPresent()),
        DESTINATION("dst", (v, p) -> p.destination().filter(((IpPrefix) v)::contains).isPresent()),
        SOURCE_PORT("src_port", (v, p) -> v.equals(p.sourcePort())),
        DESTINATION_PORT("dst_port", (v, p) -> v.equals(p.destinationPort())),
        ICMPV6_TYPE("icmpv6_type", (v, p) -> v.equals(p.icmpv6Type())),
        NEIGHBOUR_TARGET("nd_target", (v, p) -> p.neighbourTarget().filter(v::equals).isPresent()),
        ARP_OPERATION("arp_op", (v, p) -> v.equals(p.arpOperation())),
        ARP_SENDER("arp_spa", (v, p) -> p.arpSender().filter(v::equals).isPresent()),
        ARP_SENDER_MAC("arp_sha", (v, p) -> p.arpSenderMac().filter(v::equals).isPresent());

        private final String text;
        private final BiPredicate<Object, PacketHeader> agrees;

        Field(String text, BiPredicate<Object, PacketHeader> agrees) {
            this.text = text;
            this.agrees = agrees;
        }
    }

    private final ImmutableSortedMap<Field, Object> fields;

    private PacketMatch(Map<Field, Object> fields) {
        this.fields = ImmutableSortedMap.copyOf(fields);
    }

    /** The two versions of the Internet Protocol; the policy always speaks of both. */
    public enum Family {
        /** IPv4, RFC 791. */
        V4(IPV4),
        /** IPv6, RFC 8200. */
        V6(IPV6);

        private final int etherType;

        Family(int etherType) {
            this.etherType = etherType;
        }

        static Family of(IpPrefix prefix) {
            return prefix.isIp4() ? V4 : V6;
        }
    }

    private static int number(EtherType type) {
        return type.ethType().toShort() & 0xffff;
    }

    private PacketMatch with(Field field, Object value) {
        Map<Field, Object> more = new EnumMap<>(Field.class);
        more.putAll(fields);
        more.put(field, value);
        return new PacketMatch(more);
    }

    /**
     * Matches TCP segments of one family.
     *
     * @param family IPv4 or IPv6
     * @return the expression
     */
    public static PacketMatch tcp(Family family) {
        return ANY.protocol(family, IPv4.PROTOCOL_TCP);
    }

    /**
     * Matches UDP datagrams of one family.
     *
     * @param family IPv4 or IPv6
     * @return the expression
     */
    public static PacketMatch udp(Family family) {
        return ANY.protocol(family, IPv4.PROTOCOL_UDP);
    }

    /**
     * Matches IPv6 packets whose upper-layer header the switch cannot see, for it lies in a later
     * fragment.
     *
     * @return the expression
     */
    public static PacketMatch hiddenUpperLayer() {
        return ANY.protocol(Family.V6, IPv6.PROTOCOL_HOPOPT);
    }

    /**
     * Matches ICMPv6 messages of a type.
     *
     * @param type 0 to 255, such as 136 for a neighbour advertisement (RFC 4861)
     * @return the expression
     */
    public static PacketMatch icmpv6(int type) {
        return ANY.protocol(Family.V6, IPv6.PROTOCOL_ICMP6).with(Field.ICMPV6_TYPE, type);
    }

    /**
     * Matches all packets of one family.
     *
     * @param family IPv4 or IPv6
     * @return the expression
     */
    public static PacketMatch ip(Family family) {
        return ANY.etherType(family.etherType);
    }

    /**
     * Matches ARP.
     *
     * @return the expression
     */
    public static PacketMatch arp() {
        return ANY.etherType(ARP);
    }

    /**
     * Narrows to packets of one family that carry an upper-layer protocol.
     *
     * @param family IPv4 or IPv6
     * @param number IANA protocol number
     * @return the narrower expression
     */
    public PacketMatch protocol(Family family, int number) {
        return etherType(family.etherType).with(Field.PROTOCOL, number);
    }

    /**
     * Narrows to frames of an Ethernet type.
     *
     * @param type 0x600 to 0xffff
     * @return the narrower expression
     */
    public PacketMatch etherType(int type) {
        return with(Field.ETHER_TYPE, type);
    }

    /**
     * Narrows to packets that came in on a port.
     *
     * @param port port number
     * @return the narrower expression
     */
    public PacketMatch inPort(PortNumber port) {
        return with(Field.IN_PORT, port);
    }

    /**
     * Narrows to packets whose outermost tag is of a VLAN.
     *
     * @param tag VLAN identifier
     * @return the narrower expression
     */
    public PacketMatch vlan(VlanId tag) {
        return with(Field.VLAN, tag);
    }

    /**
     * Narrows to packets whose second tag, from outside in, is of a VLAN. OpenFlow sees the
     * outermost tag only: chains before {@link Chain#PAIRED_MAIL} cannot ask for this.
     *
     * @param tag VLAN identifier
     * @return the narrower expression
     */
    public PacketMatch customerVlan(VlanId tag) {
        return with(Field.CUSTOMER_VLAN, tag);
    }

    /**
     * Narrows to packets that have no second tag. Only chains that {@link #customerVlan(VlanId)}
     * may be asked in can ask for this.
     *
     * @return the narrower expression
     */
    public PacketMatch withoutCustomerTag() {
        return with(Field.CUSTOMER_VLAN, VlanId.NONE);
    }

    /**
     * Narrows to packets from a link-layer source.
     *
     * @param mac MAC address
     * @return the narrower expression
     */
    public PacketMatch sourceMac(MacAddress mac) {
        return with(Field.SOURCE_MAC, mac);
    }

    /**
     * Narrows to packets for a link-layer destination.
     *
     * @param mac MAC address
     * @return the narrower expression
     */
    public PacketMatch destinationMac(MacAddress mac) {
        return with(Field.DESTINATION_MAC, mac);
    }

    /**
     * Narrows to packets from a prefix.
     *
     * @param prefix prefix of this expression's family, not /0
     * @return the narrower expression
     */
    public PacketMatch source(IpPrefix prefix) {
        return etherType(checkedType(prefix)).with(Field.SOURCE, prefix);
    }

    /**
     * Narrows to packets for a prefix.
     *
     * @param prefix prefix of this expression's family, not /0
     * @return the narrower expression
     */
    public PacketMatch destination(IpPrefix prefix) {
        return etherType(checkedType(prefix)).with(Field.DESTINATION, prefix);
    }

    private int checkedType(IpPrefix prefix) {
        int type = Family.of(prefix).etherType;
        int own = etherType().orElse(type);
        if (prefix.prefixLength() == 0 || own != type) {
            throw new IllegalArgumentException("prefix " + prefix + " does not narrow " + this);
        }
        return type;
    }

    /**
     * Narrows to packets from a TCP or UDP port.
     *
     * @param port 0 to 65535
     * @return the narrower expression
     */
    public PacketMatch sourcePort(int port) {
        return with(Field.SOURCE_PORT, port);
    }

    /**
     * Narrows to packets to a TCP or UDP port.
     *
     * @param port 0 to 65535; 0 is what fragments show
     * @return the narrower expression
     */
    public PacketMatch destinationPort(int port) {
        return with(Field.DESTINATION_PORT, port);
    }

    /**
     * Matches neighbour advertisements (RFC 4861) that claim an address.
     *
     * @param address the target
     * @return the expression
     */
    public static PacketMatch neighbourAdvertisement(Ip6Address address) {
        return icmpv6(PacketHeader.NEIGHBOUR_ADVERTISEMENT).with(Field.NEIGHBOUR_TARGET, address);
    }

    /**
     * Matches ARP whose sender claims an address.
     *
     * @param address the sender's protocol address
     * @return the expression
     */
    public static PacketMatch arpSender(Ip4Address address) {
        return arp().with(Field.ARP_SENDER, address);
    }

    /**
     * Matches ARP of an operation.
     *
     * @param operation 0 to 255; 0 is what Open vSwitch shows of ARP that it does not parse
     * @return the expression
     */
    public static PacketMatch arpOperation(int operation) {
        return arp().with(Field.ARP_OPERATION, operation);
    }

    /**
     * Narrows ARP to what a sender with a MAC says.
     *
     * @param mac the sender's hardware address
     * @return the narrower expression
     */
    public PacketMatch arpSenderMac(MacAddress mac) {
        return with(Field.ARP_SENDER_MAC, mac);
    }

    /**
     * Tells whether a packet matches.
     *
     * @param packet what the switch sees of it
     * @return true if every field that is set agrees
     */
    public boolean matches(PacketHeader packet) {
        for (Map.Entry<Field, Object> field : fields.entrySet()) {
            if (!field.getKey().agrees.test(field.getValue(), packet)) {
                return false;
            }
        }
        return true;
    }

    /**
     * Narrows to what another expression matches too.
     *
     * @param other another expression
     * @return the conjunction, or empty if no packet matches both
     */
    public Optional<PacketMatch> and(PacketMatch other) {
        Map<Field, Object> both = new EnumMap<>(Field.class);
        both.putAll(fields);
        for (Map.Entry<Field, Object> field : other.fields.entrySet()) {
            Object own = both.get(field.getKey());
            Object narrower = own == null ? field.getValue() : narrower(own, field.getValue());
            if (narrower == null) {
                return Optional.empty();
            }
            both.put(field.getKey(), narrower);
        }
        return Optional.of(new PacketMatch(both));
    }

    /** The narrower of two values of a field, or null if they have nothing in common. */
    private static Object narrower(Object one, Object two) {
        if (one instanceof IpPrefix && two instanceof IpPrefix) {
            IpPrefix first = (IpPrefix) one;
            IpPrefix second = (IpPrefix) two;
            if (first.version() != second.version()) {
                return null;
            }
            return first.contains(second) ? second : second.contains(first) ? first : null;
        }
        return one.equals(two) ? one : null;
    }

    private <T> Optional<T> get(Field field, Class<T> type) {
        return Optional.ofNullable(fields.get(field)).map(type::cast);
    }

    private OptionalInt number(Field field) {
        Integer value = (Integer) fields.get(field);
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    /**
     * Returns the ingress port.
     *
     * @return port number, or empty for any
     */
    public Optional<PortNumber> inPort() {
        return get(Field.IN_PORT, PortNumber.class);
    }

    /**
     * Returns the VLAN.
     *
     * @return VLAN identifier, or empty for any or none
     */
    public Optional<VlanId> vlan() {
        return get(Field.VLAN, VlanId.class);
    }

    /**
     * Returns the VLAN of the second tag.
     *
     * @return VLAN identifier, {@link VlanId#NONE} for packets without a second tag, or empty for
     *     any or none
     */
    public Optional<VlanId> customerVlan() {
        return get(Field.CUSTOMER_VLAN, VlanId.class);
    }

    /**
     * Returns the link-layer source.
     *
     * @return MAC address, or empty for any
     */
    public Optional<MacAddress> sourceMac() {
        return get(Field.SOURCE_MAC, MacAddress.class);
    }

    /**
     * Returns the link-layer destination.
     *
     * @return MAC address, or empty for any
     */
    public Optional<MacAddress> destinationMac() {
        return get(Field.DESTINATION_MAC, MacAddress.class);
    }

    /**
     * Returns the Ethernet type.
     *
     * @return 0 to 0xffff, or empty for any
     */
    public OptionalInt etherType() {
        return number(Field.ETHER_TYPE);
    }

    /**
     * Returns the upper-layer protocol.
     *
     * @return IANA protocol number, or empty for any
     */
    public OptionalInt protocol() {
        return number(Field.PROTOCOL);
    }

    /**
     * Returns the source prefix.
     *
     * @return prefix, or empty for any
     */
    public Optional<IpPrefix> source() {
        return get(Field.SOURCE, IpPrefix.class);
    }

    /**
     * Returns the destination prefix.
     *
     * @return prefix, or empty for any
     */
    public Optional<IpPrefix> destination() {
        return get(Field.DESTINATION, IpPrefix.class);
    }

    /**
     * Returns the source port of TCP or UDP.
     *
     * @return 0 to 65535, or empty for any
     */
    public OptionalInt sourcePort() {
        return number(Field.SOURCE_PORT);
    }

    /**
     * Returns the destination port of TCP or UDP.
     *
     * @return 0 to 65535, or empty for any
     */
    public OptionalInt destinationPort() {
        return number(Field.DESTINATION_PORT);
    }

    /**
     * Returns the type of ICMPv6.
     *
     * @return 0 to 255, or empty for any
     */
    public OptionalInt icmpv6Type() {
        return number(Field.ICMPV6_TYPE);
    }

    /**
     * Returns the target of neighbour discovery.
     *
     * @return an address, or empty for any
     */
    public Optional<Ip6Address> neighbourTarget() {
        return get(Field.NEIGHBOUR_TARGET, Ip6Address.class);
    }

    /**
     * Returns the operation of ARP.
     *
     * @return 0 to 255, or empty for any
     */
    public OptionalInt arpOperation() {
        return number(Field.ARP_OPERATION);
    }

    /**
     * Returns the address that an ARP sender claims.
     *
     * @return an address, or empty for any
     */
    public Optional<Ip4Address> arpSender() {
        return get(Field.ARP_SENDER, Ip4Address.class);
    }

    /**
     * Returns the hardware address that an ARP sender claims.
     *
     * @return a MAC, or empty for any
     */
    public Optional<MacAddress> arpSenderMac() {
        return get(Field.ARP_SENDER_MAC, MacAddress.class);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PacketMatch && fields.equals(((PacketMatch) other).fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    @Override
    public String toString() {
        return fields.isEmpty()
                ? "any"
                : Maps.transformEntries(fields, (f, v) -> f.text + "=" + told(f, v))
                        .values()
                        .stream()
                        .collect(Collectors.joining(","));
    }

    private static Object told(Field field, Object value) {
        return field == Field.ETHER_TYPE ? String.format("0x%04x", (Integer) value) : value;
    }
}
