package org.postern.drivers;

import com.google.common.collect.Sets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.onlab.util.KryoNamespace;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageException;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What ONOS's distributed store remembers of devices. It is read from memory: the handshaker asks
 * on the OpenFlow controller's I/O thread.
 */
final class FrontTableRecords {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private final ConsistentMap<DeviceId, FrontTableRecord> store;

    /** Floors in parts, written before the record that names them. */
    private final ConsistentMap<String, byte[]> parts;

    private final FloorParts floorParts;
    private final Executor executor;
    private final Consumer<DeviceId> released;
    private final Map<DeviceId, Floor> floors = new ConcurrentHashMap<>();

    /** The keys of the parts of those floors. */
    private final Map<DeviceId, List<String>> known = new HashMap<>();

    /** Devices that are enforced, but parts of whose floor are missing. */
    private final Set<DeviceId> incomplete = ConcurrentHashMap.newKeySet();

    private final Set<DeviceId> fronts = ConcurrentHashMap.newKeySet();
    private final Map<DeviceId, Long> versions = new HashMap<>();
    private final MapEventListener<DeviceId, FrontTableRecord> listener = this::changed;

    /**
     * Opens the store.
     *
     * @param storage ONOS's storage
     * @param appId whose it is
     * @param executor reads what another node wrote
     * @param released told of each device that is not to be enforced any more, on whichever node
     *     that was ordered
     */
    FrontTableRecords(
            StorageService storage,
            ApplicationId appId,
            Executor executor,
            Consumer<DeviceId> released) {
        this.released = released;
        this.executor = executor;
        Serializer serializer =
                Serializer.using(
                        KryoNamespace.newBuilder()
                                .register(KryoNamespaces.API)
                                .nextId(KryoNamespaces.BEGIN_USER_CUSTOM_ID)
                                .register(FrontTableRecord.class)
                                .build("postern-front-table"));
        floorParts = new FloorParts(serializer);
        store =
                storage.<DeviceId, FrontTableRecord>consistentMapBuilder()
                        .withName("postern-front-table")
                        .withApplicationId(appId)
                        .withSerializer(serializer)
                        .build();
        parts =
                storage.<String, byte[]>consistentMapBuilder()
                        .withName("postern-floor-parts")
                        .withApplicationId(appId)
                        .withSerializer(serializer)
                        .build();
        store.addListener(listener);
        store.entrySet()
                .forEach(
                        e ->
                                remember(
                                        e.getKey(),
                                        e.getValue(),
                                        () -> load(e.getKey(), e.getValue())));
    }

    void close() {
        store.removeListener(listener);
    }

    private void changed(MapEvent<DeviceId, FrontTableRecord> event) {
        if (event.newValue() != null) {
            // the store is not asked for parts on the thread that it tells of changes on
            remember(
                    event.key(),
                    event.newValue(),
                    () -> executor.execute(() -> load(event.key(), event.newValue())));
        }
    }

    /**
     * Takes note of what the store has. An event may be older than what this node wrote since.
     *
     * @param learning how this node gets to know the floor, if it does not
     */
    private synchronized void remember(
            DeviceId device, Versioned<FrontTableRecord> stored, Runnable learning) {
        if (stored.version() < versions.getOrDefault(device, Long.MIN_VALUE)) {
            return;
        }
        versions.put(device, stored.version());
        if (stored.value().isFront()) {
            fronts.add(device);
        } else {
            fronts.remove(device);
        }
        if (!stored.value().isEnforced()) {
            floors.remove(device);
            known.remove(device);
            incomplete.remove(device);
            released.accept(device);
        } else if (!stored.value().parts().equals(known.get(device))) {
            if (!floors.containsKey(device)) {
                incomplete.add(device);
            }
            learning.run();
        }
    }

    /** A floor of which a part is missing is none: with what is there mail might pass. */
    private void load(DeviceId device, Versioned<FrontTableRecord> stored) {
        List<String> keys = stored.value().parts();
        List<FlowRule> rules = new ArrayList<>();
        boolean whole = true;
        for (String key : keys) {
            byte[] part = Versioned.valueOrNull(parts.get(key));
            whole &= part != null;
            if (whole) {
                rules.addAll(floorParts.rules(part));
            }
        }
        synchronized (this) {
            if (versions.get(device) != stored.version()) {
                return;
            }
            if (whole) {
                learn(device, rules, keys);
            } else {
                incomplete.add(device);
                log.warn(
                        "A part of the floor of {} is missing in the store: {}",
                        device,
                        floors.containsKey(device)
                                ? "the one known before is kept"
                                : "it is not laid until the policy is planned anew");
            }
        }
    }

    private void learn(DeviceId device, List<FlowRule> lasting, List<String> keys) {
        floors.put(device, new Floor(device, lasting, List.of()));
        known.put(device, keys);
        incomplete.remove(device);
    }

    /** Changes what is remembered of a device, or of one that nothing was remembered of. */
    void change(DeviceId device, UnaryOperator<FrontTableRecord> change) {
        change(device, change, null);
    }

    private void change(
            DeviceId device, UnaryOperator<FrontTableRecord> change, List<FlowRule> lasting) {
        FrontTableRecord before = Versioned.valueOrNull(store.get(device));
        Versioned<FrontTableRecord> after =
                store.compute(
                        device,
                        (id, stored) ->
                                change.apply(stored == null ? FrontTableRecord.NONE : stored));
        remember(
                device,
                after,
                () -> {
                    if (lasting == null) {
                        load(device, after);
                    } else {
                        learn(device, lasting, after.value().parts());
                    }
                });
        if (before != null) {
            forget(device, before.parts());
        }
    }

    /** Changes what is remembered of a device, to which belongs this floor from now on. */
    void change(DeviceId device, List<FlowRule> lasting, UnaryOperator<FrontTableRecord> change) {
        Map<String, byte[]> split = floorParts.split(device, lasting);
        List<String> keys = List.copyOf(split.keySet());
        Set<String> there = parts.keySet();
        // first the parts, then the record that names them: whoever reads it finds them
        split.forEach(
                (key, part) -> {
                    if (!there.contains(key)) {
                        parts.put(key, part);
                    }
                });
        change(device, stored -> change.apply(stored).withFloor(keys), lasting);
    }

    /** Removes parts that the record of a device does not name any more. */
    private void forget(DeviceId device, List<String> former) {
        FrontTableRecord now = Versioned.valueOrNull(store.get(device));
        Set<String> needed = now == null ? Set.of() : Set.copyOf(now.parts());
        try {
            former.stream().filter(key -> !needed.contains(key)).forEach(parts::remove);
        } catch (StorageException e) {
            log.warn("Former parts of the floor of {} stay in the store", device, e);
        }
    }

    /** Whether a device is enforced, but not all of its floor is known. */
    boolean isIncomplete(DeviceId device) {
        return incomplete.contains(device);
    }

    /** The lasting part of the floor of a device; empty if it is not enforced. */
    Optional<Floor> floor(DeviceId device) {
        return Optional.ofNullable(floors.get(device));
    }

    /** Devices that are to be enforced. */
    Set<DeviceId> enforced() {
        return Sets.union(floors.keySet(), incomplete).immutableCopy();
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
