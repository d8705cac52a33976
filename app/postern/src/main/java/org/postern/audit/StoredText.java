package org.postern.audit;

/** What was in the store and is not understood, for the words of an entry. */
public final class StoredText {
    /** Longer ones are cut. Characters. */
    private static final int LONGEST = 500;

    private StoredText() {}

    /**
     * Quotes it.
     *
     * @param stored what was stored
     * @return one line of 500 characters at most, and three points if it was cut
     */
    public static String of(String stored) {
        String some = stored.length() <= LONGEST ? stored : stored.substring(0, LONGEST) + "...";
        return some.replaceAll("\\p{Cntrl}+", " ");
    }
}
