package org.postern.infrastructure;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.Set;

/** Collects what is wrong with a configuration, so that an operator sees everything at once. */
final class FieldErrors {
    /** More would not be read; the number of the rest is told. */
    private static final int SHOWN = 20;

    private final List<String> messages = new ArrayList<>();

    void add(String field, Object value, String allowed) {
        messages.add("field " + field + ": " + shortened(value) + " is not acceptable: " + allowed);
    }

    private static String shortened(Object value) {
        String text =
                value instanceof JsonNode && ((JsonNode) value).isMissingNode()
                        ? "nothing"
                        : String.valueOf(value);
        return text.length() > 80 ? text.substring(0, 77) + "..." : text;
    }

    /** The elements of an array; a missing field is an empty one. */
    Iterable<JsonNode> array(JsonNode object, String parent, String field) {
        JsonNode value = object.path(field);
        if (!value.isMissingNode() && !value.isArray()) {
            add(parent + field, value, "it must be a list");
        }
        return value.isArray() ? value : List.<JsonNode>of();
    }

    /**
     * One of an enumeration, written in lower case with hyphens; a missing field is the default.
     */
    <E extends Enum<E>> E choice(JsonNode object, String parent, String field, E absent) {
        return choice(object, parent, field, absent, absent.getDeclaringClass());
    }

    /** As above, where a missing field may be null. */
    <E extends Enum<E>> E choice(
            JsonNode object, String parent, String field, E absent, Class<E> type) {
        return choice(object, parent, field, absent, List.of(type.getEnumConstants()));
    }

    /** As above, where not every constant is a choice. */
    <E extends Enum<E>> E choice(
            JsonNode object, String parent, String field, E absent, List<E> choices) {
        JsonNode value = object.path(field);
        if (value.isMissingNode()) {
            return absent;
        }
        List<String> allowed = new ArrayList<>();
        for (E constant : choices) {
            String name = constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
            if (value.isTextual() && value.asText().equals(name)) {
                return constant;
            }
            allowed.add(name);
        }
        add(parent + field, value, "use one of " + String.join(", ", allowed));
        return absent;
    }

    /** True or false; a missing field is false. */
    boolean flag(JsonNode object, String parent, String field) {
        JsonNode value = object.path(field);
        if (!value.isMissingNode() && !value.isBoolean()) {
            add(parent + field, value, "it must be true or false, without quotation marks");
        }
        return value.isBoolean() && value.asBoolean();
    }

    /** A whole number of a range; empty if the field is missing or wrong. */
    OptionalInt number(JsonNode object, String parent, String field, int least, int most) {
        JsonNode value = object.path(field);
        boolean right =
                value.isIntegralNumber()
                        && value.canConvertToInt()
                        && value.asInt() >= least
                        && value.asInt() <= most;
        if (!value.isMissingNode() && !right) {
            add(parent + field, value, "it must be a whole number, " + least + " to " + most);
        }
        return right ? OptionalInt.of(value.asInt()) : OptionalInt.empty();
    }

    void refuseUnknown(JsonNode object, String parent, Set<String> known) {
        Iterator<String> names = object.fieldNames();
        while (names.hasNext()) {
            String name = names.next();
            if (!known.contains(name)) {
                add(
                        parent + name,
                        object.get(name),
                        "there is no such field; use one of " + String.join(", ", known));
            }
        }
    }

    List<String> messages() {
        if (messages.size() <= SHOWN) {
            return List.copyOf(messages);
        }
        List<String> first = new ArrayList<>(messages.subList(0, SHOWN));
        first.add("and " + (messages.size() - SHOWN) + " more");
        return first;
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }
}
