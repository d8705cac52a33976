package org.postern.exemption;

import static org.postern.exemption.ExemptionAdminService.LONGEST;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Exemption;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.subscriber.SubscriberService;

/**
 * What holds for every exemption, be it one or one of many. A refusal is an {@link
 * IllegalArgumentException} whose message names the exemption, and says what to do.
 */
final class ExemptionRules {
    /** What to do about another one that there is. */
    private static final String STORED = "renew or revoke that one (postern-renew, postern-revoke)";

    /** What to do about another one that is to be written together with it. */
    private static final String PUT = "that one is in the same file, leave one of them out";

    private final ExemptionManager exemptions;
    private final SubscriberService subscriberService;
    private final InfrastructureService infrastructureService;
    private final Clock clock;

    ExemptionRules(
            ExemptionManager exemptions,
            SubscriberService subscriberService,
            InfrastructureService infrastructureService,
            Clock clock) {
        this.exemptions = exemptions;
        this.subscriberService = subscriberService;
        this.infrastructureService = infrastructureService;
        this.clock = clock;
    }

    /** Checks that an identifier is not that of one which is stored but not understood. */
    void refuseUnreadable(String id) {
        if (exemptions.isUnreadable(id)) {
            throw new IllegalArgumentException(
                    "exemption "
                            + id
                            + " is stored but not understood, the log says why;"
                            + " nothing was changed: revoke it first, or choose"
                            + " another identifier");
        }
    }

    /**
     * Checks many that are to be written together: each against what stays of the others, and those
     * before it.
     *
     * @param put what is to be written, no two of the same identifier
     * @return what is refused, by identifier, in their order; empty if nothing is
     */
    Map<String, String> refusals(Collection<Exemption> put) {
        Map<String, String> owners =
                put.stream().collect(Collectors.toMap(Exemption::id, Exemption::subscriber));
        Map<String, List<Exemption>> others =
                othersBySubscriber(e -> !e.subscriber().equals(owners.get(e.id())));
        Map<String, String> refusals = new LinkedHashMap<>();
        Map<String, List<Exemption>> added = new LinkedHashMap<>();
        for (Exemption exemption : put) {
            String subscriber = exemption.subscriber();
            try {
                refuseUnreadable(exemption.id());
                checkAlone(exemption, exemptions.exemption(exemption.id()));
                others.getOrDefault(subscriber, List.of())
                        .forEach(other -> refuseContradiction(exemption, other, STORED));
                List<Exemption> own = added.computeIfAbsent(subscriber, s -> new ArrayList<>());
                own.forEach(other -> refuseContradiction(exemption, other, PUT));
                own.add(exemption);
            } catch (IllegalArgumentException e) {
                refusals.put(exemption.id(), e.getMessage());
            }
        }
        flaws(added, others).forEach(refusals::put);
        return refusals;
    }

    /** What would make subscribers be taken for their neighbours: that of the first of each. */
    private Map<String, String> flaws(
            Map<String, List<Exemption>> added, Map<String, List<Exemption>> others) {
        Map<String, String> flaws = new LinkedHashMap<>();
        Subscribers directory = subscriberService.directory();
        List<Subscriber> own = new ArrayList<>();
        for (String id : added.keySet()) {
            // one that was removed just now is refused when it is written
            Optional<Subscriber> present = subscriberService.subscriber(id);
            if (present.isPresent()) {
                Subscriber free = withoutQuarantine(present.get());
                directory = directory.with(free);
                own.add(free);
            }
        }
        List<Exemption> stay =
                own.stream()
                        .flatMap(s -> others.getOrDefault(s.id(), List.of()).stream())
                        .collect(Collectors.toList());
        List<Exemption> all = new ArrayList<>(stay);
        own.forEach(s -> all.addAll(added.get(s.id())));
        Policy.Builder future = future(directory);
        Policy without = future.exemptions(stay).build();
        Policy with = future.exemptions(all).build();
        for (Subscriber subscriber : own) {
            if (!Identification.flaw(without, subscriber).isPresent()) {
                Identification.flaw(with, subscriber)
                        .ifPresent(flaw -> flaws.put(added.get(subscriber.id()).get(0).id(), flaw));
            }
        }
        return flaws;
    }

    private Map<String, List<Exemption>> othersBySubscriber(Predicate<Exemption> which) {
        return exemptions.exemptions().stream()
                .filter(which)
                .filter(other -> exemptions.stateOf(other) != ExemptionState.ENDED)
                .collect(
                        Collectors.groupingBy(
                                Exemption::subscriber, HashMap::new, Collectors.toList()));
    }

    /**
     * Checks one.
     *
     * @param exemption what is to be written
     * @param former what it is now
     */
    void check(Exemption exemption, Optional<Exemption> former) {
        Subscriber subscriber = checkAlone(exemption, former);
        Collection<Exemption> others = othersOf(exemption);
        others.forEach(other -> refuseContradiction(exemption, other, STORED));
        refuseFlaw(exemption, others, subscriber);
    }

    /** What can be said of one without the others; tells whose it is. */
    private Subscriber checkAlone(Exemption exemption, Optional<Exemption> former) {
        former.filter(f -> !f.subscriber().equals(exemption.subscriber()))
                .ifPresent(
                        other -> {
                            throw refused(
                                    exemption,
                                    "subscriber \""
                                            + exemption.subscriber()
                                            + "\": this identifier is that of an exemption of subscriber "
                                            + other.subscriber()
                                            + "; choose another one");
                        });
        Subscriber subscriber =
                subscriberService
                        .subscriber(exemption.subscriber())
                        .orElseThrow(
                                () ->
                                        refused(
                                                exemption,
                                                "there is no subscriber \""
                                                        + exemption.subscriber()
                                                        + "\": postern-subscribers lists those that exist"));
        exemption.serviceClass().ifPresent(this::requireOrdinary);
        checkTime(exemption);
        return subscriber;
    }

    private void requireOrdinary(String serviceClass) {
        if (infrastructureService
                .infrastructure()
                .classNamed(serviceClass)
                .quarantine()
                .isPresent()) {
            throw new IllegalArgumentException(
                    "class "
                            + serviceClass
                            + " is a quarantine: use postern-quarantine, which keeps the reason");
        }
    }

    private void checkTime(Exemption exemption) {
        Instant now = clock.instant();
        if (!exemption.until().isAfter(now)) {
            throw refused(
                    exemption,
                    "until " + exemption.until() + " is over already: give a later moment");
        }
        if (Duration.between(now, exemption.from()).compareTo(LONGEST) > 0) {
            throw refused(
                    exemption,
                    "from "
                            + exemption.from()
                            + " is too far: it begins within "
                            + LONGEST.toDays()
                            + " days");
        }
        Instant begin = exemption.from().isAfter(now) ? exemption.from() : now;
        if (Duration.between(begin, exemption.until()).compareTo(LONGEST) > 0) {
            throw refused(
                    exemption,
                    "until "
                            + exemption.until()
                            + " is too far: an exemption lasts "
                            + LONGEST.toDays()
                            + " days at most and is renewed then (postern-renew)");
        }
    }

    /** The same subscriber's that are not over. */
    private List<Exemption> othersOf(Exemption exemption) {
        return exemptions.exemptions().stream()
                .filter(other -> other.subscriber().equals(exemption.subscriber()))
                .filter(other -> !other.id().equals(exemption.id()))
                .filter(other -> exemptions.stateOf(other) != ExemptionState.ENDED)
                .collect(Collectors.toList());
    }

    /** Of two classes, or of all mail twice, nobody could say which one ends. */
    private static void refuseContradiction(Exemption exemption, Exemption other, String cure) {
        boolean same =
                exemption.serviceClass().isPresent() && other.serviceClass().isPresent()
                        || exemption.isOfAllMail() && other.isOfAllMail();
        if (same
                && exemption.from().isBefore(other.until())
                && other.from().isBefore(exemption.until())) {
            throw refused(
                    exemption,
                    "subscriber "
                            + other.subscriber()
                            + " has "
                            + other
                            + " for the same time: "
                            + cure);
        }
    }

    private void refuseFlaw(Exemption exemption, Collection<Exemption> others, Subscriber own) {
        Subscriber free = withoutQuarantine(own);
        Policy.Builder future = future(subscriberService.directory().with(free));
        // what is wrong without it is not its fault
        if (Identification.flaw(future.exemptions(others).build(), free).isPresent()) {
            return;
        }
        List<Exemption> all =
                Stream.concat(others.stream(), Stream.of(exemption)).collect(Collectors.toList());
        Identification.flaw(future.exemptions(all).build(), free)
                .ifPresent(
                        flaw -> {
                            throw new IllegalArgumentException(flaw);
                        });
    }

    private static Subscriber withoutQuarantine(Subscriber subscriber) {
        return subscriber.toBuilder().quarantine(null).build();
    }

    private Policy.Builder future(Subscribers directory) {
        return Policy.builder()
                .infrastructure(infrastructureService.infrastructure())
                .devices(infrastructureService.devices().values())
                .subscribers(directory);
    }

    static IllegalArgumentException refused(Exemption exemption, String why) {
        return new IllegalArgumentException("exemption " + exemption.id() + ": " + why);
    }
}
