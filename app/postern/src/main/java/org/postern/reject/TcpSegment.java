package org.postern.reject;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import org.postern.compile.PuntRule;

/**
 * A whole and undamaged TCP segment as it came in an Ethernet frame: untagged or with up to two
 * VLAN tags, over IPv4 with any options or over IPv6 with the extension headers that end hosts
 * skip. Immutable.
 */
final class TcpSegment {
    /** Length of an Ethernet address. */
    static final int MAC = 6;

    /** TCP's protocol number. */
    static final int TCP = 6;

    /** Where the checksum stands in a TCP header. */
    static final int CHECKSUM = 16;

    static final int FIN = 0x01;
    static final int SYN = 0x02;
    static final int RST = 0x04;
    static final int ACK = 0x10;

    private static final int IPV4 = 0x0800;
    private static final int IPV6 = 0x86dd;
    private static final int VLAN = 0x8100;
    private static final int SERVICE_VLAN = 0x88a8;
    private static final int MOST_TAGS = 2;
    private static final int TAG = 4;
    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int TCP_HEADER = 20;

    /** The "more fragments" bit and the offset (RFC 791, section 3.1). */
    private static final int MORE_OR_OFFSET = 0x3fff;

    private static final int HOP_BY_HOP = 0;
    private static final int ROUTING = 43;
    private static final int FRAGMENT = 44;
    private static final int DESTINATION_OPTIONS = 60;

    /** Offset and "more fragments" of an IPv6 fragment header (RFC 8200, section 4.5). */
    private static final int IPV6_MORE_OR_OFFSET = 0xfff9;

    private final byte[] link;
    private final boolean ipv6;
    private final int trafficClass;
    private final byte[] source;
    private final byte[] destination;
    private final ByteBuffer segment;
    private final int flags;
    private final int dataLength;

    /** Reads the network header at the buffer's position; the link header is all before it. */
    private TcpSegment(ByteBuffer frame, boolean ipv6) {
        this.link = Arrays.copyOf(frame.array(), frame.position());
        this.ipv6 = ipv6;
        ByteBuffer packet = frame.slice();
        if (ipv6) {
            int first = packet.getInt();
            require(first >>> 28 == 6);
            trafficClass = first >>> 20 & 0xff;
            int length = packet.getShort() & 0xffff;
            int next = packet.get() & 0xff;
            packet.get();
            source = bytes(packet, 16);
            destination = bytes(packet, 16);
            require(length <= packet.remaining());
            packet.limit(IPV6_HEADER + length);
            skipExtensions(packet, next);
        } else {
            int versionAndLength = packet.get() & 0xff;
            int header = (versionAndLength & 0xf) * 4;
            require(versionAndLength >> 4 == 4 && header >= IPV4_HEADER);
            trafficClass = packet.get() & 0xff;
            int length = packet.getShort() & 0xffff;
            require(length >= header && length <= packet.limit());
            packet.getShort();
            require((packet.getShort() & MORE_OR_OFFSET) == 0);
            packet.get();
            require(packet.get() == TCP);
            packet.getShort();
            source = bytes(packet, 4);
            destination = bytes(packet, 4);
            require(InternetChecksum.of(frame.array(), link.length, header).value() == 0);
            packet.limit(length).position(header);
        }
        segment = packet.slice();
        require(segment.limit() >= TCP_HEADER);
        int offset = (segment.get(12) >> 4 & 0xf) * 4;
        require(offset >= TCP_HEADER && offset <= segment.limit());
        flags = segment.get(13) & 0xff;
        dataLength = segment.limit() - offset;
    }

    /**
     * Reads a frame.
     *
     * @param frame any bytes
     * @return the segment; empty if there is none that is whole and undamaged
     */
    static Optional<TcpSegment> read(byte[] frame) {
        try {
            ByteBuffer buffer = ByteBuffer.wrap(frame).position(2 * MAC);
            int type = buffer.getShort() & 0xffff;
            for (int tags = 0; tags < MOST_TAGS && (type == VLAN || type == SERVICE_VLAN); tags++) {
                buffer.position(buffer.position() + TAG - Short.BYTES);
                type = buffer.getShort() & 0xffff;
            }
            require(type == IPV4 || type == IPV6);
            TcpSegment segment = new TcpSegment(buffer, type == IPV6);
            return segment.isUndamaged() ? Optional.of(segment) : Optional.empty();
        } catch (BufferUnderflowException | IllegalArgumentException e) {
            // shorter than one of its headers says: java.nio tells it by these
            return Optional.empty();
        }
    }

    private static void require(boolean condition) {
        if (!condition) {
            throw new IllegalArgumentException("not a whole TCP segment");
        }
    }

    private static byte[] bytes(ByteBuffer buffer, int length) {
        byte[] bytes = new byte[length];
        buffer.get(bytes);
        return bytes;
    }

    private static void skipExtensions(ByteBuffer packet, int first) {
        int type = first;
        while (type != TCP) {
            int next = packet.get() & 0xff;
            int length = packet.get() & 0xff;
            switch (type) {
                case HOP_BY_HOP:
                case DESTINATION_OPTIONS:
                    packet.position(packet.position() + 6 + 8 * length);
                    break;
                case ROUTING:
                    packet.get();
                    // with segments left the address is not yet that of the end host
                    require(packet.get() == 0);
                    packet.position(packet.position() + 4 + 8 * length);
                    break;
                case FRAGMENT:
                    require((packet.getShort() & IPV6_MORE_OR_OFFSET) == 0);
                    packet.getInt();
                    break;
                default:
                    require(false);
            }
            type = next;
        }
    }

    private boolean isUndamaged() {
        byte[] bytes = new byte[segment.limit()];
        segment.duplicate().get(bytes);
        return InternetChecksum.of(source, 0, source.length)
                        .and(destination, 0, destination.length)
                        .and(TCP)
                        .and(bytes.length)
                        .and(bytes, 0, bytes.length)
                        .value()
                == 0;
    }

    /**
     * Tells whether it is one that table REJECT sent, and a host would answer that nobody listens:
     * resets are never answered (RFC 9293, section 3.10.7.1), nor is what comes from or goes to
     * several hosts or none (RFC 9293, section 3.9.2.3; RFC 1122, section 3.2.1.3).
     */
    boolean deservesAnswer() {
        return destinationPort() == PuntRule.PORT
                && !has(RST)
                && isHost(link, MAC)
                && isHost(link, 0)
                && isHost(source)
                && isHost(destination)
                && !Arrays.equals(source, destination);
    }

    /** An Ethernet address that is not a group's and not all zeros. */
    private static boolean isHost(byte[] link, int at) {
        boolean group = (link[at] & 1) != 0;
        boolean none = true;
        for (int i = at; i < at + MAC; i++) {
            none &= link[i] == 0;
        }
        return !group && !none;
    }

    private static boolean isHost(byte[] address) {
        int first = address[0] & 0xff;
        if (address.length == 4) {
            // this network, loopback, multicast and above it what is reserved, broadcast included
            return first != 0 && first != 127 && first < 224;
        }
        // multicast; and all of ::/64: unspecified, loopback, IPv4-mapped
        boolean reserved = true;
        for (int i = 0; i < 8; i++) {
            reserved &= address[i] == 0;
        }
        return first != 0xff && !reserved;
    }

    /** The frame up to the network header. */
    byte[] link() {
        return link.clone();
    }

    boolean isIpv6() {
        return ipv6;
    }

    /** The type of service of IPv4, the traffic class of IPv6. */
    int trafficClass() {
        return trafficClass;
    }

    byte[] source() {
        return source.clone();
    }

    byte[] destination() {
        return destination.clone();
    }

    int sourcePort() {
        return segment.getShort(0) & 0xffff;
    }

    int destinationPort() {
        return segment.getShort(2) & 0xffff;
    }

    int sequence() {
        return segment.getInt(4);
    }

    int acknowledged() {
        return segment.getInt(8);
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /** What the segment takes of the sequence: its data, and one each for SYN and FIN. */
    int sequenceLength() {
        return dataLength + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
    }
}
