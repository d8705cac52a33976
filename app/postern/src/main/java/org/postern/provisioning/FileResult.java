package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSortedSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What became of the import of a file, whatever is in it. Immutable. */
public abstract class FileResult {
    /** What became of it. */
    public enum Outcome {
        /** Something is wrong with the file; nothing was changed. */
        FAULTY,
        /** It goes too far to be done without force; nothing was changed. */
        GUARDED,
        /** The file is good; nothing was changed, as it was asked for. */
        CHECKED,
        /** All is as the file wants it already; nothing was changed. */
        UNCHANGED,
        /** It was done, but for what others changed meanwhile. */
        DONE
    }

    private final Outcome outcome;
    private final FileReading reading;
    private final ImmutableSortedSet<String> overtaken;

    FileResult(Outcome outcome, FileReading reading, Set<String> overtaken) {
        this.outcome = outcome;
        this.reading = reading;
        this.overtaken = ImmutableSortedSet.copyOf(overtaken);
    }

    /**
     * Returns what became of it.
     *
     * @return the outcome
     */
    public final Outcome outcome() {
        return outcome;
    }

    /**
     * Returns what is wrong with the file.
     *
     * @return the first of {@link #faultCount} faults, and that for which the rest was not read;
     *     {@value FileReading#MOST_FAULTS} at most
     */
    public final List<Fault> faults() {
        return reading.faults();
    }

    /**
     * Returns how much is wrong with the file.
     *
     * @return 0 if it is good
     */
    public final int faultCount() {
        return reading.faultCount();
    }

    /**
     * Returns what others changed while the import was written.
     *
     * @return identifiers of those that are as others made them; to have them as the file says,
     *     import it again
     */
    public final Set<String> overtaken() {
        return overtaken;
    }

    /**
     * Tells why the import needs to be forced.
     *
     * @return a sentence with the numbers, or empty if it goes not too far, or the file is faulty
     */
    public abstract Optional<String> excess();

    /** What differs, for programs; empty if the file is faulty. */
    abstract Optional<ObjectNode> differenceJson(int most);

    /** How far that goes, for programs; empty if the file is faulty. */
    abstract Optional<ObjectNode> reachJson();

    /**
     * Returns the result for programs.
     *
     * @param most how many records are listed of each kind of difference
     * @return an object of {@code outcome}, {@code faultCount}, {@code faults}, {@code difference},
     *     {@code reach} and {@code overtaken}; difference and reach are null if the file is faulty
     */
    public final ObjectNode toJson(int most) {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("outcome", outcome.name().toLowerCase(Locale.ROOT))
                        .put("faultCount", faultCount());
        ArrayNode faults = json.putArray("faults");
        faults().forEach(fault -> faults.add(fault.toJson()));
        json.set("difference", differenceJson(most).orElse(null));
        json.set("reach", reachJson().orElse(null));
        ArrayNode others = json.putArray("overtaken");
        overtaken.forEach(others::add);
        return json;
    }
}
