package org.postern.audit;

/** Which entries are kept. Immutable. */
public final class AuditExtent {
    private final long first;
    private final long last;
    private final long kept;

    AuditExtent(long first, long last, long kept) {
        this.first = first;
        this.last = last;
        this.kept = kept;
    }

    /**
     * Returns the number of the oldest entry that is kept.
     *
     * @return 0 if there are no entries
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
     * Returns how many entries are kept.
     *
     * @return number of entries; as many as the number of the last as long as none had to go
     */
    public long kept() {
        return kept;
    }

    /**
     * Returns how many entries are not kept any more.
     *
     * @return those up to the last but for those that are kept
     */
    public long gone() {
        return last - kept;
    }
}
