package org.postern.subscriber;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Instant;
import java.util.Locale;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.json.Json;
import org.postern.policy.Attachment;
import org.postern.policy.Mode;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;

/**
 * A subscriber as it is stored: the JSON that operators see. Fields may be added by later versions;
 * whatever changes the meaning of one needs a new {@link SubscriberStore#SCHEMA}.
 */
final class StoredSubscriber {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private StoredSubscriber() {}

    static String text(Subscriber subscriber) {
        return Json.subscriber(subscriber).toString();
    }

    /**
     * Reads a stored subscriber.
     *
     * @throws IllegalStateException if the text is not what {@link #text} writes
     */
    static Subscriber of(String text) {
        try {
            JsonNode json = MAPPER.readTree(text);
            Subscriber.Builder builder =
                    Subscriber.builder(json.path("id").asText())
                            .serviceClass(json.path("class").asText())
                            .mode(
                                    Mode.valueOf(
                                            json.path("mode").asText().toUpperCase(Locale.ROOT)));
            json.path("attachments").forEach(a -> builder.attachedAt(Attachment.parse(a.asText())));
            json.path("prefixes").forEach(p -> builder.prefix(IpPrefix.valueOf(p.asText())));
            json.path("macs").forEach(m -> builder.mac(MacAddress.valueOf(m.asText())));
            JsonNode quarantine = json.path("quarantine");
            if (quarantine.isObject()) {
                builder.quarantine(
                        new Quarantine(
                                quarantine.path("class").asText(),
                                quarantine.path("reason").asText(),
                                Instant.parse(quarantine.path("since").asText()),
                                quarantine.path("by").asText()));
            }
            return builder.build();
        } catch (JsonProcessingException | RuntimeException e) {
            throw new IllegalStateException("the store has what is no subscriber: " + text, e);
        }
    }
}
