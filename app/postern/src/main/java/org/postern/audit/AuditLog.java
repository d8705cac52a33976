package org.postern.audit;

/** Takes down who changed what. Each entry is written to the logger {@code org.postern.audit}. */
public interface AuditLog {

    /**
     * Takes down a change.
     *
     * @param by who ordered it
     * @param action what was done, such as {@code suspend}
     * @param detail to what, and why
     */
    void record(String by, String action, String detail);
}
