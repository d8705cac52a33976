package org.postern.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;

class RoundTripPropertyTest {
    private static final String FIRST =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final String NEXT = FIRST + "._@:-";

    /** What a cell may begin with, half of it what a formula begins with. */
    private static final String BEGINNINGS = "=+-@\t\rab'1;:";

    /** A directory of subscribers of all kinds; every other is quarantined. */
    private static List<Subscriber> directory(Random random) {
        List<Subscriber> all = new ArrayList<>();
        int count = random.nextInt(30);
        for (int i = 0; i < count; i++) {
            StringBuilder id = new StringBuilder().append(one(FIRST, random)).append(i);
            int length = random.nextInt(50);
            for (int c = 0; c < length; c++) {
                id.append(one(NEXT, random));
            }
            Subscriber.Builder builder =
                    Subscriber.builder(id.toString())
                            .serviceClass(random.nextBoolean() ? "business" : "residential")
                            .mode(random.nextBoolean() ? Mode.MONITOR : Mode.ENFORCE);
            int places = 1 + random.nextInt(3);
            for (int p = 0; p < places; p++) {
                builder.attachedAt(Attachment.parse(place(i * 10 + p + 1, random)));
            }
            if (random.nextBoolean()) {
                builder.prefix(IpPrefix.valueOf("10." + i + ".4.0/" + (22 + random.nextInt(11))));
                builder.prefix(IpPrefix.valueOf("2001:db8:" + i + "::/64"));
            }
            if (random.nextBoolean()) {
                builder.mac(MacAddress.valueOf(0x020000000000L + i));
            }
            if (random.nextBoolean()) {
                builder.quarantine(
                        new Quarantine("quarantined", "=1+1,\"spam\"", Instant.EPOCH, "ada"));
            }
            all.add(builder.build());
        }
        return all;
    }

    private static char one(String of, Random random) {
        return of.charAt(random.nextInt(of.length()));
    }

    private static String place(int port, Random random) {
        String[] forms = {
            "of:00000000000000%02x/%d",
            "of:00000000000000%02x/%d/100",
            "of:00000000000000%02x/%d/100.7",
            "of:00000000000000%02x/%d@10.1.2.0/29",
            "of:00000000000000%02x/%d/5@2001:db8::/48",
            "of:00000000000000%02x/%d@02:00:00:00:00:01",
            "netconf:10.0.0.1,830%02x/%d"
        };
        return String.format(forms[random.nextInt(forms.length)], random.nextInt(256), port);
    }

    private static String written(List<Subscriber> all, FileFormat format) throws IOException {
        StringWriter out = new StringWriter();
        SubscriberWriter.write(all, format, out);
        return out.toString();
    }

    private static Reading read(String text, FileFormat format) throws IOException {
        return SubscriberReader.read(
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
                format,
                Infrastructure.EMPTY,
                ProvisioningManager.SUBSCRIBERS_PER_FILE_DEFAULT);
    }

    @Property(tries = 300)
    void importingWhatWasExportedChangesNothing(@ForAll long seed) throws IOException {
        List<Subscriber> all = directory(new Random(seed));
        for (FileFormat format : FileFormat.values()) {
            Reading reading = read(written(all, format), format);
            if (all.isEmpty()) {
                assertEquals(1, reading.faultCount());
                continue;
            }
            assertEquals(List.of(), reading.faults());
            Difference difference = Difference.of(all, reading.subscribers(), true);
            assertTrue(difference.isEmpty(), difference.toJson(10).toString());
            assertEquals(all.size(), difference.unchanged());
            // and one that is different is seen
            Subscriber other =
                    all.get(0).toBuilder().mac(MacAddress.valueOf("02:99:00:00:00:01")).build();
            List<Subscriber> changed = new ArrayList<>(all);
            changed.set(0, other);
            assertFalse(Difference.of(changed, reading.subscribers(), true).isEmpty());
        }
    }

    /** Classes whose names begin as formulas do, and others: only rules elsewhere keep them out. */
    private static List<Subscriber> wild(Random random) {
        List<Subscriber> all = new ArrayList<>();
        for (Subscriber subscriber : directory(random)) {
            StringBuilder name = new StringBuilder().append(one(BEGINNINGS, random));
            for (int c = random.nextInt(10); c > 0; c--) {
                name.append(one(BEGINNINGS + NEXT + "|'\",!", random));
            }
            all.add(subscriber.toBuilder().serviceClass(name.toString()).build());
        }
        return all;
    }

    @Property(tries = 300)
    void noCellIsAFormula(@ForAll long seed) throws IOException {
        List<Subscriber> all = wild(new Random(seed));
        String csv = written(all, FileFormat.CSV);
        try (CSVParser parser = CSVParser.parse(csv, CSVFormat.RFC4180)) {
            List<CSVRecord> records = parser.getRecords();
            assertEquals(all.size() + 1, records.size());
            int row = 0;
            for (CSVRecord record : records) {
                for (String cell : record) {
                    assertFalse(cell.matches("(?s)[=+@\t\r-].*|.*;[\\s\"]*[=+@-].*"), cell);
                }
            }
            for (Subscriber one : Subscribers.of(all).byId().values()) {
                String name = one.serviceClass();
                String cell = records.get(++row).get(1);
                assertEquals(name, CsvRecords.meant(cell), "all of it");
                assertEquals(name.replace("'", ""), cell.replace("'", ""), "and no more");
            }
        }
    }

    @Test
    void whatWouldBeAFormulaIsMadeHarmlessAndReadBack() throws IOException {
        for (String cell : List.of("=1", "+1", "-1", "@x", "\t=1", "\r=1")) {
            assertEquals("'" + cell, SubscriberWriter.harmless(cell));
        }
        assertEquals("r1", SubscriberWriter.harmless("r1"));
        assertEquals("a;'=1;  '+1;\"'@x; b-c", SubscriberWriter.harmless("a;=1;  +1;\"@x; b-c"));
        for (String cell :
                List.of("a; b", "a;=1", "a;'=1", "'=1;''-1", "' =1;'\"=1", "'\t=1", "'")) {
            assertEquals(cell, CsvRecords.meant(SubscriberWriter.harmless(cell)));
        }
        assertEquals("by hand;=1", CsvRecords.meant("by hand;=1"));
        // no class can have such a name; if it could, it would be refused by its name, not ours
        Subscriber wild =
                Subscriber.builder("r1")
                        .serviceClass("=cmd|'/c calc'!A0")
                        .attachedAt(Attachment.parse("of:0000000000000001/1"))
                        .build();
        String csv = written(List.of(wild), FileFormat.CSV);
        assertTrue(csv.contains(",'=cmd"), csv);
        Fault fault = read(csv, FileFormat.CSV).faults().get(0);
        assertEquals("=cmd|'/c calc'!A0", fault.value().get());
    }

    @Test
    void aPlaceThatALineOfCsvCannotTellIsNotWritten() throws IOException {
        Subscriber odd = Subscriber.builder("r1").attachedAt(Attachment.parse("of:a;b/1")).build();
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> written(List.of(odd), FileFormat.CSV))
                        .getMessage();
        assertTrue(message.contains("of:a;b/1") && message.contains("use JSON"), message);
        assertEquals(
                List.of(odd),
                read(written(List.of(odd), FileFormat.JSON), FileFormat.JSON).subscribers());
    }
}
