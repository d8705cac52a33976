package org.postern.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postern.audit.Change;
import org.postern.audit.Order;

class AuditCommandTest {
    private final Console console = new Console();
    @TempDir private Path folder;

    @BeforeEach
    void somethingWasChanged() {
        console.audit.record(
                Order.console("ada"),
                Change.of("suspend", "everywhere", "everywhere until 08:10: outage of mx1")
                        .because("outage of mx1"));
        console.audit.record(
                new Order("provisioning", Order.Interface.REST),
                Change.of("set-class", "shop", "shop from residential to business")
                        .because("ticket 4711")
                        .between(
                                Optional.of("{\"class\":\"residential\"}"),
                                Optional.of("{\"class\":\"business\"}")));
        console.audit.record(
                Order.console("ada"),
                Change.of("import", "", "2 subscribers of east.csv"),
                List.of(
                        Change.of("put-subscriber", "r1", "r1 is new"),
                        Change.of("put-subscriber", "r2", "r2 is new")));
    }

    private String run(String... words) {
        return console.run(new AuditCommand(), words);
    }

    private String refusal(String... words) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> run(words)).getMessage();
        assertEquals(1, message.lines().count(), message);
        return message;
    }

    @Test
    void whatIsTheSameBeforeAndAfterIsShownInJsonOnly() {
        console.audit.record(
                Order.console("ada"),
                Change.of("set-class", "club", "club from residential to business")
                        .between(
                                Optional.of(
                                        "{\"id\":\"club\",\"class\":\"residential\",\"macs\":[]}"),
                                Optional.of(
                                        "{\"id\":\"club\",\"class\":\"business\",\"macs\":[]}")));
        String text = run("--subject", "club");
        assertTrue(text.contains("  before {\"class\":\"residential\"}\n"), text);
        assertTrue(text.contains("  after {\"class\":\"business\"}\n"), text);
        assertTrue(run("-j", "--subject", "club").contains("\"macs\":[]"));
    }

    @Test
    void theNewestChangeIsToldFirst() {
        assertEquals(
                "NUMBER  WHEN      BY            VIA      ACTION     SUBJECT\n"
                        + "     3  08:01:30  ada           console  import\n"
                        + "  2 subscribers of east.csv\n"
                        + "     2  08:01:30  provisioning  rest     set-class  shop\n"
                        + "  shop from residential to business; reason: ticket 4711\n"
                        + "  before {\"class\":\"residential\"}\n"
                        + "  after {\"class\":\"business\"}\n"
                        + "     1  08:01:30  ada           console  suspend    everywhere\n"
                        + "  everywhere until 08:10: outage of mx1; reason: outage of mx1\n"
                        + "Entries 1 to 3 are kept.",
                run());
    }

    @Test
    void anEmptyLogIsTold() {
        assertEquals(
                "No entries.\nNothing was taken down yet.", new Console().run(new AuditCommand()));
    }

    @Test
    void changesAreFoundBySubjectUserActionInterfaceAndTime() {
        assertTrue(run("--subject", "r2").contains("3.2  08:01:30"), run("--subject", "r2"));
        assertTrue(run("--by", "provisioning").contains("shop"));
        assertFalse(run("--by", "provisioning").contains("import"));
        assertTrue(run("--action", "suspend").contains("outage"));
        assertFalse(run("--action", "suspend").contains("shop"));
        assertTrue(run("--via", "rest").contains("shop"));
        assertFalse(run("--via", "rest").contains("import"));
        assertTrue(run("--since", "1m").contains("import"));
        assertTrue(run("--until", "1m").startsWith("No entries."));
        assertTrue(run("--since", "2026-03-02").startsWith("No entries."));
    }

    @Test
    void moreThanIsShownIsTold() {
        String told = run("--limit", "1");
        assertTrue(told.contains("east.csv") && !told.contains("shop"), told);
        assertTrue(told.endsWith("Entries 1 to 3 are kept. More match: give a larger --limit."));
    }

    @Test
    void aReasonIsShownThoughItsWordsAreThoseOfTheChange() {
        console.audit.record(
                Order.console("ada"),
                Change.of("set-class", "shop", "shop from business to residential")
                        .because("residential"));
        String told = run("--limit", "1");
        assertTrue(told.contains("business to residential; reason: residential\n"), told);
    }

    @Test
    void moreThanCanBeShownIsToldWithWhatHelps() {
        for (int i = 0; i < 1_000; i++) {
            console.audit.record(Order.console("ada"), Change.of("set-class", "s" + i, "s" + i));
        }
        String told = run("--limit", "1000").replace('\n', ' ');
        assertTrue(
                told.endsWith(
                        " More match: --export writes all of them, --until and the other options"
                                + " choose."),
                told.substring(told.length() - 200));
    }

    @Test
    void whatCannotBeMeantIsRefused() {
        assertTrue(refusal("--limit", "0").contains("1 to 1000"));
        assertTrue(refusal("--limit", "1001").contains("1 to 1000"));
        assertTrue(refusal("--via", "telnet").contains("console, rest"));
        assertTrue(refusal("--since", "soon").contains("\"soon\""));
    }

    @Test
    void linesFitTheTerminalAndNobodyWritesBeyondThem() {
        console.audit.record(
                Order.console("a-user-with-a-name-that-is-quite-long-for-a-user"),
                Change.of(
                                "a-very-long-action-name",
                                "subscriber-with-a-long-identifier-0123456789.example@isp:east-17",
                                "text\u001b[2J ".repeat(30))
                        .because("x".repeat(200))
                        .between(Optional.of("\"" + "y".repeat(900) + "\""), Optional.empty()));
        String told = run();
        told.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        assertFalse(told.contains("\u001b"), told);
    }

    @Test
    void jsonIsOneLineForEachEntry() throws IOException {
        List<String> lines = List.of(run("-j").split("\n"));
        assertEquals(3, lines.size());
        JsonNode entry = new ObjectMapper().readTree(lines.get(1));
        assertEquals(2, entry.get("number").asInt());
        assertEquals("2026-03-01T08:01:30Z", entry.get("at").asText());
        assertEquals("provisioning", entry.get("by").asText());
        assertEquals("rest", entry.get("via").asText());
        assertEquals("business", entry.get("after").get("class").asText());
        assertEquals("ticket 4711", entry.get("reason").asText());
    }

    @Test
    void everythingIsExportedTheOldestFirstWithEverySubscriberOfABulkChange() throws IOException {
        Path file = folder.resolve("audit.jsonl");
        assertEquals("exported 5 lines to " + file, run("--export", file.toString()));
        List<String> subjects = new ArrayList<>();
        for (String line : Files.readAllLines(file, StandardCharsets.UTF_8)) {
            subjects.add(new ObjectMapper().readTree(line).get("subject").asText());
        }
        assertEquals(List.of("everywhere", "shop", "", "r1", "r2"), subjects);
        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        Path part = folder.resolve("part.jsonl");
        assertEquals(
                1,
                console.json(
                                new AuditCommand(),
                                "-j",
                                "--by",
                                "provisioning",
                                "--export",
                                part + "")
                        .get("lines")
                        .asInt());
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        Path file = Files.write(folder.resolve("kept"), new byte[] {1});
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("target"));
        for (Path path : List.of(file, link, folder, Path.of("/dev/null"))) {
            assertTrue(refusal("--export", path.toString()).contains("exists"), path.toString());
        }
        assertEquals(1, Files.size(file));
        assertFalse(Files.exists(folder.resolve("target")));
        assertTrue(refusal("--export", folder + "/none/x").contains("no folder"));
        assertTrue(refusal("--export", "a\0b").contains("not the path"));
    }
}
