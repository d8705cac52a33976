package org.postern.rest;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import javax.ws.rs.Consumes;
import javax.ws.rs.DELETE;
import javax.ws.rs.GET;
import javax.ws.rs.POST;
import javax.ws.rs.Path;
import javax.ws.rs.PathParam;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.SecurityContext;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.audit.Order;
import org.postern.device.EnforcementService;
import org.postern.json.Json;
import org.postern.policy.Notation;
import org.postern.policy.Suspension;

/** Break-glass: enforcement set aside for a while, everywhere, on a device or for a class. */
@Path("suspensions")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class SuspensionResource {
    private static final String EVERYWHERE = "everywhere";
    private static final String DEVICE = "device ";
    private static final String CLASS = "class ";

    /** The longest suspension. Seconds. */
    private static final int DAY = 86_400;

    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public SuspensionResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    private EnforcementService enforcement() {
        return services.get(EnforcementService.class);
    }

    /**
     * Lists what is suspended.
     *
     * @param uri what was asked for
     * @return {@code suspensions}
     */
    @GET
    public Response list(@Context UriInfo uri) {
        new Parameters(uri);
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        body.set("suspensions", Json.suspensions(enforcement().suspensions()));
        return Response.ok(body.toString()).build();
    }

    /**
     * Shows a suspension.
     *
     * @param scope its scope
     * @param uri what was asked for
     * @return the suspension
     */
    @GET
    @Path("{scope}")
    public Response show(@PathParam("scope") String scope, @Context UriInfo uri) {
        new Parameters(uri);
        return Response.ok(Json.suspension(existing(scope)).toString()).build();
    }

    /**
     * Suspends enforcement. Of a scope that is suspended already the end and the reason change.
     *
     * @param uri what was asked for
     * @param security who asks
     * @param body {@code scope}, {@code seconds} and {@code reason}
     * @return the suspension
     * @throws IOException if the connection broke
     */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response suspend(
            @Context UriInfo uri, @Context SecurityContext security, InputStream body)
            throws IOException {
        new Parameters(uri);
        Body read = Body.read(body, List.of("scope", "seconds", "reason"));
        String scope = read.required("scope", SuspensionResource::known);
        Duration length = Duration.ofSeconds(read.number("seconds", 1, DAY));
        String reason = read.required("reason", Function.identity());
        Order order = Caller.of(security);
        Suspension suspension =
                Caller.order(
                        () -> suspend(scope, length, reason, order),
                        detail -> Body.pointer(detail.contains("reason") ? "reason" : "scope"));
        return Response.created(uri.getRequestUriBuilder().path("{scope}").build(scope))
                .entity(Json.suspension(suspension).toString())
                .build();
    }

    private static String known(String scope) {
        if (scope.startsWith(DEVICE)) {
            return DEVICE + Notation.device(scope.substring(DEVICE.length()));
        }
        if (!scope.equals(EVERYWHERE) && !scope.startsWith(CLASS)) {
            throw new IllegalArgumentException(
                    "\""
                            + scope
                            + "\" is no scope: use everywhere, \"device ID\" or \"class NAME\"");
        }
        return scope;
    }

    private Suspension suspend(String scope, Duration length, String reason, Order order) {
        if (scope.startsWith(DEVICE)) {
            return enforcement()
                    .suspendDevice(
                            Notation.device(scope.substring(DEVICE.length())),
                            length,
                            reason,
                            order);
        }
        return scope.equals(EVERYWHERE)
                ? enforcement().suspendEverywhere(length, reason, order)
                : enforcement()
                        .suspendClass(scope.substring(CLASS.length()), length, reason, order);
    }

    /**
     * Ends a suspension early.
     *
     * @param scope its scope
     * @param uri what was asked for, and why
     * @param security who asks
     * @return nothing
     */
    @DELETE
    @Path("{scope}")
    @Produces(MediaType.WILDCARD)
    public Response resume(
            @PathParam("scope") String scope,
            @Context UriInfo uri,
            @Context SecurityContext security) {
        Order order = Caller.of(security, new Parameters(uri, Caller.REASON));
        resume(List.of(existing(scope).scope()), order);
        return Response.noContent().build();
    }

    /**
     * Ends every suspension early; none is fine.
     *
     * @param uri what was asked for, and why
     * @param security who asks
     * @return nothing
     */
    @DELETE
    @Produces(MediaType.WILDCARD)
    public Response resume(@Context UriInfo uri, @Context SecurityContext security) {
        Order order = Caller.of(security, new Parameters(uri, Caller.REASON));
        resume(
                enforcement().suspensions().stream()
                        .map(Suspension::scope)
                        .collect(Collectors.toList()),
                order);
        return Response.noContent().build();
    }

    private void resume(List<String> scopes, Order order) {
        for (String scope : scopes) {
            Caller.order(
                    () -> {
                        enforcement().resume(scope, order);
                        return scope;
                    },
                    detail -> "scope");
        }
    }

    private Suspension existing(String scope) {
        return enforcement().suspensions().stream()
                .filter(suspension -> suspension.scope().equals(scope))
                .findFirst()
                .orElseThrow(() -> Problem.notFound("scope", "\"" + scope + "\" is not suspended"));
    }
}
