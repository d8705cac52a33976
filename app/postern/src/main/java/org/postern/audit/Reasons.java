package org.postern.audit;

/** Reasons that operators give for what they order. */
public final class Reasons {
    /** Characters. */
    private static final int LONGEST = 200;

    private Reasons() {}

    /**
     * Checks a reason. It is one line, for what is audited must not look like another entry.
     *
     * @param reason what an operator gave
     * @return the reason without spaces around it
     * @throws IllegalArgumentException if it is missing, longer than 200 characters or more than a
     *     line
     */
    public static String checked(String reason) {
        if (reason == null
                || reason.trim().isEmpty()
                || reason.length() > LONGEST
                || reason.chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException(
                    "give a reason of 1 to 200 characters in one line; it is audited");
        }
        return reason.trim();
    }
}
