package org.postern.policy;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;

/** The exemptions in force at one moment, by subscriber. Immutable. */
final class Exemptions {
    private final ImmutableListMultimap<String, Exemption> bySubscriber;

    Exemptions(Collection<Exemption> all) {
        bySubscriber =
                all.stream()
                        .sorted(Comparator.comparing(Exemption::from).thenComparing(Exemption::id))
                        .collect(
                                ImmutableListMultimap.toImmutableListMultimap(
                                        Exemption::subscriber, e -> e));
    }

    Collection<Exemption> all() {
        return bySubscriber.values();
    }

    /** Those of a subscriber, the one that began first first. */
    List<Exemption> of(Subscriber subscriber) {
        return bySubscriber.get(subscriber.id());
    }

    /** Those of who is attached to a device. */
    ImmutableListMultimap<DeviceId, Exemption> byDevice(Subscribers subscribers) {
        ImmutableListMultimap.Builder<DeviceId, Exemption> index = ImmutableListMultimap.builder();
        for (Exemption exemption : all()) {
            Subscriber exempted = subscribers.byId().get(exemption.subscriber());
            if (exempted != null) {
                exempted.attachments().stream()
                        .map(Attachment::device)
                        .distinct()
                        .forEach(device -> index.put(device, exemption));
            }
        }
        return index.build();
    }

    /** The one from everything that began first. */
    Optional<Exemption> fromEverything(Subscriber subscriber) {
        return of(subscriber).stream().filter(Exemption::isOfAllMail).findFirst();
    }

    /** The one to named destinations that began first. */
    Optional<Exemption> toDestinations(Subscriber subscriber) {
        return of(subscriber).stream().filter(e -> !e.destinations().isEmpty()).findFirst();
    }

    /**
     * The one that gives a subscriber another class: that which began last, of those whose class
     * exists and does not quarantine.
     */
    Optional<Exemption> override(Subscriber subscriber, Map<String, ServiceClass> classes) {
        return of(subscriber).stream()
                .filter(
                        e ->
                                e.serviceClass()
                                        .map(classes::get)
                                        .filter(c -> !c.quarantine().isPresent())
                                        .isPresent())
                .reduce((before, last) -> last);
    }

    /** All destinations that are named, none within another. */
    Set<IpPrefix> destinations(Subscriber subscriber) {
        Set<IpPrefix> all =
                of(subscriber).stream()
                        .flatMap(e -> e.destinations().stream())
                        .collect(Collectors.toCollection(LinkedHashSet::new));
        return all.stream()
                .filter(p -> all.stream().noneMatch(wide -> isWithin(p, wide)))
                .collect(ImmutableSet.toImmutableSet());
    }

    private static boolean isWithin(IpPrefix part, IpPrefix whole) {
        return !whole.equals(part) && whole.version() == part.version() && whole.contains(part);
    }
}
