package org.postern.cli;

import java.util.stream.Stream;
import org.postern.audit.AuditEntry;
import org.postern.audit.AuditQuery;
import org.postern.audit.AuditService;

/** Offers what the newest entries of the audit log say. */
abstract class AuditedCompleter extends ServiceCompleter {
    abstract String of(AuditEntry entry);

    @Override
    Stream<String> choices() {
        return services
                .get(AuditService.class)
                .entries(AuditQuery.all().limit(AuditQuery.LARGEST_PAGE).build())
                .entries()
                .stream()
                .map(this::of)
                .distinct();
    }
}
