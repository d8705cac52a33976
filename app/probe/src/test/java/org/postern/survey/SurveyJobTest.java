package org.postern.survey;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.postern.dns.FakeDns;
import org.postern.probe.ProbeOptions;
import org.postern.probe.Providers;
import org.postern.probe.Verdict;
import org.xbill.DNS.Rcode;

/** Surveys of simulated providers. */
@Timeout(120)
class SurveyJobTest {
    /** Providers of every kind, those of 2005 among them, and names that mean harm. */
    private static final String EVERY_KIND =
            "provider,host,note\r\n"
                    + "1and1,enforced.example,\r\n"
                    + "Interland,rcpt.example\r\n"
                    + "ThePlanet,clear.example\r\n"
                    + "EV1,silent.example\r\n"
                    + "Yahoo! Domains,mute.example\r\n"
                    + "GoDaddy,firewalled.example,\"asked, but\"\r\n"
                    + "Verio,local.example\r\n"
                    + "=cmd|calc,relay.example,@SUM(A1)\r\n"
                    + "<script>alert(1)</script> & Co,tls.example\r\n"
                    + "# nobody\r\n"
                    + "\r\n"
                    + "Shut,closed.example\r\n"
                    + "Broken,badtls.example\r\n"
                    + "Blocking,blocked.example\r\n"
                    + "Gone,none.example\r\n";

    @TempDir private Path folder;
    private Providers providers;
    private SurveyResult found;
    private final List<String> progress = new ArrayList<>();

    @AfterEach
    void close() throws IOException {
        if (providers != null) {
            providers.close();
        }
        if (found != null) {
            found.close();
        }
    }

    private Path file(String text) throws IOException {
        return Files.writeString(folder.resolve("providers.csv"), text);
    }

    private SurveyJob job() {
        return new SurveyJob(folder.resolve("providers.csv"))
                .options(new ProbeOptions().limits(Providers.limits()));
    }

    private Path path(String name) {
        return folder.resolve(name);
    }

    /** Closes what was found before: it holds the journal. */
    private SurveyResult run(SurveyJob job) throws Exception {
        if (found != null) {
            found.close();
        }
        found = job.run(providers.probe(), progress::add);
        return found;
    }

    private static List<Row> rows(SurveyResult result) {
        return result.rows().collect(Collectors.toList());
    }

    private static Map<String, String> column(SurveyResult result, String column) {
        Map<String, String> cells = new LinkedHashMap<>();
        rows(result).forEach(row -> cells.put(row.cell(Row.HOST), row.cell(column)));
        return cells;
    }

    private SurveyResult everyKind(SurveyJob job) throws Exception {
        providers = Providers.ofEachKind();
        file(EVERY_KIND);
        return run(job);
    }

    @Test
    void everyKindOfAnswerIsTold() throws Exception {
        SurveyResult result = everyKind(job());
        Map<String, String> verdicts = column(result, Row.VERDICT);
        assertEquals(
                "{enforced.example=enforced, rcpt.example=enforced-at-rcpt, clear.example=auth-in-clear,"
                        + " silent.example=filtered, mute.example=no-banner, firewalled.example=filtered,"
                        + " local.example=local-unauth, relay.example=relay-suspected, tls.example=tls-required-only,"
                        + " closed.example=closed, badtls.example=tls-failure, blocked.example=inconclusive,"
                        + " none.example=no-such-host}",
                verdicts.toString());
        // the two that only a domain can have are told below
        assertEquals(Verdict.values().length - 2, new TreeSet<>(verdicts.values()).size());
        // the server listens, but 587 is not let through; that is told from no response at all
        assertEquals("enforced", column(result, Row.SUBMISSIONS).get("firewalled.example"));
        assertEquals("filtered", column(result, Row.SUBMISSIONS).get("silent.example"));
        Row good = rows(result).get(0);
        assertEquals("yes", good.cell("STARTTLS"));
        assertEquals("TLSv1.3", good.cell("TLS"));
        assertTrue(good.cell("certificate").startsWith("not valid: not for enforced.example"));
        assertEquals("none", good.cell("AUTH before TLS"));
        assertEquals("PLAIN LOGIN", good.cell("AUTH after TLS"));
        assertEquals("530 5.7.0", good.cell("MAIL code"));
        assertEquals("", good.cell("RCPT code"));
        assertEquals("554 5.7.1", rows(result).get(1).cell("RCPT code"));
        assertTrue(good.cell("checked at").matches("20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ"));
        assertTrue(good.cell(Row.TRANSCRIPT).contains("client: MAIL FROM:<>"));
        assertEquals("yes", good.cell(Row.IN_2005));
        assertTrue(progress.get(progress.size() - 1).startsWith("asked 13 of 13: "));
    }

    @Test
    void providerGivenByItsDomainIsLookedUp() throws Exception {
        providers = Providers.ofEachKind();
        providers.submissionsOn("odd.example", 2465);
        file(
                "provider,domain,host,note\n"
                        + "Whole,isp.example\n"
                        + "Split,split.example,,two servers\n"
                        + "None,plain.example\n"
                        + "No,not.example\n"
                        + "Unknown,fails.example\n"
                        + "Host,,enforced.example\n");
        try (FakeDns dns = new FakeDns()) {
            for (String host : List.of("enforced.example", "rcpt.example", "odd.example")) {
                dns.has(host + " A " + providers.addressOf(host).getHostAddress());
            }
            dns.has(
                    "_submission._tcp.isp.example SRV 0 0 587 enforced.example.",
                    "_submissions._tcp.isp.example SRV 0 0 465 enforced.example.",
                    "_submission._tcp.split.example SRV 0 0 587 rcpt.example.",
                    "_submissions._tcp.split.example SRV 0 0 2465 odd.example.",
                    "plain.example MX 10 mx.plain.example.",
                    "_submission._tcp.not.example SRV 0 0 0 .",
                    "not.example MX 0 .");
            dns.fails("_submission._tcp.fails.example", Rcode.SERVFAIL);
            SurveyJob job = job().dnsServer(dns.server()).output("json", path("out.json"));
            SurveyResult result = run(job);
            assertEquals(
                    List.of(
                            "Whole isp.example enforced.example IPv4: enforced, enforced: enforced",
                            "Split split.example rcpt.example IPv4: enforced-at-rcpt, : enforced-at-rcpt",
                            "Split split.example odd.example IPv4: , enforced (port 2465): enforced",
                            "None plain.example: not-announced, not-announced: not-announced",
                            "No not.example: not-offered, not-announced: not-offered",
                            "Unknown fails.example: inconclusive, no-such-host: inconclusive",
                            "Host enforced.example IPv4: enforced, enforced: enforced"),
                    result.rows()
                            .map(
                                    r ->
                                            r.key()
                                                    + ": "
                                                    + r.cell(Row.SUBMISSION)
                                                    + ", "
                                                    + r.cell(Row.SUBMISSIONS)
                                                    + ": "
                                                    + r.cell(Row.VERDICT))
                            .collect(Collectors.toList()));
            assertTrue(rows(result).get(3).cell(Row.TRANSCRIPT).contains("mx.plain.example (MX)"));
            assertTrue(
                    rows(result)
                            .get(0)
                            .cell(Row.TRANSCRIPT)
                            .contains("SRV 0 0 587 enforced.example.; "));
            String table = result.table();
            table.lines().forEach(line -> assertTrue(line.length() <= 80, line));
            assertTrue(table.contains("domain isp.example"), table);
            int tried = providers.tried.get();
            SurveyResult again =
                    run(job().dnsServer(dns.server()).compare(path("out.json").toString()));
            assertEquals(List.of(), again.changes());
            assertEquals(tried, providers.tried.get(), "the journal knows domains");
        }
        assertThrows(IllegalArgumentException.class, () -> job().dnsServer("ns.example"));
    }

    @Test
    void tableFitsTheTerminalAndCutsNothingOff() throws Exception {
        String table = everyKind(job().compare("2005")).table();
        table.lines().forEach(line -> assertTrue(line.length() <= 80, line));
        String plain = table.replaceAll("\\s+", " ");
        assertTrue(plain.contains("GoDaddy firewalled.example IPv4 filtered enforced"), table);
        assertTrue(plain.contains("2005 most server plans: some by default"), table);
        assertTrue(
                plain.contains("EV1: in 2005 no response; now silent.example IPv4: filtered"),
                table);
    }

    @Test
    void filesAreWholeAndHarmless() throws Exception {
        everyKind(
                job().output("csv", path("out.csv"))
                        .output("html", path("out.html"))
                        .output("json", path("out.json")));
        List<CSVRecord> lines;
        try (CSVParser parser =
                CSVParser.parse(path("out.csv"), StandardCharsets.UTF_8, CSVFormat.RFC4180)) {
            lines = parser.getRecords();
        }
        assertEquals(14, lines.size());
        lines.forEach(line -> assertEquals(Row.COLUMNS.size(), line.size()));
        for (CSVRecord line : lines) {
            line.forEach(cell -> assertFalse(cell.matches("(?s)[=+@\\t\\r-].*"), cell));
        }
        assertEquals("'=cmd|calc", lines.get(8).get(0));
        assertEquals("'@SUM(A1)", lines.get(8).get(Row.COLUMNS.indexOf("note")));
        String html = Files.readString(path("out.html"));
        assertFalse(html.contains("<script"), "what servers and files say is text");
        assertTrue(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; Co"));
        assertFalse(html.matches("(?s).*(?:src|href)=.*"), "self-contained");
        JsonNode json = new ObjectMapper().readTree(path("out.json").toFile());
        assertEquals(13, json.get("providers").size());
        assertEquals(4, Files.list(folder).filter(f -> !f.toString().endsWith(".journal")).count());
    }

    @Test
    void nothingIsOverwrittenAndNobodyAskedForNothing() throws Exception {
        providers = Providers.ofEachKind();
        file(EVERY_KIND);
        Files.writeString(path("out.csv"), "mine");
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> run(job().output("csv", path("out.csv"))))
                        .getMessage();
        assertTrue(message.contains("exists: name a new file"), message);
        assertThrows(
                IllegalArgumentException.class,
                () -> run(job().output("csv", path("nowhere").resolve("out.csv"))));
        Path victim = Files.writeString(path("victim"), "{\"a\": 1}");
        assertThrows(IllegalArgumentException.class, () -> run(job().journal(victim).again(true)));
        assertEquals("{\"a\": 1}", Files.readString(victim));
        Files.createSymbolicLink(path("link"), victim);
        assertThrows(IllegalArgumentException.class, () -> run(job().journal(path("link"))));
        assertThrows(IllegalArgumentException.class, () -> run(job().compare("2004")));
        assertThrows(IllegalArgumentException.class, () -> job().parallel(129));
        assertThrows(IllegalArgumentException.class, () -> job().parallel(0));
        assertEquals(0, providers.tried.get());
        assertEquals("mine", Files.readString(path("out.csv")));
    }

    @Test
    void surveyThatWasBrokenOffGoesOn() throws Exception {
        everyKind(job());
        int all = providers.tried.get();
        run(job());
        assertEquals(all, providers.tried.get(), "all is known");
        assertEquals("13 of 13 known already", progress.get(progress.size() - 1));
        Path journal = path("providers.csv.journal");
        byte[] whole = Files.readAllBytes(journal);
        Files.write(journal, Arrays.copyOf(whole, whole.length - 10));
        SurveyResult result = run(job());
        assertEquals(13, result.rows().count());
        assertTrue(progress.contains("12 of 13 known already"));
        assertEquals(13, Files.readAllLines(journal).size());
        int before = providers.tried.get();
        run(job().again(true));
        assertEquals(before + all, providers.tried.get(), "everybody was asked again");
        assertEquals(13, Files.readAllLines(journal).size());
    }

    @Test
    void listThatIsGivenIsKeptInMemoryOnly() throws Exception {
        Map<String, String> fromFile = column(everyKind(job()), Row.VERDICT);
        SurveyJob job =
                new SurveyJob(TargetFile.ofCsv(EVERY_KIND.getBytes(StandardCharsets.UTF_8), 13))
                        .options(new ProbeOptions().limits(Providers.limits()));
        assertEquals(0, job.soFar().size());
        SurveyResult result = run(job);
        assertEquals(13, result.size());
        assertEquals(13, job.soFar().size());
        assertEquals(fromFile, column(result, Row.VERDICT));
        StringWriter json = new StringWriter();
        result.writeJson(json);
        assertEquals(13, new ObjectMapper().readTree(json.toString()).get("providers").size());
        assertEquals(
                List.of("providers.csv", "providers.csv.journal"),
                Files.list(folder)
                        .map(path -> path.getFileName().toString())
                        .sorted()
                        .collect(Collectors.toList()));
        assertThrows(
                FaultyTargetsException.class,
                () -> TargetFile.ofCsv(EVERY_KIND.getBytes(StandardCharsets.UTF_8), 12));
    }

    @Test
    void journalThatIsSpoiledInItsMiddleIsRefused() throws Exception {
        everyKind(job());
        Path journal = path("providers.csv.journal");
        String text = Files.readString(journal);
        Files.writeString(journal, text.replaceFirst("\n", " x\n"));
        String message =
                assertThrows(IllegalArgumentException.class, () -> run(job())).getMessage();
        assertTrue(message.contains("line 1"), message);
    }

    @Test
    void changesSinceAnEarlierSurveyAreTold() throws Exception {
        everyKind(job().output("json", path("earlier.json")));
        providers.close();
        providers = Providers.ofEachKind();
        file(
                "1and1,enforced.example\nInterland,rcpt.example\nNew,relay.example\nGone,none.example\n");
        SurveyResult same = run(job().compare(path("earlier.json").toString()));
        assertTrue(
                same.changes()
                        .contains(
                                "New relay.example IPv4: new: relay-suspected (587 relay-suspected, 465 closed)"),
                same.changes().toString());
        assertTrue(
                same.changes()
                        .contains(
                                "Verio local.example IPv4: not asked now, was local-unauth (587 local-unauth, 465 closed)"));
        assertTrue(
                same.changes().stream()
                        .noneMatch(c -> c.startsWith("1and1") || c.startsWith("Interland")));
        Files.writeString(
                path("earlier.json"),
                Files.readString(path("earlier.json"))
                        .replaceFirst("\"verdict\":\"enforced\"", "\"verdict\":\"closed\""));
        SurveyResult other = run(job().compare(path("earlier.json").toString()));
        assertTrue(
                other.changes().contains("1and1 enforced.example IPv4: 587 enforced, was closed"),
                other.changes().toString());
    }

    @Test
    void surveyOf2005IsWholeAndWordForWord() {
        assertEquals(
                "[1and1, Interland, ThePlanet, EV1, Yahoo! Domains, GoDaddy, Verio]",
                Earlier.providersOf2005().toString());
        assertEquals("yes", Earlier.in2005("1and1"));
        assertEquals(
                "yes: not just a fallback, its documents tell users to use 587",
                Earlier.in2005("Interland"));
        assertEquals("not by default: never asked for", Earlier.in2005("The Planet"));
        assertEquals("no response", Earlier.in2005("EV1"));
        assertEquals(
                "no response: mail believed managed by SBC, which supports 587 on its own accounts",
                Earlier.in2005("Yahoo! Domains"));
        assertEquals("no response", Earlier.in2005("godaddy"));
        assertEquals(
                "most server plans: some by default, dedicated customers choose, and as a business ISP it does not"
                        + " block port 25",
                Earlier.in2005("Verio"));
        assertEquals("", Earlier.in2005("Nobody"));
    }

    @Test
    void soManyAreAskedAtOnceAndNoMore() throws Exception {
        providers = new Providers();
        CountDownLatch three = new CountDownLatch(3);
        AtomicInteger now = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        StringBuilder lines = new StringBuilder();
        for (int i = 0; i < 7; i++) {
            lines.append("P").append(i).append(",h").append(i).append(".example\n");
            providers.hostThatWaits(
                    "h" + i + ".example",
                    () -> {
                        most.accumulateAndGet(now.incrementAndGet(), Math::max);
                        three.countDown();
                        try {
                            three.await();
                        } catch (InterruptedException e) {
                            throw new IllegalStateException(e);
                        }
                        now.decrementAndGet();
                    });
        }
        file(lines.toString());
        SurveyJob job = new SurveyJob(folder.resolve("providers.csv")).parallel(3);
        assertEquals(7, run(job).rows().count());
        assertEquals(3, most.get());
    }

    @Test
    void operatorWhoInterruptsIsObeyedAndOneJournalHasOneSurvey() throws Exception {
        providers = new Providers();
        CountDownLatch connected = new CountDownLatch(1);
        CountDownLatch never = new CountDownLatch(1);
        providers.hostThatWaits(
                "slow.example",
                () -> {
                    connected.countDown();
                    try {
                        never.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                });
        file("Slow,slow.example\n");
        AtomicReference<Throwable> ended = new AtomicReference<>();
        Thread thread =
                new Thread(
                        () -> {
                            try {
                                new SurveyJob(path("providers.csv"))
                                        .run(providers.probe(), progress::add);
                            } catch (Throwable e) {
                                ended.set(e);
                            }
                        });
        thread.start();
        connected.await();
        assertThrows(IllegalStateException.class, () -> run(job()));
        thread.interrupt();
        thread.join();
        never.countDown();
        assertTrue(ended.get() instanceof InterruptedException, String.valueOf(ended.get()));
        assertEquals("enforced", rows(run(job())).get(0).cell(Row.VERDICT));
    }
}
