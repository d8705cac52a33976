package org.postern.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.postern.json.Json;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;

/** Blocked attempts in JSON. */
public final class AttemptReport {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private AttemptReport() {}

    /**
     * Lists blocked attempts, as {@code postern-attempts} does.
     *
     * @param attempts counts
     * @param policy the policy that has the subscribers' classes
     * @return a list of objects; subscriber {@code ""} is everybody unknown
     */
    public static ArrayNode json(List<AttemptCount> attempts, Policy policy) {
        ArrayNode json = NODES.arrayNode();
        for (AttemptCount count : attempts) {
            json.addObject()
                    .put("subscriber", count.subscriber().orElse(""))
                    .put("device", count.device().toString())
                    .put("class", classOf(count, policy))
                    .put("kind", Json.lower(count.kind()))
                    .put("attempts", count.packets())
                    .put("since", count.since().toString())
                    .put("last", count.last().map(Instant::toString).orElse(null));
        }
        return json;
    }

    /**
     * Adds up the blocked attempts of some subscribers.
     *
     * @param counts where they are counted
     * @param subscribers whose
     * @return packets by identifier; who is not named had none
     */
    public static Map<String, Long> bySubscriber(
            AttemptService counts, Collection<Subscriber> subscribers) {
        Set<String> ids = subscribers.stream().map(Subscriber::id).collect(Collectors.toSet());
        return counts.attemptsOf(ids).stream()
                .filter(count -> count.kind().isAttempt())
                .collect(
                        Collectors.groupingBy(
                                count -> count.subscriber().orElseThrow(),
                                Collectors.summingLong(AttemptCount::packets)));
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
