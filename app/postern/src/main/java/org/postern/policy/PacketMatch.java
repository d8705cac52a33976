package org.postern.policy;

import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.onlab.packet.EthType;
import org.onlab.packet.IPv4;
import org.onlab.packet.IPv6;
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
    public static final PacketMatch ANY =
            new PacketMatch(null, null, null, null, null, null, null, null, null);

    private static final int IPV4 = EthType.EtherType.IPV4.ethType().toShort() & 0xffff;
    private static final int IPV6 = EthType.EtherType.IPV6.ethType().toShort() & 0xffff;

    private final PortNumber inPort;
    private final VlanId vlan;
    private final MacAddress destinationMac;
    private final Integer etherType;
    private final Integer protocol;
    private final IpPrefix source;
    private final IpPrefix destination;
    private final Integer sourcePort;
    private final Integer destinationPort;

    // one private constructor of all fields keeps the expression immutable; callers use the
    // narrowing methods
    @SuppressWarnings("checkstyle:ParameterNumber")
    private PacketMatch(
            PortNumber inPort,
            VlanId vlan,
            MacAddress destinationMac,
            Integer etherType,
            Integer protocol,
            IpPrefix source,
            IpPrefix destination,
            Integer sourcePort,
            Integer destinationPort) {
        this.inPort = inPort;
        this.vlan = vlan;
        this.destinationMac = destinationMac;
        this.etherType = etherType;
        this.protocol = protocol;
        this.source = source;
        this.destination = destination;
        this.sourcePort = sourcePort;
        this.destinationPort = destinationPort;
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
     * Matches IPv6 packets whose upper-layer header the switch cannot see, for it lies in a later
     * fragment.
     *
     * @return the expression
     */
    public static PacketMatch hiddenUpperLayer() {
        return ANY.protocol(Family.V6, IPv6.PROTOCOL_HOPOPT);
    }

    private PacketMatch protocol(Family family, int number) {
        return new PacketMatch(
                inPort,
                vlan,
                destinationMac,
                family.etherType,
                number,
                source,
                destination,
                sourcePort,
                destinationPort);
    }

    /**
     * Narrows to packets that came in on a port.
     *
     * @param port port number
     * @return the narrower expression
     */
    public PacketMatch inPort(PortNumber port) {
        return new PacketMatch(
                port,
                vlan,
                destinationMac,
                etherType,
                protocol,
                source,
                destination,
                sourcePort,
                destinationPort);
    }

    /**
     * Narrows to packets whose outermost tag is of a VLAN.
     *
     * @param tag VLAN identifier
     * @return the narrower expression
     */
    public PacketMatch vlan(VlanId tag) {
        return new PacketMatch(
                inPort,
                tag,
                destinationMac,
                etherType,
                protocol,
                source,
                destination,
                sourcePort,
                destinationPort);
    }

    /**
     * Narrows to packets for a link-layer destination.
     *
     * @param mac MAC address
     * @return the narrower expression
     */
    public PacketMatch destinationMac(MacAddress mac) {
        return new PacketMatch(
                inPort,
                vlan,
                mac,
                etherType,
                protocol,
                source,
                destination,
                sourcePort,
                destinationPort);
    }

    /**
     * Narrows to packets from a prefix.
     *
     * @param prefix prefix of this expression's family, not /0
     * @return the narrower expression
     */
    public PacketMatch source(IpPrefix prefix) {
        return new PacketMatch(
                inPort,
                vlan,
                destinationMac,
                checkedType(prefix),
                protocol,
                prefix,
                destination,
                sourcePort,
                destinationPort);
    }

    /**
     * Narrows to packets for a prefix.
     *
     * @param prefix prefix of this expression's family, not /0
     * @return the narrower expression
     */
    public PacketMatch destination(IpPrefix prefix) {
        return new PacketMatch(
                inPort,
                vlan,
                destinationMac,
                checkedType(prefix),
                protocol,
                source,
                prefix,
                sourcePort,
                destinationPort);
    }

    private int checkedType(IpPrefix prefix) {
        int type = Family.of(prefix).etherType;
        if (prefix.prefixLength() == 0 || etherType != null && etherType != type) {
            throw new IllegalArgumentException("prefix " + prefix + " does not narrow " + this);
        }
        return type;
    }

    /**
     * Narrows to segments from a TCP port.
     *
     * @param port 0 to 65535
     * @return the narrower expression
     */
    public PacketMatch sourcePort(int port) {
        return new PacketMatch(
                inPort,
                vlan,
                destinationMac,
                etherType,
                protocol,
                source,
                destination,
                port,
                destinationPort);
    }

    /**
     * Narrows to segments to a TCP port.
     *
     * @param port 0 to 65535; 0 is what fragments show
     * @return the narrower expression
     */
    public PacketMatch destinationPort(int port) {
        return new PacketMatch(
                inPort,
                vlan,
                destinationMac,
                etherType,
                protocol,
                source,
                destination,
                sourcePort,
                port);
    }

    /**
     * Tells whether a packet matches.
     *
     * @param packet what the switch sees of it
     * @return true if every field that is set agrees
     */
    public boolean matches(PacketHeader packet) {
        return (inPort == null || inPort.equals(packet.inPort()))
                && (vlan == null || packet.vlan().filter(vlan::equals).isPresent())
                && (destinationMac == null || destinationMac.equals(packet.destinationMac()))
                && (etherType == null || etherType == packet.etherType())
                && (protocol == null || protocol == packet.protocol())
                && (source == null || packet.source().filter(source::contains).isPresent())
                && (destination == null
                        || packet.destination().filter(destination::contains).isPresent())
                && (sourcePort == null || sourcePort == packet.sourcePort())
                && (destinationPort == null || destinationPort == packet.destinationPort());
    }

    /**
     * Returns the ingress port.
     *
     * @return port number, or empty for any
     */
    public Optional<PortNumber> inPort() {
        return Optional.ofNullable(inPort);
    }

    /**
     * Returns the VLAN.
     *
     * @return VLAN identifier, or empty for any or none
     */
    public Optional<VlanId> vlan() {
        return Optional.ofNullable(vlan);
    }

    /**
     * Returns the link-layer destination.
     *
     * @return MAC address, or empty for any
     */
    public Optional<MacAddress> destinationMac() {
        return Optional.ofNullable(destinationMac);
    }

    /**
     * Returns the Ethernet type.
     *
     * @return 0 to 0xffff, or empty for any
     */
    public OptionalInt etherType() {
        return optional(etherType);
    }

    /**
     * Returns the upper-layer protocol.
     *
     * @return IANA protocol number, or empty for any
     */
    public OptionalInt protocol() {
        return optional(protocol);
    }

    /**
     * Returns the source prefix.
     *
     * @return prefix, or empty for any
     */
    public Optional<IpPrefix> source() {
        return Optional.ofNullable(source);
    }

    /**
     * Returns the destination prefix.
     *
     * @return prefix, or empty for any
     */
    public Optional<IpPrefix> destination() {
        return Optional.ofNullable(destination);
    }

    /**
     * Returns the TCP source port.
     *
     * @return 0 to 65535, or empty for any
     */
    public OptionalInt sourcePort() {
        return optional(sourcePort);
    }

    /**
     * Returns the TCP destination port.
     *
     * @return 0 to 65535, or empty for any
     */
    public OptionalInt destinationPort() {
        return optional(destinationPort);
    }

    private static OptionalInt optional(Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof PacketMatch)) {
            return false;
        }
        PacketMatch that = (PacketMatch) other;
        return Objects.equals(inPort, that.inPort)
                && Objects.equals(vlan, that.vlan)
                && Objects.equals(destinationMac, that.destinationMac)
                && Objects.equals(etherType, that.etherType)
                && Objects.equals(protocol, that.protocol)
                && Objects.equals(source, that.source)
                && Objects.equals(destination, that.destination)
                && Objects.equals(sourcePort, that.sourcePort)
                && Objects.equals(destinationPort, that.destinationPort);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                inPort,
                vlan,
                destinationMac,
                etherType,
                protocol,
                source,
                destination,
                sourcePort,
                destinationPort);
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        append(text, "in_port", inPort);
        append(text, "vlan", vlan);
        append(text, "eth_dst", destinationMac);
        append(text, "eth_type", etherType == null ? null : String.format("0x%04x", etherType));
        append(text, "ip_proto", protocol);
        append(text, "src", source);
        append(text, "dst", destination);
        append(text, "tcp_src", sourcePort);
        append(text, "tcp_dst", destinationPort);
        return text.length() == 0 ? "any" : text.toString();
    }

    private static void append(StringBuilder text, String field, Object value) {
        if (value != null) {
            text.append(text.length() == 0 ? "" : ",").append(field).append('=').append(value);
        }
    }
}
