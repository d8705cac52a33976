package org.postern.sadis;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/**
 * Which subscribers came from SADIS, kept in the cluster. What a round reads is asked of the store
 * once; before anything is changed the store is asked again.
 */
final class SadisRecords {
    private final ConsistentMap<String, String> stored;
    private Map<String, SadisRecord> known = new HashMap<>();

    SadisRecords(StorageService storage, ApplicationId appId) {
        stored =
                storage.<String, String>consistentMapBuilder()
                        .withName("postern-sadis")
                        .withApplicationId(appId)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
    }

    /** Takes over what other nodes have written. */
    void refresh() {
        Map<String, SadisRecord> now = new HashMap<>();
        stored.entrySet()
                .forEach(e -> now.put(e.getKey(), SadisRecord.parse(e.getValue().value())));
        known = now;
    }

    int size() {
        return known.size();
    }

    /** As far as this node knows, without asking the store. */
    Optional<SadisRecord> known(String id) {
        return Optional.ofNullable(known.get(id));
    }

    /** Whom a port gave, as far as this node knows. */
    Optional<String> idAt(ConnectPoint port) {
        return known.entrySet().stream()
                .filter(e -> e.getValue().port().equals(port))
                .map(Map.Entry::getKey)
                .findFirst();
    }

    Optional<SadisRecord> get(String id) {
        Optional<SadisRecord> now =
                Optional.ofNullable(Versioned.valueOrNull(stored.get(id))).map(SadisRecord::parse);
        now.ifPresentOrElse(r -> known.put(id, r), () -> known.remove(id));
        return now;
    }

    void put(String id, SadisRecord now) {
        stored.put(id, now.text());
        known.put(id, now);
    }

    void remove(String id) {
        stored.remove(id);
        known.remove(id);
    }
}
