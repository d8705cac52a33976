package org.postern.cli;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Lengths of time as operators write them. */
final class Spans {
    private static final Pattern WRITTEN =
            Pattern.compile(
                    "(?=.*\\d)(?:pt)?(?:(\\d{1,5})d)?(?:(\\d{1,6})h)?(?:(\\d{1,6})m)?(?:(\\d{1,6})s)?");

    private Spans() {}

    /**
     * Reads a length of time.
     *
     * @param text days, hours, minutes and seconds, each where it is needed, such as {@code 30d},
     *     {@code 12h}, {@code 1h30m}; in capitals too, and of ISO 8601 what has no days, such as
     *     {@code PT10M}
     * @return empty if it is anything else
     */
    static Optional<Duration> read(String text) {
        Matcher parts = WRITTEN.matcher(text.trim().toLowerCase(Locale.ROOT));
        return parts.matches()
                ? Optional.of(
                        Duration.ofDays(number(parts.group(1)))
                                .plusHours(number(parts.group(2)))
                                .plusMinutes(number(parts.group(3)))
                                .plusSeconds(number(parts.group(4))))
                : Optional.empty();
    }

    private static long number(String digits) {
        return digits == null ? 0 : Long.parseLong(digits);
    }
}
