package org.postern.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A request that is not done, and why: what RFC 9457 calls problem details. Beside the members of
 * the RFC it has {@code field}, which names what is wrong: a JSON pointer (RFC 6901) into the body,
 * the name of a parameter in query or path, or that of a header.
 */
final class Problem extends RuntimeException {
    static final String MEDIA_TYPE = "application/problem+json";

    /** Longer explanations are cut: they may quote what was sent. Characters. */
    private static final int LONGEST = 2_000;

    private static final long serialVersionUID = 1;

    private final ProblemType type;
    private final String field;
    private final transient Map<String, String> headers = new TreeMap<>();
    private final transient Map<String, JsonNode> further = new TreeMap<>();

    /**
     * Creates a problem that is not one field's.
     *
     * @param type its kind
     * @param detail what is wrong here and what to do
     */
    Problem(ProblemType type, String detail) {
        this(type, detail, null);
    }

    /**
     * Creates a problem.
     *
     * @param type its kind
     * @param detail what is wrong here and what to do
     * @param field JSON pointer, or name of a parameter or header; null if it is not one field's
     */
    Problem(ProblemType type, String detail, String field) {
        super(detail, null, false, false);
        this.type = type;
        this.field = field;
    }

    /** Something of a request cannot be understood. */
    static Problem malformed(String field, String detail) {
        return new Problem(ProblemType.MALFORMED, detail, field);
    }

    /** Something that the path names does not exist. */
    static Problem notFound(String field, String detail) {
        return new Problem(ProblemType.NOT_FOUND, detail, field);
    }

    /** Adds a header to the answer. */
    Problem with(String header, String value) {
        headers.put(header, value);
        return this;
    }

    /** Adds a member to the body. */
    Problem with(String member, JsonNode value) {
        further.put(member, value);
        return this;
    }

    ProblemType type() {
        return type;
    }

    Optional<String> field() {
        return Optional.ofNullable(field);
    }

    Map<String, String> headers() {
        return Collections.unmodifiableMap(headers);
    }

    /**
     * The body of the answer.
     *
     * @param instance path of what was asked for
     */
    ObjectNode json(String instance) {
        String detail = String.valueOf(getMessage());
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("type", type.uri())
                        .put("title", type.title())
                        .put("status", type.status())
                        .put(
                                "detail",
                                detail.length() <= LONGEST
                                        ? detail
                                        : detail.substring(0, LONGEST) + "...")
                        .put("instance", instance);
        if (field != null) {
            json.put("field", field);
        }
        json.setAll(further);
        return json;
    }
}
