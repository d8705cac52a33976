package org.postern.replica;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/**
 * A map of the cluster from keys to texts, of which each node keeps what is in it: told by events,
 * by what this node writes or asks for, and by comparing itself with the whole map, were an event
 * lost. Nothing is told that is not newer than what was told.
 */
public final class Replica {
    private final ConsistentMap<String, String> store;
    private final KnownVersions versions = new KnownVersions();
    private final MapEventListener<String, String> listener = this::changed;
    private final Holder holder;

    /** Keeps what is in the map. It is told of one thing after the other. */
    public interface Holder {
        /**
         * A key has another text than it had, or none before.
         *
         * @param key a key
         * @param value its text, and which version that is
         */
        void stored(String key, Versioned<String> value);

        /**
         * A key is in the map no more.
         *
         * @param key a key of which it was told
         */
        void gone(String key);
    }

    /**
     * Opens the map.
     *
     * @param storage the cluster's store
     * @param owner Postern's application
     * @param name of the map
     * @param holder is told of nothing before {@link #follow}
     */
    public Replica(StorageService storage, ApplicationId owner, String name, Holder holder) {
        this.holder = holder;
        store =
                storage.<String, String>consistentMapBuilder()
                        .withName(name)
                        .withApplicationId(owner)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
    }

    /**
     * Tells of everything there is, and from now on of every change.
     *
     * @throws org.onosproject.store.service.StorageException if the store does not answer; nothing
     *     is followed then
     */
    public void follow() {
        store.addListener(listener);
        try {
            store.entrySet().forEach(e -> stored(e.getKey(), e.getValue()));
        } catch (RuntimeException e) {
            store.removeListener(listener);
            throw e;
        }
    }

    /** Ends {@link #follow}. */
    public void close() {
        store.removeListener(listener);
    }

    private void changed(MapEvent<String, String> event) {
        if (event.newValue() != null) {
            stored(event.key(), event.newValue());
        } else if (event.oldValue() != null) {
            gone(event.key(), event.oldValue().version());
        }
    }

    private synchronized void stored(String key, Versioned<String> value) {
        if (versions.stored(key, value.version())) {
            holder.stored(key, value);
        }
    }

    private synchronized void gone(String key, long last) {
        if (versions.gone(key, last)) {
            holder.gone(key);
        }
    }

    /**
     * Tells which version of a key this node knows.
     *
     * @param key a key
     * @return its version, or an older one; 0 if it knows of none
     */
    public synchronized long version(String key) {
        return versions.of(key).orElse(0);
    }

    /**
     * Asks the map for one key: another node may have changed it a moment ago.
     *
     * @param key a key
     * @return what it has; empty if it has none
     */
    public Optional<Versioned<String>> refresh(String key) {
        OptionalLong before = versions.of(key);
        Versioned<String> value = store.get(key);
        if (value != null) {
            stored(key, value);
        } else if (before.isPresent()) {
            gone(key, before.getAsLong());
        }
        return Optional.ofNullable(value);
    }

    /**
     * Writes or removes a text if what there is still is of a version, and asks for what there is
     * then.
     *
     * @param key a key
     * @param version which it must have; 0 if there must be none
     * @param text what is written; empty if it is removed
     * @return whether it was done
     */
    public boolean write(String key, long version, Optional<String> text) {
        boolean done;
        if (!text.isPresent()) {
            done = store.remove(key, version);
        } else if (version == 0) {
            done = store.putIfAbsent(key, text.get()) == null;
        } else {
            done = store.replace(key, version, text.get());
        }
        refresh(key);
        return done;
    }

    /**
     * Writes a text, whatever there was.
     *
     * @param key a key
     * @param text what is written
     */
    public void put(String key, String text) {
        stored(key, store.putAndGet(key, text));
    }

    /**
     * Removes a key, whatever it has.
     *
     * @param key a key; there need not be any
     * @return whether there was something, and it was this call that removed it
     */
    public boolean remove(String key) {
        Versioned<String> was = store.remove(key);
        if (was != null) {
            gone(key, was.version());
        }
        return was != null;
    }

    /** Puts right what an event would have told that was lost. */
    public void compare() {
        Set<String> there = new HashSet<>();
        Map<String, Long> removals = versions.removals();
        Set<String> before = versions.present().keySet();
        store.entrySet()
                .forEach(
                        e -> {
                            there.add(e.getKey());
                            stored(e.getKey(), e.getValue());
                        });
        before.stream().filter(key -> !there.contains(key)).forEach(this::refresh);
        versions.forget(removals);
    }
}
