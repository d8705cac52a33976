package org.postern.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Subscriber;

class SubscriberReaderTest {
    private static final String S1 = "of:0000000000000001";
    private static final String HEAD = "id,class,attachments,prefixes,macs,mode\n";
    private static final String ROW = "r1,residential," + S1 + "/1,,,\n";
    private static final String OBJECT = "{\"id\": \"r1\", \"attachments\": [\"" + S1 + "/1\"]}";

    private static Reading read(InputStream in, FileFormat format) {
        return read(in, format, ProvisioningManager.SUBSCRIBERS_PER_FILE_DEFAULT);
    }

    private static Reading read(InputStream in, FileFormat format, int most) {
        try {
            return SubscriberReader.read(in, format, Infrastructure.EMPTY, most);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static Reading csv(String text) {
        return csv(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Reading csv(byte[] bytes) {
        return read(new ByteArrayInputStream(bytes), FileFormat.CSV);
    }

    private static Reading json(String text) {
        return json(text.getBytes(StandardCharsets.UTF_8));
    }

    private static Reading json(byte[] bytes) {
        return read(new ByteArrayInputStream(bytes), FileFormat.JSON);
    }

    private static List<Subscriber> good(Reading reading) {
        assertEquals(List.of(), told(reading));
        return reading.subscribers();
    }

    private static List<String> told(Reading reading) {
        return reading.faults().stream().map(Fault::toString).collect(Collectors.toList());
    }

    /** The only thing that is wrong. */
    private static String fault(Reading reading) {
        assertEquals(1, reading.faultCount(), told(reading).toString());
        assertEquals(List.of(), reading.subscribers());
        String told = told(reading).get(0);
        assertEquals(1, told.lines().count(), told);
        return told;
    }

    @Test
    void bothFormatsSayTheSame() {
        List<Subscriber> fromCsv =
                good(
                        csv(
                                "id,class,attachments,prefixes,macs,mode\r\n"
                                        + "shop,business,"
                                        + S1
                                        + "/3 "
                                        + S1
                                        + "/4/100,10.64.1.7/32;2001:db8::/64,02:64:00:00:00:07,monitor\r\n"
                                        + "r1,,\""
                                        + S1
                                        + "/1\",,,"));
        List<Subscriber> fromJson =
                good(
                        json(
                                "[{\"id\": \"shop\", \"class\": \"business\", \"mode\": \"monitor\","
                                        + "\"attachments\": [\""
                                        + S1
                                        + "/3\", \""
                                        + S1
                                        + "/4/100\"],"
                                        + "\"prefixes\": [\"10.64.1.7/32\", \"2001:db8::/64\"],"
                                        + "\"macs\": [\"02:64:00:00:00:07\"]},\n"
                                        + OBJECT
                                        + "]"));
        assertEquals(fromJson, fromCsv);
        assertEquals(2, fromCsv.get(0).attachments().size());
        assertEquals(Mode.MONITOR, fromCsv.get(0).mode());
        assertEquals("residential", fromCsv.get(1).serviceClass());
        assertEquals(Mode.ENFORCE, fromCsv.get(1).mode());
    }

    @Test
    void columnsMayComeInAnyOrderAndMostMayBeMissing() {
        List<Subscriber> all = good(csv("Attachments , ID\n\n " + S1 + "/1 ,\tr1\n\n"));
        assertEquals("r1", all.get(0).id());
        assertEquals(1, all.get(0).attachments().size());
    }

    @Test
    void aMarkOfUtf8IsNoPartOfTheText() {
        assertEquals("r1", good(csv("\uFEFF" + HEAD + ROW)).get(0).id());
        assertEquals("r1", good(json("\uFEFF[" + OBJECT + "]")).get(0).id());
    }

    @Test
    void everythingThatIsWrongIsToldWithItsLineFieldAndValue() {
        Reading reading =
                csv(
                        HEAD
                                + "r1,gold,nowhere,10.0.0.1/8,zz,watch\n"
                                + "good,residential,"
                                + S1
                                + "/2,,,\n"
                                + "-r3,residential,"
                                + S1
                                + "/3,,,enforce\n");
        assertEquals(
                List.of("class", "attachments[0]", "prefixes[0]", "macs[0]", "mode", "id"),
                reading.faults().stream()
                        .map(f -> f.field().orElse(""))
                        .collect(Collectors.toList()));
        assertEquals(
                List.of(2L, 2L, 2L, 2L, 2L, 4L),
                reading.faults().stream().map(Fault::line).collect(Collectors.toList()));
        assertEquals("gold", reading.faults().get(0).value().get());
        assertEquals("-r3", reading.faults().get(5).value().get());
        assertTrue(told(reading).get(0).startsWith("line 2: field \"class\": "));
        assertTrue(told(reading).get(0).contains("\"gold\""));
        assertEquals(List.of(), reading.subscribers());
        assertEquals(
                "{\"line\":4,\"field\":\"id\",\"value\":\"-r3\"",
                reading.faults().get(5).toJson().toString().substring(0, 36));
    }

    @Test
    void jsonGoesOnBehindWhatIsWrongToo() {
        Reading reading =
                json(
                        "[{\"id\": 7, \"attachments\": [{\"deep\": [[1]]}, \""
                                + S1
                                + "/1\"]},\n\"r2\",\n"
                                + "{\"id\": \"r3\", \"colour\": {\"a\": [1]}, \"attachments\": [\""
                                + S1
                                + "/3\"]},\n"
                                + "{\"id\": \"r4\", \"attachments\": []}]");
        assertEquals(
                List.of(1L, 1L, 1L, 2L, 3L, 4L),
                reading.faults().stream().map(Fault::line).collect(Collectors.toList()),
                told(reading).toString());
    }

    @Test
    void aHundredFaultsAreToldAndAllAreCounted() {
        Reading reading =
                csv(
                        HEAD
                                + IntStream.range(0, 5_000)
                                        .mapToObj(i -> "r" + i + ",gold," + S1 + "/1,,,\n")
                                        .collect(Collectors.joining()));
        assertEquals(Reading.MOST_FAULTS, reading.faults().size());
        assertEquals(5_000, reading.faultCount());
        assertEquals(101, reading.faults().get(99).line());
    }

    @Test
    void whatIsOnesOnlyIsNotGivenToTwo() {
        String other = S1 + "/9";
        String[][] pairs = {
            {"r1,," + other + ",,,", "id \"r1\""},
            {"r2,," + S1 + "/1,,,", "attachment \"" + S1 + "/1\""},
            {"r2,," + other + ",10.64.0.1/32,,", "prefix \"10.64.0.1/32\""},
            {"r2,," + other + ",,02:64:00:00:00:01,", "MAC \"02:64:00:00:00:01\""}
        };
        String first = "r1,," + S1 + "/1,10.64.0.1/32,02:64:00:00:00:01,\n";
        for (String[] pair : pairs) {
            String told = fault(csv(HEAD + first + "\n" + pair[0] + "\n"));
            assertTrue(told.startsWith("line 4: "), told);
            assertTrue(told.contains(pair[1] + " is subscriber r1's (line 2) already"), told);
        }
        assertEquals(2, good(csv(HEAD + first + "r2,," + other + ",,,")).size());
    }

    @Test
    void aQuotationMarkThatIsNotClosedSpoilsItsLineOnly() {
        String told =
                fault(
                        csv(
                                HEAD
                                        + "r1,\"residential,"
                                        + S1
                                        + "/1,,,\nr2,,"
                                        + S1
                                        + "/2,,,\nr3,,"
                                        + S1
                                        + "/3,,,\n"));
        assertTrue(told.startsWith("line 2: a quotation mark is not closed"), told);
        assertTrue(fault(csv(HEAD + "\"r1\"x,," + S1 + "/1,,,")).contains("something follows"));
    }

    static Stream<Arguments> badCsv() {
        return Stream.of(
                bad("", "line 1", "empty", "id,class"),
                bad("\n\n", "empty"),
                bad(HEAD, "no line but that of the columns"),
                bad("r1,residential,x\n" + ROW, "line 1", "column \"r1\" is unknown"),
                bad("id;class;attachments\n" + ROW, "unknown", "with commas between"),
                bad("id,attachments,id\n" + ROW, "column \"id\" is there twice"),
                bad("id,class\nr1,residential\n", "column \"attachments\" is missing"),
                bad("attachments\nx\n", "column \"id\" is missing"),
                bad("id,\"attachments\nr1,x\n", "line 1", "quotation mark"),
                bad(HEAD + "r1," + S1 + "/1\n", "line 2", "2 cells, but 6"),
                bad(HEAD + "r1,,of:1/1,2,,,\n", "line 2", "7 cells, but 6", "comma"),
                bad(HEAD + ",," + S1 + "/1,,,\n", "line 2", "\"id\" is missing"),
                bad(HEAD + "r1,,,,,\n", "line 2", "r1", "no attachment"),
                bad(HEAD + "r1,," + S1 + "/1 " + S1 + "/1,,,\n", "attachments[1]", "there twice"),
                bad(HEAD + "=cmd|'/c calc'!A0,," + S1 + "/1,,,\n", "field \"id\"", "malformed"),
                bad(HEAD + "r1\u0000,," + S1 + "/1,,,\n", "line 2", "NUL"),
                bad(HEAD + "r1\r" + ROW, "line 2"));
    }

    private static Arguments bad(String text, String... named) {
        return Arguments.of(text, List.of(named));
    }

    @ParameterizedTest
    @MethodSource("badCsv")
    void badCsvIsRefusedWithThePlaceAndTheReason(String text, List<String> named) {
        Reading reading = csv(text);
        assertEquals(List.of(), reading.subscribers());
        String told = String.join("\n", told(reading));
        named.forEach(name -> assertTrue(told.contains(name), told));
    }

    @ParameterizedTest
    @ValueSource(strings = {"UTF-16", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE"})
    void otherEncodingsAreRefusedByName(String encoding) {
        Charset charset = Charset.forName(encoding);
        for (Reading reading :
                List.of(
                        csv((HEAD + ROW).getBytes(charset)),
                        json(("[" + OBJECT + "]").getBytes(charset)),
                        csv(("\uFEFF" + HEAD + ROW).getBytes(charset)))) {
            String told = fault(reading);
            assertTrue(told.contains("UTF-16"), told);
            assertTrue(told.contains("save the file as UTF-8"), told);
        }
    }

    @Test
    void whatIsNotUtf8IsRefusedInItsLine() {
        byte[] latin =
                (HEAD + ROW + "r2,Gesch\u00e4ft," + S1 + "/2,,,\n")
                        .getBytes(StandardCharsets.ISO_8859_1);
        String told = fault(csv(latin));
        assertTrue(told.startsWith("line 3: it is not UTF-8"), told);
        byte[][] forms = {
            {(byte) 0xff}, // never
            {(byte) 0xc0, (byte) 0x80}, // NUL, overlong
            {(byte) 0xed, (byte) 0xa0, (byte) 0x80}, // a surrogate
            {(byte) 0xf8, (byte) 0x88, (byte) 0x80, (byte) 0x80, (byte) 0x80}, // five bytes
            {(byte) 0xe2, (byte) 0x82} // cut
        };
        for (byte[] form : forms) {
            byte[] begun = "[\n {\"id\": \"".getBytes(StandardCharsets.UTF_8);
            byte[] all = Arrays.copyOf(begun, begun.length + form.length);
            System.arraycopy(form, 0, all, begun.length, form.length);
            String refused = fault(json(all));
            assertTrue(refused.startsWith("line 2, column "), refused);
            assertTrue(refused.contains("not UTF-8"), refused);
        }
    }

    /** A file that has no end. */
    private static final class Endless extends InputStream {
        private final byte[] begun;
        private final byte[] again;
        private long told;

        private Endless(String begun, String again) {
            this.begun = begun.getBytes(StandardCharsets.UTF_8);
            this.again = again.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public int read() {
            long at = told++;
            return at < begun.length
                    ? begun[(int) at]
                    : again[(int) ((at - begun.length) % again.length)];
        }

        @Override
        public int read(byte[] target, int offset, int length) {
            for (int i = 0; i < length; i++) {
                target[offset + i] = (byte) read();
            }
            return length;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", ",", "\"", " ", "\"\"", "=1+1,"})
    void aLineWithoutEndIsNotReadFor(String again) {
        for (String begun : List.of("", HEAD, HEAD + ROW)) {
            Endless file = new Endless(begun, again);
            assertTrue(fault(read(file, FileFormat.CSV)).contains("more than 65536 characters"));
            assertTrue(file.told < 200_000, file.told + " bytes were read");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x", "[", "{\"a\":", "7", "\\u0041", "\\"})
    void aSubscriberWithoutEndIsNotReadFor(String again) {
        for (String begun : List.of("[", "[{\"id\": \"", "[" + OBJECT + ",{\"mode\": ")) {
            Endless file = new Endless(begun, again);
            Reading reading = read(file, FileFormat.JSON);
            assertTrue(reading.faultCount() > 0);
            assertEquals(List.of(), reading.subscribers());
            assertTrue(file.told < 200_000, file.told + " bytes were read");
        }
    }

    @Test
    void aFileWithoutEndIsReadUpTo64MebibytesOnly() {
        Endless lines = new Endless(HEAD, " ".repeat(1000) + "\n");
        String told = told(read(lines, FileFormat.CSV)).get(0);
        assertTrue(told.contains("too large") && told.contains("64 MiB"), told);
        assertTrue(lines.told <= Utf8Reader.LARGEST + (1 << 20), lines.told + " bytes were read");
        Endless commas = new Endless("[" + OBJECT, "  \n");
        assertTrue(told(read(commas, FileFormat.JSON)).get(0).contains("65536"));
    }

    /** The last of what is wrong, of a file that has no end; little of it was read. */
    private static String endOf(Endless file, FileFormat format, int most) {
        Reading reading = read(file, format, most);
        assertEquals(List.of(), reading.subscribers());
        assertTrue(file.told < 100_000, file.told + " bytes were read");
        List<String> told = told(reading);
        return told.get(told.size() - 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"r1,,of:0000000000000001/1\n", "r1,,x\n", "r1\n", "\n  \n\"\n"})
    void linesAreReadUpToAsManySubscribersAsAFileMayHave(String again) {
        String told = endOf(new Endless("id,class,attachments\n", again), FileFormat.CSV, 30);
        int line = again.startsWith("r1") ? 32 : 1 + 3 * 31;
        assertTrue(told.startsWith("line " + line + ": this is subscriber 31, "), told);
        assertTrue(told.contains("a file may have 30; the rest was not read"), told);
        assertTrue(
                told.endsWith(
                        "raise subscribersPerFile of"
                                + " org.postern.provisioning.ProvisioningManager"),
                told);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"id\": \"r1\"},\n", "{},\n", "7,\n"})
    void objectsAreReadUpToAsManySubscribersAsAFileMayHave(String again) {
        String told = endOf(new Endless("[\n", again), FileFormat.JSON, 30);
        assertTrue(told.startsWith("line 32, column "), told);
        assertTrue(told.contains("this is subscriber 31, and a file may have 30"), told);
    }

    @Test
    void asManySubscribersAsAFileMayHaveAreRead() {
        String rows = ROW + ROW.replace("r1", "r2").replace("/1", "/2");
        byte[] file = (HEAD + rows + "\n \n").getBytes(StandardCharsets.UTF_8);
        assertEquals(2, good(read(new ByteArrayInputStream(file), FileFormat.CSV, 2)).size());
        assertTrue(
                fault(read(new ByteArrayInputStream(file), FileFormat.CSV, 1))
                        .startsWith("line 3: this is subscriber 2, "));
    }

    @Test
    void fewSubscribersWithManyPrefixesAreNotReadForEither() {
        String told =
                endOf(
                        new Endless("attachments,id,prefixes\n", "x,r1,1 2 3 4 5 6 7 8 9\n"),
                        FileFormat.CSV,
                        30);
        // ten a line, and 8 for each of 30 subscribers
        assertTrue(told.startsWith("line 26: more than 240 attachments, prefixes and"), told);
        told = endOf(new Endless("[{\"macs\": [", "\"a\",\n"), FileFormat.JSON, 30);
        assertTrue(told.startsWith("line 241, column "), told);
        assertTrue(told.contains("more than 240 attachments, prefixes and MACs"), told);
    }

    @Test
    void aHundredThousandLinesAreReadAsTheyCome() {
        InputStream lines =
                new InputStream() {
                    private int number = -1;
                    private byte[] line = HEAD.getBytes(StandardCharsets.UTF_8);
                    private int at;

                    @Override
                    public int read() {
                        if (at == line.length) {
                            number++;
                            if (number >= 100_000) {
                                return -1;
                            }
                            String device = String.format("of:%016x", 1 + number / 100);
                            line =
                                    String.format(
                                                    "r%d,residential,%s/%d,10.%d.%d.%d/32,,enforce\n",
                                                    number,
                                                    device,
                                                    1 + number % 100,
                                                    number >> 16,
                                                    number >> 8 & 0xff,
                                                    number & 0xff)
                                            .getBytes(StandardCharsets.UTF_8);
                            at = 0;
                        }
                        return line[at++];
                    }
                };
        List<Subscriber> all = good(read(lines, FileFormat.CSV));
        assertEquals(100_000, all.size());
        assertEquals("r99999", all.get(99_999).id());
        assertEquals("[of:00000000000003e8/100]", all.get(99_999).attachments().toString());
    }
}
