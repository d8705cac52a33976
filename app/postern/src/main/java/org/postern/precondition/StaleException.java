package org.postern.precondition;

/**
 * A change was not made, and nothing of it happened: what it depends on is not as whoever ordered
 * it saw it. The message says what is otherwise, what was seen and what there is.
 */
public final class StaleException extends IllegalStateException {
    private static final long serialVersionUID = 1;

    StaleException(String message) {
        super(message);
    }
}
