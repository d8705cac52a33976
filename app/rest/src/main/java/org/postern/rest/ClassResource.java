package org.postern.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;

/** The service classes, as configured; they are changed in ONOS's network configuration. */
@Path("classes")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class ClassResource {
    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public ClassResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Lists all classes.
     *
     * @param uri what was asked for
     * @return {@code classes}
     */
    @GET
    public Response list(@Context UriInfo uri) {
        new Parameters(uri);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set(
                "classes",
                Json.classes(services.get(InfrastructureService.class).infrastructure()));
        return Response.ok(body.toString()).build();
    }
}
