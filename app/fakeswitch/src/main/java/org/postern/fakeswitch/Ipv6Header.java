package org.postern.fakeswitch;

import org.onlab.packet.IpAddress;

/**
 * An IPv6 header being built, without its extension headers, which follow as headers of their own.
 */
final class Ipv6Header extends Header {
    private static final int SIX_IN_FOUR = 41;
    private static final int HOP_LIMIT = 64;

    private final IpAddress from;
    private final IpAddress to;

    Ipv6Header(IpAddress from, IpAddress to) {
        super(FrameParser.IPV6, SIX_IN_FOUR);
        this.from = from;
        this.to = to;
    }

    @Override
    byte[] wrap(Header inner, byte[] content) {
        byte[] header =
                join(
                        shorts(0x6000, 0, content.length, protocolOf(inner) << 8 | HOP_LIMIT),
                        from.toOctets());
        return join(join(header, to.toOctets()), content);
    }
}
