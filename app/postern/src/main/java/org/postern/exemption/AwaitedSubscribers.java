package org.postern.exemption;

import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/**
 * Subscribers that are missing in the directory they came from, and since when: kept in the
 * cluster, and on each node what is there.
 */
final class AwaitedSubscribers {
    private final ConsistentMap<String, String> store;
    private final Map<String, Instant> known = new ConcurrentHashMap<>();
    private final MapEventListener<String, String> listener = this::changed;
    private final Consumer<String> told;

    /**
     * Opens the store.
     *
     * @param told is told of each subscriber that is awaited from now on, or no more
     */
    AwaitedSubscribers(StorageService storage, ApplicationId owner, Consumer<String> told) {
        this.told = told;
        store =
                storage.<String, String>consistentMapBuilder()
                        .withName("postern-exemptions-waiting")
                        .withApplicationId(owner)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
        store.addListener(listener);
        store.entrySet().forEach(e -> learn(e.getKey(), e.getValue()));
    }

    void close() {
        store.removeListener(listener);
    }

    private void changed(MapEvent<String, String> event) {
        learn(event.key(), event.newValue());
    }

    /** Takes down what is stored of one; null is nothing. */
    private void learn(String id, Versioned<String> since) {
        boolean isNew =
                since == null
                        ? known.remove(id) != null
                        : known.put(id, Instant.parse(since.value())) == null;
        if (isNew) {
            told.accept(id);
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

    /** Whether one is in the store. */
    boolean isStored(String id) {
        return store.containsKey(id);
    }

    /** Those who are missing since before a moment, as far as this node knows. */
    Set<String> missingBefore(Instant moment) {
        return known.entrySet().stream()
                .filter(e -> e.getValue().isBefore(moment))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    void add(String id, Instant since) {
        store.put(id, since.toString());
        learn(id, store.get(id));
    }

    /** Tells whether one was. */
    boolean remove(String id) {
        boolean was = store.remove(id) != null;
        learn(id, null);
        return was;
    }

    /** Puts right what an event would have told that was lost. */
    void compare() {
        Set<String> there = new HashSet<>();
        store.entrySet()
                .forEach(
                        e -> {
                            there.add(e.getKey());
                            learn(e.getKey(), e.getValue());
                        });
        all().stream().filter(id -> !there.contains(id)).forEach(id -> learn(id, null));
    }
}
