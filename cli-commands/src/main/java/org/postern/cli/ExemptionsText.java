package org.postern.cli;

import java.time.Clock;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.postern.exemption.ExemptionService;
import org.postern.json.Json;
import org.postern.policy.Exemption;

/** Tells of exemptions. */
final class ExemptionsText {
    private ExemptionsText() {}

    /** Says how many exemptions. */
    static String count(int number) {
        return number == 1 ? "1 exemption" : number + " exemptions";
    }

    /** Lists exemptions. */
    static Lines of(Collection<Exemption> exemptions, ExemptionService service, Clock clock) {
        if (exemptions.isEmpty()) {
            return new Lines().add("No exemptions.");
        }
        Table table = new Table("EXEMPTION", "SUBSCRIBER", "WHAT", "STATE", "UNTIL");
        for (Exemption exemption : exemptions) {
            table.row(
                    exemption.id(),
                    exemption.subscriber(),
                    what(exemption),
                    Json.lower(service.stateOf(exemption)),
                    Moments.moment(exemption.until(), clock.instant(), clock.getZone()));
            table.remark(
                    exemption.reason()
                            + " (by "
                            + exemption.by()
                            + (exemption.ticket().isEmpty() ? "" : ", ticket " + exemption.ticket())
                            + (exemption.from().isAfter(clock.instant())
                                    ? ", from "
                                            + Moments.moment(
                                                    exemption.from(),
                                                    clock.instant(),
                                                    clock.getZone())
                                    : "")
                            + ")");
            if (!exemption.checklist().isEmpty()) {
                table.remark(notes(exemption.checklist()));
            }
        }
        return table.writeTo(new Lines())
                .add(exemptions.size() == 1 ? "1 exemption" : exemptions.size() + " exemptions");
    }

    /** What somebody is exempted from. */
    static String what(Exemption exemption) {
        return exemption
                .serviceClass()
                .map(c -> "class " + c)
                .orElse(
                        exemption.isOfAllMail()
                                ? "all direct mail"
                                : exemption.destinations().stream()
                                        .map(d -> "to " + d)
                                        .collect(Collectors.joining("\n")));
    }

    private static String notes(Map<String, String> checklist) {
        return checklist.entrySet().stream()
                .map(e -> e.getKey() + "=" + e.getValue())
                .collect(Collectors.joining(", "));
    }
}
