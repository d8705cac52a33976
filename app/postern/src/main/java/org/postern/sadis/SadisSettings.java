package org.postern.sadis;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How records of SADIS become subscribers. Immutable. */
final class SadisSettings {
    /** Everybody by port, in the default class. */
    static final SadisSettings NONE = new SadisSettings(Map.of(), false);

    private final ImmutableMap<String, String> classes;
    private final boolean tags;

    private SadisSettings(Map<String, String> classes, boolean tags) {
        this.classes = ImmutableMap.copyOf(classes);
        this.tags = tags;
    }

    /**
     * Reads network configuration.
     *
     * @throws IllegalArgumentException saying everything that is wrong
     */
    static SadisSettings read(JsonNode json) {
        List<String> wrong = new ArrayList<>();
        json.fieldNames()
                .forEachRemaining(
                        name -> {
                            if (!name.equals("classes") && !name.equals("attachments")) {
                                wrong.add(
                                        "field "
                                                + name
                                                + ": there is no such field; use classes, attachments");
                            }
                        });
        JsonNode mapped = json.path("classes");
        if (!mapped.isMissingNode() && !mapped.isObject()) {
            wrong.add("field classes: it must be an object of services and classes");
        }
        ImmutableMap.Builder<String, String> classes = ImmutableMap.builder();
        mapped.fields()
                .forEachRemaining(
                        field -> {
                            if (field.getValue().isTextual()) {
                                classes.put(field.getKey(), field.getValue().asText());
                            } else {
                                wrong.add(
                                        "field classes."
                                                + field.getKey()
                                                + ": it must be the name of a class");
                            }
                        });
        String attachments = json.path("attachments").asText("port");
        if (!attachments.equals("port") && !attachments.equals("tags")) {
            wrong.add("field attachments: " + attachments + " is not acceptable: use port or tags");
        }
        if (!wrong.isEmpty()) {
            throw new IllegalArgumentException(String.join("; ", wrong));
        }
        return new SadisSettings(classes.build(), attachments.equals("tags"));
    }

    /** Names of classes, by names of services or of upstream bandwidth profiles. */
    Map<String, String> classes() {
        return classes;
    }

    /** Whether VLANs tell where on its port a subscriber is; otherwise the whole port is its. */
    boolean tags() {
        return tags;
    }
}
