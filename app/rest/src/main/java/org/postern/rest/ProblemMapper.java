package org.postern.rest;

import java.util.Map;
import javax.ws.rs.WebApplicationException;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.UriInfo;
import javax.ws.rs.ext.ExceptionMapper;
import org.onlab.osgi.ServiceNotFoundException;
import org.onosproject.store.service.StorageException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers whatever goes wrong with problem details; of what nobody expected only the log has more.
 */
final class ProblemMapper implements ExceptionMapper<Throwable> {
    /** When to try again, if the cluster does not answer. Seconds. */
    static final String RETRY_SECONDS = "5";

    private static final Map<ProblemType, String> DETAILS =
            Map.of(
                    ProblemType.FORBIDDEN,
                    "this user may not: reading takes ONOS's role viewer, changing takes the roles viewer and admin",
                    ProblemType.NOT_FOUND,
                    "this path is not part of the API: see openapi.json for those that are",
                    ProblemType.METHOD_NOT_ALLOWED,
                    "the header Allow names the methods of this resource",
                    ProblemType.NOT_ACCEPTABLE,
                    "answers are application/json; of exports and surveys also text/csv, of the audit also"
                            + " application/x-ndjson: name it in the header Accept",
                    ProblemType.UNSUPPORTED_MEDIA_TYPE,
                    "send application/json, or to imports and surveys text/csv, and say so in the header"
                            + " Content-Type");

    private final Logger log = LoggerFactory.getLogger(getClass());

    @Context private UriInfo uri;

    @Override
    public Response toResponse(Throwable thrown) {
        Problem problem = problem(thrown);
        Response.ResponseBuilder answer =
                Response.status(problem.type().status())
                        .type(Problem.MEDIA_TYPE)
                        .entity(problem.json(instance()).toString());
        problem.headers().forEach(answer::header);
        return answer.build();
    }

    private String instance() {
        return uri.getRequestUri().getRawPath();
    }

    private Problem problem(Throwable thrown) {
        if (thrown instanceof Problem) {
            return (Problem) thrown;
        }
        if (thrown instanceof WebApplicationException) {
            return ofJersey((WebApplicationException) thrown);
        }
        if (thrown instanceof ServiceNotFoundException) {
            return new Problem(
                            ProblemType.UNAVAILABLE,
                            "Postern is not running: see whether org.postern and org.postern.drivers are active")
                    .with(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
        }
        if (thrown instanceof StorageException) {
            return new Problem(
                            ProblemType.UNAVAILABLE,
                            "the store of the cluster does not answer: see whether most nodes are up, and try again")
                    .with(HttpHeaders.RETRY_AFTER, RETRY_SECONDS);
        }
        log.error("{} could not be answered", instance(), thrown);
        return new Problem(
                ProblemType.INTERNAL,
                "this is a fault of Postern: the log of this node (karaf.log) says which");
    }

    /** What Jersey found before any resource was asked. */
    private Problem ofJersey(WebApplicationException thrown) {
        int status = thrown.getResponse().getStatus();
        ProblemType type = ProblemType.of(status).orElse(ProblemType.INTERNAL);
        if (type == ProblemType.INTERNAL) {
            log.error("{} could not be answered", instance(), thrown);
            return new Problem(type, "the log of this node (karaf.log) says why");
        }
        Problem problem =
                new Problem(
                        type,
                        DETAILS.getOrDefault(
                                type, "a header or parameter of the request cannot be read"));
        String allowed = thrown.getResponse().getHeaderString(HttpHeaders.ALLOW);
        return allowed == null ? problem : problem.with(HttpHeaders.ALLOW, allowed);
    }
}
