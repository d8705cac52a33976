package org.postern.drivers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.onlab.util.KryoNamespace;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/**
 * What ONOS's distributed store remembers of devices. It is read from memory: the handshaker asks
 * on the OpenFlow controller's I/O thread.
 */
final class FrontTableRecords {
    private final ConsistentMap<DeviceId, FrontTableRecord> store;
    private final Consumer<DeviceId> released;
    private final Map<DeviceId, Floor> floors = new ConcurrentHashMap<>();
    private final Set<DeviceId> fronts = ConcurrentHashMap.newKeySet();
    private final Map<DeviceId, Long> versions = new HashMap<>();
    private final MapEventListener<DeviceId, FrontTableRecord> listener = this::changed;

    /**
     * Opens the store.
     *
     * @param storage ONOS's storage
     * @param appId whose it is
     * @param released told of each device that is not to be enforced any more, on whichever node
     *     that was ordered
     */
    FrontTableRecords(StorageService storage, ApplicationId appId, Consumer<DeviceId> released) {
        this.released = released;
        store =
                storage.<DeviceId, FrontTableRecord>consistentMapBuilder()
                        .withName("postern-front-table")
                        .withApplicationId(appId)
                        .withSerializer(
                                Serializer.using(
                                        KryoNamespace.newBuilder()
                                                .register(KryoNamespaces.API)
                                                .nextId(KryoNamespaces.BEGIN_USER_CUSTOM_ID)
                                                .register(FrontTableRecord.class)
                                                .build("postern-front-table")))
                        .build();
        store.addListener(listener);
        store.entrySet().forEach(e -> remember(e.getKey(), e.getValue()));
    }

    void close() {
        store.removeListener(listener);
    }

    private void changed(MapEvent<DeviceId, FrontTableRecord> event) {
        if (event.newValue() != null) {
            remember(event.key(), event.newValue());
        }
    }

    /** Takes note of what the store has. An event may be older than what this node wrote since. */
    private synchronized void remember(DeviceId device, Versioned<FrontTableRecord> stored) {
        if (stored.version() < versions.getOrDefault(device, Long.MIN_VALUE)) {
            return;
        }
        versions.put(device, stored.version());
        if (stored.value().isFront()) {
            fronts.add(device);
        } else {
            fronts.remove(device);
        }
        if (stored.value().isEnforced()) {
            floors.put(device, new Floor(device, stored.value().lasting(), List.of()));
        } else {
            floors.remove(device);
            released.accept(device);
        }
    }

    /** Changes what is remembered of a device, or of one that nothing was remembered of. */
    void change(DeviceId device, UnaryOperator<FrontTableRecord> change) {
        remember(
                device,
                store.compute(
                        device,
                        (id, stored) ->
                                change.apply(stored == null ? FrontTableRecord.NONE : stored)));
    }

    /** The lasting part of the floor of a device; empty if it is not enforced. */
    Optional<Floor> floor(DeviceId device) {
        return Optional.ofNullable(floors.get(device));
    }

    /** Devices that are to be enforced. */
    Set<DeviceId> enforced() {
        return Set.copyOf(floors.keySet());
    }

    /** Whether a device has our driver, whatever network configuration says at the moment. */
    boolean isFront(DeviceId device) {
        return fronts.contains(device);
    }

    Set<DeviceId> fronts() {
        return Set.copyOf(fronts);
    }

    /** Name of the driver before ours; empty if none is known. */
    String formerDriver(DeviceId device) {
        FrontTableRecord stored = Versioned.valueOrNull(store.get(device));
        return stored == null ? "" : stored.formerDriver();
    }
}
