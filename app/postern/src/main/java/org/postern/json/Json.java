package org.postern.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.onlab.packet.MacAddress;
import org.postern.device.DeviceStatus;
import org.postern.device.EnforcementStatus;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.observe.AttemptCount;
import org.postern.policy.Exemption;
import org.postern.policy.NextHop;
import org.postern.policy.Policy;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;

/**
 * What the console shows with {@code -j} and the REST API answers: the same, so that whoever reads
 * one can read the other. Moments are in UTC, in the form of ISO 8601.
 */
public final class Json {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Json() {}

    /**
     * Tells what is in force, as {@code postern-status} does.
     *
     * @param version version of Postern
     * @param configuration whether the present network configuration is in force
     * @param policy the policy that is to be enforced
     * @param status whether it is in force
     * @param unreachable why relays and portal cannot be reached, by name; those that can be are
     *     not in it
     * @return an object
     */
    public static ObjectNode status(
            String version,
            ConfigurationStatus configuration,
            Policy policy,
            EnforcementStatus status,
            Map<String, String> unreachable) {
        ObjectNode json = NODES.objectNode().put("version", version);
        json.putObject("configuration")
                .put("valid", configuration.isValid())
                .put(
                        "error",
                        configuration.isValid() ? null : String.join("; ", configuration.errors()))
                .put("since", configuration.since().toString());
        json.put("inForce", status.isInForce()).put("subscribers", policy.subscribers().size());
        ArrayNode elsewhere = json.putArray("subscribersElsewhere");
        policy.subscribersElsewhere().forEach(s -> elsewhere.add(s.id()));
        ArrayNode suspensions = json.putArray("suspensions");
        status.suspensions().forEach(suspension -> suspensions.add(suspension(suspension)));
        ArrayNode nextHops = json.putArray("nextHops");
        for (NextHop hop : policy.infrastructure().nextHops()) {
            MacAddress mac = policy.nextHops().get(hop.name());
            nextHops.addObject()
                    .put("name", hop.name())
                    .put("reachable", !unreachable.containsKey(hop.name()))
                    .put("mac", mac == null ? null : mac.toString())
                    .put("reason", unreachable.get(hop.name()));
        }
        json.set("devices", devices(status.devices()));
        return json;
    }

    /**
     * Lists access devices, as {@code postern-devices} does.
     *
     * @param devices their status
     * @return a list of what {@link #device} tells
     */
    public static ArrayNode devices(List<DeviceStatus> devices) {
        ArrayNode json = NODES.arrayNode();
        devices.forEach(d -> json.add(device(d)));
        return json;
    }

    /**
     * Tells of an access device.
     *
     * @param device its status
     * @return an object
     */
    public static ObjectNode device(DeviceStatus device) {
        ObjectNode json =
                NODES.objectNode()
                        .put("device", device.device().toString())
                        .put("driver", device.driver())
                        .put("backend", lower(device.backend()))
                        .put("state", device.state().name())
                        .put("reason", device.reason())
                        .put("since", device.since().toString());
        json.putObject("rules")
                .put("desired", device.rulesDesired())
                .put("present", device.rulesPresent())
                .put("verified", device.rulesVerified());
        json.put("driftRepaired", device.driftRepaired()).put("rejected", device.rejected());
        json.putNull("unverified");
        device.unverified()
                .ifPresent(
                        span ->
                                json.putObject("unverified")
                                        .put("from", span.from().toString())
                                        .put("to", span.to().toString())
                                        .put(
                                                "seconds",
                                                Duration.between(span.from(), span.to())
                                                        .getSeconds())
                                        .put("reason", span.reason()));
        ArrayNode foreign = json.putArray("foreignRules");
        device.foreignRules()
                .forEach(
                        rule ->
                                foreign.addObject()
                                        .put("table", rule.table())
                                        .put("priority", rule.priority())
                                        .put("application", rule.application())
                                        .put("selector", rule.selector())
                                        .put("treatment", rule.treatment()));
        ArrayNode tableSpace = json.putArray("tableSpace");
        device.tableSpace().forEach(tableSpace::add);
        ArrayNode warnings = json.putArray("warnings");
        device.warnings().forEach(warnings::add);
        ArrayNode limits = json.putArray("limits");
        device.limits().forEach(limits::add);
        return json;
    }

    /**
     * Tells of an exemption.
     *
     * @param exemption an exemption
     * @return an object; {@code class} is null unless another class holds, and without it no {@code
     *     destinations} means all direct mail
     */
    public static ObjectNode exemption(Exemption exemption) {
        ObjectNode json =
                NODES.objectNode()
                        .put("id", exemption.id())
                        .put("subscriber", exemption.subscriber());
        strings(json.putArray("destinations"), exemption.destinations());
        json.put("class", exemption.serviceClass().orElse(null))
                .put("reason", exemption.reason())
                .put("ticket", exemption.ticket())
                .put("by", exemption.by())
                .put("from", exemption.from().toString())
                .put("until", exemption.until().toString());
        ObjectNode checklist = json.putObject("checklist");
        exemption.checklist().forEach(checklist::put);
        return json;
    }

    /**
     * Lists subscribers, as {@code postern-subscribers} does.
     *
     * @param subscribers whom to list
     * @param attempts blocked packets by subscriber; who is not named had none
     * @return a list of what {@link #subscriber} tells, each with its {@code attempts}
     */
    public static ArrayNode subscribers(
            Collection<Subscriber> subscribers, Map<String, Long> attempts) {
        ArrayNode json = NODES.arrayNode();
        for (Subscriber subscriber : subscribers) {
            json.add(
                    subscriber(subscriber)
                            .put("attempts", attempts.getOrDefault(subscriber.id(), 0L)));
        }
        return json;
    }

    /**
     * Tells what a change has made of a subscriber, as {@code postern-subscriber-add} and {@code
     * postern-set-class} do.
     *
     * @param after the subscriber as it is now
     * @param warnings what the operator should know
     * @return what {@link #subscriber} tells, and {@code warning}
     */
    public static ObjectNode change(Subscriber after, List<String> warnings) {
        return subscriber(after)
                .put("warning", warnings.isEmpty() ? null : String.join("; ", warnings));
    }

    /**
     * Tells of a suspension.
     *
     * @param suspension any suspension
     * @return an object
     */
    public static ObjectNode suspension(Suspension suspension) {
        return NODES.objectNode()
                .put("scope", suspension.scope())
                .put("until", suspension.until().toString())
                .put("reason", suspension.reason())
                .put("by", suspension.by());
    }

    /**
     * Tells of a subscriber.
     *
     * @param subscriber any subscriber
     * @return an object
     */
    public static ObjectNode subscriber(Subscriber subscriber) {
        ObjectNode json =
                NODES.objectNode()
                        .put("id", subscriber.id())
                        .put("class", subscriber.serviceClass());
        strings(json.putArray("attachments"), subscriber.attachments());
        strings(json.putArray("prefixes"), subscriber.prefixes());
        strings(json.putArray("macs"), subscriber.macs());
        json.put("mode", lower(subscriber.mode())).putNull("quarantine");
        subscriber
                .quarantine()
                .ifPresent(
                        q ->
                                json.putObject("quarantine")
                                        .put("class", q.serviceClass())
                                        .put("reason", q.reason())
                                        .put("since", q.since().toString())
                                        .put("by", q.by()));
        return json;
    }

    /**
     * Lists who is quarantined, as {@code postern-quarantines} does.
     *
     * @param subscribers quarantined subscribers only
     * @param policy the policy that has their classes
     * @return a list of objects
     */
    public static ArrayNode quarantines(Collection<Subscriber> subscribers, Policy policy) {
        ArrayNode json = NODES.arrayNode();
        for (Subscriber subscriber : subscribers) {
            Quarantine quarantine = subscriber.quarantine().orElseThrow();
            ObjectNode row =
                    json.addObject()
                            .put("subscriber", subscriber.id())
                            .put("class", quarantine.serviceClass())
                            .put(
                                    "depth",
                                    policy.classOf(subscriber)
                                            .quarantine()
                                            .map(Json::lower)
                                            .orElse(null))
                            .put("reason", quarantine.reason())
                            .put("since", quarantine.since().toString())
                            .put("by", quarantine.by());
            strings(row.putArray("attachments"), subscriber.attachments());
            strings(row.putArray("prefixes"), subscriber.prefixes());
        }
        return json;
    }

    /**
     * Writes a constant as configuration does.
     *
     * @param value any constant
     * @return such as {@code walled-garden}
     */
    public static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static void strings(ArrayNode json, Collection<?> values) {
        values.forEach(v -> json.add(v.toString()));
    }

    /**
     * Lists blocked attempts, as {@code postern-attempts} does.
     *
     * @param attempts counts
     * @param policy the policy that has the subscribers' classes
     * @return a list of objects; subscriber {@code ""} is everybody unknown
     */
    public static ArrayNode attempts(List<AttemptCount> attempts, Policy policy) {
        ArrayNode json = NODES.arrayNode();
        for (AttemptCount count : attempts) {
            json.addObject()
                    .put("subscriber", count.subscriber().orElse(""))
                    .put("device", count.device().toString())
                    .put("class", classOf(count, policy))
                    .put("kind", lower(count.kind()))
                    .put("attempts", count.packets())
                    .put("since", count.since().toString())
                    .put("last", count.last().map(Instant::toString).orElse(null));
        }
        return json;
    }

    /**
     * Names the class by which attempts were blocked: of a subscriber its own, else the default.
     *
     * @param count what was counted
     * @param policy the policy that has the subscriber's class
     * @return name of a class
     */
    public static String classOf(AttemptCount count, Policy policy) {
        return count.subscriber()
                .map(policy.subscribers()::get)
                .map(Subscriber::serviceClass)
                .orElse(policy.infrastructure().defaultClass().name());
    }
}
