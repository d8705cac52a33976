package org.postern.policy;

import java.util.List;
import org.onlab.packet.EthType.EtherType;
import org.onlab.packet.IPv4;
import org.onlab.packet.IPv6;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;
import org.postern.fakeswitch.FlowKey;
import org.postern.fakeswitch.Packet;
import org.postern.fakeswitch.PacketBuilder;

/**
 * A well-formed packet as its sender knows it: true protocol and ports even where a fragment hides
 * them from a switch. Immutable: each {@code with} method returns another.
 */
public final class TruePacket {
    /** What of the original datagram the packet carries. */
    public enum Piece {
        /** All of it. */
        WHOLE,
        /** All of it, behind an IPv6 fragment header (RFC 6946). */
        ATOMIC,
        /** The beginning, with the whole upper-layer header. */
        FIRST,
        /** The beginning, with the first 8 bytes of the upper-layer header alone. */
        SHORT_FIRST,
        /** The beginning of an IPv6 datagram, ending within its destination options. */
        HIDDEN_FIRST,
        /** Something behind the beginning. */
        LATER
    }

    /** What the packet carries. */
    public enum Kind {
        /** A TCP segment. */
        TCP,
        /** A UDP datagram. */
        UDP,
        /** An echo request of ICMP or ICMPv6. */
        ECHO,
        /** IPsec ESP. */
        ESP,
        /** IPv6 or IPv4 within IP: GRE. */
        GRE,
        /** Whose the source address is: an ARP request, a neighbour advertisement for all. */
        NEIGHBOUR,
        /** IP that the switch does not see: MPLS. */
        MPLS
    }

    private static final int FRAGMENT_BYTES = 8;
    private static final int LATER_OFFSET = 1480;
    private static final int ECHO_REQUEST = 8;
    private static final int ECHO_REQUEST_6 = 128;
    private static final int DESTINATION_OPTIONS = 60;
    private static final int ESP_PROTOCOL = 50;
    private static final int GRE_PROTOCOL = 47;
    private static final int MPLS = 0x8847;

    private static final String LINK_LOCAL = "fe80::fe";
    private static final String ALL_NODES = "ff02::1";

    private final PortNumber inPort;
    private final MacAddress sourceMac;
    private final MacAddress destinationMac;
    private final List<Integer> tags;
    private final IpAddress source;
    private final IpAddress destination;
    private final Kind kind;
    private final int sourcePort;
    private final int destinationPort;
    private final Piece piece;
    private final boolean extended;
    private final int tagsSeen;

    @SuppressWarnings("checkstyle:ParameterNumber") // one private constructor of all fields
    private TruePacket(
            PortNumber inPort,
            MacAddress sourceMac,
            MacAddress destinationMac,
            List<Integer> tags,
            IpAddress source,
            IpAddress destination,
            Kind kind,
            int sourcePort,
            int destinationPort,
            Piece piece,
            boolean extended,
            int tagsSeen) {
        this.inPort = inPort;
        this.sourceMac = sourceMac;
        this.destinationMac = destinationMac;
        this.tags = List.copyOf(tags);
        this.source = source;
        this.destination = destination;
        this.kind = kind;
        this.sourcePort = sourcePort;
        this.destinationPort = destinationPort;
        this.piece = piece;
        this.extended = extended;
        this.tagsSeen = tagsSeen;
    }

    /**
     * Starts with an untagged TCP segment in one piece, between hosts nobody knows by their MAC.
     *
     * @param inPort number of the port it comes in by
     * @param source source address
     * @param sourcePort TCP source port
     * @param destination destination address of the same family
     * @param destinationPort TCP destination port
     * @return the packet
     */
    public static TruePacket tcp(
            long inPort, String source, int sourcePort, String destination, int destinationPort) {
        return new TruePacket(
                PortNumber.portNumber(inPort),
                MacAddress.valueOf("02:00:00:00:00:fe"),
                MacAddress.valueOf("02:00:00:00:00:fd"),
                List.of(),
                IpAddress.valueOf(source),
                IpAddress.valueOf(destination),
                Kind.TCP,
                sourcePort,
                destinationPort,
                Piece.WHOLE,
                false,
                1);
    }

    /**
     * Changes the tags.
     *
     * @param vlans VLAN numbers from the outermost in, 0 for a priority tag
     * @return the packet with these tags
     */
    public TruePacket tagged(Integer... vlans) {
        return new TruePacket(
                inPort,
                sourceMac,
                destinationMac,
                List.of(vlans),
                source,
                destination,
                kind,
                sourcePort,
                destinationPort,
                piece,
                extended,
                tagsSeen);
    }

    /**
     * Changes the link-layer destination.
     *
     * @param mac MAC address
     * @return the packet sent there
     */
    public TruePacket toMac(MacAddress mac) {
        return new TruePacket(
                inPort,
                sourceMac,
                mac,
                tags,
                source,
                destination,
                kind,
                sourcePort,
                destinationPort,
                piece,
                extended,
                tagsSeen);
    }

    /**
     * The same packet from another station.
     *
     * @param mac link-layer source
     * @return a packet
     */
    public TruePacket fromMac(MacAddress mac) {
        return new TruePacket(
                inPort,
                mac,
                destinationMac,
                tags,
                source,
                destination,
                kind,
                sourcePort,
                destinationPort,
                piece,
                extended,
                tagsSeen);
    }

    /**
     * Changes what is carried.
     *
     * @param other the kind
     * @return the packet carrying it
     */
    public TruePacket as(Kind other) {
        return new TruePacket(
                inPort,
                sourceMac,
                destinationMac,
                tags,
                source,
                destination,
                other,
                sourcePort,
                destinationPort,
                piece,
                extended,
                tagsSeen);
    }

    /**
     * Takes a piece of the packet.
     *
     * @param other which
     * @return the piece
     */
    public TruePacket piece(Piece other) {
        return new TruePacket(
                inPort,
                sourceMac,
                destinationMac,
                tags,
                source,
                destination,
                kind,
                sourcePort,
                destinationPort,
                other,
                extended,
                tagsSeen);
    }

    /**
     * Adds IPv4 options, or IPv6 hop-by-hop and destination options.
     *
     * @return the packet with them
     */
    public TruePacket extended() {
        return new TruePacket(
                inPort,
                sourceMac,
                destinationMac,
                tags,
                source,
                destination,
                kind,
                sourcePort,
                destinationPort,
                piece,
                true,
                tagsSeen);
    }

    /**
     * The same packet for a switch that looks behind more tags, or fewer.
     *
     * @param number 1 or 2 (Open vSwitch, {@code other_config:vlan-limit})
     * @return the packet
     */
    public TruePacket seenBehindTags(int number) {
        return new TruePacket(
                inPort,
                sourceMac,
                destinationMac,
                tags,
                source,
                destination,
                kind,
                sourcePort,
                destinationPort,
                piece,
                extended,
                number);
    }

    /**
     * Returns how many tags the switch looks behind.
     *
     * @return 1 or 2
     */
    public int tagsSeen() {
        return tagsSeen;
    }

    /**
     * Returns the ingress port.
     *
     * @return port number
     */
    public PortNumber inPort() {
        return inPort;
    }

    /**
     * Tells whether the packet has a port among its TCP ports, however well it hides.
     *
     * @param number TCP port
     * @return true if it is from or to that port
     */
    public boolean speaksTcp(int number) {
        return kind == Kind.TCP && (sourcePort == number || destinationPort == number);
    }

    /**
     * Tells whether the packet is TCP, or a piece of it.
     *
     * @return true for TCP
     */
    public boolean isTcp() {
        return kind == Kind.TCP;
    }

    /**
     * Tells whether a switch sees IP in it if there is any.
     *
     * @return true for more tags than it looks behind, or MPLS: what is within OpenFlow does not
     *     see
     */
    public boolean isOpaque() {
        return tags.size() > tagsSeen || kind == Kind.MPLS;
    }

    /**
     * Returns what of the datagram the packet carries.
     *
     * @return the piece
     */
    public Piece piece() {
        return piece;
    }

    List<Integer> tags() {
        return tags;
    }

    MacAddress sourceMac() {
        return sourceMac;
    }

    MacAddress destinationMac() {
        return destinationMac;
    }

    IpAddress source() {
        return source;
    }

    IpAddress destination() {
        return destination;
    }

    Kind kind() {
        return kind;
    }

    int sourcePort() {
        return sourcePort;
    }

    int destinationPort() {
        return destinationPort;
    }

    /**
     * Writes the packet as the bytes on the wire.
     *
     * @return the frame
     */
    public Packet frame() {
        PacketBuilder frame = Packet.from(sourceMac).to(destinationMac);
        tags.forEach(frame::vlan);
        if (kind == Kind.NEIGHBOUR) {
            return source.isIp4()
                    ? frame.arp(1, sourceMac, source.toString(), "198.18.0.2").build()
                    : frame.ip(IpAddress.valueOf(LINK_LOCAL), IpAddress.valueOf(ALL_NODES))
                            .neighbourAdvertisement(source.toString())
                            .build();
        }
        if (kind == Kind.MPLS) {
            return frame.ethernetPayload(MPLS, new byte[24]).build();
        }
        frame.ip(source, destination);
        if (source.isIp4()) {
            if (extended) {
                frame.options(FRAGMENT_BYTES);
            }
            fragment(frame);
        } else {
            if (extended) {
                frame.hopByHop(FRAGMENT_BYTES);
            }
            fragment(frame);
            if (extended && piece != Piece.LATER && piece != Piece.HIDDEN_FIRST) {
                frame.destinationOptions(FRAGMENT_BYTES);
            }
        }
        upperLayer(frame);
        return frame.build();
    }

    private void fragment(PacketBuilder frame) {
        switch (piece) {
            case WHOLE:
                break;
            case ATOMIC:
                frame.fragment(0, false);
                break;
            case LATER:
                frame.fragment(LATER_OFFSET, false);
                break;
            default:
                frame.fragment(0, true);
                break;
        }
    }

    private void upperLayer(PacketBuilder frame) {
        if (piece == Piece.HIDDEN_FIRST) {
            // the first 8 of 64 bytes of destination options: next header, length, PadN
            frame.raw(
                    DESTINATION_OPTIONS,
                    (byte) protocol(),
                    (byte) 7,
                    (byte) 1,
                    (byte) 4,
                    (byte) 0,
                    (byte) 0,
                    (byte) 0,
                    (byte) 0);
        } else if (piece == Piece.LATER || piece == Piece.SHORT_FIRST) {
            frame.raw(
                    protocol(),
                    (byte) (sourcePort >> 8),
                    (byte) sourcePort,
                    (byte) (destinationPort >> 8),
                    (byte) destinationPort,
                    (byte) 0,
                    (byte) 0,
                    (byte) 0,
                    (byte) 1);
        } else if (kind == Kind.TCP) {
            frame.tcp(sourcePort, destinationPort);
        } else if (kind == Kind.UDP) {
            frame.udp(sourcePort, destinationPort);
        } else if (kind == Kind.ESP || kind == Kind.GRE) {
            frame.raw(protocol(), new byte[16]);
        } else if (source.isIp4()) {
            frame.icmp(ECHO_REQUEST, 0);
        } else {
            frame.icmpv6(ECHO_REQUEST_6, 0);
        }
    }

    private int protocol() {
        switch (kind) {
            case TCP:
                return IPv4.PROTOCOL_TCP;
            case UDP:
                return IPv4.PROTOCOL_UDP;
            case ESP:
                return ESP_PROTOCOL;
            case GRE:
                return GRE_PROTOCOL;
            default:
                return source.isIp4() ? IPv4.PROTOCOL_ICMP : IPv6.PROTOCOL_ICMP6;
        }
    }

    /**
     * Reads the frame as a switch does.
     *
     * @return the header fields that the switch sees
     */
    public PacketHeader seen() {
        FlowKey key = FlowKey.parse(frame(), tagsSeen);
        PacketHeader.Builder header =
                PacketHeader.from(inPort)
                        .sourceMac(sourceMac)
                        .destinationMac(destinationMac)
                        .etherType(key.etherType())
                        .protocol(key.ipProtocol())
                        .ports(key.sourcePort(), key.destinationPort());
        if (key.tagged()) {
            header.vlan(VlanId.vlanId((short) key.vlan()));
        }
        if (key.taggedTwice()) {
            header.customerVlan(VlanId.vlanId((short) key.innerVlan()));
        }
        if (kind == Kind.NEIGHBOUR && !source.isIp4() && !isOpaque()) {
            return header.addresses(IpAddress.valueOf(LINK_LOCAL), IpAddress.valueOf(ALL_NODES))
                    .icmpv6(key.sourcePort(), source.getIp6Address())
                    .build();
        }
        if (key.etherType() == (EtherType.IPV4.ethType().toShort() & 0xffff)
                || key.etherType() == (EtherType.IPV6.ethType().toShort() & 0xffff)) {
            header.addresses(source, destination);
        }
        if (key.etherType() == (EtherType.ARP.ethType().toShort() & 0xffff)) {
            header.arp(1, source.getIp4Address(), sourceMac);
        }
        if (key.ipProtocol() == IPv6.PROTOCOL_ICMP6 && !source.isIp4()) {
            header.icmpv6(key.sourcePort(), null);
        }
        return header.build();
    }

    @Override
    public String toString() {
        return String.format(
                "%s %s in by port %s, tags %s (%d seen), %s:%d > %s:%d, for %s%s",
                piece,
                kind,
                inPort,
                tags,
                tagsSeen,
                source,
                sourcePort,
                destination,
                destinationPort,
                destinationMac,
                extended ? ", with options" : "");
    }
}
