package org.postern.exemption;

import org.postern.json.Json;

/** What is the matter with an exemption at a moment. */
public enum ExemptionState {
    /** It has not begun. */
    PENDING,
    /** It is in force. */
    IN_FORCE,
    /** It is in force and ends soon: renew it, or let it end. */
    ENDING,
    /**
     * Its subscriber is missing in the directory that it came from, such as SADIS: it has no effect
     * until that names it again, and ends when it would.
     */
    WAITING,
    /** It is over. */
    ENDED;

    /**
     * Tells whether it has effect.
     *
     * @return true if it is in force, ending or not
     */
    public boolean isInForce() {
        return this == IN_FORCE || this == ENDING;
    }

    /**
     * Reads the name of a state.
     *
     * @param text in lower case with hyphens, such as {@code in-force}
     * @return the state
     * @throws IllegalArgumentException if there is none of that name; the message lists them
     */
    public static ExemptionState of(String text) {
        return Json.constant(ExemptionState.class, "state", text);
    }
}
