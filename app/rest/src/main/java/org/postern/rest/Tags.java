package org.postern.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.hash.Hashing;
import com.google.common.io.BaseEncoding;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import javax.ws.rs.core.EntityTag;
import javax.ws.rs.core.Request;
import javax.ws.rs.core.Response;

/** Entity tags (RFC 9110, 8.8.3) and what requests make depend on them. */
final class Tags {
    /** Of a digest; two states that differ have the same tag once in 2^64 pairs. Bytes. */
    private static final int LENGTH = 16;

    private static final EntityTag UNREADABLE = new EntityTag("not understood");

    private Tags() {}

    /**
     * The strong tag of a representation: every node of the cluster makes the same of the same.
     *
     * @param json what is answered
     */
    static EntityTag of(JsonNode json) {
        byte[] digest =
                Hashing.sha256().hashString(json.toString(), StandardCharsets.UTF_8).asBytes();
        return new EntityTag(
                BaseEncoding.base64Url().omitPadding().encode(Arrays.copyOf(digest, LENGTH)));
    }

    /**
     * Judges a request that reads.
     *
     * @return 304 (Not Modified) if the client has it as it is; else empty
     * @throws Problem if it is not as the client wants it
     */
    static Optional<Response> onRead(Request request, EntityTag present) {
        Response.ResponseBuilder answer = request.evaluatePreconditions(present);
        if (answer == null) {
            return Optional.empty();
        }
        Response built = answer.build();
        if (built.getStatus() != Response.Status.NOT_MODIFIED.getStatusCode()) {
            throw changed(Optional.of(present));
        }
        return Optional.of(Response.notModified(present).build());
    }

    /**
     * Judges a request that writes.
     *
     * @param present tag of what there is; empty if there is nothing
     * @throws Problem if it is not as the client read it, or is there and should not be
     */
    static void onWrite(Request request, Optional<EntityTag> present) {
        Response.ResponseBuilder answer =
                present.isPresent()
                        ? request.evaluatePreconditions(present.get())
                        : request.evaluatePreconditions();
        if (answer != null) {
            throw changed(present);
        }
    }

    /**
     * Judges a request that writes in place of what is stored but not understood: it is there, with
     * a tag that nobody was ever told.
     *
     * @throws Problem if the client wants nothing to be there, or what it read
     */
    static void onUnreadable(Request request) {
        if (request.evaluatePreconditions(UNREADABLE) != null) {
            throw new Problem(
                    ProblemType.PRECONDITION_FAILED,
                    "it is stored but not understood: only a request without conditions replaces or"
                            + " removes it");
        }
    }

    private static Problem changed(Optional<EntityTag> present) {
        Problem problem =
                new Problem(
                        ProblemType.PRECONDITION_FAILED,
                        present.isPresent()
                                ? "it is there with another tag than the request allows: read it again, and decide anew"
                                : "it is not there any more: read it again, and decide anew");
        return present.isPresent() ? problem.with("ETag", present.get().toString()) : problem;
    }
}
