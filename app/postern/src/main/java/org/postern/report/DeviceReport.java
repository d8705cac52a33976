package org.postern.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.List;
import org.postern.device.DeviceStatus;
import org.postern.json.Json;

/** Access devices in JSON. */
public final class DeviceReport {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private DeviceReport() {}

    /**
     * Lists access devices, as {@code postern-devices} does.
     *
     * @param devices their status
     * @return a list of what {@link #json(DeviceStatus)} tells
     */
    public static ArrayNode json(List<DeviceStatus> devices) {
        ArrayNode json = NODES.arrayNode();
        devices.forEach(d -> json.add(json(d)));
        return json;
    }

    /**
     * Tells of an access device.
     *
     * @param device its status
     * @return an object
     */
    public static ObjectNode json(DeviceStatus device) {
        ObjectNode json =
                NODES.objectNode()
                        .put("device", device.device().toString())
                        .put("driver", device.driver())
                        .put("backend", Json.lower(device.backend()))
                        .put("state", device.state().name())
                        .put("reason", device.reason())
                        .put("since", device.since().toString());
        json.putObject("rules")
                .put("desired", device.rulesDesired())
                .put("present", device.rulesPresent())
                .put("verified", device.rulesVerified());
        json.put("driftRepaired", device.driftRepaired()).put("rejected", device.rejected());
        json.putNull("unverified");
        device.unverified()
                .ifPresent(
                        span ->
                                json.putObject("unverified")
                                        .put("from", span.from().toString())
                                        .put("to", span.to().toString())
                                        .put(
                                                "seconds",
                                                Duration.between(span.from(), span.to())
                                                        .getSeconds())
                                        .put("reason", span.reason()));
        ArrayNode foreign = json.putArray("foreignRules");
        device.foreignRules()
                .forEach(
                        rule ->
                                foreign.addObject()
                                        .put("table", rule.table())
                                        .put("priority", rule.priority())
                                        .put("application", rule.application())
                                        .put("selector", rule.selector())
                                        .put("treatment", rule.treatment()));
        ArrayNode tableSpace = json.putArray("tableSpace");
        device.tableSpace().forEach(tableSpace::add);
        ArrayNode warnings = json.putArray("warnings");
        device.warnings().forEach(warnings::add);
        ArrayNode limits = json.putArray("limits");
        device.limits().forEach(limits::add);
        return json;
    }
}
