package org.postern.exemption;

import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;

/**
 * Subscribers that are missing in the directory they came from, and since when: kept in the
 * cluster, and on each node what is there.
 */
final class AwaitedSubscribers {
    private final ConsistentMap<String, String> store;
    private final Set<String> known = ConcurrentHashMap.newKeySet();
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
        known.addAll(store.keySet());
    }

    void close() {
        store.removeListener(listener);
    }

    private void changed(MapEvent<String, String> event) {
        learn(event.key(), event.newValue() != null);
    }

    private void learn(String id, boolean awaited) {
        if (awaited ? known.add(id) : known.remove(id)) {
            told.accept(id);
        }
    }

    /** Whether one is, as far as this node knows. */
    boolean contains(String id) {
        return known.contains(id);
    }

    /** All that this node knows. */
    Set<String> all() {
        return Set.copyOf(known);
    }

    /** Whether one is in the store. */
    boolean isStored(String id) {
        return store.containsKey(id);
    }

    void add(String id, Instant since) {
        store.put(id, since.toString());
        learn(id, true);
    }

    /** Tells whether one was. */
    boolean remove(String id) {
        boolean was = store.remove(id) != null;
        learn(id, false);
        return was;
    }

    /** Puts right what an event would have told that was lost. */
    void compare() {
        Set<String> there = Set.copyOf(store.keySet());
        there.forEach(id -> learn(id, true));
        all().stream().filter(id -> !there.contains(id)).forEach(id -> learn(id, false));
    }
}
