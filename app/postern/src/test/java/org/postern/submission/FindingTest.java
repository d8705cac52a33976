package org.postern.submission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.postern.probe.Verdict;

class FindingTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration NOTICE = Duration.ofDays(21);
    private static final Watched SMTP = watched(Watched.Kind.SERVER, 587);
    private static final Watched EXCHANGE = watched(Watched.Kind.SERVER, 25);
    private static final Watched RELAY = watched(Watched.Kind.RELAY, 25);

    private static Watched watched(Watched.Kind kind, int port) {
        return new Watched(kind, "smtp.isp.example", IpAddress.valueOf("192.0.2.25"), port);
    }

    /** What is known after some looks, a minute between two. */
    private static Finding after(Watched watched, Observation... looks) {
        Optional<Finding> known = Optional.empty();
        for (Observation look : looks) {
            known = Optional.of(Finding.after(watched, known, look, NOTICE));
        }
        return known.orElseThrow();
    }

    private static Observation look(int minute, Verdict verdict) {
        return Looks.look(
                at(minute),
                verdict,
                "so it said",
                verdict.kind() == Verdict.Kind.SOUND,
                null,
                null);
    }

    private static Observation certified(int minute, Instant expires, String refused) {
        return Looks.look(at(minute), Verdict.ENFORCED, "so it said", true, expires, refused);
    }

    private static Instant at(int minute) {
        return NOW.plus(Duration.ofMinutes(minute));
    }

    private static List<Alarm.Kind> kinds(Finding finding) {
        return finding.alarms().stream().map(Alarm::kind).collect(Collectors.toList());
    }

    @Test
    void serverThatDemandsAuthenticationRaisesNoAlarm() {
        assertEquals(List.of(), kinds(after(SMTP, look(0, Verdict.ENFORCED))));
        assertEquals(List.of(), kinds(after(SMTP, look(0, Verdict.ENFORCED_AT_RCPT))));
    }

    @Test
    void serverThatStopsDemandingItIsAnAlarmSinceThen() {
        Finding open =
                after(
                        SMTP,
                        look(0, Verdict.ENFORCED),
                        look(1, Verdict.RELAY_SUSPECTED),
                        look(2, Verdict.LOCAL_UNAUTH));

        assertEquals(List.of(Alarm.Kind.NOT_ENFORCED), kinds(open));
        assertEquals(at(1), open.alarms().get(0).since());
        assertEquals("local-unauth: so it said", open.alarms().get(0).reason());
    }

    @Test
    void passwordsInClearAreAnAlarmOfTheirOwn() {
        assertEquals(
                List.of(Alarm.Kind.AUTH_IN_CLEAR),
                kinds(after(SMTP, look(0, Verdict.AUTH_IN_CLEAR))));
    }

    @Test
    void serverThatIsAwayOnceMayBeRestarting() {
        assertEquals(List.of(), kinds(after(SMTP, look(0, Verdict.CLOSED))));
    }

    @Test
    void serverThatIsAwayTwiceIsDown() {
        for (Verdict away :
                List.of(Verdict.CLOSED, Verdict.FILTERED, Verdict.NO_BANNER, Verdict.TLS_FAILURE)) {
            assertEquals(
                    List.of(Alarm.Kind.DOWN),
                    kinds(after(SMTP, look(0, Verdict.ENFORCED), look(1, away), look(2, away))),
                    away.text());
        }
    }

    @Test
    void serverThatCannotBeJudgedTwiceIsToldWithoutBeingCalledDown() {
        assertEquals(
                List.of(Alarm.Kind.NOT_JUDGED),
                kinds(after(SMTP, look(0, Verdict.INCONCLUSIVE), look(1, Verdict.INCONCLUSIVE))));
    }

    @Test
    void serverThatIsBackIsAnAlarmNoMore() {
        assertEquals(
                List.of(),
                kinds(
                        after(
                                SMTP,
                                look(0, Verdict.CLOSED),
                                look(1, Verdict.CLOSED),
                                look(2, Verdict.ENFORCED))));
    }

    @Test
    void serverThatWasOpenAndIsAwayNowIsBoth() {
        Finding finding =
                after(
                        SMTP,
                        look(0, Verdict.RELAY_SUSPECTED),
                        look(1, Verdict.FILTERED),
                        look(2, Verdict.FILTERED));

        assertEquals(List.of(Alarm.Kind.NOT_ENFORCED, Alarm.Kind.DOWN), kinds(finding));
        assertEquals(Optional.of("relay-suspected: so it said"), finding.notEnforced());
    }

    @Test
    void anotherFlawDoesNotMendAnOpenDoor() {
        for (Verdict other : List.of(Verdict.AUTH_IN_CLEAR, Verdict.TLS_REQUIRED_ONLY)) {
            Finding finding = after(RELAY, look(0, Verdict.RELAY_SUSPECTED), look(1, other));
            assertEquals(
                    Optional.of("relay-suspected: so it said"),
                    finding.notEnforced(),
                    other.text());
            assertEquals(at(0), finding.alarms().get(0).since());
        }
        assertEquals(
                List.of(Alarm.Kind.NOT_ENFORCED, Alarm.Kind.AUTH_IN_CLEAR),
                kinds(
                        after(
                                SMTP,
                                look(0, Verdict.RELAY_SUSPECTED),
                                look(1, Verdict.AUTH_IN_CLEAR))));
        assertEquals(
                List.of(Alarm.Kind.NOT_ENFORCED, Alarm.Kind.AUTH_IN_CLEAR),
                kinds(
                        after(
                                SMTP,
                                look(0, Verdict.AUTH_IN_CLEAR),
                                look(1, Verdict.RELAY_SUSPECTED))));
        assertEquals(
                List.of(),
                kinds(
                        after(
                                SMTP,
                                look(0, Verdict.AUTH_IN_CLEAR),
                                look(1, Verdict.RELAY_SUSPECTED),
                                look(2, Verdict.ENFORCED))));
    }

    @Test
    void relayThatDemandsAuthenticationIsMendedThoughPasswordsMayBeInClear() {
        Observation clear =
                Looks.look(at(1), Verdict.AUTH_IN_CLEAR, "so it said", true, null, null);

        Finding finding = after(RELAY, look(0, Verdict.RELAY_SUSPECTED), clear);

        assertEquals(Optional.empty(), finding.notEnforced());
        assertEquals(List.of(Alarm.Kind.AUTH_IN_CLEAR), kinds(finding));
    }

    @Test
    void passwordsInClearAreToldBesideAWorseFlawAndAreOverWhenTheyAreNotTaken() {
        Observation both =
                new Observation(
                        at(0),
                        Verdict.LOCAL_UNAUTH,
                        "so it said",
                        false,
                        null,
                        null,
                        new Observation.Seen(true, false, null, true, false));
        Observation mended =
                new Observation(
                        at(1),
                        Verdict.LOCAL_UNAUTH,
                        "so it said",
                        false,
                        null,
                        null,
                        new Observation.Seen(true, false, null, false, false));
        assertEquals(
                "auth-in-clear: and besides it is local-unauth: so it said",
                after(EXCHANGE, both).alarms().get(0).reason());
        assertEquals(List.of(), kinds(after(EXCHANGE, both, mended)));
    }

    @Test
    void exchangerThatRefusesToRelayIsMendedThoughPasswordsMayBeInClear() {
        Observation clear =
                new Observation(
                        at(1),
                        Verdict.AUTH_IN_CLEAR,
                        "so it said",
                        false,
                        null,
                        null,
                        new Observation.Seen(true, false, "postmaster@isp.example", true, false));
        assertEquals(
                List.of(Alarm.Kind.AUTH_IN_CLEAR),
                kinds(after(EXCHANGE, look(0, Verdict.RELAY_SUSPECTED), clear)));
    }

    @Test
    void relayThatOffersPasswordsInClearAndWasNotSeenToDemandAnyIsRefused() {
        assertEquals(
                Optional.of("auth-in-clear: so it said"),
                after(RELAY, look(0, Verdict.AUTH_IN_CLEAR)).notEnforced());
    }

    @Test
    void certificateIsKnownStillIfTheDialogueBrokeBeforeTls() {
        Observation broke =
                new Observation(
                        at(1),
                        Verdict.AUTH_IN_CLEAR,
                        "so it said",
                        false,
                        null,
                        null,
                        new Observation.Seen(false, true, null, true, false));
        assertEquals(
                List.of(Alarm.Kind.AUTH_IN_CLEAR, Alarm.Kind.CERTIFICATE_EXPIRES),
                kinds(after(SMTP, certified(0, at(5), null), broke)));
    }

    @Test
    void alarmsThatWereStoredWithoutTheirVerdictsAreRead() {
        Finding open = after(RELAY, look(0, Verdict.RELAY_SUSPECTED));
        String earlier =
                open.stored()
                        .replace("\"seen\":\"relay-suspected\",\"own\":null", "\"openDoor\":true");
        assertTrue(earlier.contains("openDoor"), earlier);
        assertTrue(Finding.of(earlier).alarms().get(0).isOfOpenDoor());
        String suspect =
                after(RELAY, look(0, Verdict.TLS_REQUIRED_ONLY))
                        .stored()
                        .replaceFirst("\"seen\":[^,]*,\"own\":null", "\"openDoor\":false");
        assertTrue(suspect.contains("openDoor"), suspect);
        assertFalse(Finding.of(suspect).alarms().get(0).isOfOpenDoor());
    }

    @Test
    void oneLookAwayAndOneThatDoesNotJudgeAreNotTheSameTrouble() {
        assertEquals(
                List.of(),
                kinds(
                        after(
                                SMTP,
                                look(0, Verdict.INCONCLUSIVE),
                                look(1, Verdict.CLOSED),
                                look(2, Verdict.INCONCLUSIVE))));
    }

    @Test
    void twoLooksWithinOneRestartAreOne() {
        Observation first = look(0, Verdict.CLOSED);
        Observation soon =
                Looks.look(
                        at(0).plus(Finding.APART).minusMillis(1),
                        Verdict.CLOSED,
                        "so it said",
                        false,
                        null,
                        null);
        assertEquals(List.of(), kinds(after(SMTP, first, soon)));
    }

    @Test
    void looksInQuickSuccessionDoNotPutTheAlarmOff() {
        Optional<Finding> known = Optional.empty();
        for (int second = 0; second <= 30; second += 10) {
            assertEquals(Optional.empty(), known.flatMap(f -> f.alarm(Alarm.Kind.DOWN)));
            Observation away =
                    Looks.look(
                            at(0).plusSeconds(second),
                            Verdict.CLOSED,
                            "so it said",
                            false,
                            null,
                            null);
            known = Optional.of(Finding.after(SMTP, known, away, NOTICE));
            // as it is read from the store
            known = Optional.of(Finding.of(known.get().stored()));
        }
        assertEquals(List.of(Alarm.Kind.DOWN), kinds(known.get()));
        assertEquals(at(0).plusSeconds(30), known.get().alarms().get(0).since());
    }

    @Test
    void whatAnEarlierVersionHasStoredCountsFromItsLook() {
        Finding once = after(SMTP, look(0, Verdict.CLOSED));
        String earlier = once.stored().replaceFirst("\"counted\":\"[^\"]*\",", "");
        assertTrue(!earlier.contains("counted"), earlier);

        Optional<Finding> read = Optional.of(Finding.of(earlier));

        assertEquals(
                List.of(Alarm.Kind.DOWN),
                kinds(Finding.after(SMTP, read, look(1, Verdict.CLOSED), NOTICE)));
        assertEquals(once.stored(), read.get().stored());
    }

    @Test
    void mailExchangerTakesMailForItsOwnOn25() {
        assertEquals(List.of(), kinds(after(EXCHANGE, look(0, Verdict.LOCAL_UNAUTH))));
        assertEquals(
                List.of(Alarm.Kind.NOT_ENFORCED),
                kinds(after(EXCHANGE, look(0, Verdict.RELAY_SUSPECTED))));
    }

    @Test
    void relayMustDemandItForItsOwnToo() {
        Finding finding = after(RELAY, look(0, Verdict.LOCAL_UNAUTH));

        assertEquals(List.of(Alarm.Kind.NOT_ENFORCED), kinds(finding));
        assertTrue(finding.notEnforced().isPresent());
    }

    @Test
    void relayOfWhichNothingIsKnownIsNotRefusedButOneThatDemandsTlsOnly() {
        assertEquals(Optional.empty(), after(RELAY, look(0, Verdict.FILTERED)).notEnforced());
        assertEquals(
                Optional.of("tls-required-only: so it said"),
                after(RELAY, look(0, Verdict.TLS_REQUIRED_ONLY)).notEnforced());
    }

    @Test
    void certificateIsAnAlarmBeforeItExpires() {
        Instant expires = at(0).plus(NOTICE);

        assertEquals(List.of(), kinds(after(SMTP, certified(0, expires, null))));
        Finding soon = after(SMTP, certified(1, expires, null));
        assertEquals(List.of(Alarm.Kind.CERTIFICATE_EXPIRES), kinds(soon));
        assertEquals("its certificate expires at " + expires, soon.alarms().get(0).reason());
    }

    @Test
    void certificateExpiresThoughTheServerIsAway() {
        Finding finding =
                after(SMTP, certified(0, at(10).plus(NOTICE), null), look(20, Verdict.CLOSED));

        assertEquals(List.of(Alarm.Kind.CERTIFICATE_EXPIRES), kinds(finding));
    }

    @Test
    void certificateThatClientsRefuseIsAnAlarmUntilAnotherIsSeen() {
        Instant later = at(0).plus(Duration.ofDays(365));
        Observation refused = certified(0, later, "not for smtp.isp.example: other.example");

        Finding away = after(SMTP, refused, look(1, Verdict.CLOSED));
        assertEquals(List.of(Alarm.Kind.CERTIFICATE_REFUSED), kinds(away));
        assertEquals(
                "its certificate is not for smtp.isp.example: other.example",
                away.alarms().get(0).reason());
        assertEquals(List.of(), kinds(after(SMTP, refused, certified(1, later, null))));
    }

    @Test
    void certificateThatIsShownNoMoreIsNoAlarm() {
        assertEquals(
                List.of(),
                kinds(
                        after(
                                EXCHANGE,
                                certified(0, at(1), "self-signed"),
                                look(2, Verdict.ENFORCED_AT_RCPT))));
    }

    @Test
    void certificateOfARelayIsNobodysConcern() {
        assertEquals(List.of(), kinds(after(RELAY, certified(0, at(1), "self-signed"))));
    }

    @Test
    void whatIsStoredIsWhatIsRead() {
        Finding finding =
                after(
                        SMTP,
                        Looks.look(
                                at(1),
                                Verdict.AUTH_IN_CLEAR,
                                "so it said",
                                false,
                                at(60),
                                "self-signed"),
                        look(2, Verdict.FILTERED),
                        look(3, Verdict.FILTERED));

        Finding read = Finding.of(finding.stored());
        assertEquals(finding.stored(), read.stored());
        assertEquals(finding.alarms(), read.alarms());
        assertEquals(4, read.alarms().size());
        assertEquals(SMTP, read.watched());
        assertEquals(2, read.failures());
    }

    @Test
    void anOpenDoorIsReadAsOne() {
        Finding open = after(RELAY, look(0, Verdict.RELAY_SUSPECTED), look(1, Verdict.CLOSED));
        assertEquals(
                Optional.of("relay-suspected: so it said"),
                Finding.of(open.stored()).notEnforced());
        assertTrue(Finding.of(open.stored()).alarms().get(0).isOfOpenDoor());
        Finding suspect = after(RELAY, look(0, Verdict.TLS_REQUIRED_ONLY));
        assertFalse(Finding.of(suspect.stored()).alarms().get(0).isOfOpenDoor());
    }

    @Test
    void whatIsNotUnderstoodIsSaid() {
        for (String text : List.of("", "{}", "{", "[]", "null")) {
            assertThrows(IllegalStateException.class, () -> Finding.of(text), text);
        }
    }
}
