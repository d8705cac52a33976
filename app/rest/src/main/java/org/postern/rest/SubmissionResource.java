package org.postern.rest;

import java.util.Map;
import java.util.Optional;
import javax.ws.rs.Consumes;
import javax.ws.rs.GET;
import javax.ws.rs.POST;
import javax.ws.rs.Path;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.report.SubmissionReport;
import org.postern.submission.Finding;
import org.postern.submission.SubmissionService;
import org.postern.submission.Watched;

/** What the guard knows of the ISP's own submission servers and relays. */
@Path("submission-servers")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class SubmissionResource {
    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public SubmissionResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Lists what is watched and what was found.
     *
     * @param uri what was asked for
     * @return each port at each address
     */
    @GET
    public Response list(@Context UriInfo uri) {
        new Parameters(uri);
        return answer(services.get(SubmissionService.class).findings());
    }

    /**
     * Has this node probe all of them now; the answer comes when it is done.
     *
     * @param uri what was asked for
     * @return as {@link #list}
     */
    @POST
    @Path("probe")
    public Response probe(@Context UriInfo uri) {
        new Parameters(uri);
        try {
            return answer(services.get(SubmissionService.class).lookNow());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                            ProblemType.UNAVAILABLE,
                            "the web server is being stopped; what was found until then is kept")
                    .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
        } catch (IllegalStateException e) {
            // somebody has it look already, or what was found cannot be kept
            throw new Problem(ProblemType.UNAVAILABLE, e.getMessage())
                    .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
        }
    }

    private static Response answer(Map<Watched, Optional<Finding>> findings) {
        return Response.ok(SubmissionReport.json(findings).toString()).build();
    }
}
