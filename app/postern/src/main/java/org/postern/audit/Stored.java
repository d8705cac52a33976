package org.postern.audit;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Optional;

/**
 * Audit entries as they are stored: JSON text that says by which version of this form it was
 * written, so that what this version of Postern stored can be read by a later one.
 */
final class Stored {
    /** Version of the form. A later version of Postern reads all versions up to its own. */
    static final int VERSION = 1;

    static final String DETAILS = "details";

    /** The number of the entry before it in its share of the log. */
    static final String PREVIOUS = "previous";

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final ObjectWriter ASCII =
            MAPPER.writer().with(JsonGenerator.Feature.ESCAPE_NON_ASCII);

    private Stored() {}

    /** An entry but for its number, which is its key. */
    static ObjectNode entry(Instant at, String node, Order order, Change change) {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("v", VERSION)
                        .put("at", at.toString())
                        .put("node", node)
                        .put("by", order.by())
                        .put("via", order.via().text());
        return change(change, Optional.of(json));
    }

    /** What was changed, added to an object or as one of its own. */
    static ObjectNode change(Change change, Optional<ObjectNode> to) {
        ObjectNode json =
                to.orElseGet(JsonNodeFactory.instance::objectNode)
                        .put("action", change.action())
                        .put("subject", change.subject())
                        .put("text", change.text());
        json.set("before", value(change.before()));
        json.set("after", value(change.after()));
        return json.put("reason", change.reason());
    }

    private static JsonNode value(Optional<String> json) {
        return json.map(Stored::valueOf).orElse(NullNode.instance);
    }

    /** JSON as it is; what is not JSON, as a string: the trace matters more than its form. */
    static JsonNode valueOf(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            return JsonNodeFactory.instance.textNode(text);
        }
    }

    /**
     * Reads what was stored.
     *
     * @throws IllegalArgumentException if it is no object of a form up to this one
     */
    static ObjectNode read(String text) {
        try {
            JsonNode json = MAPPER.readTree(text);
            if (json instanceof ObjectNode && json.path("v").asInt(VERSION) <= VERSION) {
                return (ObjectNode) json;
            }
            throw new IllegalArgumentException(
                    "it is of version "
                            + json.path("v").asText("unknown")
                            + ", which this version of Postern does not read");
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("it is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** One line of JSON in which every character beyond ASCII is escaped. */
    static String ascii(JsonNode json) {
        try {
            return ASCII.writeValueAsString(json);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
