package org.postern.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;

class ExemptionReaderTest {
    private static final Instant NOW = Instant.parse("2026-03-01T08:00:00Z");
    private static final String UNTIL = "2026-09-01T00:00:00Z";
    private static final String HEAD = "id,subscriber,until,reason\n";

    private static ExemptionReading read(
            InputStream in, FileFormat format, int most, Exemption... present) {
        ExemptionReading reading = new ExemptionReading(most);
        Map<String, Exemption> there =
                Stream.of(present).collect(Collectors.toMap(Exemption::id, e -> e));
        try {
            reading.read(
                    in,
                    format,
                    new ExemptionForm(Infrastructure.EMPTY, there, NOW, "ada", reading));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        return reading;
    }

    private static ExemptionReading csv(String text, Exemption... present) {
        return read(bytes(text), FileFormat.CSV, 100, present);
    }

    private static ExemptionReading json(String text) {
        return read(bytes(text.replace('\'', '"')), FileFormat.JSON, 100);
    }

    private static InputStream bytes(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> told(ExemptionReading reading) {
        assertEquals(List.of(), reading.exemptions());
        return reading.faults().stream().map(Fault::toString).collect(Collectors.toList());
    }

    private static String fault(ExemptionReading reading) {
        assertEquals(1, reading.faultCount(), reading.faults().toString());
        return told(reading).get(0);
    }

    private static Exemption only(ExemptionReading reading) {
        assertEquals(List.of(), reading.faults());
        assertEquals(1, reading.exemptions().size());
        return reading.exemptions().get(0);
    }

    @Test
    void anExemptionIsReadWithAllThatItHas() {
        Exemption wanted =
                Exemption.builder("e1")
                        .subscriber("shop")
                        .destination(IpPrefix.valueOf("192.0.2.25/32"))
                        .destination(IpPrefix.valueOf("2001:db8::25/128"))
                        .from(Instant.parse("2026-04-01T00:00:00Z"))
                        .until(Instant.parse(UNTIL))
                        .reason("own mail server, \"big\"")
                        .ticket("HD-4711")
                        .note("useCase", "newsletters")
                        .note("reviewDate", "2026-08-01")
                        .by("ada")
                        .build();
        assertEquals(
                wanted,
                only(
                        csv(
                                "ID,Subscriber,destinations,from,until,reason,ticket,by,usecase,reviewDate\r\n"
                                        + "e1,shop,192.0.2.25/32 2001:db8::25/128,2026-04-01T00:00:00Z,"
                                        + UNTIL
                                        + ",\"own mail server, \"\"big\"\"\",HD-4711,somebody,newsletters,"
                                        + "2026-08-01\r\n")));
        assertEquals(
                wanted,
                only(
                        json(
                                "[{'id':'e1','subscriber':'shop','destinations':['192.0.2.25/32',"
                                        + "'2001:db8::25/128'],'from':'2026-04-01T00:00:00Z','until':'"
                                        + UNTIL
                                        + "','reason':'own mail server, \\'big\\'','ticket':'HD-4711',"
                                        + "'by':'somebody','checklist':{'useCase':'newsletters',"
                                        + "'reviewDate':'2026-08-01'}}]")));
    }

    @Test
    void oneThatDoesNotSayWhenItBeginsBeginsNowOrWhenItDidAlready() {
        String row = HEAD + "e1,shop," + UNTIL + ",x\n";
        Exemption first = only(csv(row));
        assertEquals(NOW, first.from());
        assertTrue(first.isOfAllMail());
        Exemption older =
                first.toBuilder().from(NOW.minusSeconds(60)).reason("y").by("bea").build();
        assertEquals(NOW.minusSeconds(60), only(csv(row, older)).from());
        assertEquals("ada", only(csv(row, older)).by());
        // the same is no order of somebody else's
        Exemption same = first.toBuilder().by("bea").build();
        assertEquals("bea", only(csv(row, same)).by());
    }

    @Test
    void whatIsWrongIsToldByLineFieldAndValue() {
        String until = UNTIL + ",x\n";
        assertEquals(
                List.of(
                        "line 2: field \"id\": exemption id \"-1\" is malformed: use 1 to 64 letters, digits and . _ @"
                                + " : -, a letter or digit first",
                        "line 3: field \"subscriber\": subscriber \"no body\" is refused: give the id of a subscriber",
                        "line 4: field \"until\": \"tomorrow\" is no moment in UTC such as 2027-01-31T12:00:00Z",
                        "line 5: field \"reason\" is missing",
                        "line 6: field \"id\": id \"e3\" is in line 4 already: give it to one only",
                        "line 7: it has 3 cells, but 4 columns are named: put what contains a comma in quotation"
                                + " marks",
                        "line 8: field \"until\": exemption e8: until \"2026-03-01T07:00:00Z\" is refused: it has to"
                                + " be later than from, 2026-03-01T08:00:00Z"),
                told(
                        csv(
                                HEAD
                                        + "-1,shop,"
                                        + until
                                        + "e2,no body,"
                                        + until
                                        + "e3,shop,tomorrow,x\n"
                                        + "e4,shop,"
                                        + UNTIL
                                        + ",\n"
                                        + "e3,shop,"
                                        + until
                                        + "e7,shop,"
                                        + UNTIL
                                        + "\n"
                                        + "e8,shop,2026-03-01T07:00:00Z,x\n")));
    }

    @Test
    void destinationsClassesAndNotesAreAsStrictAsWithAnOrder() {
        String head = "id,subscriber,until,reason,destinations,class,reviewDate\n";
        String row = "e1,shop," + UNTIL + ",x,";
        assertTrue(fault(csv(head + row + "10.0.0.0/40,,\n")).contains("\"destinations[0]\""));
        assertTrue(fault(csv(head + row + "0.0.0.0/0,,\n")).contains("length"));
        assertTrue(fault(csv(head + row + "127.0.0.1/32,,\n")).contains("loopback"));
        assertEquals(
                "line 2: field \"destinations[1]\": \"192.0.2.1/32\" is there twice: give it once",
                fault(csv(head + row + "192.0.2.1/32;192.0.2.1/32,,\n")));
        assertTrue(fault(csv(head + row + ",gold,\n")).contains("class \"gold\""));
        assertTrue(fault(csv(head + row + "192.0.2.1/32,business,\n")).contains("not both"));
        assertTrue(fault(csv(head + row + ",,soon\n")).contains("give a date"));
        String many =
                IntStream.range(0, 65)
                        .mapToObj(i -> "192.0.2." + i + "/32")
                        .collect(Collectors.joining(" "));
        assertTrue(fault(csv(head + row + many + ",,\n")).contains("at most 64"));
    }

    @Test
    void columnsMustBeKnownThereOnceAndAllThatAreNeeded() {
        assertTrue(
                fault(csv("id,subscriber,until,reason,state\n")).contains("\"state\" is unknown"));
        assertTrue(fault(csv("id,subscriber,until,reason,ID\n")).contains("\"id\" is there twice"));
        assertTrue(fault(csv("id,subscriber\nx,y\n")).contains("\"until\" is missing"));
        assertTrue(fault(csv("")).contains("the file is empty"));
        assertTrue(fault(csv(HEAD)).contains("at least one exemption"));
    }

    @Test
    void jsonIsReadStrictlyAndPointedTo() {
        String good = "'id':'e1','subscriber':'shop','until':'" + UNTIL + "','reason':'x'";
        for (String[] bad :
                new String[][] {
                    {"{" + good + ",'nick':'x'}", "/0"},
                    {"{" + good + ",'id':'e2'}", "/0"},
                    {"{" + good + ",'class':null}", "/0/class"},
                    {"{" + good + ",'destinations':'192.0.2.1/32'}", "/0/destinations"},
                    {"{" + good + ",'destinations':['192.0.2.1/32',7]}", "/0/destinations/1"},
                    {"{" + good + ",'checklist':[]}", "/0/checklist"},
                    {"{" + good + ",'checklist':{'color':'red'}}", "/0/checklist"},
                    {"{" + good + ",'checklist':{'useCase':7}}", "/0/checklist/useCase"},
                    {"{" + good + ",'checklist':{'spf':'a','spf':'b'}}", "/0/checklist/spf"},
                    {"{" + good + ",'checklist':{'reviewDate':'soon'}}", "/0/checklist/reviewDate"},
                    {"{" + good + "},{" + good + "}", "/1/id"},
                    {"7", "/0"}
                }) {
            ExemptionReading reading = json("[" + bad[0] + "]");
            assertEquals(1, reading.faultCount(), bad[0] + reading.faults());
            assertEquals(bad[1], reading.faults().get(0).pointer().orElse(""), bad[0]);
        }
        assertTrue(fault(json("[{'id'")).contains(", exemption [0]: this is not JSON"));
    }

    @Test
    void hostileFilesEndWhereTheyPassWhatIsRead() {
        ExemptionReading many =
                read(
                        bytes(
                                HEAD
                                        + IntStream.range(0, 9)
                                                .mapToObj(i -> "e" + i + ",shop," + UNTIL + ",x\n")
                                                .collect(Collectors.joining())),
                        FileFormat.CSV,
                        5);
        assertEquals(
                "line 7: this is exemption 6, and a file may have 5; the rest was not read: make several files of it",
                fault(many));
        InputStream endless =
                new SequenceInputStream(
                        bytes(HEAD),
                        new InputStream() {
                            @Override
                            public int read() {
                                return 'x';
                            }
                        });
        assertTrue(fault(read(endless, FileFormat.CSV, 5)).contains("65536 characters"));
        InputStream latin =
                new ByteArrayInputStream(
                        (HEAD + "e1,shop," + UNTIL + ",für\n")
                                .getBytes(StandardCharsets.ISO_8859_1));
        assertTrue(fault(read(latin, FileFormat.CSV, 5)).contains("UTF-8"));
        assertEquals(
                Set.of(2L, 3L),
                csv(HEAD + "e1,shop," + UNTIL + ",\"x\ne2,shop," + UNTIL + ",\"y\n")
                        .faults()
                        .stream()
                        .map(Fault::line)
                        .collect(Collectors.toSet()));
        String long200 = String.join("", Collections.nCopies(201, "y"));
        assertTrue(fault(csv(HEAD + "e1,shop," + UNTIL + "," + long200 + "\n")).contains("200"));
        assertTrue(
                fault(
                                json(
                                        "[{'id':'e1','subscriber':'shop','until':'"
                                                + UNTIL
                                                + "','reason':'a\\nb'}]"))
                        .contains("one line"));
    }
}
