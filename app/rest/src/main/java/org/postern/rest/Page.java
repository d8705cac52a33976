package org.postern.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Comparators;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.UriInfo;

/**
 * Which part of a list is asked for. The order is that of the keys, and a cursor says after which
 * key to go on: what is added or removed meanwhile makes no other element come twice or not at all.
 */
final class Page {
    static final String LIMIT = "limit";
    static final String CURSOR = "cursor";

    /** Elements in a page. */
    private static final long DEFAULT_LIMIT = 100;

    private static final long LARGEST_LIMIT = 1_000;

    /** Tells our cursors from what somebody made up. */
    private static final String MARK = "after:";

    private final UriInfo uri;
    private final int limit;
    private final String after;

    /**
     * Reads which page is asked for.
     *
     * @param uri what was asked for
     * @param parameters its query, which may have {@link #LIMIT} and {@link #CURSOR}
     */
    Page(UriInfo uri, Parameters parameters) {
        this.uri = uri;
        limit = parameters.number(LIMIT, 1, LARGEST_LIMIT).orElse(DEFAULT_LIMIT).intValue();
        after = parameters.optional(CURSOR, Page::key).orElse("");
    }

    private static String key(String cursor) {
        String text;
        try {
            text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            text = "";
        }
        if (!text.startsWith(MARK)) {
            throw new IllegalArgumentException(
                    "\"" + cursor + "\" is not what an answer had as next: leave it out to begin");
        }
        return text.substring(MARK.length());
    }

    private static String cursor(String key) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString((MARK + key).getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Answers with the page.
     *
     * @param name what the list is called
     * @param all everything that is asked for, in any order
     * @param key what each is ordered by; no two the same
     * @param json how to write the elements of a page
     * @return an object with the list and {@code next}, null at the end; and a Link (RFC 8288)
     */
    <T> Response of(
            String name,
            Stream<T> all,
            Function<T, String> key,
            Function<List<T>, ArrayNode> json) {
        List<T> found =
                new ArrayList<>(
                        all.filter(element -> key.apply(element).compareTo(after) > 0)
                                .collect(Comparators.least(limit + 1, Comparator.comparing(key))));
        boolean more = found.size() > limit;
        List<T> page = more ? found.subList(0, limit) : found;
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set(name, json.apply(page));
        Response.ResponseBuilder answer = Response.ok().type(MediaType.APPLICATION_JSON_TYPE);
        if (more) {
            String next = cursor(key.apply(page.get(limit - 1)));
            body.put("next", next);
            answer.header(
                    HttpHeaders.LINK,
                    "<"
                            + uri.getRequestUriBuilder().replaceQueryParam(CURSOR, next).build()
                            + ">; rel=\"next\"");
        } else {
            body.putNull("next");
        }
        return answer.entity(body.toString()).build();
    }
}
