package org.postern.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.osgi.ServiceNotFoundException;
import org.onlab.packet.MacAddress;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.postern.device.EnforcementService;
import org.postern.device.EnforcementStatus;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;
import org.postern.policy.Exemption;
import org.postern.policy.NextHop;
import org.postern.policy.Policy;
import org.postern.sadis.SadisStatusService;
import org.postern.steering.NextHopService;
import org.postern.submission.Finding;
import org.postern.submission.SubmissionService;
import org.postern.subscriber.DoubleClaim;
import org.postern.subscriber.SubscriberService;

/**
 * Whether the policy is in force, and if not, where and why; as it was when it was asked.
 * Immutable.
 */
public final class StatusReport {
    private final ConfigurationStatus configuration;
    private final Policy policy;
    private final EnforcementStatus enforcement;
    private final ImmutableSortedMap<String, String> unreachable;
    private final ImmutableList<Exemption> ending;
    private final ImmutableList<DoubleClaim> doubleClaims;
    private final Optional<SadisStatus> sadis;
    private final ImmutableList<Finding> alarming;

    /** How it stands with SADIS. */
    public static final class SadisStatus {
        private final int subscribers;
        private final ImmutableSortedMap<String, String> problems;

        private SadisStatus(SadisStatusService service) {
            subscribers = service.subscribers();
            ImmutableSortedMap.Builder<String, String> byPort = ImmutableSortedMap.naturalOrder();
            service.problems().forEach((port, problem) -> byPort.put(port.toString(), problem));
            problems = byPort.build();
        }

        /**
         * Returns how many subscribers come from SADIS.
         *
         * @return a number, as this node knew it at its last round
         */
        public int subscribers() {
            return subscribers;
        }

        /**
         * Returns what is wrong on this node.
         *
         * @return problems by access port
         */
        public Map<String, String> problems() {
            return problems;
        }

        private ObjectNode json() {
            ObjectNode json = JsonNodeFactory.instance.objectNode().put("subscribers", subscribers);
            ArrayNode list = json.putArray("problems");
            problems.forEach(
                    (port, problem) -> list.addObject().put("port", port).put("problem", problem));
            return json;
        }
    }

    private StatusReport(ServiceDirectory services) {
        EnforcementService enforcing = services.get(EnforcementService.class);
        configuration = services.get(InfrastructureService.class).status();
        policy = enforcing.policy();
        enforcement = EnforcementStatus.of(enforcing.devices(), policy.suspensions());
        unreachable = unreachable(services.get(NextHopService.class), policy);
        doubleClaims = ImmutableList.copyOf(services.get(SubscriberService.class).doubleClaims());
        ExemptionService exemptions = services.get(ExemptionService.class);
        sadis = sadis(services);
        alarming =
                services.get(SubmissionService.class).findings().values().stream()
                        .flatMap(Optional::stream)
                        .filter(f -> !f.alarms().isEmpty())
                        .collect(ImmutableList.toImmutableList());
        ending =
                exemptions.inForce().stream()
                        .filter(e -> exemptions.stateOf(e) == ExemptionState.ENDING)
                        .collect(ImmutableList.toImmutableList());
    }

    /**
     * Asks the services.
     *
     * @param services where they are
     * @return how things are now
     * @throws org.onlab.osgi.ServiceNotFoundException if Postern does not run
     */
    public static StatusReport of(ServiceDirectory services) {
        return new StatusReport(services);
    }

    private static Optional<SadisStatus> sadis(ServiceDirectory services) {
        try {
            return Optional.of(new SadisStatus(services.get(SadisStatusService.class)));
        } catch (ServiceNotFoundException e) {
            return Optional.empty();
        }
    }

    private static ImmutableSortedMap<String, String> unreachable(
            NextHopService steering, Policy policy) {
        Map<String, String> reasons = new TreeMap<>();
        policy.infrastructure()
                .nextHops()
                .forEach(
                        hop ->
                                steering.problemOf(hop)
                                        .ifPresent(reason -> reasons.put(hop.name(), reason)));
        return ImmutableSortedMap.copyOf(reasons);
    }

    /**
     * Returns the version of Postern.
     *
     * @return such as {@code 0.1.0}
     */
    public String version() {
        Bundle own = FrameworkUtil.getBundle(StatusReport.class);
        return own == null ? "unknown" : own.getVersion().toString();
    }

    /**
     * Tells whether the present network configuration is in force.
     *
     * @return its status
     */
    public ConfigurationStatus configuration() {
        return configuration;
    }

    /**
     * Returns the policy that is to be enforced.
     *
     * @return the policy
     */
    public Policy policy() {
        return policy;
    }

    /**
     * Tells whether the policy is in force, and on which devices it is not.
     *
     * @return its status
     */
    public EnforcementStatus enforcement() {
        return enforcement;
    }

    /**
     * Tells why relays and portal cannot be reached.
     *
     * @return reasons by name; those that can be reached are not in it
     */
    public Map<String, String> unreachable() {
        return unreachable;
    }

    /**
     * Returns the exemptions that end soon.
     *
     * @return exemptions in force
     */
    public List<Exemption> ending() {
        return ending;
    }

    /**
     * Returns what two subscribers have that only one can have.
     *
     * @return pairs of subscribers and what both have
     */
    public List<DoubleClaim> doubleClaims() {
        return doubleClaims;
    }

    /**
     * Tells how it stands with SADIS as a source of subscribers.
     *
     * @return empty if there is no SADIS
     */
    public Optional<SadisStatus> sadis() {
        return sadis;
    }

    /**
     * Tells with which of the ISP's own submission servers and relays something is wrong.
     *
     * @return those with alarms, in the order of {@link SubmissionService#findings}
     */
    public List<Finding> alarming() {
        return alarming;
    }

    /**
     * Tells all of it.
     *
     * @return an object
     */
    public ObjectNode json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("version", version());
        json.putObject("configuration")
                .put("valid", configuration.isValid())
                .put(
                        "error",
                        configuration.isValid() ? null : String.join("; ", configuration.errors()))
                .put("since", configuration.since().toString());
        json.put("inForce", enforcement.isInForce())
                .put("subscribers", policy.subscribers().size());
        ArrayNode elsewhere = json.putArray("subscribersElsewhere");
        policy.subscribersElsewhere().forEach(s -> elsewhere.add(s.id()));
        ArrayNode doubles = json.putArray("doubleClaims");
        for (DoubleClaim claim : doubleClaims) {
            ObjectNode one = doubles.addObject().put("what", claim.what());
            one.putArray("subscribers").add(claim.first()).add(claim.second());
        }
        json.set("sadis", sadis.map(SadisStatus::json).orElse(null));
        json.set("suspensions", Json.suspensions(enforcement.suspensions()));
        ArrayNode nextHops = json.putArray("nextHops");
        for (NextHop hop : policy.infrastructure().nextHops()) {
            MacAddress mac = policy.nextHops().get(hop.name());
            nextHops.addObject()
                    .put("name", hop.name())
                    .put("reachable", !unreachable.containsKey(hop.name()))
                    .put("refused", policy.refusedRelays().contains(hop.name()))
                    .put("mac", mac == null ? null : mac.toString())
                    .put("reason", unreachable.get(hop.name()));
        }
        json.set("devices", DeviceReport.json(enforcement.devices()));
        json.put("exemptions", policy.exemptions().size());
        ArrayNode ids = json.putArray("exemptionsEnding");
        ending.forEach(e -> ids.add(e.id()));
        json.set("alarms", SubmissionReport.alarms(alarming));
        return json;
    }
}
