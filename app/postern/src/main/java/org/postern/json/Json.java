package org.postern.json;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;
import org.postern.policy.OutboundAction;
import org.postern.policy.Policy;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;

/**
 * Parts of a policy, as the console shows them with {@code -j}, the REST API answers them, and
 * audit and store keep them: the same, so that whoever reads one can read the others. Moments are
 * in UTC, in the form of ISO 8601.
 */
public final class Json {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private Json() {}

    /**
     * Lists what is suspended, as {@code postern-status} does.
     *
     * @param suspensions the suspensions in force
     * @return a list of what {@link #suspension} tells
     */
    public static ArrayNode suspensions(Collection<Suspension> suspensions) {
        ArrayNode json = NODES.arrayNode();
        suspensions.forEach(s -> json.add(suspension(s)));
        return json;
    }

    /**
     * Tells of a suspension.
     *
     * @param suspension a suspension in force
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
     * Lists the service classes, the fields named as in network configuration.
     *
     * @param infrastructure the infrastructure that has them
     * @return a list of objects; {@code default} is the class of whoever is not registered
     */
    public static ArrayNode classes(Infrastructure infrastructure) {
        ArrayNode json = NODES.arrayNode();
        for (ServiceClass serviceClass : infrastructure.classes().values()) {
            json.addObject()
                    .put("name", serviceClass.name())
                    .put("default", serviceClass.equals(infrastructure.defaultClass()))
                    .put("outbound", lower(serviceClass.outbound()))
                    .put("inbound", lower(serviceClass.inbound()))
                    .put("mode", lower(serviceClass.mode()))
                    .put("sourceGuard", serviceClass.guardsSources())
                    .put("blockTunnels", serviceClass.blocksTunnels())
                    .put("relay", serviceClass.relay().orElse(null))
                    .put(
                            "fallback",
                            serviceClass.outbound() == OutboundAction.REDIRECT
                                    ? lower(serviceClass.fallback())
                                    : null)
                    .put("quarantine", serviceClass.quarantine().map(Json::lower).orElse(null));
        }
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

    /**
     * Reads a constant that {@link #lower} wrote.
     *
     * @param type its enum
     * @param kind what such a constant is called in messages, such as {@code state}
     * @param text such as {@code walled-garden}
     * @param <E> its enum
     * @return the constant
     * @throws IllegalArgumentException if there is none of that name; the message lists them
     */
    public static <E extends Enum<E>> E constant(Class<E> type, String kind, String text) {
        List<String> names =
                Arrays.stream(type.getEnumConstants())
                        .map(Json::lower)
                        .collect(Collectors.toList());
        int found = names.indexOf(text);
        if (found < 0) {
            throw new IllegalArgumentException(
                    kind + " \"" + text + "\" is unknown: use " + String.join(", ", names));
        }
        return type.getEnumConstants()[found];
    }

    private static void strings(ArrayNode json, Collection<?> values) {
        values.forEach(v -> json.add(v.toString()));
    }
}
