package org.postern.cli;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Optional;

/** When something begins and ends, as operators write it. */
final class Term {
    private Term() {}

    /**
     * Reads when something ends.
     *
     * @param length how long from a beginning on, such as {@code 30d} or {@code 12h}; null if the
     *     end is given
     * @param end the end, as {@link #moment} reads it; null if the length is given
     * @param begin when it begins
     * @param zone the operator's time zone
     * @return the end
     * @throws IllegalArgumentException if not exactly one of them is given, or it is malformed
     */
    static Instant end(String length, String end, Instant begin, ZoneId zone) {
        if ((length == null) == (end == null)) {
            throw new IllegalArgumentException(
                    "give one of --for DURATION, such as --for 30d, and --until MOMENT");
        }
        return length == null ? moment("--until", end, zone) : begin.plus(length(length));
    }

    /**
     * Reads a moment.
     *
     * @param option which option it is given with
     * @param text a date, a date and time, or a moment with its offset from UTC
     * @param zone the operator's time zone, for what gives no offset
     * @throws IllegalArgumentException if it is anything else
     */
    static Instant moment(String option, String text, ZoneId zone) {
        return Moments.parse(text, zone)
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        option
                                                + " \""
                                                + text
                                                + "\" is no moment: give a date such as 2027-01-31,"
                                                + " \"2027-01-31 18:00\" or 2027-01-31T18:00:00Z"));
    }

    private static Duration length(String text) {
        Optional<Duration> length = Spans.read(text);
        if (length.isEmpty() || length.get().isZero()) {
            throw new IllegalArgumentException(
                    "duration \""
                            + text
                            + "\" is malformed: give days, hours, minutes and seconds, such as 30d, 12h or 1d12h");
        }
        return length.get();
    }
}
