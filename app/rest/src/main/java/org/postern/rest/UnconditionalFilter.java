package org.postern.rest;

import java.util.List;
import java.util.Set;
import javax.ws.rs.HttpMethod;
import javax.ws.rs.container.ContainerRequestContext;
import javax.ws.rs.container.ContainerRequestFilter;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.PathSegment;

/**
 * Refuses conditions of changes of what has no entity tag: whoever sends them relies on their being
 * met, and nobody could say.
 */
final class UnconditionalFilter implements ContainerRequestFilter {
    private static final Set<String> READING =
            Set.of(HttpMethod.GET, HttpMethod.HEAD, HttpMethod.OPTIONS);

    /** What has tags, and judges conditions itself. */
    private static final Set<String> TAGGED = Set.of("subscribers", "exemptions");

    private static final List<String> CONDITIONS =
            List.of(
                    HttpHeaders.IF_MATCH,
                    HttpHeaders.IF_NONE_MATCH,
                    HttpHeaders.IF_UNMODIFIED_SINCE);

    @Override
    public void filter(ContainerRequestContext request) {
        List<PathSegment> path = request.getUriInfo().getPathSegments();
        if (READING.contains(request.getMethod())
                || path.isEmpty()
                || TAGGED.contains(path.get(0).getPath())) {
            return;
        }
        for (String condition : CONDITIONS) {
            if (request.getHeaders().containsKey(condition)) {
                throw Problem.malformed(
                        condition,
                        "header "
                                + condition
                                + ": only subscribers and exemptions have entity tags, this has"
                                + " none and nothing was done: leave the header out");
            }
        }
    }
}
