package org.postern.subscriber;

import com.google.common.collect.ImmutableSortedSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.postern.audit.StoredText;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.replica.KnownVersions;

/**
 * The directory as this node knows it: what the cluster's store told of each subscriber last, in
 * memory, so that nobody who reads it waits for the store.
 */
final class Directory {
    private final KnownVersions versions = new KnownVersions();
    private final Occupancy occupancy = new Occupancy();

    /** Who had what another had when they were taken down; of two, at least the later one. */
    private final Set<String> doubtful = new HashSet<>();

    /**
     * Who is stored, in a version that is known, but as nothing that is understood; and as what.
     */
    private final Map<String, String> unreadable = new HashMap<>();

    private volatile Subscribers subscribers = Subscribers.NONE;

    Subscribers subscribers() {
        return subscribers;
    }

    Optional<Subscriber> subscriber(String id) {
        return Optional.ofNullable(subscribers.byId().get(id));
    }

    /** The versions this node knows, to compare them with the store. */
    KnownVersions versions() {
        return versions;
    }

    /** Which version of a subscriber this node knows, or an older one; empty if it knows none. */
    synchronized OptionalLong version(String id) {
        return versions.of(id);
    }

    /** Which versions of some subscribers this node knows; who is not known is not in it. */
    synchronized Map<String, Long> versions(Collection<String> ids) {
        Map<String, Long> some = new HashMap<>();
        ids.forEach(id -> versions.of(id).ifPresent(version -> some.put(id, version)));
        return some;
    }

    /**
     * Who of some is not as they were.
     *
     * @param seen the directory at an earlier moment
     */
    Set<String> changedSince(Subscribers seen, Collection<String> ids) {
        Map<String, Subscriber> now = subscribers.byId();
        return ids.stream()
                .filter(id -> !Objects.equals(now.get(id), seen.byId().get(id)))
                .collect(Collectors.toCollection(HashSet::new));
    }

    /**
     * Takes down a subscriber as it is stored; what is older than what is known is ignored.
     *
     * @return the event, or empty if nothing is different by that
     */
    synchronized Optional<SubscriberEvent> stored(Subscriber subscriber, long version) {
        String id = subscriber.id();
        if (!versions.stored(id, version)) {
            return Optional.empty();
        }
        unreadable.remove(id);
        Optional<Subscriber> before = subscriber(id);
        if (before.filter(subscriber::equals).isPresent()) {
            // equal, but what it has may be listed in another order: every node shows that of the
            // store
            subscribers = subscribers.without(id).with(subscriber);
            return Optional.empty();
        }
        before.ifPresent(occupancy::remove);
        if (!occupancy.claims(subscriber).isEmpty()) {
            doubtful.add(id);
        }
        occupancy.add(subscriber);
        subscribers = subscribers.with(subscriber);
        return Optional.of(
                new SubscriberEvent(
                        before.isPresent()
                                ? SubscriberEvent.Type.SUBSCRIBER_UPDATED
                                : SubscriberEvent.Type.SUBSCRIBER_ADDED,
                        subscriber));
    }

    /**
     * Takes down that one is stored as nothing that is understood: as if it were gone, but for the
     * version by which it is replaced or removed.
     *
     * @return the event, or empty if it was not known, or is newer than that
     */
    synchronized Optional<SubscriberEvent> unreadable(String id, String stored, long version) {
        if (!versions.stored(id, version)) {
            return Optional.empty();
        }
        unreadable.put(id, stored);
        return without(id);
    }

    /** Whether one is stored as nothing that is understood, as far as this node knows. */
    synchronized boolean isUnreadable(String id) {
        return unreadable.containsKey(id);
    }

    /** One that is removed and not understood, for the audit. */
    synchronized String unreadableText(String id) {
        return id
                + ", which was not understood: "
                + StoredText.of(unreadable.getOrDefault(id, "gone meanwhile"));
    }

    /** What is put, for the audit, and what that takes the place of if it was not understood. */
    synchronized String putText(Subscriber subscriber) {
        return isUnreadable(subscriber.id())
                ? subscriber + ", in place of " + unreadableText(subscriber.id())
                : subscriber.toString();
    }

    /**
     * Checks that one is not stored as nothing that is understood.
     *
     * @throws IllegalArgumentException if it is
     */
    void refuseUnreadable(String id) {
        if (isUnreadable(id)) {
            throw new IllegalArgumentException(
                    "subscriber "
                            + id
                            + " is stored but not understood: replace it"
                            + " (postern-subscriber-add --replace) or remove it");
        }
    }

    /**
     * Takes down that a subscriber is stored no more.
     *
     * @param last the version that was removed, or any later one
     * @return the event, or empty if it was not known, or is newer than that
     */
    synchronized Optional<SubscriberEvent> gone(String id, long last) {
        if (!versions.gone(id, last)) {
            return Optional.empty();
        }
        unreadable.remove(id);
        return without(id);
    }

    private Optional<SubscriberEvent> without(String id) {
        Optional<Subscriber> before = subscriber(id);
        before.ifPresent(occupancy::remove);
        subscribers = subscribers.without(id);
        return before.map(
                subscriber ->
                        new SubscriberEvent(SubscriberEvent.Type.SUBSCRIBER_REMOVED, subscriber));
    }

    /**
     * Checks that nobody would have what another has.
     *
     * @param changed who is changed or added, as they would be
     * @param gone who is removed
     * @throws IllegalArgumentException naming the first who would
     */
    synchronized void refuseClaims(Collection<Subscriber> changed, Collection<String> gone) {
        List<Subscriber> former =
                Stream.concat(changed.stream().map(Subscriber::id), gone.stream())
                        .map(subscribers.byId()::get)
                        .filter(s -> s != null)
                        .collect(Collectors.toList());
        occupancy.check(former, changed);
    }

    /** What two have now that only one can have. */
    synchronized Set<DoubleClaim> doubleClaims() {
        Set<DoubleClaim> all = new LinkedHashSet<>();
        for (String id : ImmutableSortedSet.copyOf(doubtful)) {
            List<Occupancy.Claim> claims = subscriber(id).map(occupancy::claims).orElse(List.of());
            if (claims.isEmpty()) {
                doubtful.remove(id);
            }
            claims.forEach(claim -> all.add(new DoubleClaim(id, claim.owner, claim.what)));
        }
        return all;
    }
}
