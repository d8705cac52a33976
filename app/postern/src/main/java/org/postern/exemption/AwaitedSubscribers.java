package org.postern.exemption;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.postern.replica.Replica;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Subscribers that are missing in the directory they came from, and since when: kept in the
 * cluster, and on each node what is there.
 */
final class AwaitedSubscribers {
    private static final Logger LOG = LoggerFactory.getLogger(AwaitedSubscribers.class);

    /** What is behind the moment in the mark of one whose identifier somebody else may have. */
    private static final String STRANGER = " stranger";

    private final Replica store;
    private final Map<String, Mark> known = new ConcurrentHashMap<>();
    private final LongSupplier nanos;
    private final Consumer<String> told;

    /** That one is missing. */
    private static final class Mark {
        private final Instant since;

        /** Whether somebody else was about to get the identifier. */
        private final boolean isOfStranger;

        private final long version;

        /** Since when this node knows this version, in nanoseconds of time that only goes on. */
        private final long known;

        private Mark(String id, Versioned<String> stored, long now) {
            isOfStranger = stored.value().endsWith(STRANGER);
            since =
                    moment(
                            id,
                            isOfStranger
                                    ? stored.value()
                                            .substring(
                                                    0, stored.value().length() - STRANGER.length())
                                    : stored.value());
            version = stored.version();
            known = now;
        }

        /** Of one that is not understood only that there is one: it waits, as long as others. */
        private static Instant moment(String id, String stored) {
            try {
                return Instant.parse(stored);
            } catch (DateTimeParseException e) {
                LOG.error(
                        "Since when subscriber {} is missing is not understood; its exemptions wait"
                                + " on, a day from now",
                        id,
                        e);
                return Instant.MIN;
            }
        }
    }

    /**
     * Opens the store.
     *
     * @param nanos time that only goes forward, in nanoseconds
     * @param told is told of each subscriber that is awaited from now on, or no more
     */
    AwaitedSubscribers(
            StorageService storage,
            ApplicationId owner,
            LongSupplier nanos,
            Consumer<String> told) {
        this.nanos = nanos;
        this.told = told;
        store = new Replica(storage, owner, "postern-exemptions-waiting", new Marks());
        store.follow();
    }

    void close() {
        store.close();
    }

    /** Takes down what the store tells. */
    private final class Marks implements Replica.Holder {
        @Override
        public void stored(String id, Versioned<String> since) {
            if (known.put(id, new Mark(id, since, nanos.getAsLong())) == null) {
                told.accept(id);
            }
        }

        @Override
        public void gone(String id) {
            if (known.remove(id) != null) {
                told.accept(id);
            }
        }
    }

    /** Whether one is, as far as this node knows. */
    boolean contains(String id) {
        return known.containsKey(id);
    }

    /** All that this node knows. */
    Set<String> all() {
        return Set.copyOf(known.keySet());
    }

    /**
     * The marks of those who are missing since such a moment, as far as this node knows.
     *
     * @param time how long this node must know of each, whatever the clock says of whoever set the
     *     mark, or its own; it begins anew with a restart
     */
    Map<String, Long> missingSince(Predicate<Instant> moment, Duration time) {
        long now = nanos.getAsLong();
        return known.entrySet().stream()
                .filter(e -> moment.test(e.getValue().since))
                .filter(e -> now - e.getValue().known >= time.toNanos())
                .collect(Collectors.toMap(Map.Entry::getKey, e -> e.getValue().version));
    }

    /** Whether one is in the store. */
    boolean isStored(String id) {
        return store.refresh(id).isPresent();
    }

    /** Whether the store has the mark of one that was seen. */
    boolean isStill(String id, long version) {
        return store.refresh(id).filter(mark -> mark.version() == version).isPresent();
    }

    /** From now on, or anew: whoever was awaited before is missing since this moment. */
    void add(String id, Instant since) {
        store.put(id, since.toString());
    }

    /** Somebody else is about to get the identifier of one, if it is awaited. */
    void expectStranger(String id) {
        Optional<Versioned<String>> mark =
                store.refresh(id).filter(m -> !m.value().endsWith(STRANGER));
        // who changes it meanwhile brings it back, or has it wait anew
        mark.ifPresent(m -> store.write(id, m.version(), Optional.of(m.value() + STRANGER)));
    }

    /** Whether somebody else was about to get the identifier, as far as this node knows. */
    boolean isOfStranger(String id) {
        Mark mark = known.get(id);
        return mark != null && mark.isOfStranger;
    }

    /** From now on one is not, if it was. */
    void remove(String id) {
        store.remove(id);
    }

    /** Removes the mark of one that was seen, if it still is that one. */
    void remove(String id, long version) {
        store.write(id, version, Optional.empty());
    }

    /** Puts right what an event would have told that was lost. */
    void compare() {
        store.compare();
    }
}
