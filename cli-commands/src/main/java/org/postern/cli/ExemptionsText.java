package org.postern.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
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

    /** An exemption and its state, as REST shows it. */
    static ObjectNode json(ExemptionService service, Exemption exemption) {
        return Json.exemption(exemption).put("state", Json.lower(service.stateOf(exemption)));
    }
}
