package org.postern.cli;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.util.Locale;
import java.util.Optional;

/** Time as operators read and write it. */
final class Moments {
    /** Enforcement is suspended for this long at most. */
    static final Duration LONGEST_SUSPENSION = Duration.ofHours(24);

    private static final DateTimeFormatter MOMENT =
            DateTimeFormatter.ofPattern("uuuu-MM-dd['T'HH:mm[:ss[.SSS]][XXX]]", Locale.ROOT)
                    .withResolverStyle(ResolverStyle.STRICT);
    private static final DateTimeFormatter CLOCK =
            DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT);
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private Moments() {}

    /**
     * Tells a length of time, its two largest units.
     *
     * @param span any span; a negative one, as of a clock set back, counts as none
     * @return such as {@code 42 s}, {@code 3m 20s}, {@code 2h 5m}, {@code 12d 4h}
     */
    static String length(Duration span) {
        long seconds = Math.max(0, span.getSeconds());
        if (seconds < 60) {
            return seconds + " s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m " + seconds % 60 + "s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h " + seconds / 60 % 60 + "m";
        }
        return seconds / 86_400 + "d " + seconds / 3600 % 24 + "h";
    }

    /**
     * Tells how long ago something was.
     *
     * @param then the moment; at or before 1970 stands for never
     * @param now the present
     * @return its {@link #length}, {@code -} for never
     */
    static String age(Instant then, Instant now) {
        return then.getEpochSecond() <= 0 ? "-" : length(Duration.between(then, now));
    }

    /**
     * Tells a moment.
     *
     * @param moment any moment
     * @param now the present
     * @param zone the operator's time zone
     * @return time of the day, with the date if that is another day
     */
    static String moment(Instant moment, Instant now, ZoneId zone) {
        ZonedDateTime local = moment.atZone(zone);
        boolean today = local.toLocalDate().equals(now.atZone(zone).toLocalDate());
        return (today ? CLOCK : DATE).format(local);
    }

    /**
     * Reads for how long to suspend.
     *
     * @param text such as {@code 90s}, {@code 10m}, {@code 1h30m}, or ISO 8601's {@code PT10M}
     * @return 1 second to 24 hours
     * @throws IllegalArgumentException if it is anything else; the message quotes the text
     */
    static Duration read(String text) {
        Duration span =
                Spans.read(text)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                "duration \""
                                                        + text
                                                        + "\" is malformed: give hours, minutes and seconds, such as"
                                                        + " 90s, 10m or 1h30m"));
        if (span.isZero() || span.compareTo(LONGEST_SUSPENSION) > 0) {
            throw new IllegalArgumentException(
                    "duration \""
                            + text
                            + "\" is not acceptable: enforcement is suspended for 1s to 24h");
        }
        return span;
    }

    /**
     * Reads a moment of the past.
     *
     * @param text a date, a date and time, a moment with its offset from UTC as in ISO 8601, or how
     *     long ago: {@code 30m}, {@code 12h}, {@code 7d}
     * @param now the present
     * @param zone the operator's time zone, for what gives no offset
     * @return the moment
     * @throws IllegalArgumentException if it is anything else; the message quotes the text
     */
    static Instant past(String text, Instant now, ZoneId zone) {
        return Spans.read(text)
                .map(now::minus)
                .or(() -> parse(text, zone))
                .orElseThrow(
                        () ->
                                new IllegalArgumentException(
                                        "moment \""
                                                + text
                                                + "\" is malformed: give a date such as 2026-03-01,"
                                                + " \"2026-03-01 08:00\" or 2026-03-01T08:00:00Z, or"
                                                + " how long ago, such as 30m, 12h or 7d"));
    }

    /**
     * Reads a moment, be it past or to come.
     *
     * @param text a date, a date and time, or a moment with its offset from UTC as in ISO 8601
     * @param zone the operator's time zone, for what gives no offset
     * @return the moment; empty if it is anything else
     */
    static Optional<Instant> parse(String text, ZoneId zone) {
        try {
            TemporalAccessor moment =
                    MOMENT.parseBest(
                            text.trim().replace(' ', 'T'),
                            OffsetDateTime::from,
                            LocalDateTime::from,
                            LocalDate::from);
            if (moment instanceof OffsetDateTime) {
                return Optional.of(((OffsetDateTime) moment).toInstant());
            }
            return Optional.of(
                    moment instanceof LocalDateTime
                            ? ((LocalDateTime) moment).atZone(zone).toInstant()
                            : ((LocalDate) moment).atStartOfDay(zone).toInstant());
        } catch (DateTimeException e) {
            return Optional.empty();
        }
    }
}
