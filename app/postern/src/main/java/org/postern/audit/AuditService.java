package org.postern.audit;

import java.util.function.Consumer;

/** Reads the audit log, which is the same on every node of the cluster. */
public interface AuditService {

    /**
     * Lists entries. The single changes of bulk changes are looked into if a subject is asked for,
     * and are listed then in the entry's place.
     *
     * @param query which
     * @return the first of them, and where to go on
     * @throws IllegalArgumentException if the cursor is none of this service
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    AuditPage entries(AuditQuery query);

    /**
     * Passes on all entries that a query asks for, the oldest first, whatever its limit, cursor and
     * order; each with its single changes behind it.
     *
     * @param query which
     * @param each takes one after the other
     * @throws IllegalStateException if single changes of an entry are lost
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    void export(AuditQuery query, Consumer<AuditEntry> each);

    /**
     * Tells which entries there are.
     *
     * @return numbers of the first and the last
     * @throws org.onosproject.store.service.StorageException if the store does not answer
     */
    AuditExtent extent();
}
