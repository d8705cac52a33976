package org.postern.audit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What this node knows of the entries in the store, by number. */
final class KeptEntries {
    private final TreeMap<Long, AuditEntry> entries = new TreeMap<>();
    private long size;

    /** Numbers that were missing when the whole store was read. */
    private long missing;

    synchronized void learn(AuditEntry entry) {
        AuditEntry before = entries.put(entry.number(), entry);
        size += entry.size() - (before == null ? 0 : before.size());
    }

    synchronized void forget(long number) {
        AuditEntry before = entries.remove(number);
        size -= before == null ? 0 : before.size();
    }

    /** Replaces all by what is in the store. */
    synchronized void learnAll(Iterable<AuditEntry> all) {
        entries.clear();
        size = 0;
        all.forEach(this::learn);
        missing = span() - entries.size();
    }

    /** Whether there are entries in the store that this node was not told of. */
    synchronized boolean isIncomplete() {
        return span() - entries.size() > missing;
    }

    private long span() {
        return entries.isEmpty() ? 0 : entries.lastKey() - entries.firstKey() + 1;
    }

    synchronized long first() {
        return entries.isEmpty() ? 0 : entries.firstKey();
    }

    synchronized long last() {
        return entries.isEmpty() ? 0 : entries.lastKey();
    }

    /** The oldest entry, if there are more, or larger ones, than are to be kept; never the last. */
    synchronized Optional<AuditEntry> excess(int count, long bytes) {
        return entries.size() > 1 && (entries.size() > count || size > bytes)
                ? Optional.of(entries.firstEntry().getValue())
                : Optional.empty();
    }

    synchronized long size() {
        return size;
    }

    synchronized List<AuditEntry> all() {
        return new ArrayList<>(entries.values());
    }
}
