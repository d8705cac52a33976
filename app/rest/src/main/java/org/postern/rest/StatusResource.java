package org.postern.rest;

import javax.ws.rs.Consumes;
import javax.ws.rs.GET;
import javax.ws.rs.Path;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.report.StatusReport;

/** Whether the policy is in force, and what keeps it from that. */
@Path("status")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class StatusResource {
    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public StatusResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Tells of configuration, suspensions, relays and devices.
     *
     * @param uri what was asked for
     * @return the status
     */
    @GET
    public Response show(@Context UriInfo uri) {
        new Parameters(uri);
        return Response.ok(StatusReport.of(services).json().toString()).build();
    }
}
