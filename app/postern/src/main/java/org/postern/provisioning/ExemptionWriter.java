package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.postern.json.Json;
import org.postern.policy.Exemption;

/** Writes files of exemptions that can be read back. */
final class ExemptionWriter {
    private ExemptionWriter() {}

    /**
     * Writes a file, in the order of the identifiers.
     *
     * @param exemptions what is in it
     * @param format how it is written
     * @param out where to; it is flushed, not closed
     * @throws IOException if that cannot be written to
     */
    static void write(Collection<Exemption> exemptions, FileFormat format, Writer out)
            throws IOException {
        List<Exemption> sorted =
                exemptions.stream()
                        .sorted(Comparator.comparing(Exemption::id))
                        .collect(Collectors.toList());
        if (format == FileFormat.CSV) {
            csv(sorted, out);
        } else {
            json(sorted, out);
        }
        out.flush();
    }

    /** What a file has of an exemption. */
    static ObjectNode json(Exemption exemption) {
        ObjectNode json = Json.exemption(exemption);
        if (!exemption.serviceClass().isPresent()) {
            json.remove(ExemptionFields.CLASS);
        }
        return json;
    }

    private static void json(List<Exemption> exemptions, Writer out) throws IOException {
        String between = "[\n";
        for (Exemption exemption : exemptions) {
            out.write(between);
            out.write(json(exemption).toString());
            between = ",\n";
        }
        out.write(exemptions.isEmpty() ? "[]\n" : "\n]\n");
    }

    private static void csv(List<Exemption> exemptions, Writer out) throws IOException {
        CSVPrinter printer = new CSVPrinter(out, CSVFormat.RFC4180);
        List<String> header = new ArrayList<>(ExemptionFields.NAMES);
        header.addAll(ExemptionFields.NOTES);
        printer.printRecord(header);
        for (Exemption exemption : exemptions) {
            List<String> cells = new ArrayList<>();
            cells.add(exemption.id());
            cells.add(exemption.subscriber());
            cells.add(
                    exemption.destinations().stream()
                            .map(Object::toString)
                            .collect(Collectors.joining(" ")));
            cells.add(exemption.serviceClass().orElse(""));
            cells.add(exemption.from().toString());
            cells.add(exemption.until().toString());
            cells.add(exemption.reason());
            cells.add(exemption.ticket());
            cells.add(exemption.by());
            ExemptionFields.NOTES.forEach(
                    note -> cells.add(exemption.checklist().getOrDefault(note, "")));
            cells.replaceAll(CsvRecords::harmless);
            printer.printRecord(cells);
        }
    }
}
