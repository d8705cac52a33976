package org.postern.fakeswitch;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.onlab.packet.Ip4Address;

/** An IPv4 header being built, whose options and fragmentation are said after it was added. */
final class Ipv4Header extends Header {
    private static final int LENGTH = 20;
    private static final int IPIP = 4;
    private static final int TIME_TO_LIVE = 64;

    private final Ip4Address from;
    private final Ip4Address to;
    private int options;
    private int flags;

    Ipv4Header(Ip4Address from, Ip4Address to) {
        super(FrameParser.IPV4, IPIP);
        this.from = from;
        this.to = to;
    }

    /** Sets the length of the options, which are no-operations. */
    void options(int bytes) {
        options = bytes;
    }

    /** Sets bits of flags and fragment offset. */
    void flag(int bits) {
        flags |= bits;
    }

    @Override
    byte[] wrap(Header inner, byte[] content) {
        int length = LENGTH + options;
        byte[] header = new byte[length];
        Arrays.fill(header, LENGTH, length, (byte) 1);
        ByteBuffer buffer = ByteBuffer.wrap(header);
        buffer.put(
                shorts(
                        0x4000 | length / 4 << 8,
                        length + content.length,
                        1,
                        flags,
                        TIME_TO_LIVE << 8 | protocolOf(inner),
                        0));
        buffer.put(from.toOctets()).put(to.toOctets());
        buffer.putShort(10, (short) checksum(buffer));
        return join(header, content);
    }

    /** Internet checksum, RFC 1071. */
    private static int checksum(ByteBuffer header) {
        int sum = 0;
        for (int i = 0; i < header.capacity(); i += 2) {
            sum += header.getShort(i) & 0xffff;
        }
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >>> 16);
        }
        return ~sum;
    }
}
