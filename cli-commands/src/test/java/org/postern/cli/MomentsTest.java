package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MomentsTest {
    private static final Instant NOW = Console.NOW;

    @ParameterizedTest
    @CsvSource({
        "-5, 0 s",
        "0, 0 s",
        "42, 42 s",
        "59, 59 s",
        "60, 1m 0s",
        "200, 3m 20s",
        "3599, 59m 59s",
        "3600, 1h 0m",
        "7500, 2h 5m",
        "86399, 23h 59m",
        "86400, 1d 0h",
        "1051200, 12d 4h"
    })
    void lengthIsToldInItsTwoLargestUnits(long seconds, String told) {
        assertEquals(told, Moments.length(Duration.ofSeconds(seconds)));
    }

    @Test
    void ageOfWhatNeverWasIsADash() {
        assertEquals("-", Moments.age(Instant.EPOCH, NOW));
        assertEquals("3m 20s", Moments.age(NOW.minusSeconds(200), NOW));
    }

    @Test
    void momentOfAnotherDayHasItsDate() {
        assertEquals("08:01:12", Moments.moment(NOW.minusSeconds(18), NOW, ZoneOffset.UTC));
        assertEquals(
                "2026-02-28 08:01:30",
                Moments.moment(NOW.minusSeconds(86_400), NOW, ZoneOffset.UTC));
        assertEquals("10:01:12", Moments.moment(NOW.minusSeconds(18), NOW, ZoneOffset.ofHours(2)));
    }

    @ParameterizedTest
    @CsvSource({
        "15s, 15",
        "90s, 90",
        "10m, 600",
        "1h30m, 5400",
        "1H, 3600",
        "24h, 86400",
        "1m1s, 61",
        "PT10M, 600",
        "PT1H30M, 5400"
    })
    void durationIsRead(String text, long seconds) {
        assertEquals(Duration.ofSeconds(seconds), Moments.read(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "banana",
                "",
                "10",
                "m",
                "P1D",
                "-5m",
                "1.5h",
                "30m1h",
                "9999999999999999999s"
            })
    void malformedDurationIsQuotedWithWhatIsAllowed(String text) {
        String message = refusal(text);
        assertTrue(message.contains("such as 90s, 10m or 1h30m"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0m", "0s", "24h1s", "999999h"})
    void durationOutOfRangeIsQuotedWithTheRange(String text) {
        String message = refusal(text);
        assertTrue(message.contains("1s to 24h"), message);
    }

    private static String refusal(String text) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> Moments.read(text)).getMessage();
        assertTrue(message.contains("\"" + text + "\""), message);
        return message;
    }

    @ParameterizedTest
    @CsvSource({
        "2026-03-01, 2026-02-28T23:00:00Z",
        "2026-03-01 08:00, 2026-03-01T07:00:00Z",
        "2026-03-01T08:00:30, 2026-03-01T07:00:30Z",
        "2026-03-01T08:00:30Z, 2026-03-01T08:00:30Z",
        "2026-03-01T08:00:30.250Z, 2026-03-01T08:00:30.250Z",
        "2026-03-01T08:00+05:30, 2026-03-01T02:30:00Z",
        "30m, 2026-03-01T07:31:30Z",
        "1d2h, 2026-02-28T06:01:30Z",
        "7D, 2026-02-22T08:01:30Z"
    })
    void momentsOfThePastAreReadInTheOperatorsTimeZone(String text, String read) {
        assertEquals(Instant.parse(read), Moments.past(text, NOW, ZoneOffset.ofHours(1)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "yesterday",
                "2026-02-30",
                "2026-13-01",
                "08:00",
                "d",
                "-1d",
                "1w",
                "2026-03-01T25:00",
                "99999999d"
            })
    void whatIsNoMomentOfThePastIsRefused(String text) {
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> Moments.past(text, NOW, ZoneOffset.UTC))
                        .getMessage();
        assertTrue(message.contains("\"" + text + "\""), message);
    }
}
