package org.postern.rest;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import javax.ws.rs.core.EntityTag;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.Request;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.UriInfo;
import org.postern.precondition.Expected;
import org.postern.precondition.StaleException;

/**
 * Reading and changing one kind of thing under the preconditions that requests may have (RFC 9110,
 * 13). What a request was judged and decided upon is handed to the service that makes the change;
 * if that finds the thing otherwise in the cluster's store, the request is judged and decided anew.
 *
 * @param <T> the things; two that are equal have the same entity tag
 */
final class ConditionalRequests<T> {
    /** How often a request is decided anew because somebody else was quicker. */
    private static final int TRIES = 5;

    private final String kind;
    private final Function<String, Optional<T>> known;
    private final Function<String, Optional<T>> stored;
    private final Function<T, ? extends JsonNode> json;
    private final Function<String, Optional<String>> unreadable;

    /**
     * Creates it.
     *
     * @param kind what the things are called
     * @param known what this node knows of one
     * @param stored what the cluster's store has of one
     * @param json what the tag of one is made of
     * @param unreadable tells of one that the store has and that is not understood what can be done
     *     about it; empty of any other
     */
    ConditionalRequests(
            String kind,
            Function<String, Optional<T>> known,
            Function<String, Optional<T>> stored,
            Function<T, ? extends JsonNode> json,
            Function<String, Optional<String>> unreadable) {
        this.kind = kind;
        this.known = known;
        this.stored = stored;
        this.json = json;
        this.unreadable = unreadable;
    }

    /** The strong tag of a thing, the same on every node and after a restart. */
    EntityTag tag(T thing) {
        return Tags.of(json.apply(thing));
    }

    /**
     * Shows a thing, or a part of it.
     *
     * @param id its identifier
     * @param shown what is shown of it
     * @throws Problem if there is none, or it is not as the client wants it
     */
    Response show(String id, Request request, Function<T, ? extends JsonNode> shown) {
        T present = existing(id, known.apply(id));
        JsonNode body = shown.apply(present);
        EntityTag tag = tag(present);
        return Tags.onRead(request, tag)
                .orElseGet(() -> Response.ok(body.toString()).tag(tag).build());
    }

    /**
     * Changes a thing that there is.
     *
     * @param id its identifier
     * @param change makes the change of what there is if it still is just that
     * @return what {@code change} returned
     * @throws Problem if there is none, or it is not as the client read it
     */
    <R> R change(String id, Request request, BiFunction<T, Expected<T>, R> change) {
        return decide(
                id,
                seen -> {
                    T present = existing(id, seen);
                    Tags.onWrite(request, Optional.of(tag(present)));
                    return change.apply(present, Expected.asSeen(seen));
                });
    }

    /**
     * Changes a thing, or makes it.
     *
     * @param id its identifier
     * @param put makes the change of what there is, empty if there is nothing, if it still is just
     *     that
     * @return what {@code put} returned
     * @throws Problem if it is not as the client read it, or is there and should not be
     */
    <R> R put(String id, Request request, BiFunction<Optional<T>, Expected<T>, R> put) {
        return decide(
                id,
                seen -> {
                    if (isUnreadable(id, seen)) {
                        Tags.onUnreadable(request);
                        return put.apply(seen, Expected.any());
                    }
                    Tags.onWrite(request, seen.map(this::tag));
                    return put.apply(seen, Expected.asSeen(seen));
                });
    }

    /**
     * Removes a thing, understood or not.
     *
     * @param id its identifier
     * @param removal removes what there is, empty if that is not understood, if it still is just
     *     that
     * @return what {@code removal} returned
     * @throws Problem if there is none, or it is not as the client read it
     */
    <R> R remove(String id, Request request, BiFunction<Optional<T>, Expected<T>, R> removal) {
        return decide(
                id,
                seen -> {
                    if (isUnreadable(id, seen)) {
                        Tags.onUnreadable(request);
                    } else {
                        Tags.onWrite(request, Optional.of(tag(existing(id, seen))));
                    }
                    return removal.apply(seen, Expected.asSeen(seen));
                });
    }

    private boolean isUnreadable(String id, Optional<T> seen) {
        return !seen.isPresent() && unreadable.apply(id).isPresent();
    }

    private <R> R decide(String id, Function<Optional<T>, R> decision) {
        for (int tries = 1; ; tries++) {
            try {
                return decision.apply(stored.apply(id));
            } catch (StaleException e) {
                if (tries == TRIES) {
                    throw new Problem(
                                    ProblemType.UNAVAILABLE,
                                    kind
                                            + " "
                                            + id
                                            + " is changed by others all the time; nothing was changed, try again")
                            .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
                }
            }
        }
    }

    private T existing(String id, Optional<T> present) {
        return present.orElseThrow(
                () ->
                        Problem.notFound(
                                "id",
                                unreadable
                                        .apply(id)
                                        .map(
                                                remedy ->
                                                        kind
                                                                + " "
                                                                + id
                                                                + " is stored but not understood: "
                                                                + remedy)
                                        .orElse("there is no " + kind + " \"" + id + "\"")));
    }

    /**
     * Begins the answer to PUT.
     *
     * @param before what there was; empty if it was made now
     * @param uri what was asked for
     */
    static Response.ResponseBuilder answer(Optional<?> before, UriInfo uri) {
        return before.isPresent()
                ? Response.ok()
                : Response.created(uri.getRequestUriBuilder().replaceQuery("").build());
    }
}
