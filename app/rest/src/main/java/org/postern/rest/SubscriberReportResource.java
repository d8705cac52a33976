package org.postern.rest;

import javax.ws.rs.Consumes;
import javax.ws.rs.GET;
import javax.ws.rs.Path;
import javax.ws.rs.PathParam;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.report.SubscriberReport;

/** All that is known of a subscriber; what of it can be changed is {@link SubscriberResource}'s. */
@Path("subscribers/{id}/report")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class SubscriberReportResource {
    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public SubscriberReportResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Shows what is known.
     *
     * @param id the subscriber's identifier
     * @param uri what was asked for
     * @return the report
     */
    @GET
    public Response show(@PathParam("id") String id, @Context UriInfo uri) {
        new Parameters(uri);
        return SubscriberReport.of(services, id)
                .map(report -> Response.ok(report.json().toString()).build())
                .orElseThrow(() -> Problem.notFound("id", "there is no subscriber \"" + id + "\""));
    }
}
