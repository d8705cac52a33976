package org.postern.reject;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * Answers a TCP segment as the host it was sent to would if it had no such connection and nobody
 * listened there: RFC 9293, section 3.10.7.1. Nothing but the frame itself decides.
 *
 * <p>The answer goes back to where the frame came from: Ethernet addresses are swapped, VLAN tags
 * with their priorities stay. Who fakes an IP address is answered himself, not the address.
 */
final class TcpReset {
    /** Hop limit of the answer: the default that IANA recommends for IP. */
    private static final int HOP_LIMIT = 64;

    private static final int IPV4_HEADER = 20;
    private static final int IPV6_HEADER = 40;
    private static final int TCP_HEADER = 20;

    /** Version 4 and five words of header (RFC 791, section 3.1). */
    private static final int VERSION_AND_LENGTH = 0x45;

    private static final int IPV6_VERSION = 6;

    /** Where the segment went before its port was taken from it. */
    private static final int SMTP = 25;

    /** The type of service or traffic class but for its last two bits, which are ECN's. */
    private static final int DSCP = 0xfc;

    private static final int DONT_FRAGMENT = 0x4000;

    private TcpReset() {}

    /**
     * Makes the answer to a frame.
     *
     * @param frame an Ethernet frame of a TCP segment to port 25 as table REJECT sends it, with
     *     {@link org.postern.compile.PuntRule#PORT} in place of that
     * @return the frame with the reset; empty if the segment gets no answer: it is none or another,
     *     damaged, a fragment, itself a reset, or comes from or goes to what is no single host
     */
    static Optional<byte[]> to(byte[] frame) {
        return TcpSegment.read(frame).filter(TcpSegment::deservesAnswer).map(TcpReset::to);
    }

    private static byte[] to(TcpSegment segment) {
        int header = segment.isIpv6() ? IPV6_HEADER : IPV4_HEADER;
        int network = segment.link().length;
        ByteBuffer answer = ByteBuffer.allocate(network + header + TCP_HEADER);
        answer.put(swapped(segment.link()));
        if (segment.isIpv6()) {
            ipv6(answer, segment);
        } else {
            ipv4(answer, segment, network);
        }
        tcp(answer, segment, network + header);
        return answer.array();
    }

    private static byte[] swapped(byte[] link) {
        byte[] swapped = link.clone();
        System.arraycopy(link, 0, swapped, TcpSegment.MAC, TcpSegment.MAC);
        System.arraycopy(link, TcpSegment.MAC, swapped, 0, TcpSegment.MAC);
        return swapped;
    }

    private static void ipv4(ByteBuffer answer, TcpSegment segment, int at) {
        answer.put((byte) VERSION_AND_LENGTH).put((byte) (segment.trafficClass() & DSCP));
        answer.putShort((short) (IPV4_HEADER + TCP_HEADER));
        // no identification is needed where nothing may be fragmented (RFC 6864, section 4.1)
        answer.putShort((short) 0).putShort((short) DONT_FRAGMENT);
        answer.put((byte) HOP_LIMIT).put((byte) TcpSegment.TCP).putShort((short) 0);
        answer.put(segment.destination()).put(segment.source());
        answer.putShort(
                at + 10, (short) InternetChecksum.of(answer.array(), at, IPV4_HEADER).value());
    }

    private static void ipv6(ByteBuffer answer, TcpSegment segment) {
        answer.putInt(IPV6_VERSION << 28 | (segment.trafficClass() & DSCP) << 20);
        answer.putShort((short) TCP_HEADER);
        answer.put((byte) TcpSegment.TCP).put((byte) HOP_LIMIT);
        answer.put(segment.destination()).put(segment.source());
    }

    private static void tcp(ByteBuffer answer, TcpSegment segment, int at) {
        answer.putShort((short) SMTP).putShort((short) segment.sourcePort());
        if (segment.has(TcpSegment.ACK)) {
            // <SEQ=SEG.ACK><CTL=RST>
            answer.putInt(segment.acknowledged()).putInt(0);
            answer.put((byte) (TCP_HEADER / 4 << 4)).put((byte) TcpSegment.RST);
        } else {
            // <SEQ=0><ACK=SEG.SEQ+SEG.LEN><CTL=RST,ACK>
            answer.putInt(0).putInt(segment.sequence() + segment.sequenceLength());
            answer.put((byte) (TCP_HEADER / 4 << 4));
            answer.put((byte) (TcpSegment.RST | TcpSegment.ACK));
        }
        answer.putShort((short) 0).putShort((short) 0).putShort((short) 0);
        int checksum =
                InternetChecksum.of(segment.destination(), 0, segment.destination().length)
                        .and(segment.source(), 0, segment.source().length)
                        .and(TcpSegment.TCP)
                        .and(TCP_HEADER)
                        .and(answer.array(), at, TCP_HEADER)
                        .value();
        answer.putShort(at + TcpSegment.CHECKSUM, (short) checksum);
    }
}
