package org.postern.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.onlab.osgi.ServiceDirectory;
import org.postern.device.EnforcementService;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.json.Json;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;
import org.postern.observe.Sighting;
import org.postern.observe.SightingService;
import org.postern.policy.Exemption;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberService;

/** All that is known of a subscriber, as it was when it was asked. Immutable. */
public final class SubscriberReport {
    private final Subscriber subscriber;
    private final Policy policy;
    private final Map<Exemption, ExemptionState> exemptions = new LinkedHashMap<>();
    private final ImmutableList<AttemptCount> attempts;
    private final ImmutableList<Sighting> hosts;
    private final ImmutableList<Sighting> strays;

    private SubscriberReport(ServiceDirectory services, Subscriber subscriber) {
        this.subscriber = subscriber;
        policy = services.get(EnforcementService.class).policy();
        ExemptionService exempting = services.get(ExemptionService.class);
        exempting.exemptions().stream()
                .filter(e -> e.subscriber().equals(subscriber.id()))
                .forEach(e -> exemptions.put(e, exempting.stateOf(e)));
        exemptions.values().removeIf(ExemptionState.ENDED::equals);
        attempts =
                ImmutableList.copyOf(
                        services.get(AttemptService.class).attemptsOf(Set.of(subscriber.id())));
        SightingService sightings = services.get(SightingService.class);
        hosts = ImmutableList.copyOf(sightings.at(subscriber));
        strays = ImmutableList.copyOf(sightings.strays(subscriber));
    }

    /**
     * Asks the services.
     *
     * @param services where they are
     * @param id the subscriber's identifier
     * @return what is known now; empty if there is no such subscriber
     * @throws org.onlab.osgi.ServiceNotFoundException if Postern does not run
     */
    public static Optional<SubscriberReport> of(ServiceDirectory services, String id) {
        return services.get(SubscriberService.class)
                .subscriber(id)
                .map(subscriber -> new SubscriberReport(services, subscriber));
    }

    /**
     * Returns the subscriber as it is registered.
     *
     * @return the subscriber
     */
    public Subscriber subscriber() {
        return subscriber;
    }

    /**
     * Returns the name of the class that holds: of a quarantine or an exemption in force, else the
     * subscriber's own.
     *
     * @return name of a class
     */
    public String effectiveClass() {
        return policy.classOf(subscriber).name();
    }

    /**
     * Returns the exemptions that are not over, by identifier.
     *
     * @return exemptions and their states
     */
    public Map<Exemption, ExemptionState> exemptions() {
        return new LinkedHashMap<>(exemptions);
    }

    /**
     * Returns what was counted of the subscriber.
     *
     * @return counts by device and kind
     */
    public List<AttemptCount> attempts() {
        return attempts;
    }

    /**
     * Returns the hosts that are seen where the subscriber is attached.
     *
     * @return sightings
     */
    public List<Sighting> hosts() {
        return hosts;
    }

    /**
     * Returns the hosts elsewhere that have an address of the subscriber: moved or stolen.
     *
     * @return sightings
     */
    public List<Sighting> strays() {
        return strays;
    }

    /**
     * Tells what the operator should know of how the subscriber is told from others.
     *
     * @return a sentence each
     */
    public List<String> warnings() {
        return Stream.of(
                        Identification.flaw(policy, subscriber),
                        Identification.caveat(policy, subscriber))
                .flatMap(Optional::stream)
                .collect(ImmutableList.toImmutableList());
    }

    /**
     * Tells all of it.
     *
     * @return what {@link Json#subscriber} tells, and more
     */
    public ObjectNode json() {
        ObjectNode json = Json.subscriber(subscriber).put("effectiveClass", effectiveClass());
        ArrayNode list = json.putArray("exemptions");
        exemptions.forEach((exemption, state) -> list.add(ExemptionReport.json(exemption, state)));
        json.set("attempts", AttemptReport.json(attempts, policy));
        tell(json.putArray("hosts"), hosts);
        tell(json.putArray("strays"), strays);
        ArrayNode told = json.putArray("warnings");
        warnings().forEach(told::add);
        return json;
    }

    private static void tell(ArrayNode json, List<Sighting> sightings) {
        for (Sighting sighting : sightings) {
            ObjectNode one =
                    json.addObject()
                            .put("mac", sighting.mac().toString())
                            .put("attachment", sighting.where().toString())
                            .put("since", sighting.since().map(Instant::toString).orElse(null));
            ArrayNode ips = one.putArray("addresses");
            sighting.ips().forEach(ip -> ips.add(ip.toString()));
        }
    }
}
