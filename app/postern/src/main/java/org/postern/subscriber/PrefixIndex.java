package org.postern.subscriber;

import java.math.BigInteger;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.onlab.packet.IpPrefix;

/**
 * Prefixes by owner, to find overlaps in logarithmic time. Those of different owners never overlap;
 * those of one owner may.
 */
final class PrefixIndex {
    private static final int FAMILY_SHIFT = 130;

    private final NavigableMap<BigInteger, Range> byFirst = new TreeMap<>();

    /**
     * Adds a prefix.
     *
     * @return the owner of a prefix that overlaps it, or empty if there is none; it is not added
     *     then
     */
    Optional<String> put(IpPrefix prefix, String owner) {
        Range range = new Range(prefix, owner);
        Map.Entry<BigInteger, Range> before = byFirst.floorEntry(range.last);
        if (before != null && before.getValue().last.compareTo(range.first) >= 0) {
            return Optional.of(before.getValue().owner);
        }
        byFirst.put(range.first, range);
        return Optional.empty();
    }

    private static final class Range {
        private final BigInteger first;
        private final BigInteger last;
        private final String owner;

        private Range(IpPrefix prefix, String owner) {
            int bits = prefix.isIp4() ? 32 : 128;
            BigInteger family = BigInteger.valueOf(prefix.isIp4() ? 0 : 1).shiftLeft(FAMILY_SHIFT);
            this.first = new BigInteger(1, prefix.address().toOctets()).add(family);
            this.last =
                    first.add(
                            BigInteger.ONE
                                    .shiftLeft(bits - prefix.prefixLength())
                                    .subtract(BigInteger.ONE));
            this.owner = owner;
        }
    }
}
