package org.postern.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * What a configuration was, one after the other: digests of the last ones, and of the last change
 * what was and what is, so that another node can take it down. It fits into one value of the store
 * however large the configuration is: what is large is compressed, what remains large is abridged.
 * Immutable.
 */
final class ConfigurationHistory {
    /** What one that was deleted is. */
    static final String DELETED = "";

    /** Between a subject and the node of the cluster where alone it is so. */
    static final String ON_NODE = " on ";

    static final ConfigurationHistory NONE =
            new ConfigurationHistory(JsonNodeFactory.instance.objectNode());

    /** So far may a node be behind the others, in changes of one configuration. */
    private static final int REMEMBERED = 32;

    /** Characters of a configuration that is not compressed. */
    private static final int SMALL = 16 << 10;

    /** Characters of one that is, in Base64. The store takes 1 MiB as one value, two of them. */
    private static final int LARGEST = 448 << 10;

    private static final String LAST = "last";
    private static final String DIGESTS = "digests";
    private static final String BEFORE = "before";
    private static final String AFTER = "after";
    private static final String COMPRESSED = "gzip";
    private static final String OWED_BY = "owedBy";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final JsonNode json;

    private ConfigurationHistory(JsonNode json) {
        this.json = json;
    }

    static ConfigurationHistory read(String stored) {
        try {
            return new ConfigurationHistory(MAPPER.readTree(stored));
        } catch (JsonProcessingException e) {
            // what follows is taken down as if it were the first
            return NONE;
        }
    }

    static String digest(String configuration) {
        return Hashing.sha256().hashString(configuration, StandardCharsets.UTF_8).toString();
    }

    String text() {
        return json.toString();
    }

    /** The number of the last change; 0 if there was none. */
    long last() {
        return json.path(LAST).asLong();
    }

    /** Finds a digest, from a change on; 0 if it is not there. */
    long find(String digest, long from) {
        JsonNode digests = json.path(DIGESTS);
        for (int i = 0; i < digests.size(); i++) {
            long number = last() - digests.size() + 1 + i;
            if (number >= from && digests.path(i).asText().equals(digest)) {
                return number;
            }
        }
        return 0;
    }

    /**
     * Adds a change.
     *
     * @param configuration what it is now
     * @param unconfigured what it was before, if there was none
     * @param by the node that takes the change down
     */
    ConfigurationHistory followedBy(String configuration, String unconfigured, String by) {
        ObjectNode after =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("v", 1)
                        .put(LAST, last() + 1)
                        .put(OWED_BY, by);
        JsonNode before = json.path(AFTER);
        boolean isNone = before.isMissingNode() || before.equals(packed(DELETED));
        after.set(BEFORE, isNone ? packed(unconfigured) : before);
        after.set(AFTER, packed(configuration));
        ArrayNode digests = after.putArray(DIGESTS);
        json.path(DIGESTS).forEach(digests::add);
        digests.add(digest(configuration));
        if (digests.size() > REMEMBERED) {
            digests.remove(0);
        }
        return new ConfigurationHistory(after);
    }

    ConfigurationHistory owedBy(String node) {
        return new ConfigurationHistory(((ObjectNode) json.deepCopy()).put(OWED_BY, node));
    }

    /** The node that is to take the last change down; empty if it is taken down. */
    Optional<String> owedBy() {
        return Optional.of(json.path(OWED_BY).asText()).filter(node -> !node.isEmpty());
    }

    Change change(String key, String whenDeleted) {
        Optional<String> before = value(BEFORE);
        Optional<String> after = value(AFTER);
        String text =
                after.isPresent()
                        ? key + (before.isPresent() ? " is different" : " is new")
                        : key + " was deleted, " + whenDeleted;
        return Change.of(
                        after.isPresent() ? "configure" : "delete-configuration",
                        key.split(ON_NODE)[0],
                        text)
                .between(before, after);
    }

    private Optional<String> value(String name) {
        return Optional.of(unpacked(json.path(name))).filter(text -> !text.equals(DELETED));
    }

    private static JsonNode packed(String configuration) {
        if (configuration.length() <= SMALL) {
            return JsonNodeFactory.instance.textNode(configuration);
        }
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bytes)) {
            zip.write(configuration.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String text = Base64.getEncoder().encodeToString(bytes.toByteArray());
        return text.length() <= LARGEST
                ? JsonNodeFactory.instance.objectNode().put(COMPRESSED, text)
                : JsonNodeFactory.instance.textNode(
                        configuration.substring(0, SMALL)
                                + "… ("
                                + configuration.length()
                                + " characters, SHA-256 "
                                + digest(configuration)
                                + ")");
    }

    private static String unpacked(JsonNode packed) {
        if (!packed.has(COMPRESSED)) {
            return packed.asText();
        }
        byte[] bytes = Base64.getDecoder().decode(packed.path(COMPRESSED).asText());
        try (GZIPInputStream zip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return new String(zip.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
