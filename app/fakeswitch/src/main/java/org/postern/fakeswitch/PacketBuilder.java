package org.postern.fakeswitch;

import static com.google.common.base.Preconditions.checkArgument;
import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.Lists;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;

/**
 * Builds a frame header by header, in the order of the wire. Lengths, types and the IPv4 header
 * checksum are filled in so that the frame is well formed; checksums of TCP, UDP and ICMP stay 0,
 * since no switch looks at them. Frames that are <em>not</em> well formed come from {@link #cut},
 * {@link #withByte} and {@link Packet#of}. Nothing is padded to 60 bytes unless {@link #padding}
 * says so.
 */
public final class PacketBuilder {
    /** TCP flag that opens a connection. */
    public static final int SYN = 0x02;

    /** TCP flag that acknowledges. */
    public static final int ACK = 0x10;

    private static final int HOP_LIMIT = 64;
    private static final int MAX_IPV4_OPTIONS = 40;
    private static final int MAX_FRAGMENT_OFFSET = 65528;
    private static final int FRAGMENT_UNIT = 8;
    private static final int GRE = 47;
    private static final int MPLS = 0x8847;
    private static final int PPPOE_SESSION = 0x8864;
    private static final int PPP_IPV4 = 0x0021;
    private static final int PPP_IPV6 = 0x0057;

    /** What is said of a payload that no header announces otherwise. */
    private static final int LOCAL_EXPERIMENTAL = 0x88b5;

    private static final int NO_NEXT_HEADER = 59;

    private final MacAddress source;
    private MacAddress destination = MacAddress.BROADCAST;
    private final List<Header> headers = new ArrayList<>();
    private byte[] payload = new byte[0];
    private byte[] padding = new byte[0];
    private int cut;
    private int changedAt = -1;
    private int changedTo;

    PacketBuilder(MacAddress source) {
        this.source = source;
    }

    /**
     * Sets the Ethernet destination.
     *
     * @param address as {@code 02:00:00:00:00:02}
     * @return this
     */
    public PacketBuilder to(String address) {
        return to(MacAddress.valueOf(address));
    }

    /**
     * Sets the Ethernet destination.
     *
     * @param address the address
     * @return this
     */
    public PacketBuilder to(MacAddress address) {
        destination = address;
        return this;
    }

    /**
     * Adds a VLAN tag of type 0x8100.
     *
     * @param vlan 0..4095; 0 makes it a priority tag
     * @return this
     */
    public PacketBuilder vlan(int vlan) {
        return tag(FrameParser.VLAN, vlan);
    }

    /**
     * Adds a VLAN tag of type 0x88a8 (service tag).
     *
     * @param vlan 0..4095
     * @return this
     */
    public PacketBuilder serviceVlan(int vlan) {
        return tag(FrameParser.VLAN_SERVICE, vlan);
    }

    private PacketBuilder tag(int type, int vlan) {
        checkArgument(vlan >= 0 && vlan <= 0xfff, "no VLAN number: %s", vlan);
        return add(Header.typed(type, Header.shorts(vlan)));
    }

    /**
     * Adds one MPLS label, bottom of stack.
     *
     * @param label 0..1048575
     * @return this
     */
    public PacketBuilder mpls(int label) {
        return add(
                Header.fixed(
                        MPLS,
                        Header.NONE,
                        Header.shorts(label >>> 4, label << 12 | 0x100 | HOP_LIMIT)));
    }

    /**
     * Adds a PPPoE session header with the PPP protocol of the IP header that follows.
     *
     * @param session 0..65535
     * @return this
     */
    public PacketBuilder pppoe(int session) {
        return add(
                new Header(PPPOE_SESSION, Header.NONE) {
                    @Override
                    byte[] wrap(Header inner, byte[] content) {
                        int ppp = typeOf(inner) == FrameParser.IPV6 ? PPP_IPV6 : PPP_IPV4;
                        return Header.join(
                                Header.shorts(0x1100, session, content.length + 2, ppp), content);
                    }
                });
    }

    /**
     * Ends the frame with something of another Ethernet type.
     *
     * @param etherType the type
     * @param content what follows the type
     * @return this
     */
    public PacketBuilder ethernetPayload(int etherType, byte... content) {
        return add(Header.fixed(etherType, Header.NONE, content.clone()));
    }

    /**
     * Adds an ARP request or reply for IPv4 over Ethernet; the target's hardware address is 0.
     *
     * @param operation 1 request, 2 reply
     * @param senderHardware the sender's Ethernet address as the message claims
     * @param sender the sender's IPv4 address
     * @param target the target's IPv4 address
     * @return this
     */
    public PacketBuilder arp(
            int operation, MacAddress senderHardware, String sender, String target) {
        ByteBuffer arp =
                ByteBuffer.allocate(28).put(Header.shorts(1, FrameParser.IPV4, 0x0604, operation));
        arp.put(senderHardware.toBytes()).put(IpAddress.valueOf(sender).toOctets());
        arp.put(new byte[6]).put(IpAddress.valueOf(target).toOctets());
        return add(Header.fixed(FrameParser.ARP, Header.NONE, arp.array()));
    }

    /**
     * Adds an IPv4 header, inside another IPv4 header as IP in IP.
     *
     * @param from source address
     * @param to destination address
     * @return this
     */
    public PacketBuilder ipv4(String from, String to) {
        return ip(Ip4Address.valueOf(from), Ip4Address.valueOf(to));
    }

    /**
     * Adds an IPv6 header, inside an IPv4 header as 6in4.
     *
     * @param from source address
     * @param to destination address
     * @return this
     */
    public PacketBuilder ipv6(String from, String to) {
        return ip(Ip6Address.valueOf(from), Ip6Address.valueOf(to));
    }

    /**
     * Adds an IPv4 or IPv6 header.
     *
     * @param from source address
     * @param to destination address of the same family
     * @return this
     * @throws IllegalArgumentException if the families differ
     */
    public PacketBuilder ip(IpAddress from, IpAddress to) {
        checkArgument(
                from.version() == to.version(), "%s and %s are not of the same family", from, to);
        return add(
                from.isIp4()
                        ? new Ipv4Header(from.getIp4Address(), to.getIp4Address())
                        : new Ipv6Header(from, to));
    }

    /**
     * Adds IPv4 options (no-operations) to the IPv4 header just added.
     *
     * @param bytes a multiple of 4, at most 40
     * @return this
     */
    public PacketBuilder options(int bytes) {
        checkArgument(
                bytes % 4 == 0 && bytes >= 0 && bytes <= MAX_IPV4_OPTIONS,
                "no length of options: %s",
                bytes);
        lastIpv4().options(bytes);
        return this;
    }

    /**
     * Sets "don't fragment" in the IPv4 header just added.
     *
     * @return this
     */
    public PacketBuilder dontFragment() {
        lastIpv4().flag(0x4000);
        return this;
    }

    /**
     * Makes the IP packet a fragment: by the IPv4 header if it was just added, else with an IPv6
     * fragment header.
     *
     * @param offset where it begins in the original packet, bytes, a multiple of 8; 0 for the first
     * @param more whether fragments follow; in IPv6, offset 0 and no more make an atomic fragment
     * @return this
     */
    public PacketBuilder fragment(int offset, boolean more) {
        checkArgument(
                offset >= 0 && offset <= MAX_FRAGMENT_OFFSET && offset % FRAGMENT_UNIT == 0,
                "no offset: %s",
                offset);
        checkState(!headers.isEmpty(), "a fragment of what? Add an IP header first");
        Header last = headers.get(headers.size() - 1);
        if (last instanceof Ipv4Header) {
            ((Ipv4Header) last).flag(offset / FRAGMENT_UNIT | (more ? 0x2000 : 0));
            return this;
        }
        return add(
                Header.extension(
                        FrameParser.FRAGMENT, Header.shorts(0, offset | (more ? 1 : 0), 0, 1)));
    }

    /**
     * Adds an IPv6 hop-by-hop options header filled with padding.
     *
     * @param bytes its length, a multiple of 8 from 8 to 2048
     * @return this
     */
    public PacketBuilder hopByHop(int bytes) {
        return options6(FrameParser.HOP_BY_HOP, bytes);
    }

    /**
     * Adds an IPv6 destination options header filled with padding.
     *
     * @param bytes its length, a multiple of 8 from 8 to 2048
     * @return this
     */
    public PacketBuilder destinationOptions(int bytes) {
        return options6(FrameParser.DESTINATION_OPTIONS, bytes);
    }

    /**
     * Adds an IPv6 routing header of type 4 without segments left.
     *
     * @param bytes its length, a multiple of 8 from 8 to 2048
     * @return this
     */
    public PacketBuilder routing(int bytes) {
        byte[] header = extensionOf(bytes);
        header[2] = 4;
        return add(Header.extension(FrameParser.ROUTING, header));
    }

    private PacketBuilder options6(int protocol, int bytes) {
        byte[] header = extensionOf(bytes);
        // PadN options, each at most 257 bytes long, cover the whole header after its first two
        // bytes.
        for (int at = 2; at < bytes; ) {
            int length = Math.min(bytes - at, 256);
            if (length > 1) {
                header[at] = 1;
                header[at + 1] = (byte) (length - 2);
            }
            at += length;
        }
        return add(Header.extension(protocol, header));
    }

    private static byte[] extensionOf(int bytes) {
        checkArgument(
                bytes >= 8 && bytes <= 2048 && bytes % 8 == 0,
                "no length of an extension header: %s",
                bytes);
        byte[] header = new byte[bytes];
        header[1] = (byte) (bytes / 8 - 1);
        return header;
    }

    /**
     * Adds a TCP header with SYN set.
     *
     * @param from source port
     * @param to destination port
     * @return this
     */
    public PacketBuilder tcp(int from, int to) {
        return tcp(from, to, SYN);
    }

    /**
     * Adds a TCP header.
     *
     * @param from source port
     * @param to destination port
     * @param flags the eight flag bits, such as {@link #SYN}
     * @return this
     */
    public PacketBuilder tcp(int from, int to, int flags) {
        return tcp(from, to, flags, 0);
    }

    /**
     * Adds a TCP header with options (no-operations).
     *
     * @param from source port
     * @param to destination port
     * @param flags the eight flag bits
     * @param options bytes, a multiple of 4, at most 40
     * @return this
     */
    public PacketBuilder tcp(int from, int to, int flags, int options) {
        checkArgument(
                options % 4 == 0 && options >= 0 && options <= 40,
                "no length of options: %s",
                options);
        byte[] header = new byte[20 + options];
        Arrays.fill(header, 20, header.length, (byte) 1);
        int offset = header.length / 4;
        ByteBuffer.wrap(header)
                .put(Header.shorts(from, to, 0, 1, 0, 0, offset << 12 | flags & 0xff, 65535));
        return add(Header.fixed(Header.NONE, FrameParser.TCP, header));
    }

    /**
     * Adds a UDP header.
     *
     * @param from source port
     * @param to destination port
     * @return this
     */
    public PacketBuilder udp(int from, int to) {
        return add(
                new Header(Header.NONE, FrameParser.UDP) {
                    @Override
                    byte[] wrap(Header inner, byte[] content) {
                        return Header.join(Header.shorts(from, to, content.length + 8, 0), content);
                    }
                });
    }

    /**
     * Adds an ICMP (IPv4) header.
     *
     * @param type 8 for an echo request
     * @param code 0..255
     * @return this
     */
    public PacketBuilder icmp(int type, int code) {
        return add(
                Header.fixed(
                        Header.NONE, FrameParser.ICMP, Header.shorts(type << 8 | code, 0, 1, 1)));
    }

    /**
     * Adds an ICMPv6 header.
     *
     * @param type 128 for an echo request
     * @param code 0..255
     * @return this
     */
    public PacketBuilder icmpv6(int type, int code) {
        return add(
                Header.fixed(
                        Header.NONE, FrameParser.ICMPV6, Header.shorts(type << 8 | code, 0, 0, 0)));
    }

    /**
     * Adds an ICMPv6 neighbour solicitation with the sender's Ethernet address as option.
     *
     * @param target the IPv6 address asked for
     * @return this
     */
    public PacketBuilder neighbourSolicitation(String target) {
        return neighbour(FrameParser.NEIGHBOUR_SOLICITATION, 1, target);
    }

    /**
     * Adds an ICMPv6 neighbour advertisement with the sender's Ethernet address as option.
     *
     * @param target the IPv6 address advertised
     * @return this
     */
    public PacketBuilder neighbourAdvertisement(String target) {
        return neighbour(FrameParser.NEIGHBOUR_ADVERTISEMENT, 2, target);
    }

    private PacketBuilder neighbour(int type, int option, String target) {
        ByteBuffer message = ByteBuffer.allocate(32).put(Header.shorts(type << 8, 0, 0, 0));
        message.put(Ip6Address.valueOf(target).toOctets());
        message.put((byte) option).put((byte) 1).put(source.toBytes());
        return add(Header.fixed(Header.NONE, FrameParser.ICMPV6, message.array()));
    }

    /**
     * Adds a GRE header announcing the IP header that follows.
     *
     * @return this
     */
    public PacketBuilder gre() {
        return add(
                new Header(Header.NONE, GRE) {
                    @Override
                    byte[] wrap(Header inner, byte[] content) {
                        return Header.join(Header.shorts(0, typeOf(inner)), content);
                    }
                });
    }

    /**
     * Ends the IP packet with bytes that are not to be taken for a header: what a later fragment
     * carries, or a protocol without a method here.
     *
     * @param protocol the IP protocol that the header before says
     * @param content the bytes
     * @return this
     */
    public PacketBuilder raw(int protocol, byte... content) {
        return add(Header.fixed(Header.NONE, protocol, content.clone()));
    }

    /**
     * Sets what follows the last header.
     *
     * @param content the bytes
     * @return this
     */
    public PacketBuilder payload(byte... content) {
        payload = content.clone();
        return this;
    }

    /**
     * Sets what follows the last header to zeros.
     *
     * @param length bytes
     * @return this
     */
    public PacketBuilder payload(int length) {
        payload = new byte[length];
        return this;
    }

    /**
     * Adds bytes behind the end of the packet that no length in the headers counts, as the padding
     * of short frames.
     *
     * @param content the bytes
     * @return this
     */
    public PacketBuilder padding(byte... content) {
        padding = content.clone();
        return this;
    }

    /**
     * Cuts bytes off the end of the finished frame, leaving the lengths in the headers as they
     * were.
     *
     * @param bytes how many; the Ethernet header always stays
     * @return this
     */
    public PacketBuilder cut(int bytes) {
        cut = bytes;
        return this;
    }

    /**
     * Overwrites one byte of the finished frame (before {@link #cut}).
     *
     * @param position from 0; beyond the frame's end it has no effect
     * @param value the new value, 0..255
     * @return this
     */
    public PacketBuilder withByte(int position, int value) {
        changedAt = position;
        changedTo = value;
        return this;
    }

    /**
     * Builds the frame.
     *
     * @return the frame
     * @throws IllegalStateException if a header is followed by one that it cannot announce
     */
    public Packet build() {
        byte[] content = payload;
        Header inner = Header.fixed(LOCAL_EXPERIMENTAL, NO_NEXT_HEADER, content);
        for (Header header : Lists.reverse(headers)) {
            content = header.wrap(inner, content);
            inner = header;
        }
        Header ethernet =
                Header.typed(Header.NONE, Header.join(destination.toBytes(), source.toBytes()));
        byte[] frame = Header.join(ethernet.wrap(inner, content), padding);
        if (changedAt >= 0 && changedAt < frame.length) {
            frame[changedAt] = (byte) changedTo;
        }
        return Packet.of(
                Arrays.copyOf(frame, Math.max(Packet.ETHERNET_HEADER, frame.length - cut)));
    }

    private PacketBuilder add(Header header) {
        headers.add(header);
        return this;
    }

    private Ipv4Header lastIpv4() {
        Header last = headers.isEmpty() ? null : headers.get(headers.size() - 1);
        checkState(last instanceof Ipv4Header, "only right after an IPv4 header");
        return (Ipv4Header) last;
    }
}
