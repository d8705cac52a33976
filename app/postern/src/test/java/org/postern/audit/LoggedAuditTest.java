package org.postern.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class LoggedAuditTest {

    /** What the logger writes; slf4j-simple writes to standard error. */
    private static String written(Runnable change) {
        PrintStream before = System.err;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setErr(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            change.run();
        } finally {
            System.setErr(before);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Test
    void anEntrySaysWhoDidWhatToWhat() {
        String entry =
                written(
                        () ->
                                new LoggedAudit()
                                        .record(
                                                Order.console("karaf"),
                                                Change.of(
                                                        "suspend",
                                                        "everywhere",
                                                        "everywhere: outage of mx1")));
        assertTrue(entry.contains("org.postern.audit"), entry);
        assertTrue(
                entry.endsWith(
                        "by=karaf via=console action=suspend everywhere: outage of mx1"
                                + System.lineSeparator()),
                entry);
    }

    @Test
    void whateverIsInAReasonAnEntryIsOneLineThatShowsItselfAsItIs() {
        String entry =
                written(
                        () ->
                                new LoggedAudit()
                                        .record(
                                                Order.console("ka\nraf"),
                                                Change.of(
                                                        "suspend",
                                                        "",
                                                        "a\r\nb\u0085c\u2028d\u2029e\u001b[2Jf\u009bg\u202eh")));
        assertEquals(1, entry.lines().count(), entry);
        assertTrue(
                entry.trim().endsWith("by=ka raf via=console action=suspend a  b c d e [2Jf g h"),
                entry);
    }

    @Test
    void lettersOfEveryLanguageStay() {
        assertTrue(
                written(
                                () ->
                                        new LoggedAudit()
                                                .record(
                                                        Order.console("jörg"),
                                                        Change.of("suspend", "", "Störung 障害")))
                        .contains("by=jörg via=console action=suspend Störung 障害"));
    }

    @Test
    void behindTheWordsAnEntryIsJsonInTheSameLineAndInAscii() throws Exception {
        AuditEntry stored =
                AuditEntry.read(
                        7,
                        Stored.entry(
                                        java.time.Instant.EPOCH,
                                        "n1",
                                        Order.console("jörg"),
                                        Change.of("suspend", "", "a\nb\u2028c\u202e\u007f"))
                                .toString());
        String entry =
                written(
                        () ->
                                new LoggedAudit()
                                        .record(
                                                Order.console("jörg"),
                                                Change.of("suspend", "", "a"),
                                                stored));
        assertEquals(1, entry.lines().count(), entry);
        assertTrue(entry.contains("by=jörg via=console action=suspend a {"), entry);
        String json = entry.substring(entry.indexOf('{'));
        assertTrue(json.chars().allMatch(c -> c < 0x7f), json);
        com.fasterxml.jackson.databind.JsonNode read =
                new com.fasterxml.jackson.databind.ObjectMapper().readTree(json);
        assertEquals(7, read.get("number").asInt());
        assertEquals("jörg", read.get("by").asText());
        assertEquals("a\nb\u2028c\u202e ", read.get("text").asText());
    }
}
