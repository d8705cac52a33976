package org.postern.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** When something begins and ends, as operators write it. */
final class Term {
    private static final Pattern LENGTH =
            Pattern.compile("(?:(\\d{1,5})d)?(?:(\\d{1,5})h)?(?:(\\d{1,5})m)?(?:(\\d{1,6})s)?");

    private Term() {}

    /**
     * Reads when something ends.
     *
     * @param length how long from a beginning on, such as {@code 30d} or {@code 12h}; null if the
     *     end is given
     * @param end the end, as {@link Moments#past} reads a moment; null if the length is given
     * @param begin when it begins
     * @param now the present
     * @param zone the operator's time zone
     * @return the end
     * @throws IllegalArgumentException if not exactly one of them is given, or it is malformed
     */
    static Instant end(String length, String end, Instant begin, Instant now, ZoneId zone) {
        if ((length == null) == (end == null)) {
            throw new IllegalArgumentException(
                    "give one of --for DURATION, such as --for 30d, and --until MOMENT");
        }
        return length == null ? moment("--until", end, now, zone) : begin.plus(length(length));
    }

    /**
     * Reads a moment.
     *
     * @param option which option it is given with
     * @param text a date, a date and time, or a moment with its offset from UTC
     * @throws IllegalArgumentException if it is anything else
     */
    static Instant moment(String option, String text, Instant now, ZoneId zone) {
        if (LENGTH.matcher(text.trim()).matches()) {
            throw new IllegalArgumentException(
                    option
                            + " \""
                            + text
                            + "\" is no moment: give a date such as 2027-01-31 or \"2027-01-31 18:00\"");
        }
        return Moments.past(text, now, zone);
    }

    private static Duration length(String text) {
        Matcher parts = LENGTH.matcher(text.trim().toLowerCase(Locale.ROOT));
        if (text.trim().isEmpty() || !parts.matches()) {
            throw malformed(text);
        }
        try {
            Duration length =
                    Duration.ofDays(number(parts.group(1)))
                            .plusHours(number(parts.group(2)))
                            .plusMinutes(number(parts.group(3)))
                            .plusSeconds(number(parts.group(4)));
            if (length.isZero()) {
                throw malformed(text);
            }
            return length;
        } catch (DateTimeException e) {
            throw malformed(text);
        }
    }

    private static IllegalArgumentException malformed(String text) {
        return new IllegalArgumentException(
                "duration \""
                        + text
                        + "\" is malformed: give days, hours, minutes and seconds, such as 30d, 12h or 1d12h");
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
