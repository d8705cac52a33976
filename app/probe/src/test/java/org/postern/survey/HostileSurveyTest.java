package org.postern.survey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postern.probe.ProbeOptions;
import org.postern.probe.Providers;

/** Surveys among files and servers that mean harm. */
@Timeout(120)
class HostileSurveyTest {
    @TempDir private Path folder;
    private Providers providers;

    @AfterEach
    void close() throws IOException {
        if (providers != null) {
            providers.close();
        }
    }

    private SurveyJob job() throws IOException {
        providers = providers == null ? Providers.ofEachKind() : providers;
        Files.writeString(folder.resolve("p.csv"), "Shut,closed.example\n");
        return new SurveyJob(folder.resolve("p.csv"))
                .options(new ProbeOptions().limits(Providers.limits()));
    }

    /** A file of somebody's that is called like the new one, with ".part", is deleted. */
    @Test
    void fileOfAnotherWhoseNameEndsInPartIsLeftAlone() throws Exception {
        Path mine = Files.writeString(folder.resolve("out.csv.part"), "mine");
        try {
            job().output("csv", folder.resolve("out.csv")).run(providers.probe(), t -> {}).close();
        } catch (RuntimeException e) {
            // told or written, both would do
        }
        assertTrue(Files.exists(mine), "the survey has deleted a file that it did not write");
        assertEquals("mine", Files.readString(mine));
        try (Stream<Path> all = Files.list(folder)) {
            assertEquals(
                    List.of("out.csv", "out.csv.part", "p.csv", "p.csv.journal"),
                    all.map(f -> f.getFileName().toString()).sorted().collect(Collectors.toList()));
        }
        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(folder.resolve("out.csv"))));
    }

    @Test
    void whatCannotBeWrittenLeavesNothing() throws Exception {
        assertThrows(
                IllegalStateException.class,
                () ->
                        Sheets.write(
                                folder.resolve("out.csv"),
                                out -> {
                                    out.write("half of it");
                                    throw new IOException("no space");
                                }));
        try (Stream<Path> all = Files.list(folder)) {
            assertEquals(List.of(), all.collect(Collectors.toList()));
        }
    }

    /** After an hour it says "exists", which is found before anybody is asked. */
    @Test
    void outputThatIsTheJournalIsRefusedBeforeAnybodyIsAsked() throws Exception {
        AtomicInteger told = new AtomicInteger();
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        job().output("csv", folder.resolve("p.csv.journal"))
                                .run(providers.probe(), t -> told.incrementAndGet()));
        assertEquals(0, providers.tried.get(), "somebody was asked");
    }

    @Test
    void twoOutputsOfOneNameAreRefusedBeforeAnybodyIsAsked() throws Exception {
        assertThrows(
                IllegalArgumentException.class,
                () ->
                        job().output("csv", folder.resolve("a"))
                                .output("html", folder.resolve("a"))
                                .run(providers.probe(), t -> {}));
        assertEquals(0, providers.tried.get(), "somebody was asked");
    }

    /**
     * Two names of one file: by the folder above, by a link to the folder, by a link to the list.
     */
    @Test
    void filesThatAreOneByOtherWaysAreRefusedToo() throws Exception {
        Files.createDirectory(folder.resolve("sub"));
        Files.createSymbolicLink(folder.resolve("way"), folder);
        job();
        Files.createSymbolicLink(folder.resolve("list"), folder.resolve("p.csv"));
        for (Path same :
                List.of(
                        folder.resolve("sub/../p.csv.journal"),
                        folder.resolve("way/p.csv.journal"),
                        folder.resolve("way/p.csv"),
                        folder.resolve("list"))) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () ->
                                            job().output("html", same)
                                                    .run(providers.probe(), t -> {}))
                            .getMessage();
            assertTrue(message.contains(" cannot be both "), message);
        }
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        job().journal(folder.resolve("p.csv"))
                                                .run(providers.probe(), t -> {}))
                        .getMessage();
        assertTrue(message.endsWith("both the list of providers and the journal"), message);
        assertFalse(Files.exists(folder.resolve("p.csv.journal")));
        assertEquals(0, providers.tried.get(), "somebody was asked");
    }

    private static String noted(String note) throws IOException {
        Target target = new Target("A", "mx.example", "", note);
        ObjectNode port =
                JsonNodeFactory.instance.objectNode().put("port", 587).put("verdict", "closed");
        StringWriter out = new StringWriter();
        new SurveyResult(List.of(target), known(target, port), List.of()).writeCsv(out);
        try (CSVParser parser = CSVParser.parse(out.toString(), CSVFormat.RFC4180)) {
            return parser.getRecords().get(1).get(Row.COLUMNS.indexOf(Row.NOTE));
        }
    }

    @Test
    void onlyWhatCouldBeAFormulaIsChanged() throws Exception {
        for (String same :
                List.of(
                        "",
                        "a; b = c; d",
                        "587: TLSv1.3; 465: TLSv1.2",
                        "a-b+c=d@e",
                        "yes;",
                        "'=1",
                        "x; '=1",
                        "a, -b",
                        "see https://a.example/?x=1;y=2")) {
            assertEquals(same, noted(same));
        }
        assertEquals("'=1", noted("=1"));
        assertEquals("'\t=1", noted("\t=1"));
        assertEquals(" '=1", noted(" =1"));
        assertEquals("a;'=1;  '+1; \"'@SUM(A1);\u00a0'-1", noted("a;=1;  +1; \"@SUM(A1);\u00a0-1"));
        assertEquals("';'=1", noted("';=1"));
    }

    private static Known known(Target target, ObjectNode port) {
        Memory memory = new Memory();
        ObjectNode record = JsonNodeFactory.instance.objectNode().put("provider", "A");
        record.put("host", target.host());
        record.putObject("result").putArray("ports").add(port);
        memory.add(target, record);
        return memory;
    }

    /**
     * Where the decimal comma is written a spreadsheet divides lines at semicolons. "250-AUTH PLAIN
     * ;=HYPERLINK(...)" of a server is a formula there.
     */
    @Test
    void serverCannotPutAFormulaBehindASemicolon() throws Exception {
        Target target = new Target("A", "mx.example", "", "");
        ObjectNode port =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("host", "mx.example")
                        .put("port", 587)
                        .put("family", "IPv4")
                        .put("verdict", "enforced")
                        .put("greeting", "x")
                        .put("startTls", false);
        port.putObject("beforeTls");
        port.putArray("authBeforeTls").add("CRAM-MD5").add(";=HYPERLINK(\"HTTP://EVIL.EXAMPLE\")");
        port.putNull("withinTls");
        StringWriter out = new StringWriter();
        new SurveyResult(List.of(target), known(target, port), List.of()).writeCsv(out);
        try (CSVParser parser =
                CSVParser.parse(
                        out.toString(),
                        CSVFormat.newFormat(';').withQuote('"').withRecordSeparator("\r\n"))) {
            for (CSVRecord line : parser.getRecords()) {
                line.forEach(cell -> assertFalse(cell.matches("(?s)[=+@-].*"), cell));
            }
        }
    }

    /** A line of the journal that is JSON, and knows nothing: the provider is in no file. */
    @Test
    void providerOfWhomTheJournalHasNoPortIsNotLeftOut() throws Exception {
        Files.writeString(
                folder.resolve("p.csv.journal"),
                "{\"provider\":\"Shut\",\"host\":\"closed.example\",\"domain\":\"\",\"note\":\"\","
                        + "\"result\":{\"ports\":[]}}\n");
        for (int i = 0; i < 2; i++) {
            try (SurveyResult result = job().run(providers.probe(), t -> {})) {
                assertEquals(
                        List.of("closed"),
                        result.rows()
                                .map(row -> row.cell(Row.VERDICT))
                                .collect(Collectors.toList()));
            }
            assertEquals(2, providers.tried.get(), "asked once, on both ports");
        }
    }
}
