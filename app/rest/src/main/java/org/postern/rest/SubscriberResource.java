package org.postern.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.common.collect.ObjectArrays;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.ws.rs.Consumes;
import javax.ws.rs.DELETE;
import javax.ws.rs.GET;
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
import org.postern.device.EnforcementService;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;
import org.postern.observe.AttemptService;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.precondition.Expected;
import org.postern.report.AttemptReport;
import org.postern.subscriber.SubscriberAdminService;
import org.postern.subscriber.SubscriberService;

/** Subscribers: who is attached where, in which class, quarantined or not. */
@Path("subscribers")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class SubscriberResource {
    private final ServiceDirectory services;
    private final ConditionalRequests<Subscriber> conditional =
            new ConditionalRequests<>(
                    "subscriber",
                    id -> directory().subscriber(id),
                    id -> directory().stored(id),
                    Json::subscriber,
                    id ->
                            Optional.of("PUT replaces it, DELETE removes it")
                                    .filter(remedy -> directory().isUnreadable(id)));

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public SubscriberResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    private SubscriberAdminService directory() {
        return services.get(SubscriberAdminService.class);
    }

    private InfrastructureService configured() {
        return services.get(InfrastructureService.class);
    }

    /**
     * Lists subscribers by identifier.
     *
     * @param uri which, and which page
     * @return {@code subscribers} and {@code next}
     */
    @GET
    public Response list(@Context UriInfo uri) {
        Parameters parameters =
                new Parameters(
                        uri,
                        ObjectArrays.concat(
                                new String[] {Page.LIMIT, Page.CURSOR},
                                SubscriberFilter.PARAMETERS,
                                String.class));
        SubscriberFilter filter = new SubscriberFilter(parameters);
        filter.refuseUnknown(configured());
        return new Page(uri, parameters)
                .of(
                        "subscribers",
                        services.get(SubscriberService.class).subscribers().stream().filter(filter),
                        Subscriber::id,
                        this::withAttempts);
    }

    private ArrayNode withAttempts(List<Subscriber> page) {
        return Json.subscribers(
                page, AttemptReport.bySubscriber(services.get(AttemptService.class), page));
    }

    /**
     * Shows a subscriber.
     *
     * @param id identifier
     * @param uri what was asked for
     * @param request what the client has already
     * @return the subscriber
     */
    @GET
    @Path("{id}")
    public Response show(
            @PathParam("id") String id, @Context UriInfo uri, @Context Request request) {
        new Parameters(uri);
        return conditional.show(id, request, Json::subscriber);
    }

    /**
     * Registers a subscriber, or replaces it.
     *
     * @param id identifier
     * @param uri what was asked for, and why
     * @param request what it may depend on
     * @param security who asks
     * @param body the subscriber
     * @return the subscriber as it is now
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
        Order order = Caller.of(security, new Parameters(uri, Caller.REASON));
        Body read = SubscriberBody.read(body);
        return conditional.put(
                id,
                request,
                (seen, expected) -> {
                    Subscriber wanted =
                            SubscriberBody.subscriber(
                                    id, read, seen, configured().infrastructure());
                    Subscriber after =
                            seen.filter(wanted::equals)
                                    .orElseGet(() -> put(wanted, expected, order));
                    return changed(ConditionalRequests.answer(seen, uri), after, Optional.empty());
                });
    }

    private Subscriber put(Subscriber wanted, Expected<Subscriber> expected, Order order) {
        return Caller.order(
                () -> directory().put(wanted, expected, order),
                detail -> SubscriberBody.culprit(wanted, detail));
    }

    /**
     * Removes a subscriber: its attachments get the default class.
     *
     * @param id identifier
     * @param uri what was asked for, and why
     * @param request what it may depend on
     * @param security who asks
     * @return nothing
     */
    @DELETE
    @Path("{id}")
    @Produces(MediaType.WILDCARD)
    public Response remove(
            @PathParam("id") String id,
            @Context UriInfo uri,
            @Context Request request,
            @Context SecurityContext security) {
        Order order = Caller.of(security, new Parameters(uri, Caller.REASON));
        return conditional.remove(
                id,
                request,
                (seen, expected) ->
                        Caller.order(
                                () -> {
                                    directory().remove(id, expected, order);
                                    return Response.noContent().build();
                                },
                                detail -> "id"));
    }

    /**
     * Puts a subscriber in another class.
     *
     * @param id identifier
     * @param uri what was asked for, and why
     * @param request what it may depend on
     * @param security who asks
     * @param body {@code class}
     * @return the subscriber as it is now
     * @throws IOException if the connection broke
     */
    @PUT
    @Path("{id}/class")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response setClass(
            @PathParam("id") String id,
            @Context UriInfo uri,
            @Context Request request,
            @Context SecurityContext security,
            InputStream body)
            throws IOException {
        Order order = Caller.of(security, new Parameters(uri, Caller.REASON));
        String wanted =
                Body.read(body, List.of("class"))
                        .required(
                                "class",
                                name -> configured().infrastructure().classNamed(name).name());
        return change(
                id,
                request,
                (present, expected) ->
                        present.serviceClass().equals(wanted)
                                ? present
                                : directory().setClass(id, wanted, expected, order),
                detail -> Body.pointer("class"),
                Optional::empty);
    }

    /**
     * Shows the quarantine of a subscriber.
     *
     * @param id identifier
     * @param uri what was asked for
     * @param request what the client has already
     * @return the quarantine
     */
    @GET
    @Path("{id}/quarantine")
    public Response quarantine(
            @PathParam("id") String id, @Context UriInfo uri, @Context Request request) {
        new Parameters(uri);
        return conditional.show(
                id,
                request,
                subscriber -> {
                    refuseFree(subscriber);
                    return Json.subscriber(subscriber).get("quarantine");
                });
    }

    /**
     * Quarantines a subscriber.
     *
     * @param id identifier
     * @param uri what was asked for
     * @param request what it may depend on
     * @param security who asks
     * @param body {@code class} and {@code reason}
     * @return the subscriber as it is now
     * @throws IOException if the connection broke
     */
    @PUT
    @Path("{id}/quarantine")
    @Consumes(MediaType.APPLICATION_JSON)
    public Response quarantine(
            @PathParam("id") String id,
            @Context UriInfo uri,
            @Context Request request,
            @Context SecurityContext security,
            InputStream body)
            throws IOException {
        new Parameters(uri);
        Body read = Body.read(body, List.of("class", "reason"));
        String wanted =
                read.optional(
                                "class",
                                name -> configured().infrastructure().classNamed(name).name())
                        .orElse(ServiceClass.QUARANTINED.name());
        String reason = read.required("reason", text -> text);
        return change(
                id,
                request,
                (present, expected) ->
                        isSame(present.quarantine(), wanted, reason)
                                ? present
                                : directory()
                                        .quarantine(
                                                id, wanted, reason, expected, Caller.of(security)),
                detail -> Body.pointer(detail.contains("reason") ? "reason" : "class"),
                () -> shortage(id));
    }

    private static boolean isSame(Optional<Quarantine> present, String wanted, String reason) {
        return present.filter(
                        q -> q.serviceClass().equals(wanted) && q.reason().equals(reason.trim()))
                .isPresent();
    }

    /** The quarantine is ordered, whatever becomes of this question. */
    private Optional<String> shortage(String id) {
        try {
            return services.get(EnforcementService.class).shortageOf(id);
        } catch (IllegalStateException e) {
            return Optional.of(
                    "whether the quarantine is enforced is not known: " + e.getMessage());
        }
    }

    /**
     * Releases a subscriber from quarantine.
     *
     * @param id identifier
     * @param uri what was asked for, and why
     * @param request what it may depend on
     * @param security who asks
     * @return the subscriber as it is now
     */
    @DELETE
    @Path("{id}/quarantine")
    public Response release(
            @PathParam("id") String id,
            @Context UriInfo uri,
            @Context Request request,
            @Context SecurityContext security) {
        Order order = Caller.of(security, new Parameters(uri, Caller.REASON));
        return change(
                id,
                request,
                (present, expected) -> {
                    refuseFree(present);
                    return directory().release(id, expected, order);
                },
                detail -> "id",
                Optional::empty);
    }

    private Response change(
            String id,
            Request request,
            BiFunction<Subscriber, Expected<Subscriber>, Subscriber> change,
            Function<String, String> culprit,
            Supplier<Optional<String>> unenforced) {
        Subscriber after =
                conditional.change(
                        id,
                        request,
                        (present, expected) ->
                                Caller.order(() -> change.apply(present, expected), culprit));
        return changed(Response.ok(), after, unenforced.get());
    }

    private Response changed(
            Response.ResponseBuilder answer, Subscriber after, Optional<String> unenforced) {
        return answer.entity(Json.change(after, warnings(after, unenforced)).toString())
                .tag(conditional.tag(after))
                .build();
    }

    /** What the operator should know: a change is done in spite of it. */
    private List<String> warnings(Subscriber after, Optional<String> unenforced) {
        Policy policy =
                Policy.builder()
                        .infrastructure(configured().infrastructure())
                        .devices(configured().devices().values())
                        .subscribers(directory().directory())
                        .exemptions(services.get(ExemptionService.class).inForce())
                        .build();
        Optional<String> caveat =
                Identification.flaw(policy, after).or(() -> Identification.caveat(policy, after));
        return Stream.of(unenforced, caveat).flatMap(Optional::stream).collect(Collectors.toList());
    }

    private static void refuseFree(Subscriber subscriber) {
        if (!subscriber.quarantine().isPresent()) {
            throw Problem.notFound("id", "subscriber " + subscriber.id() + " is not quarantined");
        }
    }
}
