package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.cli.Console.NOW;
import static org.postern.cli.Console.S1;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postern.observe.Counts;
import org.postern.policy.Counted;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

/** Quarantines and monitor mode on the console. */
class QuarantineCommandsTest {
    private final Console console = new Console();

    @BeforeEach
    void oneSubscriber() {
        console.run(new SubscriberAddCommand(), "r1", S1 + "/1");
        console.orders.clear();
    }

    private String refusal(PosternCommand command, String... words) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> console.run(command, words))
                        .getMessage();
        assertEquals(List.of(), console.orders);
        return message;
    }

    private Subscriber r1() {
        return console.directory.subscribers.get("r1");
    }

    private static void assertFits(String screen) {
        screen.lines().forEach(line -> assertTrue(line.length() <= 80, screen));
    }

    @Test
    void withoutAClassNoMailIsSent() {
        assertEquals(
                "quarantined r1, quarantined since 2026-03-01T08:01:30Z by ada: sends spam",
                console.run(new QuarantineCommand(), "--reason", "sends spam", "r1"));
        assertEquals("quarantined", r1().quarantine().get().serviceClass());
        assertEquals(List.of("quarantine by ada"), console.orders);
    }

    @Test
    void aQuarantineThatTheSwitchHasNoRoomForIsAWarning() {
        console.enforcement.shortages.put("r1", "the tables of " + S1 + " have no room for it");
        String[] order = {"--reason", "spam", "r1"};
        assertEquals(
                "warning: the tables of " + S1 + " have no room for it",
                console.run(new QuarantineCommand(), order).lines().skip(1).findFirst().get());
        assertEquals(
                "the tables of " + S1 + " have no room for it",
                console.json(new QuarantineCommand(), "-j", "--reason", "spam", "r1")
                        .get("warning")
                        .asText());
        console.enforcement.shortages.clear();
        assertEquals(1, console.run(new QuarantineCommand(), order).lines().count());
    }

    @Test
    void aQuarantineOfWhichItIsNotKnownYetWhetherItIsEnforcedIsOrderedAndSaysSo() {
        console.enforcement.refusal = new IllegalStateException("not planned within 30 s");
        String screen = console.run(new QuarantineCommand(), "--reason", "spam", "r1");
        assertTrue(screen.startsWith("quarantined r1, "), screen);
        assertTrue(screen.contains("warning: whether it is enforced is not known yet"), screen);
        assertTrue(r1().quarantine().isPresent());
    }

    @Test
    void aReasonIsDemanded() {
        assertTrue(refusal(new QuarantineCommand(), "r1").contains("--reason"));
        assertTrue(refusal(new ReleaseCommand()).contains("SUBSCRIBER"));
    }

    @Test
    void refusalOfTheDirectoryIsShownInOneLine() {
        console.directory.refusal = "class business is no quarantine:\nuse one of quarantined";
        assertEquals(
                "class business is no quarantine: use one of quarantined",
                refusal(new QuarantineCommand(), "-c", "business", "--reason", "x", "r1"));
        assertEquals(
                "class business is no quarantine: use one of quarantined",
                refusal(new ReleaseCommand(), "r1"));
    }

    @Test
    void jsonOfAQuarantineAndARelease() {
        JsonNode json = console.json(new QuarantineCommand(), "-j", "--reason", "spam", "r1");
        assertEquals(
                "{\"class\":\"quarantined\",\"reason\":\"spam\",\"since\":\"2026-03-01T08:01:30Z\",\"by\":\"ada\"}",
                json.findValue("quarantine").toString());
        assertEquals(
                json.findValue("quarantine"),
                console.json(new SubscribersCommand(), "-j").findValue("quarantine"));
        assertTrue(console.json(new ReleaseCommand(), "-j", "r1").findValue("quarantine").isNull());
    }

    @Test
    void quarantinesAreListedWithTheirReasonsAndFitTheScreen() {
        String reason = "sends spam, ".repeat(16);
        console.directory.subscribers.put(
                "r1",
                r1().toBuilder()
                        .quarantine(
                                new Quarantine(
                                        "walled-garden",
                                        reason.trim(),
                                        NOW.minus(Duration.ofHours(2)),
                                        "ada"))
                        .build());
        String screen = console.run(new QuarantinesCommand());
        assertTrue(
                screen.startsWith(
                        "SUBSCRIBER  CLASS          DEPTH          SINCE      BY\n"
                                + "r1          walled-garden  walled-garden  2h 0m ago  ada\n"),
                screen);
        assertTrue(screen.endsWith("1 subscriber"), screen);
        assertTrue(screen.replaceAll("\\s+", " ").contains(reason.trim()), screen);
        assertFits(screen);
        String all = console.run(new SubscribersCommand());
        assertTrue(all.contains("quarantine walled-garden since"), all);
        assertFits(all);
    }

    @Test
    void aQuarantineWhoseClassIsNoneAnyMoreIsStillListed() {
        console.network.infrastructure =
                new Infrastructure(
                        List.of(),
                        List.of(),
                        List.of(ServiceClass.named("quarantined").build()),
                        "residential");
        console.run(new QuarantineCommand(), "--reason", "spam", "r1");
        assertEquals(
                "walled-garden",
                console.json(new QuarantinesCommand(), "-j").get(0).get("depth").asText());
        assertTrue(console.run(new QuarantinesCommand()).contains("spam"));
    }

    @Test
    void whoIsQuarantinedIsToldSoWhenItIsReplacedOrGetsAnotherClass() {
        console.run(new QuarantineCommand(), "--reason", "spam", "r1");
        assertEquals(
                "r1(business at [of:0000000000000001/1]) now; the quarantine goes on, quarantined: spam",
                console.run(new SetClassCommand(), "r1", "business").lines().findFirst().get());
        assertEquals(
                "replaced r1(residential at [of:0000000000000001/2]); the quarantine goes on, quarantined: spam",
                console.run(new SubscriberAddCommand(), "--replace", "r1", S1 + "/2"));
        assertEquals(
                "spam",
                console.json(new SubscriberAddCommand(), "-j", "--replace", "r1", S1 + "/2")
                        .findValue("reason")
                        .asText());
    }

    @Test
    void aSubscriberIsMonitoredIfAskedForAndListedAsSuch() {
        console.run(new SubscriberAddCommand(), "--monitor", "r2", S1 + "/2");
        assertEquals(Mode.MONITOR, console.directory.subscribers.get("r2").mode());
        assertEquals(Mode.ENFORCE, r1().mode());
        String screen = console.run(new SubscribersCommand());
        assertTrue(screen.contains("monitored: nothing is dropped"), screen);
        JsonNode json = console.json(new SubscribersCommand(), "-j");
        assertEquals(List.of("enforce", "monitor"), json.findValuesAsText("mode"));
    }

    @Test
    void attemptsSayWhatBecameOfThem() {
        long packets = 7;
        for (Counted kind : Counted.values()) {
            console.attempts.add(
                    Counts.of(
                            kind,
                            "r1",
                            S1,
                            packets++,
                            NOW.minus(Duration.ofDays(12)),
                            NOW.minusSeconds(42)));
        }
        String screen = console.run(new AttemptsCommand());
        for (String what : List.of("blocked", "redirected", "monitored", "other*")) {
            assertTrue(screen.contains(" " + what + " "), screen);
        }
        assertTrue(screen.contains("* passed only because nothing is enforced"), screen);
        assertFits(screen);
        JsonNode json = console.json(new AttemptsCommand(), "-j");
        assertEquals(
                List.of("attempt", "redirected", "monitored", "monitored-other"),
                json.findValuesAsText("kind"));
        assertEquals(List.of("7", "8", "9", "10"), json.findValuesAsText("attempts"));
    }

    @Test
    void attemptsOfLongNamesAndManyPacketsFitTheScreen() {
        console.attempts.add(
                Counts.of(
                        Counted.REDIRECTED,
                        null,
                        S1,
                        1_234_567_890L,
                        NOW.minus(Duration.ofDays(12)),
                        NOW.minus(Duration.ofHours(30))));
        console.run(new SubscriberAddCommand(), "customer-7".repeat(6), S1 + "/3");
        console.attempts.add(
                Counts.of(
                        Counted.MONITORED,
                        "customer-7".repeat(6),
                        S1,
                        1_234_567_890L,
                        NOW.minus(Duration.ofDays(12)),
                        NOW.minus(Duration.ofHours(30))));
        String screen = console.run(new AttemptsCommand());
        assertTrue(screen.contains("1234567890"), screen);
        assertFits(screen);
    }
}
