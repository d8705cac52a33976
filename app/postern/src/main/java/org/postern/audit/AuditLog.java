package org.postern.audit;

/** Takes down who changed what. Each entry is written to the logger {@code org.postern.audit}. */
public interface AuditLog {

    /**
     * Takes down a change.
     *
     * @param order who ordered it, and by which interface
     * @param change what was done
     */
    void record(Order order, Change change);
}
