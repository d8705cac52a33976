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
import org.postern.device.EnforcementService;
import org.postern.json.Json;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberService;

/** Who is quarantined; each quarantine is changed at its subscriber. */
@Path("quarantines")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class QuarantineResource {
    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public QuarantineResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Lists who is quarantined, by identifier.
     *
     * @param uri which page
     * @return {@code quarantines} and {@code next}
     */
    @GET
    public Response list(@Context UriInfo uri) {
        Parameters parameters = new Parameters(uri, Page.LIMIT, Page.CURSOR);
        return new Page(uri, parameters)
                .of(
                        "quarantines",
                        services.get(SubscriberService.class).subscribers().stream()
                                .filter(s -> s.quarantine().isPresent()),
                        Subscriber::id,
                        page ->
                                Json.quarantines(
                                        page, services.get(EnforcementService.class).policy()));
    }
}
