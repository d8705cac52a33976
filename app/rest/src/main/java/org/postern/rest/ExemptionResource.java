package org.postern.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ObjectArrays;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import javax.ws.rs.Consumes;
import javax.ws.rs.DELETE;
import javax.ws.rs.GET;
import javax.ws.rs.POST;
import javax.ws.rs.PUT;
import javax.ws.rs.Path;
import javax.ws.rs.PathParam;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Request;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.SecurityContext;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionAdminService;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.json.Json;
import org.postern.policy.Exemption;
import org.postern.report.ExemptionReport;

/** Exemptions: who may send mail directly, where to, why and how long. */
@Path("exemptions")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class ExemptionResource {
    private final ServiceDirectory services;
    private final ConditionalRequests<Exemption> conditional =
            new ConditionalRequests<>(
                    "exemption",
                    id -> exemptions().exemption(id),
                    id -> desk().stored(id),
                    this::json,
                    id ->
                            Optional.of("DELETE removes it")
                                    .filter(remedy -> desk().isUnreadable(id)));

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public ExemptionResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    private ExemptionService exemptions() {
        return services.get(ExemptionService.class);
    }

    private ExemptionAdminService desk() {
        return services.get(ExemptionAdminService.class);
    }

    /**
     * Lists exemptions by identifier.
     *
     * @param uri which, and which page
     * @return {@code exemptions} and {@code next}
     */
    @GET
    public Response list(@Context UriInfo uri) {
        Parameters parameters =
                new Parameters(
                        uri,
                        ObjectArrays.concat(
                                ExemptionFilter.PARAMETERS,
                                new String[] {Page.LIMIT, Page.CURSOR},
                                String.class));
        ExemptionFilter filter = new ExemptionFilter(exemptions(), parameters);
        return new Page(uri, parameters)
                .of(
                        "exemptions",
                        exemptions().exemptions().stream().filter(filter),
                        Exemption::id,
                        this::json);
    }

    private ArrayNode json(List<Exemption> page) {
        ArrayNode json = JsonNodeFactory.instance.arrayNode();
        page.forEach(e -> json.add(json(e)));
        return json;
    }

    private ObjectNode json(Exemption exemption) {
        return ExemptionReport.json(exemption, exemptions().stateOf(exemption));
    }

    private String stateOf(Exemption exemption) {
        return Json.lower(exemptions().stateOf(exemption));
    }

    /**
     * Shows an exemption.
     *
     * @param id identifier
     * @param uri what was asked for
     * @param request what the client has already
     * @return the exemption
     */
    @GET
    @Path("{id}")
    public Response show(
            @PathParam("id") String id, @Context UriInfo uri, @Context Request request) {
        new Parameters(uri);
        return conditional.show(id, request, this::json);
    }

    private Response answer(Response.ResponseBuilder answer, Exemption after) {
        return answer.entity(json(after).toString()).tag(conditional.tag(after)).build();
    }

    /** Whether a clock that was wrong has ended it: ordered once more, it holds again. */
    private boolean isEndedEarly(Exemption exemption) {
        return exemptions().stateOf(exemption) == ExemptionState.ENDED
                && Instant.now().isBefore(exemption.until());
    }

    /**
     * Exempts a subscriber, or changes an exemption.
     *
     * @param id identifier, of the client's choice
     * @param uri what was asked for
     * @param request what it may depend on
     * @param security who asks
     * @param body the exemption
     * @return the exemption as it is now
     * @throws IOException if the connection broke
     */
    @PUT
    @Path("{id}")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response put(
            @PathParam("id") String id,
            @Context UriInfo uri,
            @Context Request request,
            @Context SecurityContext security,
            InputStream body)
            throws IOException {
        new Parameters(uri);
        Body read = ExemptionBody.read(body);
        Order order = Caller.of(security);
        return conditional.put(
                id,
                request,
                (seen, expected) -> {
                    Exemption wanted =
                            ExemptionBody.exemption(
                                    id, read, seen, seen.map(this::stateOf).orElse(""), order.by());
                    Exemption after =
                            seen.filter(wanted::equals)
                                    .filter(same -> !isEndedEarly(same))
                                    .orElseGet(
                                            () ->
                                                    Caller.order(
                                                            () ->
                                                                    desk().put(
                                                                                    wanted,
                                                                                    expected,
                                                                                    order),
                                                            ExemptionBody::culprit));
                    return answer(ConditionalRequests.answer(seen, uri), after);
                });
    }

    /**
     * Lets an exemption last longer, or shorter; also one that is over.
     *
     * @param id identifier
     * @param uri what was asked for
     * @param request what it may depend on
     * @param security who asks
     * @param body {@code until} and {@code reason}
     * @return the exemption as it is now
     * @throws IOException if the connection broke
     */
    @POST
    @Path("{id}/renewal")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response renew(
            @PathParam("id") String id,
            @Context UriInfo uri,
            @Context Request request,
            @Context SecurityContext security,
            InputStream body)
            throws IOException {
        new Parameters(uri);
        Body read = Body.read(body, List.of("until", "reason"));
        Instant until = read.required("until", ExemptionBody::moment);
        Optional<String> reason = read.optional("reason", String::trim);
        Order order = Caller.of(security);
        return conditional.change(
                id,
                request,
                (present, expected) -> {
                    boolean same =
                            present.until().equals(until)
                                    && reason.map(present.reason()::equals).orElse(true)
                                    && !isEndedEarly(present);
                    Exemption after =
                            same
                                    ? present
                                    : Caller.order(
                                            () -> desk().renew(id, until, reason, expected, order),
                                            ExemptionBody::culprit);
                    return answer(Response.ok(), after);
                });
    }

    /**
     * Takes an exemption back.
     *
     * @param id identifier
     * @param uri what was asked for, with the reason
     * @param request what it may depend on
     * @param security who asks
     * @return nothing
     */
    @DELETE
    @Path("{id}")
    @Produces(MediaType.WILDCARD)
    public Response revoke(
            @PathParam("id") String id,
            @Context UriInfo uri,
            @Context Request request,
            @Context SecurityContext security) {
        String reason =
                new Parameters(uri, "reason")
                        .optional("reason", text -> text)
                        .orElseThrow(
                                () ->
                                        Problem.malformed(
                                                "reason",
                                                "parameter \"reason\" is missing: it is audited"));
        return conditional.remove(
                id,
                request,
                (seen, expected) -> {
                    Caller.order(
                            () -> {
                                if (seen.isPresent()) {
                                    desk().revoke(id, reason, expected, Caller.of(security));
                                } else {
                                    desk().discard(id, reason, Caller.of(security));
                                }
                                return id;
                            },
                            detail -> detail.contains("reason") ? "reason" : "id");
                    return Response.noContent().build();
                });
    }
}
