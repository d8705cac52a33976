package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.cli.Console.S1;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.apache.karaf.shell.support.completers.ArgumentCommandLine;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postern.audit.Order;
import org.postern.policy.Exemption;

class ExemptionCommandsTest {
    private final Console console = new Console();

    @BeforeEach
    void twoSubscribers() {
        console.run(new SubscriberAddCommand(), "-p", "10.64.1.1/32", "r1", S1 + "/1");
        console.run(new SubscriberAddCommand(), "-p", "10.64.1.2/32", "r2", S1 + "/2");
        console.orders.clear();
    }

    private String exempt(String... words) {
        return console.run(new ExemptCommand(), words);
    }

    private String refusal(PosternCommand command, String... words) {
        return assertThrows(RuntimeException.class, () -> console.run(command, words)).getMessage();
    }

    @Test
    void aSubscriberIsExemptedToNamedHostsForATime() {
        assertEquals(
                "exempted r1: to 192.0.2.25/32, to 2001:db8:25::25/128, until 2026-05-30 08:01:30 (ex-1)",
                exempt(
                        "--id",
                        "ex-1",
                        "--to",
                        "192.0.2.25/32",
                        "--to",
                        "2001:db8:25::25/128",
                        "--for",
                        "90d",
                        "--reason",
                        "own mail server",
                        "--ticket",
                        "HD-7",
                        "--note",
                        "sendingHost=mx.shop.example",
                        "r1"));
        assertEquals(List.of("exempt by ada: own mail server"), console.orders);
        assertEquals(
                List.of(
                        "EXEMPTION  SUBSCRIBER  WHAT                    STATE     UNTIL",
                        "ex-1       r1          to 192.0.2.25/32        in-force  2026-05-30 08:01:30",
                        "                       to 2001:db8:25::25/128",
                        "  own mail server (by ada, ticket HD-7)",
                        "  sendingHost=mx.shop.example",
                        "1 exemption"),
                List.of(console.run(new ExemptionsCommand()).split("\n")));
    }

    @Test
    void withoutAnIdentifierOneIsMadeUpThatTheListShows() {
        exempt("--for", "1d12h", "--reason", "x", "r1");
        JsonNode one = console.json(new ExemptionsCommand(), "-j").get(0);
        assertTrue(one.get("id").asText().matches("ex-[0-9a-f]{8}"), one.toString());
        assertEquals("in-force", one.get("state").asText());
        assertEquals("2026-03-02T20:01:30Z", one.get("until").asText());
        assertTrue(one.get("class").isNull());
    }

    @Test
    void theListShowsWhatIsNotOverAndIsFilteredBySubscriberAndState() {
        exempt("--id", "a", "--for", "30d", "--reason", "x", "r1");
        exempt(
                "--id",
                "b",
                "--from",
                "2026-04-01",
                "--for",
                "30d",
                "--reason",
                "x",
                "--class",
                "business",
                "r2");
        assertEquals(2, console.json(new ExemptionsCommand(), "-j").size());
        assertEquals(
                "a",
                console.json(new ExemptionsCommand(), "-j", "--subscriber", "r1")
                        .get(0)
                        .get("id")
                        .asText());
        assertEquals(
                "b",
                console.json(new ExemptionsCommand(), "-j", "--state", "pending")
                        .get(0)
                        .get("id")
                        .asText());
        assertTrue(
                refusal(new ExemptionsCommand(), "--state", "gone")
                        .contains("use pending, in-force, ending, waiting, ended"));
    }

    @Test
    void anExemptionIsRenewedAndRevoked() {
        exempt("--id", "ex-1", "--for", "30d", "--reason", "x", "r1");
        assertEquals(
                "renewed ex-1 of r1 until 2026-06-30 00:00:00",
                console.run(new RenewCommand(), "--until", "2026-06-30", "ex-1"));
        assertTrue(
                refusal(new RevokeCommand(), "--reason", "moved", "ex-1")
                        .contains("give -y to confirm"));
        assertEquals(
                "revoked ex-1 of r1",
                console.run(new RevokeCommand(), "-y", "--reason", "moved", "ex-1"));
        assertEquals("No exemptions.", console.run(new ExemptionsCommand()));
    }

    @Test
    void whatAnotherNodeExemptedAMomentAgoCanBeRevoked() {
        console.storage.loseEvents(true);
        console.anotherOffice()
                .put(
                        Exemption.builder("ex-9")
                                .subscriber("r1")
                                .reason("x")
                                .by("bea")
                                .from(Console.NOW)
                                .until(Console.NOW.plusSeconds(3600))
                                .build(),
                        Order.console("bea"));
        assertEquals("No exemptions.", console.run(new ExemptionsCommand()));
        assertEquals(
                "revoked ex-9 of r1",
                console.run(new RevokeCommand(), "-y", "--reason", "moved", "ex-9"));
    }

    @Test
    void whatIsNotUnderstoodIsRevokedOnceItIsConfirmed() {
        console.storage
                .<String, String>consistentMapBuilder()
                .withName("postern-exemptions")
                .build()
                .put("ex-8", "{}");
        assertTrue(
                refusal(new RevokeCommand(), "--reason", "damaged", "ex-8")
                        .contains(
                                "exemption ex-8, which is not understood and has no effect, is"
                                        + " removed: give -y to confirm"));
        assertEquals(
                "removed ex-8, which was not understood",
                console.run(new RevokeCommand(), "-y", "--reason", "damaged", "ex-8"));
        assertEquals(List.of("revoke-exemption by ada: damaged"), console.orders);
        assertTrue(
                refusal(new RevokeCommand(), "-y", "--reason", "damaged", "ex-8")
                        .contains("there is no exemption"));
    }

    @Test
    void whatIsOrderedIsToldInJsonAsTheListTellsIt() {
        JsonNode exempted =
                console.json(
                        new ExemptCommand(),
                        "-j",
                        "--id",
                        "ex-1",
                        "--from",
                        "2026-03-02",
                        "--for",
                        "30d",
                        "--reason",
                        "x",
                        "r1");
        assertEquals("pending", exempted.get("state").asText());
        assertEquals(exempted, console.json(new ExemptionsCommand(), "-j").get(0));
        JsonNode renewed = console.json(new RenewCommand(), "-j", "--until", "2026-06-30", "ex-1");
        assertEquals("2026-06-30T00:00:00Z", renewed.get("until").asText());
        assertEquals(renewed, console.json(new ExemptionsCommand(), "-j").get(0));
        JsonNode revoked =
                console.json(new RevokeCommand(), "-j", "-y", "--reason", "moved", "ex-1");
        assertEquals("ex-1", revoked.get("id").asText());
        assertEquals("r1", revoked.get("subscriber").asText());
        assertEquals(renewed.get("until"), revoked.get("until"));
    }

    @Test
    void whoSaysNoToTheQuestionKeepsAllAsItIs() {
        exempt("--id", "ex-1", "--for", "30d", "--reason", "x", "r1");
        RevokeCommand command = new RevokeCommand();
        command.question = text -> "no";
        assertTrue(
                refusal(command, "--reason", "moved", "ex-1")
                        .contains("not confirmed; nothing was done"));
        RevokeCommand again = new RevokeCommand();
        again.question =
                text -> {
                    assertEquals("r1 loses all direct mail now. Go on? (yes/no) ", text);
                    return "yes";
                };
        console.run(again, "--reason", "moved", "ex-1");
        assertEquals("No exemptions.", console.run(new ExemptionsCommand()));
    }

    @Test
    void whatIsMistypedIsRefusedInOneClearLine() {
        assertTrue(
                refusal(new ExemptCommand(), "--reason", "x", "r1")
                        .contains(
                                "give one of --for DURATION, such as --for 30d, and --until MOMENT"));
        assertTrue(
                refusal(new ExemptCommand(), "--for", "soon", "--reason", "x", "r1")
                        .contains("duration \"soon\" is malformed"));
        assertTrue(
                refusal(new ExemptCommand(), "--until", "3d", "--reason", "x", "r1")
                        .contains("--until \"3d\" is no moment"));
        assertEquals(
                "--until \"tomorrow\" is no moment: give a date such as 2027-01-31,"
                        + " \"2027-01-31 18:00\" or 2027-01-31T18:00:00Z",
                refusal(new ExemptCommand(), "--until", "tomorrow", "--reason", "x", "r1"));
        assertTrue(
                refusal(new ExemptCommand(), "--from", "2h", "--for", "3d", "--reason", "x", "r1")
                        .contains("--from \"2h\" is no moment"));
        assertTrue(
                refusal(
                                new ExemptCommand(),
                                "--to",
                                "192.0.2.1",
                                "--for",
                                "3d",
                                "--reason",
                                "x",
                                "r1")
                        .contains("192.0.2.1"));
        assertTrue(
                refusal(new ExemptCommand(), "--note", "x", "--for", "3d", "--reason", "x", "r1")
                        .contains("note \"x\" is malformed"));
        assertTrue(
                refusal(new ExemptCommand(), "--for", "3d", "--reason", "x", "nobody")
                        .contains("there is no subscriber \"nobody\""));
        assertTrue(
                refusal(new RenewCommand(), "--for", "3d", "nix")
                        .contains("there is no exemption"));
        assertEquals(List.of(), console.orders);
    }

    @Test
    void anIdentifierThatExistsIsNotTakenTwice() {
        exempt("--id", "ex-1", "--for", "30d", "--reason", "x", "r1");
        assertTrue(
                refusal(new ExemptCommand(), "--id", "ex-1", "--for", "3d", "--reason", "x", "r1")
                        .contains("exemption \"ex-1\" exists"));
    }

    @Test
    void aSubscriberIsShownWithItsExemptions() {
        exempt("--id", "ex-1", "--for", "30d", "--reason", "own server", "r1");
        String shown = console.run(new SubscriberCommand(), "r1");
        assertTrue(shown.contains("subscriber  r1\nclass       residential\n"), shown);
        assertTrue(shown.contains("exemption   ex-1: all direct mail, in-force, until "), shown);
        JsonNode json = console.json(new SubscriberCommand(), "-j", "r1");
        assertEquals("ex-1", json.get("exemptions").get(0).get("id").asText());
        assertTrue(
                refusal(new SubscriberCommand(), "nobody")
                        .contains("there is no subscriber \"nobody\""));
    }

    @Test
    void completersOfferWhatThereIs() {
        exempt("--id", "ex-1", "--for", "30d", "--reason", "x", "r1");
        assertEquals(List.of("ex-1"), offered(new ExemptionCompleter(), ""));
        assertEquals(List.of("r1"), offered(new ExemptedCompleter(), ""));
        assertEquals(List.of("ended", "ending"), offered(new ExemptionStateCompleter(), "end"));
        assertTrue(offered(new NoteCompleter(), "send").contains("sendingHost="));
        assertFalse(offered(new NoteCompleter(), "x").contains("x"));
    }

    private List<String> offered(ServiceCompleter completer, String begun) {
        completer.services = console;
        List<String> candidates = new ArrayList<>();
        completer.complete(null, new ArgumentCommandLine(begun, begun.length()), candidates);
        candidates.replaceAll(String::trim);
        return candidates;
    }
}
