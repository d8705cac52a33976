package org.postern.device;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onlab.util.KryoNamespace;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.postern.json.Json;
import org.postern.policy.Suspension;

/** What operators ordered and when devices were last verified, in ONOS's distributed store. */
final class EnforcementStore {
    private final ConsistentMap<String, SuspensionRecord> suspensions;
    private final ConsistentMap<String, String> withdrawn;
    private final ConsistentMap<String, Long> verified;
    private volatile Runnable changed = () -> {};
    private final MapEventListener<String, SuspensionRecord> suspensionListener = e -> changed();
    private final MapEventListener<String, String> withdrawnListener = e -> changed();

    EnforcementStore(StorageService storage, ApplicationId appId) {
        Serializer serializer =
                Serializer.using(
                        KryoNamespace.newBuilder()
                                .register(KryoNamespaces.BASIC)
                                .nextId(KryoNamespaces.BEGIN_USER_CUSTOM_ID)
                                .register(SuspensionRecord.class)
                                .build("postern-enforcement"));
        suspensions =
                storage.<String, SuspensionRecord>consistentMapBuilder()
                        .withName("postern-suspensions")
                        .withApplicationId(appId)
                        .withSerializer(serializer)
                        .build();
        withdrawn =
                storage.<String, String>consistentMapBuilder()
                        .withName("postern-withdrawn")
                        .withApplicationId(appId)
                        .withSerializer(serializer)
                        .build();
        verified =
                storage.<String, Long>consistentMapBuilder()
                        .withName("postern-verified")
                        .withApplicationId(appId)
                        .withSerializer(serializer)
                        .build();
    }

    /** Has somebody told of every change, until {@link #close}. */
    void listen(Runnable listener) {
        changed = listener;
        suspensions.addListener(suspensionListener);
        withdrawn.addListener(withdrawnListener);
    }

    private void changed() {
        changed.run();
    }

    void close() {
        suspensions.removeListener(suspensionListener);
        withdrawn.removeListener(withdrawnListener);
    }

    List<Suspension> suspensions() {
        List<Suspension> all = new ArrayList<>();
        suspensions.asJavaMap().values().forEach(r -> all.add(r.suspension()));
        return all;
    }

    /** JSON of the suspension of a scope, as operators see it; empty if there is none. */
    Optional<String> suspension(String scope) {
        return Optional.ofNullable(Versioned.valueOrNull(suspensions.get(scope)))
                .map(record -> Json.suspension(record.suspension()).toString());
    }

    void put(Suspension suspension) {
        suspensions.put(suspension.scope(), new SuspensionRecord(suspension));
    }

    /** Removes a suspension; true for the one node of the cluster that did it. */
    boolean remove(String scope) {
        return suspensions.remove(scope) != null;
    }

    /**
     * Removes suspensions that are over, but none that was renewed meanwhile; returns those that
     * this node of the cluster removed.
     */
    List<Suspension> removeEnded(Predicate<Suspension> over) {
        List<Suspension> removed = new ArrayList<>();
        for (Map.Entry<String, Versioned<SuspensionRecord>> entry : suspensions.entrySet()) {
            Suspension suspension = entry.getValue().value().suspension();
            if (over.test(suspension)
                    && suspensions.remove(entry.getKey(), entry.getValue().version())) {
                removed.add(suspension);
            }
        }
        return removed;
    }

    Set<DeviceId> withdrawn() {
        return withdrawn.keySet().stream().map(DeviceId::deviceId).collect(Collectors.toSet());
    }

    void withdraw(DeviceId device, String by) {
        withdrawn.put(device.toString(), by);
    }

    void unwithdraw(DeviceId device) {
        withdrawn.remove(device.toString());
    }

    Optional<Instant> verified(DeviceId device) {
        return Optional.ofNullable(Versioned.valueOrNull(verified.get(device.toString())))
                .map(Instant::ofEpochMilli);
    }

    void verified(DeviceId device, Instant at) {
        verified.put(device.toString(), at.toEpochMilli());
    }

    /** A suspension as it is stored. */
    static final class SuspensionRecord {
        private final String device;
        private final String serviceClass;
        private final long until;
        private final String reason;
        private final String by;

        private SuspensionRecord(Suspension suspension) {
            device = suspension.device().map(DeviceId::toString).orElse("");
            serviceClass = suspension.serviceClass().orElse("");
            until = suspension.until().toEpochMilli();
            reason = suspension.reason();
            by = suspension.by();
        }

        private Suspension suspension() {
            Instant end = Instant.ofEpochMilli(until);
            if (!device.isEmpty()) {
                return Suspension.ofDevice(DeviceId.deviceId(device), end, reason, by);
            }
            return serviceClass.isEmpty()
                    ? Suspension.everywhere(end, reason, by)
                    : Suspension.ofClass(serviceClass, end, reason, by);
        }
    }
}
