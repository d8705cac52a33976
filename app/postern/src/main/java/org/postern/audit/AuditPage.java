package org.postern.audit;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Optional;

/** A part of the entries that were asked for. Immutable. */
public final class AuditPage {
    private final ImmutableList<AuditEntry> entries;
    private final String next;
    private final AuditExtent extent;

    AuditPage(List<AuditEntry> entries, String next, AuditExtent extent) {
        this.entries = ImmutableList.copyOf(entries);
        this.next = next;
        this.extent = extent;
    }

    /**
     * Returns the entries.
     *
     * @return in the order that was asked for
     */
    public List<AuditEntry> entries() {
        return entries;
    }

    /**
     * Returns where to go on.
     *
     * @return for {@link AuditQuery.Builder#cursor}; empty if there are no more
     */
    public Optional<String> next() {
        return Optional.ofNullable(next);
    }

    /**
     * Returns which entries there are at all.
     *
     * @return at the moment of the question
     */
    public AuditExtent extent() {
        return extent;
    }
}
