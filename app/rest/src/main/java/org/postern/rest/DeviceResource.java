package org.postern.rest;

import java.util.Optional;
import java.util.stream.Collectors;
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
import javax.ws.rs.core.Response;
import javax.ws.rs.core.SecurityContext;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.onosproject.net.DeviceId;
import org.postern.audit.Order;
import org.postern.device.DeviceState;
import org.postern.device.DeviceStatus;
import org.postern.device.EnforcementService;
import org.postern.policy.Notation;
import org.postern.report.DeviceReport;

/** Access devices: what is in force on each, taking Postern off one and putting it back. */
@Path("devices")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class DeviceResource {
    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public DeviceResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    private EnforcementService enforcement() {
        return services.get(EnforcementService.class);
    }

    /**
     * Lists access devices by identifier.
     *
     * @param uri which, and which page
     * @return {@code devices} and {@code next}
     */
    @GET
    public Response list(@Context UriInfo uri) {
        Parameters parameters = new Parameters(uri, Page.LIMIT, Page.CURSOR, "state");
        Optional<DeviceState> state = parameters.optional("state", DeviceState::of);
        Page page = new Page(uri, parameters);
        if (state.isPresent()) {
            return page.of(
                    "devices",
                    enforcement().devices().stream().filter(d -> d.state() == state.get()),
                    d -> d.device().toString(),
                    DeviceReport::json);
        }
        // without a state only those of the page are looked at
        return page.of(
                "devices",
                enforcement().policy().devices().keySet().stream(),
                DeviceId::toString,
                ids ->
                        DeviceReport.json(
                                ids.stream()
                                        .map(enforcement()::device)
                                        .flatMap(Optional::stream)
                                        .collect(Collectors.toList())));
    }

    /**
     * Shows an access device.
     *
     * @param id identifier
     * @param uri what was asked for
     * @return the device
     */
    @GET
    @Path("{id}")
    public Response show(@PathParam("id") String id, @Context UriInfo uri) {
        new Parameters(uri);
        return Response.ok(DeviceReport.json(existing(id)).toString()).build();
    }

    /**
     * Puts Postern (back) on a device; it is in force a while later.
     *
     * @param id identifier
     * @param uri what was asked for, and why
     * @param security who asks
     * @return 200 if it is in force already, else 202, also if it is ordered already; the device as
     *     it is now
     */
    @PUT
    @Path("{id}/enforcement")
    public Response enforce(
            @PathParam("id") String id, @Context UriInfo uri, @Context SecurityContext security) {
        Order order = Caller.of(security, new Parameters(uri, Caller.REASON));
        DeviceStatus before = existing(id);
        if (before.state() == DeviceState.IN_FORCE) {
            return Response.ok(DeviceReport.json(before).toString()).build();
        }
        DeviceId device = before.device();
        if (before.state() != DeviceState.PROGRAMMING) {
            Caller.order(
                    () -> {
                        enforcement().enforce(device, order);
                        return device;
                    },
                    detail -> "id");
        }
        return Response.accepted(DeviceReport.json(existing(id)).toString()).build();
    }

    /**
     * Takes Postern off a device, forwarding going on.
     *
     * @param id identifier
     * @param uri what was asked for, with the driver that the device shall have, and why
     * @param security who asks
     * @return the device as it is now
     */
    @DELETE
    @Path("{id}/enforcement")
    public Response withdraw(
            @PathParam("id") String id, @Context UriInfo uri, @Context SecurityContext security) {
        Parameters parameters = new Parameters(uri, "driver", Caller.REASON);
        Optional<String> driver = parameters.optional("driver", this::name);
        Order order = Caller.of(security, parameters);
        DeviceStatus before = existing(id);
        DeviceId device = before.device();
        if (before.state() != DeviceState.WITHDRAWN
                || driver.filter(name -> !name.equals(before.driver())).isPresent()) {
            Caller.order(
                    () -> {
                        enforcement().withdraw(device, driver, order);
                        return device;
                    },
                    detail -> driver.isPresent() && detail.contains("driver") ? "driver" : "id");
        }
        return Response.ok(DeviceReport.json(existing(id)).toString()).build();
    }

    private String name(String driver) {
        if (driver.trim().isEmpty()) {
            throw new IllegalArgumentException("give the name of a driver, or leave it away");
        }
        return driver.trim();
    }

    private DeviceStatus existing(String text) {
        DeviceId id;
        try {
            id = Notation.device(text);
        } catch (IllegalArgumentException e) {
            throw Problem.notFound("id", e.getMessage());
        }
        return enforcement()
                .device(id)
                .orElseThrow(() -> Problem.notFound("id", id + " is not an access device"));
    }
}
