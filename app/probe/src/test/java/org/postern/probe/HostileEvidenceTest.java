package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * How much a server can make a probe keep. A survey of the console and of the jar keeps it of all
 * providers in memory, and 1 GiB of it in a journal.
 */
@Timeout(120)
class HostileEvidenceTest extends NetworkTest {
    /** 20,000 providers in a journal of 1 GiB: 50 KiB for each; this is generous. */
    private static final int MOST = 512 << 10;

    /** Answers everything in so many lines of a text. */
    private ProbeResult saying(String text, int lines) throws Exception {
        String fat = "-" + text + "\r\n";
        network.with(
                587,
                line -> {
                    line.say(("220" + fat).repeat(lines) + "220 ready");
                    for (String said = line.hear(); said != null; said = line.hear()) {
                        String code = said.startsWith("RCPT") ? "550" : "250";
                        line.say((code + fat).repeat(lines) + code + " x");
                    }
                });
        return network.probe().build().run(of(587).build(), p -> {});
    }

    private static int bytes(ProbeResult result) {
        return JsonReport.of(result, true).toString().getBytes(StandardCharsets.UTF_8).length;
    }

    @Test
    void evidenceOfOneConnectionIsBounded() throws Exception {
        int length = bytes(saying("\0".repeat(250), 120));
        assertTrue(length <= MOST, length + " bytes for a connection of 256 KiB at most");
    }

    /** By what one byte becomes more: in moments of short lines, in escapes, in lists. */
    @Test
    void evidenceIsBoundedWhateverIsSaid() throws Exception {
        for (String text :
                List.of(
                        "",
                        "\"".repeat(250),
                        "\u20ac".repeat(80),
                        "\ud83d\ude00".repeat(60),
                        "AUTH " + "A B C D E F G H ".repeat(15),
                        "AUTH " + "\0".repeat(240))) {
            int length = bytes(saying(text, 127));
            assertTrue(length <= MOST / 2, length + " bytes of " + Printable.abridged(text, 20));
            renew();
        }
    }

    @Test
    void whatTheProbeSaidAndWhatHappenedIsAllShown() throws Exception {
        PortResult port = saying("\0".repeat(250), 120).ports().get(0);
        List<Transcript.Entry> all = port.transcript().entries();
        assertEquals(
                network.peer(587).heard(),
                all.stream()
                        .filter(e -> e.speaker() == Transcript.Speaker.CLIENT)
                        .map(Transcript.Entry::text)
                        .collect(Collectors.toList()));
        List<String> events =
                all.stream()
                        .filter(e -> e.speaker() == Transcript.Speaker.EVENT)
                        .map(Transcript.Entry::text)
                        .collect(Collectors.toList());
        assertTrue(events.get(events.size() - 2).startsWith(port.verdict().text()));
        String more = events.get(events.size() - 1);
        assertTrue(
                more.matches("\\d+ more lines of the server, \\d{6} characters, not shown"), more);
        assertEquals(more, all.get(all.size() - 1).text());
        long shown = all.stream().filter(e -> e.speaker() == Transcript.Speaker.SERVER).count();
        assertEquals(121 * network.peer(587).heard().size(), shown + count(more) - 121);
    }

    private static long count(String more) {
        return Long.parseLong(more.split(" ")[0]);
    }

    @Test
    void replyIsShownByItsBeginningAndJudgedAsAWhole() throws Exception {
        String many = "550-" + "x".repeat(500) + "\r\n";
        network.with(
                587, submission().answers("MAIL", many.repeat(20) + "550 Authentication required"));
        PortResult port = network.probe(587, Network.PATIENT);
        assertEquals(Verdict.ENFORCED, port.verdict());
        ProbeResult result =
                new ProbeResult("mx.example", port.at(), List.of(port), List.of(), List.of());
        String text = JsonReport.of(result, false).at("/ports/0/withinTls/mail/text").asText();
        assertTrue(text.startsWith("xxx"), text);
        assertTrue(text.endsWith("x... (10043 characters)"), text);
        assertEquals(2048 + "... (10043 characters)".length(), text.length());
        assertTrue(port.reason().length() < 2200, port.reason());
    }

    /** Twenty lines of EHLO, as the longest that is known, and refusals of three lines. */
    @Test
    void evidenceOfAnOrdinaryServerIsWhole() throws Exception {
        Mta mta = submission().answers("MAIL", "530-5.7.0 a\r\n530-5.7.0 b\r\n530 5.7.0 auth");
        for (int i = 0; i < 20; i++) {
            mta.offers("X-EXTENSION-" + i + " of some length").offersWithinTls("X-EXTENSION-" + i);
        }
        network.with(587, mta);
        List<Transcript.Entry> all = network.probe(587, Network.PATIENT).transcript().entries();
        assertTrue(all.stream().anyMatch(e -> e.text().contains("X-EXTENSION-19 of some length")));
        assertTrue(all.get(all.size() - 1).text().startsWith("enforced: "));
    }
}
