package org.postern.cli;

import java.util.Optional;
import org.postern.policy.Exemption;
import org.postern.provisioning.ExemptionDifference;
import org.postern.provisioning.ExemptionImportResult;
import org.postern.provisioning.ExemptionReach;

/** Tells what becomes of an import of exemptions. */
final class ExemptionImportText {
    private ExemptionImportText() {}

    /** What is to be shown; nothing if the refusal says it all. */
    static Optional<Lines> of(ExemptionImportResult result) {
        Lines lines = new Lines();
        switch (result.outcome()) {
            case FAULTY:
                return ImportText.faults(result);
            case UNCHANGED:
                return Optional.of(
                        lines.add(
                                "nothing to do: "
                                        + ExemptionsText.count(
                                                result.difference().orElseThrow().unchanged())
                                        + " of the file are as they are there"));
            case DONE:
                lines.add("imported: " + numbers(result));
                ImportText.overtaken(
                        lines, result, ExemptionsText.count(result.overtaken().size()));
                return Optional.of(lines);
            default:
                differences(lines, result.difference().orElseThrow());
                lines.add("would be imported: " + numbers(result));
                lines.add(reach(result.reach().orElseThrow()));
                return Optional.of(lines.add("Nothing was changed."));
        }
    }

    private static String numbers(ExemptionImportResult result) {
        ExemptionDifference difference = result.difference().orElseThrow();
        return difference.added().size()
                + " added, "
                + difference.changed().size()
                + " changed, "
                + difference.unchanged()
                + " unchanged";
    }

    private static String reach(ExemptionReach reach) {
        return ImportText.reach(reach.opened(), reach.cutOff(), reach.excess());
    }

    private static void differences(Lines lines, ExemptionDifference difference) {
        for (Exemption exemption : ImportText.some(difference.added())) {
            lines.add("+ ", exemption.toString());
        }
        ImportText.rest(lines, "+ ", difference.added());
        for (ExemptionDifference.Changed changed : ImportText.some(difference.changed())) {
            lines.add("~ ", changed.after().id() + " of " + changed.after().subscriber());
            changed.fields().forEach((field, text) -> lines.add("    " + field + ": ", text));
        }
        ImportText.rest(lines, "~ ", difference.changed());
    }
}
