package org.postern.reject;

/** The ones' complement checksum of IPv4 and TCP (RFC 1071). Immutable. */
final class InternetChecksum {
    private final long sum;

    private InternetChecksum(long sum) {
        this.sum = sum;
    }

    /** Begins with some bytes; an odd last one counts as if a zero followed. */
    static InternetChecksum of(byte[] bytes, int from, int length) {
        return new InternetChecksum(0).and(bytes, from, length);
    }

    /** Goes on with more bytes; those before must have been of even length. */
    InternetChecksum and(byte[] bytes, int from, int length) {
        long total = sum;
        for (int i = 0; i < length; i++) {
            int value = bytes[from + i] & 0xff;
            total += i % 2 == 0 ? value << 8 : value;
        }
        return new InternetChecksum(total);
    }

    /** Goes on with a number, as 16 or 32 bits in network order. */
    InternetChecksum and(int number) {
        return new InternetChecksum(sum + (number >>> 16) + (number & 0xffff));
    }

    /** The checksum; over bytes that contain their right checksum it is 0. */
    int value() {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) ~folded & 0xffff;
    }
}
