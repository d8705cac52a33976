package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.Set;

/** What became of an import of exemptions. Immutable. */
public final class ExemptionImportResult extends FileResult {
    private final ExemptionDifference difference;
    private final ExemptionReach reach;

    ExemptionImportResult(
            Outcome outcome,
            ExemptionReading reading,
            ExemptionDifference difference,
            ExemptionReach reach,
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
    public Optional<ExemptionDifference> difference() {
        return Optional.ofNullable(difference);
    }

    /**
     * Returns how far that goes.
     *
     * @return empty if the file is faulty
     */
    public Optional<ExemptionReach> reach() {
        return Optional.ofNullable(reach);
    }

    @Override
    public Optional<String> excess() {
        return reach().flatMap(ExemptionReach::excess);
    }

    @Override
    Optional<ObjectNode> differenceJson(int most) {
        return difference().map(d -> d.toJson(most));
    }

    @Override
    Optional<ObjectNode> reachJson() {
        return reach().map(ExemptionReach::toJson);
    }
}
