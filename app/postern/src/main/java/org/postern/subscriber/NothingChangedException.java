package org.postern.subscriber;

/** A change of many was not begun: nothing of it happened, nor will. */
final class NothingChangedException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    NothingChangedException(String message, Throwable cause) {
        super(message, cause);
    }
}
