package org.postern.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * What this node knows of the entries in the store, by number; and whose go when they are too many:
 * of the {@link AuditEntry#share shares}, those of the largest. So whoever writes much, such as a
 * feed of subscribers, drives out its own entries only.
 */
final class KeptEntries {
    private final TreeMap<Long, AuditEntry> entries = new TreeMap<>();
    private final Map<String, Share> shares = new HashMap<>();
    private long size;

    /** Numbers between the first and the last that are not kept, as far as this node was told. */
    private long missing;

    /** What one orders by one interface. */
    private static final class Share {
        private final TreeMap<Long, AuditEntry> entries = new TreeMap<>();
        private long size;

        private long count() {
            return entries.size();
        }

        private long size() {
            return size;
        }

        private long oldest() {
            return entries.firstKey();
        }
    }

    synchronized void learn(AuditEntry entry) {
        drop(entry.number());
        entries.put(entry.number(), entry);
        Share share = shares.computeIfAbsent(entry.share(), s -> new Share());
        share.entries.put(entry.number(), entry);
        share.size += entry.size();
        size += entry.size();
    }

    /** An entry was removed from the store, so that its number is missing is as it should be. */
    synchronized void forget(long number) {
        long before = holes();
        if (drop(number)) {
            missing += holes() - before;
        }
    }

    private boolean drop(long number) {
        AuditEntry entry = entries.remove(number);
        if (entry == null) {
            return false;
        }
        Share share = shares.get(entry.share());
        share.entries.remove(number);
        share.size -= entry.size();
        if (share.entries.isEmpty()) {
            shares.remove(entry.share());
        }
        size -= entry.size();
        return true;
    }

    /** Replaces all by what is in the store. */
    synchronized void learnAll(Iterable<AuditEntry> all) {
        entries.clear();
        shares.clear();
        size = 0;
        all.forEach(this::learn);
        missing = holes();
    }

    /** Whether there are entries in the store that this node was not told of. */
    synchronized boolean isIncomplete() {
        return holes() > missing;
    }

    private long holes() {
        return entries.isEmpty() ? 0 : entries.lastKey() - entries.firstKey() + 1 - entries.size();
    }

    synchronized AuditExtent extent() {
        return entries.isEmpty()
                ? new AuditExtent(0, 0, 0)
                : new AuditExtent(entries.firstKey(), entries.lastKey(), entries.size());
    }

    synchronized long last() {
        return entries.isEmpty() ? 0 : entries.lastKey();
    }

    /** The number of the newest entry of a share; 0 if there is none. */
    synchronized long lastOf(String share) {
        Share one = shares.get(share);
        return one == null ? 0 : one.entries.lastKey();
    }

    /**
     * The oldest entry of the largest share, if there are more entries, or larger ones, than are to
     * be kept; never the newest of all.
     */
    synchronized Optional<AuditEntry> excess(int count, long bytes) {
        if (entries.size() > count) {
            return oldestOfLargest(Share::count);
        }
        return size > bytes ? oldestOfLargest(Share::size) : Optional.empty();
    }

    private Optional<AuditEntry> oldestOfLargest(ToLongFunction<Share> measure) {
        return shares.values().stream()
                .max(
                        Comparator.comparingLong(measure)
                                .thenComparing(Comparator.comparingLong(Share::oldest).reversed()))
                .map(share -> share.entries.firstEntry().getValue())
                .filter(entry -> entry.number() < last());
    }

    synchronized List<AuditEntry> all() {
        return new ArrayList<>(entries.values());
    }
}
