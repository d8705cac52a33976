package org.postern.compile;

/** Not even what a device cannot do without has room in its tables. */
public final class TableSpaceException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /**
     * Creates the exception.
     *
     * @param message how many rules are needed, how many there may be, and what to do
     */
    TableSpaceException(String message) {
        super(message);
    }
}
