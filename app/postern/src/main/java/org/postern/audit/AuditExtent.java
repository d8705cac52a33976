package org.postern.audit;

/** Which entries are kept. Immutable. */
public final class AuditExtent {
    private final long first;
    private final long last;
    private final long bytes;

    AuditExtent(long first, long last, long bytes) {
        this.first = first;
        this.last = last;
        this.bytes = bytes;
    }

    /**
     * Returns the number of the oldest entry that is kept.
     *
     * @return 1 as long as none had to go; 0 if there are no entries
     */
    public long first() {
        return first;
    }

    /**
     * Returns the number of the newest entry.
     *
     * @return 0 if there are no entries
     */
    public long last() {
        return last;
    }

    /**
     * Returns how many entries are not kept any more.
     *
     * @return all up to the first that is kept
     */
    public long gone() {
        return Math.max(0, first - 1);
    }

    /**
     * Returns what the entries take in the store, details included.
     *
     * @return bytes, about
     */
    public long bytes() {
        return bytes;
    }
}
