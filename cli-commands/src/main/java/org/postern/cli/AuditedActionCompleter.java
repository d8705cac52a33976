package org.postern.cli;

import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.audit.AuditEntry;

/** Offers what was done lately. */
@Service
public class AuditedActionCompleter extends AuditedCompleter {
    @Override
    String of(AuditEntry entry) {
        return entry.action();
    }
}
