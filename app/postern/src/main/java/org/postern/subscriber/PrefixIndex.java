package org.postern.subscriber;

import java.util.Comparator;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import org.onlab.packet.IpPrefix;

/** Prefixes by owner, to find overlaps without looking at all of them. */
final class PrefixIndex {
    /** A prefix stands before those within it, and they before all that comes after it. */
    private static final Comparator<IpPrefix> ORDER =
            Comparator.comparing(IpPrefix::address).thenComparing(IpPrefix::prefixLength);

    private final NavigableMap<IpPrefix, String> map = new TreeMap<>(ORDER);
    private final Owners<IpPrefix> owners = new Owners<>(map);

    /** How many prefixes there are of each length, IPv4 and IPv6. */
    private final int[] lengths4 = new int[IpPrefix.MAX_INET_MASK_LENGTH + 1];

    private final int[] lengths6 = new int[IpPrefix.MAX_INET6_MASK_LENGTH + 1];

    void add(IpPrefix prefix, String owner) {
        owners.add(prefix, owner);
        lengths(prefix)[prefix.prefixLength()]++;
    }

    void remove(IpPrefix prefix, String owner) {
        owners.remove(prefix, owner);
        lengths(prefix)[prefix.prefixLength()]--;
    }

    private int[] lengths(IpPrefix prefix) {
        return prefix.isIp4() ? lengths4 : lengths6;
    }

    /** Somebody else who has the prefix, a part of it, or what it is a part of. */
    Optional<String> other(IpPrefix prefix, String owner) {
        int[] lengths = lengths(prefix);
        for (int length = 0; length < prefix.prefixLength(); length++) {
            if (lengths[length] > 0) {
                Optional<String> wider =
                        owners.other(IpPrefix.valueOf(prefix.address(), length), owner);
                if (wider.isPresent()) {
                    return wider;
                }
            }
        }
        for (IpPrefix within : map.tailMap(prefix).keySet()) {
            if (!prefix.contains(within)) {
                break;
            }
            Optional<String> narrower = owners.other(within, owner);
            if (narrower.isPresent()) {
                return narrower;
            }
        }
        return Optional.empty();
    }

    boolean isEmpty() {
        return map.isEmpty();
    }
}
