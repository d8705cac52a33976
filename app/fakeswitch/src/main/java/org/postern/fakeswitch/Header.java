package org.postern.fakeswitch;

import static com.google.common.base.Preconditions.checkState;

import java.nio.ByteBuffer;

/** One header of a frame being built, wrapped around what is inside it. */
abstract class Header {
    /** For a header that nothing can announce by an Ethernet type, or an IP protocol. */
    static final int NONE = -1;

    private final int etherType;
    private final int protocol;

    /**
     * Creates a header.
     *
     * @param etherType what an enclosing Ethernet header or tag says of it
     * @param protocol what an enclosing IP or extension header says of it
     */
    Header(int etherType, int protocol) {
        this.etherType = etherType;
        this.protocol = protocol;
    }

    /** The Ethernet type by which a header announces the one inside it. */
    static int typeOf(Header inner) {
        checkState(
                inner.etherType != NONE,
                "this header has no Ethernet type: an IP header is missing before it");
        return inner.etherType;
    }

    /** The IP protocol by which a header announces the one inside it. */
    static int protocolOf(Header inner) {
        checkState(
                inner.protocol != NONE,
                "this header is not one of IP: it cannot follow an IP header");
        return inner.protocol;
    }

    /** Returns the bytes of this header and its content; {@code inner} is the header inside it. */
    abstract byte[] wrap(Header inner, byte[] content);

    /**
     * A header of fixed bytes, whose type field (two bytes, or one) may depend on what is inside.
     */
    static Header fixed(int etherType, int protocol, byte[] bytes) {
        return new Header(etherType, protocol) {
            @Override
            byte[] wrap(Header inner, byte[] content) {
                return join(bytes, content);
            }
        };
    }

    /** A header that ends in the Ethernet type of what is inside: Ethernet's own, and VLAN tags. */
    static Header typed(int etherType, byte[] bytes) {
        return new Header(etherType, NONE) {
            @Override
            byte[] wrap(Header inner, byte[] content) {
                return join(join(bytes, shorts(typeOf(inner))), content);
            }
        };
    }

    /** An IPv6 extension header, whose first byte is the protocol of what is inside. */
    static Header extension(int protocol, byte[] bytes) {
        return new Header(NONE, protocol) {
            @Override
            byte[] wrap(Header inner, byte[] content) {
                byte[] all = join(bytes, content);
                all[0] = (byte) protocolOf(inner);
                return all;
            }
        };
    }

    static byte[] join(byte[] first, byte[] second) {
        return ByteBuffer.allocate(first.length + second.length).put(first).put(second).array();
    }

    static byte[] shorts(int... values) {
        ByteBuffer buffer = ByteBuffer.allocate(2 * values.length);
        for (int value : values) {
            buffer.putShort((short) value);
        }
        return buffer.array();
    }
}
