package org.postern.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;
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
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.postern.device.EnforcementService;
import org.postern.device.EnforcementStatus;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;
import org.postern.policy.Policy;
import org.postern.steering.NextHopService;

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
        EnforcementService enforcement = services.get(EnforcementService.class);
        Policy policy = enforcement.policy();
        ObjectNode json =
                Json.status(
                        version(),
                        services.get(InfrastructureService.class).status(),
                        policy,
                        EnforcementStatus.of(enforcement.devices(), policy.suspensions()),
                        unreachable(policy));
        json.put("exemptions", policy.exemptions().size());
        ArrayNode ending = json.putArray("exemptionsEnding");
        ExemptionService exemptions = services.get(ExemptionService.class);
        exemptions.inForce().stream()
                .filter(e -> exemptions.stateOf(e) == ExemptionState.ENDING)
                .forEach(e -> ending.add(e.id()));
        return Response.ok(json.toString()).build();
    }

    /** Why relays and portal cannot be reached, by name; those that can be are not in it. */
    private Map<String, String> unreachable(Policy policy) {
        NextHopService steering = services.get(NextHopService.class);
        Map<String, String> reasons = new TreeMap<>();
        policy.infrastructure()
                .nextHops()
                .forEach(
                        hop ->
                                steering.problemOf(hop)
                                        .ifPresent(reason -> reasons.put(hop.name(), reason)));
        return reasons;
    }

    private static String version() {
        Bundle own = FrameworkUtil.getBundle(StatusResource.class);
        return own == null ? "unknown" : own.getVersion().toString();
    }
}
