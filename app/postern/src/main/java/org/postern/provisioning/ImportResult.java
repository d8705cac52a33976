package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.Set;

/** What became of an import of subscribers. Immutable. */
public final class ImportResult extends FileResult {
    private final Difference difference;
    private final Reach reach;

    ImportResult(
            Outcome outcome,
            Reading reading,
            Difference difference,
            Reach reach,
            Set<String> overtaken) {
        super(outcome, reading, overtaken);
        this.difference = difference;
        this.reach = reach;
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

    @Override
    public Optional<String> excess() {
        return reach().flatMap(Reach::excess);
    }

    @Override
    Optional<ObjectNode> differenceJson(int most) {
        return difference().map(d -> d.toJson(most));
    }

    @Override
    Optional<ObjectNode> reachJson() {
        return reach().map(Reach::toJson);
    }
}
