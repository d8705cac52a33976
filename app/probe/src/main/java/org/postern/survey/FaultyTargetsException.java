package org.postern.survey;

import java.util.Optional;

/** Something is wrong with whom a survey is to ask; nobody was asked. */
public final class FaultyTargetsException extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    private final String pointer;

    FaultyTargetsException(String message, String pointer) {
        super(message);
        this.pointer = pointer;
    }

    /**
     * Returns where the first fault is.
     *
     * @return a JSON pointer (RFC 6901) into the list; empty if it was given as CSV
     */
    public Optional<String> pointer() {
        return Optional.ofNullable(pointer);
    }
}
