package org.postern.subscriber;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.Map;
import java.util.Optional;

/** Who has what. That two have the same is an exception, and costs memory only then. */
final class Owners<K> {
    private final Map<K, String> first;
    private final SetMultimap<K, String> more = HashMultimap.create();

    /**
     * Keeps owners in a map.
     *
     * @param map an empty map
     */
    Owners(Map<K, String> map) {
        first = map;
    }

    void add(K what, String owner) {
        String other = first.putIfAbsent(what, owner);
        if (other != null && !other.equals(owner)) {
            more.put(what, owner);
        }
    }

    void remove(K what, String owner) {
        if (more.remove(what, owner) || !owner.equals(first.get(what))) {
            return;
        }
        Optional<String> next = more.get(what).stream().findFirst();
        if (next.isPresent()) {
            first.put(what, next.get());
            more.remove(what, next.get());
        } else {
            first.remove(what);
        }
    }

    /** Somebody else who has it. */
    Optional<String> other(K what, String owner) {
        String one = first.get(what);
        return one == null || !one.equals(owner)
                ? Optional.ofNullable(one)
                : more.get(what).stream().findFirst();
    }
}
