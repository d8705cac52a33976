package org.postern.bulk;

/** A change of many was not begun: nothing of it happened, nor will. */
public final class NothingChangedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /**
     * Tells why.
     *
     * @param message why, and what to do
     * @param cause what the store said, or null
     */
    public NothingChangedException(String message, Throwable cause) {
        super(message, cause);
    }
}
