package org.postern.audit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** An audit log of one page a query, for tests. */
public final class Entries implements AuditService {
    private final List<AuditEntry> entries = new ArrayList<>();

    /** Takes down a change. */
    public void add(Order order, Change change) {
        entries.add(
                AuditEntry.read(
                        entries.size() + 1L,
                        Stored.entry(Instant.parse("2026-03-01T08:01:30Z"), "node", order, change)
                                .toString()));
    }

    private List<AuditEntry> matching(AuditQuery query) {
        return entries.stream()
                .filter(query::matchesOrder)
                .filter(query::matchesChange)
                .collect(Collectors.toList());
    }

    @Override
    public AuditPage entries(AuditQuery query) {
        if (!query.cursor().orElse("1").equals("1")) {
            throw new IllegalArgumentException("cursor is none of this service");
        }
        List<AuditEntry> found = matching(query);
        boolean more = found.size() > query.limit() && !query.cursor().isPresent();
        return new AuditPage(
                found.stream().limit(query.limit()).collect(Collectors.toList()),
                more ? "1" : null,
                extent());
    }

    @Override
    public void export(AuditQuery query, Consumer<AuditEntry> each) {
        matching(query).forEach(each);
    }

    @Override
    public AuditExtent extent() {
        return new AuditExtent(entries.isEmpty() ? 0 : 1, entries.size(), entries.size());
    }
}
