package org.postern.sadis;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which subscribers came from SADIS, kept in the cluster. What a round reads is asked of the store
 * once; before anything is changed the store is asked again.
 */
final class SadisRecords {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private final ConsistentMap<String, String> stored;

    /** Those of which it was told that they are not understood. */
    private final Set<String> notUnderstood = new HashSet<>();

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
        for (Map.Entry<String, Versioned<String>> entry : stored.entrySet()) {
            parsed(entry.getKey(), entry.getValue())
                    .ifPresent(record -> now.put(entry.getKey(), record));
        }
        known = now;
    }

    /** One that is not understood is none: its subscriber is nobody's that SADIS may change. */
    private Optional<SadisRecord> parsed(String id, Versioned<String> value) {
        try {
            Optional<SadisRecord> record = Optional.of(SadisRecord.parse(value.value()));
            notUnderstood.remove(id);
            return record;
        } catch (IllegalArgumentException e) {
            if (notUnderstood.add(id)) {
                log.error(
                        "What is kept of subscriber {} of SADIS is not understood; it stays as it"
                                + " is, remove it to have it from SADIS again",
                        id,
                        e);
            }
            return Optional.empty();
        }
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
                Optional.ofNullable(stored.get(id)).flatMap(value -> parsed(id, value));
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
