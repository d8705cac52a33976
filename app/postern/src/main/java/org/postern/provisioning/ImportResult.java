package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSortedSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** What became of an import. Immutable. */
public final class ImportResult {
    /** What became of it. */
    public enum Outcome {
        /** Something is wrong with the file; nothing was changed. */
        FAULTY,
        /** It goes too far to be done without force; nothing was changed. */
        GUARDED,
        /** The file is good; nothing was changed, as it was asked for. */
        CHECKED,
        /** The directory is as the file wants it already; nothing was changed. */
        UNCHANGED,
        /** It was done, but for what others changed meanwhile. */
        DONE
    }

    private final Outcome outcome;
    private final Reading reading;
    private final Difference difference;
    private final Reach reach;
    private final ImmutableSortedSet<String> overtaken;

    ImportResult(
            Outcome outcome,
            Reading reading,
            Difference difference,
            Reach reach,
            Set<String> overtaken) {
        this.outcome = outcome;
        this.reading = reading;
        this.difference = difference;
        this.reach = reach;
        this.overtaken = ImmutableSortedSet.copyOf(overtaken);
    }

    /**
     * Returns what became of it.
     *
     * @return the outcome
     */
    public Outcome outcome() {
        return outcome;
    }

    /**
     * Returns what is wrong with the file.
     *
     * @return the first of {@link #faultCount} faults, and that for which the rest was not read;
     *     {@value Reading#MOST_FAULTS} at most
     */
    public List<Fault> faults() {
        return reading.faults();
    }

    /**
     * Returns how much is wrong with the file.
     *
     * @return 0 if it is good
     */
    public int faultCount() {
        return reading.faultCount();
    }

    /**
     * Returns what differs, or differed.
     *
     * @return empty if the file is faulty
     */
    public Optional<Difference> difference() {
        return Optional.ofNullable(difference);
    }

    /**
     * Returns how far that goes.
     *
     * @return empty if the file is faulty
     */
    public Optional<Reach> reach() {
        return Optional.ofNullable(reach);
    }

    /**
     * Returns whom others changed while the import was written.
     *
     * @return identifiers of those who are as others made them; to have them as the file says,
     *     import it again
     */
    public Set<String> overtaken() {
        return overtaken;
    }

    /**
     * Returns the result for programs.
     *
     * @param most how many subscribers are listed of each kind of difference
     * @return an object of {@code outcome}, {@code faultCount}, {@code faults}, {@code difference},
     *     {@code reach} and {@code overtaken}; difference and reach are null if the file is faulty
     */
    public ObjectNode toJson(int most) {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("outcome", outcome.name().toLowerCase(Locale.ROOT))
                        .put("faultCount", faultCount());
        ArrayNode faults = json.putArray("faults");
        faults().forEach(fault -> faults.add(fault.toJson()));
        json.set("difference", difference().map(d -> d.toJson(most)).orElse(null));
        json.set("reach", reach().map(Reach::toJson).orElse(null));
        ArrayNode others = json.putArray("overtaken");
        overtaken.forEach(others::add);
        return json;
    }
}
