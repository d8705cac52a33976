package org.postern.replica;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Which version of each key of a distributed map a node knows, so that nothing older is taken for
 * news: also nothing of what was removed, which somebody who reads the map may have read before.
 * The versions of a key only grow, over its removal too, as those of ONOS's consistent maps do.
 */
public final class KnownVersions {
    private final Map<String, Long> present = new HashMap<>();

    /** Which version was the last before a removal. */
    private final Map<String, Long> removed = new HashMap<>();

    /**
     * Tells which version of a key is known.
     *
     * @param key a key
     * @return a version, or empty if there is none as far as is known
     */
    public synchronized OptionalLong of(String key) {
        Long version = present.get(key);
        return version == null ? OptionalLong.empty() : OptionalLong.of(version);
    }

    /**
     * Lists what is there as far as is known.
     *
     * @return versions by key; a snapshot
     */
    public synchronized Map<String, Long> present() {
        return Map.copyOf(present);
    }

    /**
     * Takes down that a key has a version.
     *
     * @param key a key
     * @param version a version that it has, or had
     * @return whether that is newer than all that is known of the key
     */
    public synchronized boolean stored(String key, long version) {
        if (version <= present.getOrDefault(key, 0L) || version <= removed.getOrDefault(key, 0L)) {
            return false;
        }
        removed.remove(key);
        present.put(key, version);
        return true;
    }

    /**
     * Takes down that a key was removed.
     *
     * @param key a key
     * @param last the version that was removed, or an older one of which that is known
     * @return whether it was known, and not a newer version of it
     */
    public synchronized boolean gone(String key, long last) {
        if (present.getOrDefault(key, 0L) > last) {
            return false;
        }
        removed.merge(key, last, Math::max);
        return present.remove(key) != null;
    }

    /**
     * Lists the removals that are remembered: whoever reads the whole map from now on does not find
     * what they removed.
     *
     * @return the versions that were removed, by key; a snapshot
     */
    public synchronized Map<String, Long> removals() {
        return Map.copyOf(removed);
    }

    /**
     * Forgets removals, but not later ones of the same keys. What was read before them must be
     * known by then, and read no more: the end of a reading of the whole map that began after them
     * is such a moment.
     *
     * @param before what {@link #removals()} listed
     */
    public synchronized void forget(Map<String, Long> before) {
        before.forEach(removed::remove);
    }
}
