package org.postern.rest;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import javax.ws.rs.core.UriInfo;

/**
 * The query of a request, read strictly: an unknown parameter may be a filter with a misspelt name,
 * and what it should have kept out would be taken for wanted.
 */
final class Parameters {
    private final Map<String, List<String>> query;

    /**
     * Reads a query.
     *
     * @param uri what was asked for
     * @param known the parameters that there are
     * @throws Problem if there is another, or one is there twice
     */
    Parameters(UriInfo uri, String... known) {
        query = uri.getQueryParameters();
        query.forEach(
                (name, values) -> {
                    if (!List.of(known).contains(name)) {
                        throw Problem.malformed(
                                name,
                                "parameter \""
                                        + name
                                        + "\" is unknown: "
                                        + (known.length == 0
                                                ? "there are none here"
                                                : "there are " + String.join(", ", known)));
                    }
                    if (values.size() > 1) {
                        throw Problem.malformed(
                                name, "parameter \"" + name + "\" is there twice: give it once");
                    }
                });
    }

    /** Whether a parameter is there. */
    boolean has(String name) {
        return query.containsKey(name);
    }

    /**
     * A parameter that may be left out.
     *
     * @param reader makes a value of it, or throws an IllegalArgumentException
     */
    <T> Optional<T> optional(String name, Function<String, T> reader) {
        if (!has(name)) {
            return Optional.empty();
        }
        try {
            return Optional.of(reader.apply(query.get(name).get(0)));
        } catch (IllegalArgumentException e) {
            throw Problem.malformed(name, "parameter \"" + name + "\": " + e.getMessage());
        }
    }

    /** A parameter that is true or false. */
    Optional<Boolean> flag(String name) {
        return optional(
                name,
                text -> {
                    if (!text.equals("true") && !text.equals("false")) {
                        throw new IllegalArgumentException("\"" + text + "\" is not true or false");
                    }
                    return Boolean.valueOf(text);
                });
    }

    /** A whole number. */
    Optional<Long> number(String name, long smallest, long largest) {
        return optional(
                name,
                text -> {
                    long value = text.matches("[0-9]{1,18}") ? Long.parseLong(text) : -1;
                    if (value < smallest || value > largest) {
                        throw new IllegalArgumentException(
                                "\""
                                        + text
                                        + "\" is not a whole number from "
                                        + smallest
                                        + " to "
                                        + largest);
                    }
                    return value;
                });
    }
}
