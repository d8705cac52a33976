package org.postern.provisioning;

import java.io.IOException;
import java.io.Writer;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;
import org.postern.json.Json;
import org.postern.policy.Subscriber;

/** Writes files of subscribers that can be read back. */
public final class SubscriberWriter {
    private SubscriberWriter() {}

    /**
     * Writes a file, in the order of the identifiers. Quarantines are not in it: they are ordered
     * one by one, and an import leaves them alone.
     *
     * @param subscribers what is in it
     * @param format how it is written
     * @param out where to; it is flushed, not closed
     * @throws IOException if that cannot be written to
     * @throws IllegalArgumentException if something cannot be told apart in that format
     */
    public static void write(Collection<Subscriber> subscribers, FileFormat format, Writer out)
            throws IOException {
        List<Subscriber> sorted =
                subscribers.stream()
                        .sorted(Comparator.comparing(Subscriber::id))
                        .collect(Collectors.toList());
        if (format == FileFormat.CSV) {
            csv(sorted, out);
        } else {
            json(sorted, out);
        }
        out.flush();
    }

    private static void json(List<Subscriber> subscribers, Writer out) throws IOException {
        String between = "[\n";
        for (Subscriber subscriber : subscribers) {
            out.write(between);
            out.write(Json.subscriber(subscriber).without("quarantine").toString());
            between = ",\n";
        }
        out.write(subscribers.isEmpty() ? "[]\n" : "\n]\n");
    }

    private static void csv(List<Subscriber> subscribers, Writer out) throws IOException {
        CSVPrinter printer = new CSVPrinter(out, CSVFormat.RFC4180);
        printer.printRecord(SubscriberFields.NAMES);
        for (Subscriber subscriber : subscribers) {
            printer.printRecord(
                    harmless(subscriber.id()),
                    harmless(subscriber.serviceClass()),
                    list(subscriber, subscriber.attachments()),
                    list(subscriber, subscriber.prefixes()),
                    list(subscriber, subscriber.macs()),
                    Json.lower(subscriber.mode()));
        }
    }

    private static String list(Subscriber subscriber, Collection<?> values) {
        for (Object value : values) {
            if (value.toString().matches(".*[\\s;].*")) {
                throw new IllegalArgumentException(
                        "subscriber "
                                + subscriber.id()
                                + ": \""
                                + value
                                + "\" cannot be told from a list in CSV: use JSON");
            }
        }
        return harmless(values.stream().map(Object::toString).collect(Collectors.joining(" ")));
    }

    /**
     * Identifiers, classes and places begin with a letter or digit, prefixes perhaps with a colon:
     * no cell can begin as a formula does. That is so by rules that are made elsewhere, so it is
     * seen to here all the same: a spreadsheet must not run what a customer's name says.
     */
    static String harmless(String cell) {
        return CsvRecords.harmless(cell);
    }
}
