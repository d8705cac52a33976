package org.postern.dns;

import java.util.List;
import java.util.stream.Collectors;
import org.postern.probe.Lookup;
import org.xbill.DNS.Record;

/** What DNS said to a question: the evidence, and its records to go on with. Immutable. */
final class Answer {
    private final Lookup lookup;
    private final List<Record> records;

    Answer(Lookup lookup, List<Record> records) {
        this.lookup = lookup;
        this.records = List.copyOf(records);
    }

    Lookup lookup() {
        return lookup;
    }

    Lookup.Outcome outcome() {
        return lookup.outcome();
    }

    /** The records of a type, in the order of the answer. */
    <T extends Record> List<T> records(Class<T> type) {
        return records.stream()
                .filter(type::isInstance)
                .map(type::cast)
                .collect(Collectors.toList());
    }

    /** Why there is no answer. */
    String failure() {
        return lookup.outcome() == Lookup.Outcome.NO_ANSWER
                ? "no answer of DNS (" + lookup.server() + "): " + lookup.reason()
                : lookup.reason();
    }
}
