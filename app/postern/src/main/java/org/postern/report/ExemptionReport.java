package org.postern.report;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.postern.exemption.ExemptionState;
import org.postern.json.Json;
import org.postern.policy.Exemption;

/** Exemptions in JSON. */
public final class ExemptionReport {
    private ExemptionReport() {}

    /**
     * Tells of an exemption, as {@code postern-exemptions} does.
     *
     * @param exemption an exemption
     * @param state what is the matter with it
     * @return what {@link Json#exemption} tells, and {@code state}
     */
    public static ObjectNode json(Exemption exemption, ExemptionState state) {
        return Json.exemption(exemption).put("state", Json.lower(state));
    }
}
