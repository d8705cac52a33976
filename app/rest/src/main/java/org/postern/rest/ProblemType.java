package org.postern.rest;

import java.util.Arrays;
import java.util.Optional;

/** The kinds of problem that a request may end with (RFC 9457). */
enum ProblemType {
    MALFORMED(400, "malformed", "The request is malformed"),
    UNAUTHENTICATED(401, "unauthenticated", "User name and password are needed"),
    FORBIDDEN(403, "forbidden", "The user may not do this"),
    NOT_FOUND(404, "not-found", "There is no such thing"),
    METHOD_NOT_ALLOWED(405, "method-not-allowed", "This method is not for this resource"),
    NOT_ACCEPTABLE(406, "not-acceptable", "There is no answer in an accepted media type"),
    CONFLICT(409, "conflict", "This does not go with the present state"),
    PRECONDITION_FAILED(412, "precondition-failed", "It is not as it was when it was read"),
    TOO_LARGE(413, "too-large", "The request is too large"),
    UNSUPPORTED_MEDIA_TYPE(415, "unsupported-media-type", "This media type is not read here"),
    REFUSED(422, "refused", "What is asked for cannot be enforced or does not go together"),
    TOO_MANY_REQUESTS(429, "too-many-requests", "Too many requests at a time"),
    INTERNAL(500, "internal", "Unexpected error"),
    UNAVAILABLE(503, "unavailable", "This cannot be done at present");

    private static final String NAMESPACE = "urn:postern:problem:";

    private final int status;
    private final String name;
    private final String title;

    ProblemType(int status, String name, String title) {
        this.status = status;
        this.name = name;
        this.title = title;
    }

    /** The status of the answer. */
    int status() {
        return status;
    }

    /** What identifies the kind to a program. */
    String uri() {
        return NAMESPACE + name;
    }

    /** What the kind is, in words that never change. */
    String title() {
        return title;
    }

    /** The kind that has a status; empty if none has. */
    static Optional<ProblemType> of(int status) {
        return Arrays.stream(values()).filter(type -> type.status == status).findFirst();
    }
}
