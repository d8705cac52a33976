package org.postern.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
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
import org.onosproject.net.DeviceId;
import org.postern.device.EnforcementService;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;
import org.postern.policy.Notation;
import org.postern.report.AttemptReport;

/** Who was blocked, and how often. */
@Path("attempts")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class AttemptResource {
    /** Counts that are shown. */
    private static final long DEFAULT_LIMIT = 100;

    private static final long LARGEST_LIMIT = 1_000;

    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public AttemptResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Lists counts, the highest first. There are no pages: the order changes while somebody tries.
     *
     * @param uri whose, where, and how many
     * @return {@code attempts}, and how many there are in {@code total}
     */
    @GET
    public Response list(@Context UriInfo uri) {
        Parameters parameters = new Parameters(uri, Page.LIMIT, "subscriber", "device");
        long limit = parameters.number(Page.LIMIT, 1, LARGEST_LIMIT).orElse(DEFAULT_LIMIT);
        Optional<String> subscriber = parameters.optional("subscriber", text -> text);
        Optional<DeviceId> device = parameters.optional("device", Notation::device);
        AttemptService attempts = services.get(AttemptService.class);
        List<AttemptCount> found =
                // an empty name asks for those whom nobody registered
                subscriber
                        .filter(id -> !id.isEmpty())
                        .map(id -> attempts.attemptsOf(Set.of(id)))
                        .orElseGet(attempts::attempts)
                        .stream()
                        .filter(
                                count ->
                                        subscriber
                                                .map(count.subscriber().orElse("")::equals)
                                                .orElse(true))
                        .filter(count -> device.map(count.device()::equals).orElse(true))
                        .collect(Collectors.toList());
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set(
                "attempts",
                AttemptReport.json(
                        found.stream().limit(limit).collect(Collectors.toList()),
                        services.get(EnforcementService.class).policy()));
        return Response.ok(body.put("total", found.size()).toString()).build();
    }
}
