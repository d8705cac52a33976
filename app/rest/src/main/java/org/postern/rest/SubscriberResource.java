package org.postern.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.common.collect.ObjectArrays;
import com.google.common.util.concurrent.Striped;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Lock;
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
import javax.ws.rs.core.EntityTag;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Request;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.SecurityContext;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.device.EnforcementService;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberAdminService;
import org.postern.subscriber.SubscriberService;

/** Subscribers: who is attached where, in which class, quarantined or not. */
@Path("subscribers")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class SubscriberResource {
    /**
     * Between what a request was made to depend on and what it does nothing else may come. Requests
     * for different subscribers seldom wait for each other.
     */
    private static final Striped<Lock> LOCKS = Striped.lock(64);

    private final ServiceDirectory services;

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
        Map<String, Long> attempts =
                services
                        .get(AttemptService.class)
                        .attemptsOf(page.stream().map(Subscriber::id).collect(Collectors.toSet()))
                        .stream()
                        .filter(count -> count.kind().isAttempt())
                        .collect(
                                Collectors.groupingBy(
                                        count -> count.subscriber().get(),
                                        Collectors.summingLong(AttemptCount::packets)));
        return Json.subscribers(page, attempts);
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
        Subscriber subscriber = existing(id);
        return Tags.onRead(request, tag(subscriber))
                .orElseGet(
                        () ->
                                Response.ok(Json.subscriber(subscriber).toString())
                                        .tag(tag(subscriber))
                                        .build());
    }

    /**
     * Registers a subscriber, or replaces it.
     *
     * @param id identifier
     * @param uri what was asked for
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
        new Parameters(uri);
        Lock lock = LOCKS.get(id);
        lock.lock();
        try {
            Optional<Subscriber> present = directory().subscriber(id);
            Tags.onWrite(request, present.map(SubscriberResource::tag));
            Subscriber wanted =
                    SubscriberBody.read(id, body, present, configured().infrastructure());
            if (!present.equals(Optional.of(wanted))) {
                Caller.order(
                        () -> {
                            directory().put(List.of(wanted), Caller.of(security));
                            return wanted;
                        },
                        detail -> SubscriberBody.culprit(wanted, detail));
            }
            // what is kept: another node may have quarantined it meanwhile
            Subscriber kept = directory().subscriber(id).orElse(wanted);
            Response.ResponseBuilder answer =
                    present.isPresent()
                            ? Response.ok()
                            : Response.created(uri.getRequestUriBuilder().replaceQuery("").build());
            return changed(answer, kept, Optional.empty());
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes a subscriber: its attachments get the default class.
     *
     * @param id identifier
     * @param uri what was asked for
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
        new Parameters(uri);
        Lock lock = LOCKS.get(id);
        lock.lock();
        try {
            Tags.onWrite(request, Optional.of(tag(existing(id))));
            Caller.order(
                    () -> {
                        directory().remove(id, Caller.of(security));
                        return id;
                    },
                    detail -> "id");
            return Response.noContent().build();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Puts a subscriber in another class.
     *
     * @param id identifier
     * @param uri what was asked for
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
        new Parameters(uri);
        String wanted =
                Body.read(body, List.of("class"))
                        .required(
                                "class",
                                name -> configured().infrastructure().classNamed(name).name());
        return change(
                id,
                request,
                present ->
                        present.serviceClass().equals(wanted)
                                ? present
                                : directory().setClass(id, wanted, Caller.of(security)),
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
        Subscriber subscriber = existing(id);
        quarantineOf(subscriber);
        return Tags.onRead(request, tag(subscriber))
                .orElseGet(
                        () ->
                                Response.ok(
                                                Json.subscriber(subscriber)
                                                        .get("quarantine")
                                                        .toString())
                                        .tag(tag(subscriber))
                                        .build());
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
                present ->
                        isSame(present.quarantine(), wanted, reason)
                                ? present
                                : directory().quarantine(id, wanted, reason, Caller.of(security)),
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
     * @param uri what was asked for
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
        new Parameters(uri);
        return change(
                id,
                request,
                present -> {
                    quarantineOf(present);
                    return directory().release(id, Caller.of(security));
                },
                detail -> "id",
                Optional::empty);
    }

    private Response change(
            String id,
            Request request,
            Function<Subscriber, Subscriber> change,
            Function<String, String> culprit,
            Supplier<Optional<String>> unenforced) {
        Lock lock = LOCKS.get(id);
        lock.lock();
        try {
            Subscriber present = existing(id);
            Tags.onWrite(request, Optional.of(tag(present)));
            Subscriber after = Caller.order(() -> change.apply(present), culprit);
            return changed(Response.ok(), after, unenforced.get());
        } finally {
            lock.unlock();
        }
    }

    private Response changed(
            Response.ResponseBuilder answer, Subscriber after, Optional<String> unenforced) {
        return answer.entity(Json.change(after, warnings(after, unenforced)).toString())
                .tag(tag(after))
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

    private Subscriber existing(String id) {
        return directory()
                .subscriber(id)
                .orElseThrow(() -> Problem.notFound("id", "there is no subscriber \"" + id + "\""));
    }

    private static Quarantine quarantineOf(Subscriber subscriber) {
        return subscriber
                .quarantine()
                .orElseThrow(
                        () ->
                                Problem.notFound(
                                        "id",
                                        "subscriber " + subscriber.id() + " is not quarantined"));
    }

    private static EntityTag tag(Subscriber subscriber) {
        return Tags.of(Json.subscriber(subscriber));
    }
}
