package org.postern.rest;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonPointer;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * The JSON object that a request carries. It is read strictly, since what is misunderstood would be
 * enforced: unknown, repeated and mistyped fields are refused, each by its JSON pointer.
 */
final class Body {
    /** Nothing here is nested deeper than a list in an object; more is an attack on the parser. */
    private static final int DEEPEST = 16;

    /** A longer value is quoted in part. Characters. */
    private static final int QUOTED = 80;

    /** More than a subscriber of an import can have in its 65,536 characters. */
    static final int LONGEST_LIST = 10_000;

    private static final ObjectMapper MAPPER =
            new ObjectMapper(
                            new JsonFactory().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION))
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private final JsonNode json;

    private Body(JsonNode json) {
        this.json = json;
    }

    /**
     * Reads the body of a request.
     *
     * @param in what was sent
     * @param fields what the object may have
     * @throws Problem if it is no JSON, no object, or has another field
     */
    static Body read(InputStream in, List<String> fields) throws IOException {
        JsonNode json = parsed(in.readAllBytes());
        if (!json.isObject()) {
            throw Problem.malformed(
                    "",
                    json.isMissingNode()
                            ? "the body is missing: send a JSON object with " + named(fields)
                            : "the body must be a JSON object with " + named(fields));
        }
        for (Iterator<String> names = json.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (!fields.contains(name)) {
                throw Problem.malformed(
                        pointer(name),
                        "field \""
                                + abridged(name)
                                + "\" is unknown: the fields are "
                                + named(fields));
            }
        }
        return new Body(json);
    }

    /**
     * Reads the body of a request that is a list.
     *
     * @param in what was sent
     * @throws Problem if it is no JSON, or no list
     */
    static JsonNode list(InputStream in) throws IOException {
        JsonNode json = parsed(in.readAllBytes());
        if (!json.isArray()) {
            throw Problem.malformed("", "the body must be a JSON list of objects");
        }
        return json;
    }

    private static JsonNode parsed(byte[] text) throws IOException {
        try (JsonParser parser = MAPPER.getFactory().createParser(text)) {
            int depth = 0;
            for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
                depth += token.isStructStart() ? 1 : token.isStructEnd() ? -1 : 0;
                if (depth > DEEPEST) {
                    throw Problem.malformed("", "the body is nested deeper than " + DEEPEST);
                }
            }
            JsonNode json = MAPPER.readTree(text);
            return json == null ? MAPPER.missingNode() : json;
        } catch (JsonProcessingException e) {
            JsonPointer at =
                    e.getProcessor() instanceof JsonParser
                            ? ((JsonParser) e.getProcessor()).getParsingContext().pathAsPointer()
                            : JsonPointer.compile("");
            throw Problem.malformed(
                    at.toString(),
                    "this is not JSON with every field once: "
                            + abridged(e.getOriginalMessage())
                            + (e.getLocation() == null
                                    ? ""
                                    : " (line "
                                            + e.getLocation().getLineNr()
                                            + ", column "
                                            + e.getLocation().getColumnNr()
                                            + ")"));
        }
    }

    /** The pointer to a field of the object (RFC 6901). */
    static String pointer(String field) {
        return "/" + abridged(field).replace("~", "~0").replace("/", "~1");
    }

    /** Whether a field is there, be it null. */
    boolean has(String field) {
        return json.has(field);
    }

    /** A field as it was sent; missing if it is not there. */
    JsonNode value(String field) {
        return json.path(field);
    }

    /**
     * A string that must be there.
     *
     * @param reader makes a value of it, or throws an IllegalArgumentException
     */
    <T> T required(String field, Function<String, T> reader) {
        return optional(field, reader)
                .orElseThrow(
                        () ->
                                Problem.malformed(
                                        pointer(field), "field \"" + field + "\" is missing"));
    }

    /** A string that may be left out; null is not a string. */
    <T> Optional<T> optional(String field, Function<String, T> reader) {
        return has(field)
                ? Optional.of(read(json.get(field), field, pointer(field), reader))
                : Optional.empty();
    }

    /** A string that may be left out or null, which is the same. */
    <T> Optional<T> nullable(String field, Function<String, T> reader) {
        return value(field).isNull() ? Optional.empty() : optional(field, reader);
    }

    /** An object of strings by name; one that is left out is empty. */
    Map<String, String> texts(String field) {
        JsonNode object = json.path(field);
        if (!object.isMissingNode() && !object.isObject()) {
            throw mistyped(object, field, pointer(field), "an object of strings");
        }
        Map<String, String> texts = new LinkedHashMap<>();
        object.fields()
                .forEachRemaining(
                        entry ->
                                texts.put(
                                        entry.getKey(),
                                        read(
                                                entry.getValue(),
                                                field + "." + entry.getKey(),
                                                pointer(field) + pointer(entry.getKey()),
                                                text -> text)));
        return texts;
    }

    /** A list of strings, no two the same; one that is left out is empty. */
    <T> List<T> list(String field, Function<String, T> reader) {
        JsonNode list = json.path(field);
        if (!list.isMissingNode() && !list.isArray()) {
            throw mistyped(list, field, pointer(field), "a list of strings");
        }
        refuseLong(list, field);
        Set<T> values = new LinkedHashSet<>();
        for (JsonNode element : list) {
            String at = pointer(field) + "/" + values.size();
            T value = read(element, field + "[" + values.size() + "]", at, reader);
            if (!values.add(value)) {
                throw Problem.malformed(
                        at, "field \"" + field + "\": " + quoted(element) + " is there twice");
            }
        }
        return List.copyOf(values);
    }

    private static void refuseLong(JsonNode list, String field) {
        if (list.size() > LONGEST_LIST) {
            throw Problem.malformed(
                    pointer(field),
                    "field \""
                            + field
                            + "\": a list has at most "
                            + LONGEST_LIST
                            + " elements, this one "
                            + list.size());
        }
    }

    /** A whole number that must be there. */
    int number(String field, int smallest, int largest) {
        JsonNode value = json.path(field);
        if (value.isMissingNode()) {
            throw Problem.malformed(pointer(field), "field \"" + field + "\" is missing");
        }
        return whole(value, field, pointer(field), smallest, largest);
    }

    private static int whole(
            JsonNode value, String field, String pointer, int smallest, int largest) {
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < smallest
                || value.intValue() > largest) {
            throw mistyped(
                    value, field, pointer, "a whole number from " + smallest + " to " + largest);
        }
        return value.intValue();
    }

    /** A list of whole numbers, no two the same; one that is left out is empty. */
    List<Integer> numbers(String field, int smallest, int largest) {
        JsonNode list = json.path(field);
        if (!list.isMissingNode() && !list.isArray()) {
            throw mistyped(list, field, pointer(field), "a list of whole numbers");
        }
        refuseLong(list, field);
        Set<Integer> values = new LinkedHashSet<>();
        for (JsonNode element : list) {
            String at = pointer(field) + "/" + values.size();
            int value = whole(element, field + "[" + values.size() + "]", at, smallest, largest);
            if (!values.add(value)) {
                throw Problem.malformed(
                        at, "field \"" + field + "\": " + value + " is there twice");
            }
        }
        return List.copyOf(values);
    }

    /** Whether a field is true; one that is left out is false. */
    boolean flag(String field) {
        JsonNode value = json.path(field);
        if (!value.isMissingNode() && !value.isBoolean()) {
            throw mistyped(value, field, pointer(field), "true or false");
        }
        return value.booleanValue();
    }

    private static <T> T read(
            JsonNode value, String field, String pointer, Function<String, T> reader) {
        if (!value.isTextual()) {
            throw mistyped(value, field, pointer, "a string");
        }
        try {
            return reader.apply(value.textValue());
        } catch (IllegalArgumentException e) {
            throw Problem.malformed(pointer, "field \"" + field + "\": " + e.getMessage());
        }
    }

    private static Problem mistyped(JsonNode value, String field, String pointer, String wanted) {
        return Problem.malformed(
                pointer, "field \"" + field + "\": value " + quoted(value) + " is not " + wanted);
    }

    private static String quoted(JsonNode value) {
        return value.isObject() ? "{...}" : value.isArray() ? "[...]" : abridged(value.toString());
    }

    private static String abridged(String text) {
        return text.length() <= QUOTED ? text : text.substring(0, QUOTED) + "...";
    }

    private static String named(List<String> fields) {
        return String.join(", ", fields);
    }
}
