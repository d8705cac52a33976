package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeRequestTest {

    @ParameterizedTest
    @CsvSource({
        "SMTP.isp.Example., smtp.isp.example",
        "bücher.example, xn--bcher-kva.example",
        "192.0.2.1, 192.0.2.1",
        "2001:DB8::1, 2001:db8::1",
        "[2001:db8::1], 2001:db8::1",
    })
    void hostsAreBroughtToOneForm(String given, String host) {
        assertEquals(host, ProbeRequest.of(given).build().host());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", " ", "a b", "-h", "a..b", ".a", "a/b", "a\r\nRCPT", "a\0", "smtp:587x"})
    void whatIsNoHostIsRefused(String given) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> ProbeRequest.of(given))
                        .getMessage();
        assertTrue(message.contains("is no host"), message);
        assertEquals(1, message.lines().count());
    }

    @Test
    void portsAreReadOnceEachInTheirOrder() {
        assertEquals(List.of(587, 25), ProbeRequest.ports("587, 25,587"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "65536",
                "99999",
                "smtp",
                "25,",
                "25;26",
                "-25",
                "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"
            })
    void portsThatAreNoneAreRefused(String given) {
        assertThrows(IllegalArgumentException.class, () -> ProbeRequest.ports(given));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a@b>\r\nDATA", "a b@c", "<a@b>", "@b", "a@", "a@b@c", "a", "", "ä@b"})
    void addressesCannotSmuggleCommands(String given) {
        ProbeRequest.Builder builder = ProbeRequest.of("mx.example");
        assertThrows(IllegalArgumentException.class, () -> builder.recipient(given));
        if (!given.isEmpty()) {
            assertThrows(IllegalArgumentException.class, () -> builder.sender(given));
            if (!given.equals("a")) {
                assertThrows(IllegalArgumentException.class, () -> builder.localRecipient(given));
            }
        }
    }

    @Test
    void familiesAreReadAndOthersRefused() {
        assertEquals(Set.of(Family.IPV4), Family.parse("4"));
        assertEquals(Set.of(Family.IPV6), Family.parse("6"));
        assertEquals(Set.of(Family.values()), Family.parse("both"));
        assertThrows(IllegalArgumentException.class, () -> Family.parse("5"));
    }

    @Test
    void greetingsAreWaitedForFiveMinutesAtMost() {
        Duration longest = Duration.ofMinutes(5);
        ProbeLimits limits = ProbeLimits.DEFAULT.withGreeting(longest);
        assertEquals(longest, limits.greeting());
        assertEquals(Duration.ofMinutes(7), limits.session());
        for (Duration wrong : List.of(Duration.ZERO, longest.plusSeconds(1))) {
            assertThrows(
                    IllegalArgumentException.class, () -> ProbeLimits.DEFAULT.withGreeting(wrong));
        }
    }
}
