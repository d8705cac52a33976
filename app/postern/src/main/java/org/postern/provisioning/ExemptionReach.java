package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.IntUnaryOperator;
import java.util.stream.Collectors;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;
import org.postern.policy.Subscriber;

/**
 * How far a change of exemptions goes: to how many subscribers it opens something (direct mail, or
 * what a class in place of their own lets them), from how many it cuts something off, at any moment
 * from now on. A longer time opens something, too. Immutable.
 */
public final class ExemptionReach {
    private final int opened;
    private final int cutOff;
    private final int subscribers;
    private final int limit;

    private ExemptionReach(int opened, int cutOff, int subscribers, int limit) {
        this.opened = opened;
        this.cutOff = cutOff;
        this.subscribers = subscribers;
        this.limit = limit;
    }

    /**
     * Counts.
     *
     * @param difference what changes
     * @param present exemptions as they are, without those that are over
     * @param directory all subscribers, by identifier
     * @param infrastructure what the classes do
     * @param now from when on it counts
     * @param unforced how many of some subscribers may be opened, or cut off, without force
     */
    static ExemptionReach of(
            ExemptionDifference difference,
            Collection<Exemption> present,
            Map<String, Subscriber> directory,
            Infrastructure infrastructure,
            Instant now,
            IntUnaryOperator unforced) {
        Map<String, List<Exemption>> put = bySubscriber(difference.put());
        Map<String, List<Exemption>> had =
                bySubscriber(
                        present.stream()
                                .filter(e -> put.containsKey(e.subscriber()))
                                .collect(Collectors.toList()));
        int opened = 0;
        int cutOff = 0;
        for (Map.Entry<String, List<Exemption>> one : put.entrySet()) {
            Subscriber subscriber = directory.get(one.getKey());
            if (subscriber == null) {
                // removed since the file was checked: it is not written
                continue;
            }
            List<Exemption> before = had.getOrDefault(one.getKey(), List.of());
            Own own = new Own(subscriber, infrastructure, now, before, one.getValue());
            opened += own.opens() ? 1 : 0;
            cutOff += own.cutsOff() ? 1 : 0;
        }
        return new ExemptionReach(
                opened, cutOff, directory.size(), unforced.applyAsInt(directory.size()));
    }

    private static Map<String, List<Exemption>> bySubscriber(Collection<Exemption> exemptions) {
        return exemptions.stream()
                .collect(
                        Collectors.groupingBy(
                                Exemption::subscriber, LinkedHashMap::new, Collectors.toList()));
    }

    /** One subscriber's exemptions, as they are and as they will be. */
    private static final class Own {
        private final Subscriber subscriber;
        private final Infrastructure infrastructure;
        private final Instant now;
        private final Freedom base;
        private final List<Exemption> before;
        private final List<Exemption> put;
        private final List<Exemption> replaced;
        private final List<Exemption> after;

        private Own(
                Subscriber subscriber,
                Infrastructure infrastructure,
                Instant now,
                List<Exemption> before,
                List<Exemption> put) {
            this.subscriber = subscriber;
            this.infrastructure = infrastructure;
            this.now = now;
            this.before = before;
            this.put = put;
            base = Freedom.of(subscriber, infrastructure);
            Set<String> ids = put.stream().map(Exemption::id).collect(Collectors.toSet());
            replaced = new ArrayList<>(before);
            replaced.removeIf(e -> !ids.contains(e.id()));
            after = new ArrayList<>(before);
            after.removeIf(e -> ids.contains(e.id()));
            after.addAll(put);
        }

        private boolean opens() {
            return put.stream().anyMatch(e -> gives(e, before))
                    || replaced.stream().anyMatch(e -> takes(e, after));
        }

        private boolean cutsOff() {
            return put.stream().anyMatch(e -> takes(e, before))
                    || replaced.stream().anyMatch(e -> gives(e, after));
        }

        /** Whether one lets through what, without it, neither the class nor another one does. */
        private boolean gives(Exemption one, List<Exemption> others) {
            if (one.serviceClass().isPresent()) {
                Freedom free = under(one);
                return free.exceeds(base)
                        && others.stream()
                                .noneMatch(
                                        o ->
                                                o.serviceClass().isPresent()
                                                        && lasts(o, one)
                                                        && !free.exceeds(under(o)));
            }
            boolean passes = base.isLetOut() && others.stream().noneMatch(this::holdsBack);
            return !passes && others.stream().noneMatch(o -> lasts(o, one) && letsMail(o, one));
        }

        /** Whether one holds to a class that lets no mail out. */
        private boolean holdsBack(Exemption one) {
            return one.serviceClass().isPresent() && !under(one).isLetOut();
        }

        private boolean letsMail(Exemption other, Exemption one) {
            if (other.serviceClass().isPresent()) {
                return under(other).isLetOut();
            }
            return other.isOfAllMail()
                    || !one.isOfAllMail()
                            && one.destinations().stream()
                                    .allMatch(
                                            d ->
                                                    other.destinations().stream()
                                                            .anyMatch(o -> o.contains(d)));
        }

        /** Whether one holds back, by a stricter class, what no other one does. */
        private boolean takes(Exemption one, List<Exemption> others) {
            return one.serviceClass().isPresent()
                    && under(one).lacks(base)
                    && others.stream()
                            .noneMatch(
                                    o ->
                                            o.serviceClass().isPresent()
                                                    && lasts(o, one)
                                                    && !under(one).lacks(under(o)));
        }

        private Freedom under(Exemption ofClass) {
            return Freedom.of(
                    subscriber.toBuilder()
                            .serviceClass(ofClass.serviceClass().orElseThrow())
                            .build(),
                    infrastructure);
        }

        /** Whether another one is in force, from now on, whenever one is. */
        private boolean lasts(Exemption other, Exemption one) {
            Instant begin = one.from().isAfter(now) ? one.from() : now;
            return !other.from().isAfter(begin) && !other.until().isBefore(one.until());
        }
    }

    /**
     * Returns to whom something is opened.
     *
     * @return number of subscribers that may send directly, or what a class lets them, and could
     *     not, or not as long
     */
    public int opened() {
        return opened;
    }

    /**
     * Returns from whom something is cut off.
     *
     * @return number of subscribers that may not any more what they might, or not as long
     */
    public int cutOff() {
        return cutOff;
    }

    /**
     * Tells why the change needs to be forced.
     *
     * @return a sentence with the numbers, or empty if it goes not too far
     */
    public Optional<String> excess() {
        if (opened > limit) {
            return Optional.of(excess(opened, "let send directly, or opened otherwise"));
        }
        return cutOff > limit ? Optional.of(excess(cutOff, "cut off")) : Optional.empty();
    }

    private String excess(int number, String what) {
        return number
                + " of "
                + subscribers
                + " subscribers would be "
                + what
                + ", more than the "
                + limit
                + " that may be without force ("
                + ProvisioningManager.GUARD_SHARE
                + ", "
                + ProvisioningManager.GUARD_FLOOR
                + "): see what differs with a dry run, and force it if it is meant";
    }

    /** The numbers for programs; {@code excess} is null if the change goes not too far. */
    ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("opened", opened)
                .put("cutOff", cutOff)
                .put("subscribers", subscribers)
                .put("limit", limit)
                .put("excess", excess().orElse(null));
    }
}
