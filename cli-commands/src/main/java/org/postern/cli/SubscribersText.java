package org.postern.cli;

import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.stream.Collectors;
import org.postern.json.Json;
import org.postern.policy.Mode;
import org.postern.policy.Policy;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;

/** Tells of subscribers. */
final class SubscribersText {
    private SubscribersText() {}

    /**
     * Lists subscribers.
     *
     * @param attempts blocked packets by subscriber; who is not named had none
     */
    static Lines of(Collection<Subscriber> subscribers, Map<String, Long> attempts) {
        if (subscribers.isEmpty()) {
            return new Lines().add("No subscribers.");
        }
        Table table = new Table("SUBSCRIBER", "CLASS", "ATTACHED AT", ">ATTEMPTS");
        for (Subscriber subscriber : subscribers) {
            table.row(
                    subscriber.id(),
                    subscriber.serviceClass(),
                    joined(subscriber.attachments(), "\n"),
                    attempts.getOrDefault(subscriber.id(), 0L));
            if (subscriber.mode() == Mode.MONITOR) {
                table.remark("monitored: nothing is dropped");
            }
            subscriber.quarantine().ifPresent(q -> table.remark("quarantine " + q));
            if (!subscriber.prefixes().isEmpty()) {
                table.remark("prefixes " + joined(subscriber.prefixes(), ", "));
            }
            if (!subscriber.macs().isEmpty()) {
                table.remark("MACs " + joined(subscriber.macs(), ", "));
            }
        }
        return table.writeTo(new Lines()).add(count(subscribers.size()));
    }

    /** Lists who is quarantined. */
    static Lines quarantined(Collection<Subscriber> subscribers, Policy policy, Instant now) {
        if (subscribers.isEmpty()) {
            return new Lines().add("Nobody is quarantined.");
        }
        Table table = new Table("SUBSCRIBER", "CLASS", "DEPTH", "SINCE", "BY");
        for (Subscriber subscriber : subscribers) {
            Quarantine quarantine = subscriber.quarantine().orElseThrow();
            table.row(
                    subscriber.id(),
                    quarantine.serviceClass(),
                    policy.classOf(subscriber).quarantine().map(Json::lower).orElse("-"),
                    Moments.age(quarantine.since(), now) + " ago",
                    quarantine.by());
            table.remark(quarantine.reason());
        }
        return table.writeTo(new Lines()).add(count(subscribers.size()));
    }

    /** Says that a quarantine holds in place of the class that was just given. */
    static String goingOn(Subscriber subscriber) {
        return subscriber
                .quarantine()
                .map(q -> "; the quarantine goes on, " + q.serviceClass() + ": " + q.reason())
                .orElse("");
    }

    /** Says how many subscribers. */
    static String count(int number) {
        return number == 1 ? "1 subscriber" : number + " subscribers";
    }

    private static String joined(Collection<?> values, String between) {
        return values.stream().map(Object::toString).collect(Collectors.joining(between));
    }
}
