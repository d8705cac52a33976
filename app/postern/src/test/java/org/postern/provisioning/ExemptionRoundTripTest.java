package org.postern.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.onlab.packet.IpPrefix;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;

class ExemptionRoundTripTest {
    private static final Instant NOW = Instant.parse("2026-03-01T08:00:00.123Z");

    /** What people write in reasons, and what is read wrong most easily. */
    private static final String CHARACTERS = "=+-@''\"\",; ab1ä€|!#\\";

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        for (int c = random.nextInt(12); c >= 0; c--) {
            text.append(CHARACTERS.charAt(random.nextInt(CHARACTERS.length())));
        }
        return text.toString().isBlank() ? "x" : text.toString();
    }

    private static List<Exemption> exemptions(Random random) {
        List<Exemption> all = new ArrayList<>();
        int count = 1 + random.nextInt(20);
        for (int i = 0; i < count; i++) {
            Exemption.Builder builder =
                    Exemption.builder("e" + i)
                            .subscriber("s" + random.nextInt(9))
                            .reason(text(random))
                            .by(text(random))
                            .from(NOW.minusMillis(random.nextInt(100_000)))
                            .until(NOW.plusMillis(1 + random.nextInt(100_000)));
            if (random.nextBoolean()) {
                builder.ticket(text(random));
            }
            if (random.nextInt(3) == 0) {
                builder.serviceClass("business");
            } else if (random.nextBoolean()) {
                builder.destination(IpPrefix.valueOf("192.0.2." + i + "/32"));
                builder.destination(IpPrefix.valueOf("2001:db8:" + i + "::/48"));
            }
            for (String note : ExemptionFields.NOTES) {
                if (random.nextInt(4) == 0) {
                    builder.note(
                            note, note.equals(Exemption.REVIEW_DATE) ? "2026-08-01" : text(random));
                }
            }
            all.add(builder.build());
        }
        return all;
    }

    private static String written(List<Exemption> all, FileFormat format) throws IOException {
        StringWriter out = new StringWriter();
        ExemptionWriter.write(all, format, out);
        return out.toString();
    }

    private static List<Exemption> read(
            String text, FileFormat format, Map<String, Exemption> present) throws IOException {
        ExemptionReading reading = new ExemptionReading(100);
        reading.read(
                new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)),
                format,
                new ExemptionForm(Infrastructure.EMPTY, present, NOW, "importer", reading));
        assertEquals(List.of(), reading.faults(), text);
        return reading.exemptions();
    }

    @Property(tries = 500)
    void importingWhatWasExportedChangesNothing(@ForAll long seed) throws IOException {
        List<Exemption> all = exemptions(new Random(seed));
        Map<String, Exemption> present =
                all.stream().collect(Collectors.toMap(Exemption::id, e -> e));
        for (FileFormat format : FileFormat.values()) {
            String file = written(all, format);
            List<Exemption> back = read(file, format, present);
            assertEquals(List.of(), ExemptionDifference.of(present, back).put());
            assertEquals(all.size(), back.size());
            // and elsewhere they are the same, but for who ordered them
            List<Exemption> elsewhere =
                    read(file, format, Map.of()).stream()
                            .map(e -> e.toBuilder().by(present.get(e.id()).by()).build())
                            .collect(Collectors.toList());
            assertEquals(present.values().size(), elsewhere.size());
            elsewhere.forEach(e -> assertEquals(present.get(e.id()), e));
            // and one that is different is seen
            Exemption other = all.get(0).toBuilder().reason("another").build();
            assertEquals(
                    List.of(other.id()),
                    ExemptionDifference.of(present, List.of(other)).put().stream()
                            .map(Exemption::id)
                            .collect(Collectors.toList()));
        }
    }

    @Property(tries = 300)
    void noCellIsAFormula(@ForAll long seed) throws IOException {
        List<Exemption> all = exemptions(new Random(seed));
        try (CSVParser parser = CSVParser.parse(written(all, FileFormat.CSV), CSVFormat.RFC4180)) {
            List<CSVRecord> records = parser.getRecords();
            assertEquals(all.size() + 1, records.size());
            for (CSVRecord record : records) {
                for (String cell : record) {
                    assertFalse(cell.matches("(?s)[=+@\t\r-].*|.*;[\\s\"]*[=+@-].*"), cell);
                }
            }
        }
    }
}
