package org.postern.subscriber;

import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.onlab.util.KryoNamespace;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.postern.replica.Schemas;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory in ONOS's distributed store, a value for each subscriber. Values are JSON text, so
 * that they outlive any class; which version of Postern's own format they have is stored beside
 * them.
 */
final class SubscriberStore {
    /**
     * The present format. 1 was serialized objects in the map {@code postern-subscribers}; 2 is
     * JSON text in {@code postern-directory}.
     */
    static final int SCHEMA = 2;

    private static final String SCHEMA_KEY = "directory";

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final ConsistentMap<String, String> map;
    private final StorageService storage;
    private final ApplicationId appId;
    private final MapEventListener<String, String> listener = this::changed;
    private volatile Listener told;

    /** Is told what the store has. */
    interface Listener {
        void stored(String id, Versioned<String> value);

        void gone(String id, Versioned<String> last);
    }

    /**
     * Opens the store and brings what an earlier version left in it to the present format.
     *
     * @throws IllegalStateException if a later version of Postern wrote it
     */
    SubscriberStore(StorageService storage, ApplicationId appId) {
        this.storage = storage;
        this.appId = appId;
        Serializer texts = Serializer.using(KryoNamespaces.BASIC);
        map =
                storage.<String, String>consistentMapBuilder()
                        .withName("postern-directory")
                        .withApplicationId(appId)
                        .withSerializer(texts)
                        .build();
        new Schemas(storage, appId)
                .require(SCHEMA_KEY, "the directory of subscribers was", SCHEMA, this::upgrade);
    }

    /** Doing it twice, or on two nodes at once, does no harm. */
    private void upgrade() {
        ConsistentMap<String, FormerRecord> former =
                storage.<String, FormerRecord>consistentMapBuilder()
                        .withName("postern-subscribers")
                        .withApplicationId(appId)
                        .withSerializer(
                                Serializer.using(
                                        KryoNamespace.newBuilder()
                                                .register(KryoNamespaces.BASIC)
                                                .nextId(KryoNamespaces.BEGIN_USER_CUSTOM_ID)
                                                .register(FormerRecord.class)
                                                .build("postern-subscribers")))
                        .build();
        int count = 0;
        for (Map.Entry<String, Versioned<FormerRecord>> entry : former.entrySet()) {
            map.putIfAbsent(
                    entry.getKey(), StoredSubscriber.text(entry.getValue().value().subscriber()));
            count++;
        }
        if (count > 0) {
            // only now, when all is in the other map
            former.clear();
            log.info("{} subscribers brought from schema 1 to {}", count, SCHEMA);
        }
    }

    /** Tells of every change from now on, and of everything there is. */
    void listen(Listener listening) {
        told = listening;
        map.addListener(listener);
        readAll(listening::stored);
    }

    /** Goes through everything there is. */
    void readAll(BiConsumer<String, Versioned<String>> each) {
        for (Map.Entry<String, Versioned<String>> entry : map.entrySet()) {
            each.accept(entry.getKey(), entry.getValue());
        }
    }

    void close() {
        map.removeListener(listener);
    }

    private void changed(MapEvent<String, String> event) {
        if (event.newValue() != null) {
            told.stored(event.key(), event.newValue());
        } else if (event.oldValue() != null) {
            told.gone(event.key(), event.oldValue());
        }
    }

    Optional<Versioned<String>> get(String id) {
        return Optional.ofNullable(map.get(id));
    }

    /**
     * Writes or removes a subscriber if it still is of a version.
     *
     * @param version which it has; 0 if it must not be there
     * @param text what is written; empty if it is removed
     * @return whether it was done
     */
    boolean write(String id, long version, Optional<String> text) {
        if (!text.isPresent()) {
            return map.remove(id, version);
        }
        return version == 0
                ? map.putIfAbsent(id, text.get()) == null
                : map.replace(id, version, text.get());
    }
}
