package org.postern.exemption;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import org.onlab.packet.IpPrefix;
import org.postern.json.Json;
import org.postern.policy.Exemption;

/**
 * An exemption as it is stored: the JSON that operators see, and what the cluster has told of it
 * already. Fields may be added by later versions; whatever changes the meaning of one needs a new
 * {@link #SCHEMA}. Immutable.
 */
final class StoredExemption {
    /**
     * The present format of exemptions, and of the marks of those that wait: 1 is JSON text in
     * {@code postern-exemptions}, and a moment by subscriber in {@code postern-exemptions-waiting}.
     */
    static final int SCHEMA = 1;

    private static final ObjectMapper MAPPER = new ObjectMapper();
    private static final String WARNED = "warned";
    private static final String ENDED = "ended";

    private final Exemption exemption;
    private final Instant warned;
    private final Instant ended;

    private StoredExemption(Exemption exemption, Instant warned, Instant ended) {
        this.exemption = exemption;
        this.warned = warned;
        this.ended = ended;
    }

    /** An exemption of which nothing was told yet. */
    static StoredExemption of(Exemption exemption) {
        return new StoredExemption(exemption, null, null);
    }

    /**
     * Reads a stored exemption.
     *
     * @throws IllegalStateException if the text is not what {@link #text} writes
     */
    static StoredExemption of(String text) {
        try {
            JsonNode json = MAPPER.readTree(text);
            Exemption.Builder builder =
                    Exemption.builder(json.path("id").asText())
                            .subscriber(json.path("subscriber").asText())
                            .serviceClass(json.path("class").textValue())
                            .reason(json.path("reason").asText())
                            .ticket(json.path("ticket").asText())
                            .by(json.path("by").asText())
                            .from(Instant.parse(json.path("from").asText()))
                            .until(Instant.parse(json.path("until").asText()));
            json.path("destinations")
                    .forEach(d -> builder.destination(IpPrefix.valueOf(d.asText())));
            json.path("checklist")
                    .fields()
                    .forEachRemaining(e -> builder.note(e.getKey(), e.getValue().asText()));
            return new StoredExemption(
                    builder.build(), moment(json.path(WARNED)), moment(json.path(ENDED)));
        } catch (JsonProcessingException | RuntimeException e) {
            throw new IllegalStateException("the store has what is no exemption: " + text, e);
        }
    }

    private static Instant moment(JsonNode json) {
        return json.isTextual() ? Instant.parse(json.asText()) : null;
    }

    String text() {
        ObjectNode json = Json.exemption(exemption);
        if (warned != null) {
            json.put(WARNED, warned.toString());
        }
        if (ended != null) {
            json.put(ENDED, ended.toString());
        }
        return json.toString();
    }

    Exemption exemption() {
        return exemption;
    }

    /** Whether the cluster has told that it ends soon. */
    boolean isWarned() {
        return warned != null;
    }

    /** Whether the cluster has told that it is over. */
    boolean isEnded() {
        return ended != null;
    }

    boolean endedBefore(Instant moment) {
        return ended != null && ended.isBefore(moment);
    }

    StoredExemption warned(Instant now) {
        return new StoredExemption(exemption, now, ended);
    }

    StoredExemption ended(Instant now) {
        return new StoredExemption(exemption, warned, now);
    }

    /** The same, of which nothing was told: the clock that said it was over was wrong. */
    StoredExemption untold() {
        return of(exemption);
    }
}
