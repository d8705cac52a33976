package org.postern.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Subscriber;

/**
 * Reads a file of subscribers: a JSON list of objects. It is strict, since what it misunderstood
 * would be enforced: unknown, repeated and mistyped fields are refused. A refusal names file, line
 * and column, index of the subscriber, field and value.
 */
final class SubscriberFile {
    /** Larger files are a mistake: a hundred thousand subscribers take some 20 MiB. */
    static final long LARGEST = 64L << 20;

    private static final List<String> FIELDS =
            List.of("id", "class", "attachments", "prefixes", "macs", "mode");

    /** A longer value is quoted in part. */
    private static final int QUOTED = 80;

    /** Any place: an identifier can be judged only in a subscriber that has one. */
    private static final Attachment ANYWHERE = Attachment.parse("of:0000000000000001/1");

    private final String name;
    private final Infrastructure infrastructure;
    private final JsonParser json;
    private int index = -1;

    private SubscriberFile(String name, Infrastructure infrastructure, JsonParser json) {
        this.name = name;
        this.infrastructure = infrastructure;
        this.json = json;
    }

    /**
     * Reads a file.
     *
     * @param file its path
     * @param infrastructure what classes there are
     * @return at least one subscriber, in the order of the file, no two with the same identifier
     * @throws IllegalArgumentException if the file cannot be read, or anything in it is wrong
     */
    static List<Subscriber> read(String file, Infrastructure infrastructure) {
        try {
            Path path = Paths.get(file).toAbsolutePath();
            if (!Files.exists(path)) {
                throw new NoSuchFileException(file);
            }
            if (!Files.isRegularFile(path)) {
                throw new IllegalArgumentException(file + " is not a regular file");
            }
            if (Files.size(path) > LARGEST) {
                throw new IllegalArgumentException(
                        file
                                + " is too large: it has "
                                + Files.size(path)
                                + " bytes, at most "
                                + LARGEST
                                + " (64 MiB) are read");
            }
            try (InputStream in = Files.newInputStream(path);
                    JsonParser json = new JsonFactory().createParser(in)) {
                return new SubscriberFile(file, infrastructure, json).subscribers();
            }
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "\"" + file + "\" is not the path of a file: " + e.getReason(), e);
        } catch (NoSuchFileException e) {
            throw new IllegalArgumentException(
                    "there is no file "
                            + file
                            + " on the controller: give a path on the machine that this node runs on",
                    e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(
                    file
                            + ": "
                            + position(e.getLocation())
                            + "this is not JSON: "
                            + e.getOriginalMessage(),
                    e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e, e);
        }
    }

    private List<Subscriber> subscribers() throws IOException {
        JsonToken first = json.nextToken();
        if (first != JsonToken.START_ARRAY) {
            throw refused(
                    first == null ? "the file is empty" : "the file must be a list",
                    "use a JSON list of objects such as {\"id\": \"r1\", \"class\": \"residential\","
                            + " \"attachments\": [\"of:0000000000000001/1\"], \"prefixes\": [], \"macs\": []}");
        }
        List<Subscriber> all = new ArrayList<>();
        Map<String, Integer> indices = new HashMap<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            index++;
            Subscriber subscriber = subscriber();
            Integer other = indices.putIfAbsent(subscriber.id(), index);
            if (other != null) {
                throw refused(
                        "id \"" + subscriber.id() + "\" is subscriber [" + other + "]'s already",
                        "name each once");
            }
            all.add(subscriber);
        }
        if (json.nextToken() != null) {
            throw refused("there is more after the list", "use one JSON list");
        }
        if (all.isEmpty()) {
            throw refused("the list is empty", "name at least one subscriber");
        }
        return all;
    }

    private Subscriber subscriber() throws IOException {
        if (json.currentToken() != JsonToken.START_OBJECT) {
            throw refused(
                    "value " + value() + " is not an object", "its fields are " + fieldNames());
        }
        Fields fields = new Fields();
        Set<String> seen = new HashSet<>();
        while (json.nextToken() != JsonToken.END_OBJECT) {
            String field = json.getCurrentName();
            if (!FIELDS.contains(field)) {
                throw refused(
                        "field \"" + abridged(field) + "\" is unknown",
                        "the fields are " + fieldNames());
            }
            if (!seen.add(field)) {
                throw refused("field \"" + field + "\" is there twice", "give it once");
            }
            json.nextToken();
            read(field, fields);
        }
        try {
            if (fields.id == null) {
                throw new IllegalArgumentException("field \"id\" is missing");
            }
            return fields.subscriber();
        } catch (IllegalArgumentException e) {
            throw refused(e.getMessage());
        }
    }

    private void read(String field, Fields fields) throws IOException {
        switch (field) {
            case "id":
                fields.id = text(field, id -> Subscriber.builder(id).attachedAt(ANYWHERE).build());
                break;
            case "class":
                fields.serviceClass = text(field, infrastructure::classNamed);
                break;
            case "attachments":
                fields.attachments = texts(field, Attachment::parse);
                break;
            case "prefixes":
                fields.prefixes = texts(field, Operands::prefix);
                break;
            case "mode":
                fields.mode = Operands.mode(text(field, Operands::mode));
                break;
            default:
                fields.macs = texts(field, Operands::mac);
                break;
        }
    }

    /** Reads a list of strings, no two the same. */
    private Set<String> texts(String field, Consumer<String> check) throws IOException {
        if (json.currentToken() != JsonToken.START_ARRAY) {
            throw refused(
                    "field \"" + field + "\": value " + value() + " is not a list",
                    "give a list of strings");
        }
        Set<String> texts = new LinkedHashSet<>();
        while (json.nextToken() != JsonToken.END_ARRAY) {
            String text = text(field + "[" + texts.size() + "]", check);
            if (!texts.add(text)) {
                throw refused(
                        "field \"" + field + "\": \"" + text + "\" is there twice", "give it once");
            }
        }
        return texts;
    }

    private String text(String field, Consumer<String> check) throws IOException {
        if (json.currentToken() != JsonToken.VALUE_STRING) {
            throw refused(
                    "field \"" + field + "\": value " + value() + " is not a string",
                    "give a string in quotation marks");
        }
        String text = json.getText();
        try {
            check.accept(text);
        } catch (IllegalArgumentException e) {
            throw refused("field \"" + field + "\": " + e.getMessage());
        }
        return text;
    }

    private String value() throws IOException {
        return json.currentToken().isStructStart()
                ? json.currentToken() == JsonToken.START_ARRAY ? "[...]" : "{...}"
                : abridged(
                        json.currentToken() == JsonToken.VALUE_STRING
                                ? "\"" + json.getText() + "\""
                                : json.getText());
    }

    private static String abridged(String text) {
        return text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "...";
    }

    private static String fieldNames() {
        return String.join(", ", FIELDS);
    }

    private IllegalArgumentException refused(String what, String remedy) {
        return refused(what + ": " + remedy);
    }

    private IllegalArgumentException refused(String what) {
        return new IllegalArgumentException(
                name
                        + ": "
                        + position(json.getTokenLocation())
                        + (index < 0 ? "" : "subscriber [" + index + "]: ")
                        + what);
    }

    private static String position(JsonLocation at) {
        return at == null || at.getLineNr() < 1
                ? ""
                : "line " + at.getLineNr() + ", column " + at.getColumnNr() + ": ";
    }

    /** What one object of the list says. */
    private static final class Fields {
        private String id;
        private String serviceClass;
        private Mode mode = Mode.ENFORCE;
        private Set<String> attachments = Set.of();
        private Set<String> prefixes = Set.of();
        private Set<String> macs = Set.of();

        private Subscriber subscriber() {
            Subscriber.Builder builder = Subscriber.builder(id).mode(mode);
            if (serviceClass != null) {
                builder.serviceClass(serviceClass);
            }
            attachments.forEach(text -> builder.attachedAt(Attachment.parse(text)));
            prefixes.forEach(text -> builder.prefix(Operands.prefix(text)));
            macs.forEach(text -> builder.mac(Operands.mac(text)));
            return builder.build();
        }
    }
}
