package org.postern.cli;

import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.audit.AuditEntry;

/** Offers who changed something lately. */
@Service
public class AuditedUserCompleter extends AuditedCompleter {
    @Override
    String of(AuditEntry entry) {
        return entry.by();
    }
}
