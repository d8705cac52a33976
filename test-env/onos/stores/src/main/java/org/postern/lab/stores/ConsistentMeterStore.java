package org.postern.lab.stores;

import com.google.common.base.Preconditions;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onlab.util.KryoNamespace;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.meter.Band;
import org.onosproject.net.meter.DefaultBand;
import org.onosproject.net.meter.DefaultMeter;
import org.onosproject.net.meter.Meter;
import org.onosproject.net.meter.MeterCellId;
import org.onosproject.net.meter.MeterEvent;
import org.onosproject.net.meter.MeterFailReason;
import org.onosproject.net.meter.MeterFeatures;
import org.onosproject.net.meter.MeterId;
import org.onosproject.net.meter.MeterKey;
import org.onosproject.net.meter.MeterOperation;
import org.onosproject.net.meter.MeterScope;
import org.onosproject.net.meter.MeterState;
import org.onosproject.net.meter.MeterStore;
import org.onosproject.net.meter.MeterStoreDelegate;
import org.onosproject.net.meter.MeterStoreResult;
import org.onosproject.store.AbstractStore;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.AtomicCounterMap;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The meter store of ONOS 2.7, of which the newest served version lacks methods of the 2.7 API.
 *
 * <p>What an application may stumble over is as in ONOS's own: meters survive a restart; a meter is
 * PENDING_ADD until the switch's statistics show it, and PENDING_REMOVE until they do not; one that
 * the switch refuses stays, with the reason, and is sent again at every poll; a device that did not
 * say what it offers gets no meter; its free numbers are forgotten when it disconnects.
 */
@Component(immediate = true, service = MeterStore.class, property = "service.ranking:Integer=1000")
public class ConsistentMeterStore extends AbstractStore<MeterEvent, MeterStoreDelegate>
        implements MeterStore {
    private static final KryoNamespace SERIALIZED =
            KryoNamespace.newBuilder()
                    .register(KryoNamespaces.API)
                    .register(MeterKey.class)
                    .register(StoredMeter.class)
                    .register(DefaultMeter.class)
                    .register(DefaultBand.class)
                    .register(Band.Type.class)
                    .register(MeterState.class)
                    .register(Meter.Unit.class)
                    .register(MeterFailReason.class)
                    .build();

    @Reference protected StorageService storageService;

    private final MapEventListener<MeterKey, StoredMeter> listener = this::changed;
    private final Map<MeterKey, CompletableFuture<MeterStoreResult>> waiting =
            new ConcurrentHashMap<>();
    private final Map<DeviceId, MeterFeatures> features = new ConcurrentHashMap<>();
    private final Map<DeviceId, Set<Long>> reusable = new ConcurrentHashMap<>();
    private ConsistentMap<MeterKey, StoredMeter> meters;
    private AtomicCounterMap<DeviceId> numbers;

    /** A meter, and why the switch refused the last operation on it. */
    private static final class StoredMeter {
        private final DefaultMeter meter;
        private final MeterFailReason reason;

        private StoredMeter(DefaultMeter meter, MeterFailReason reason) {
            this.meter = meter;
            this.reason = reason;
        }
    }

    @Activate
    protected void activate() {
        meters =
                storageService
                        .<MeterKey, StoredMeter>consistentMapBuilder()
                        .withName("postern-lab-meters")
                        .withSerializer(Serializer.using(SERIALIZED))
                        .build();
        meters.addListener(listener);
        numbers =
                storageService
                        .<DeviceId>atomicCounterMapBuilder()
                        .withName("postern-lab-meter-numbers")
                        .withSerializer(Serializer.using(KryoNamespaces.API))
                        .build();
    }

    @Deactivate
    protected void deactivate() {
        meters.removeListener(listener);
    }

    private static MeterKey key(Meter meter) {
        return MeterKey.key(meter.deviceId(), meter.meterCellId());
    }

    private void changed(MapEvent<MeterKey, StoredMeter> event) {
        if (event.type() == MapEvent.Type.REMOVE) {
            complete(event.key(), MeterStoreResult.success());
            tell(MeterEvent.Type.METER_REMOVED, event.oldValue().value().meter);
            return;
        }
        StoredMeter now = event.newValue().value();
        StoredMeter before = Versioned.valueOrNull(event.oldValue());
        if (now.meter.state() == MeterState.ADDED) {
            if (before != null && before.meter.state() == MeterState.PENDING_ADD) {
                complete(event.key(), MeterStoreResult.success());
                tell(MeterEvent.Type.METER_ADDED, now.meter);
            } else if (now.meter.referenceCount() == 0) {
                tell(MeterEvent.Type.METER_REFERENCE_COUNT_ZERO, now.meter);
            }
        } else if (now.reason != null) {
            complete(event.key(), MeterStoreResult.fail(now.reason));
        } else if (now.meter.state() == MeterState.PENDING_ADD) {
            tell(MeterEvent.Type.METER_ADD_REQ, now.meter);
        } else {
            tell(MeterEvent.Type.METER_REM_REQ, now.meter);
        }
    }

    private void tell(MeterEvent.Type type, Meter meter) {
        notifyDelegate(new MeterEvent(type, meter));
    }

    private void complete(MeterKey key, MeterStoreResult result) {
        CompletableFuture<MeterStoreResult> future = waiting.remove(key);
        if (future != null) {
            future.complete(result);
        }
    }

    @Override
    public CompletableFuture<MeterStoreResult> addOrUpdateMeter(Meter meter) {
        Preconditions.checkArgument(isOffered(meter), "Meter index is not valid");
        CompletableFuture<MeterStoreResult> future = new CompletableFuture<>();
        waiting.put(key(meter), future);
        meters.put(key(meter), new StoredMeter((DefaultMeter) meter, null));
        return future;
    }

    private boolean isOffered(Meter meter) {
        MeterFeatures offered = features.get(meter.deviceId());
        long number = ((MeterId) meter.meterCellId()).id();
        return offered != null && number >= offered.startIndex() && number <= offered.endIndex();
    }

    @Override
    public CompletableFuture<MeterStoreResult> deleteMeter(Meter meter) {
        CompletableFuture<MeterStoreResult> future = new CompletableFuture<>();
        waiting.put(key(meter), future);
        Versioned<StoredMeter> left =
                meters.computeIfPresent(
                        key(meter),
                        (key, stored) -> {
                            if (stored.meter.state() == MeterState.PENDING_REMOVE) {
                                return stored;
                            }
                            stored.meter.setState(MeterState.PENDING_REMOVE);
                            return new StoredMeter(stored.meter, stored.reason);
                        });
        if (left == null) {
            complete(key(meter), MeterStoreResult.success());
        }
        return future;
    }

    @Override
    public Meter updateMeterState(Meter seen) {
        Versioned<StoredMeter> updated =
                meters.computeIfPresent(
                        key(seen),
                        (key, stored) -> {
                            DefaultMeter meter = stored.meter;
                            if (meter.state() == MeterState.PENDING_ADD) {
                                meter.setState(seen.state());
                            }
                            meter.setProcessedPackets(seen.packetsSeen());
                            meter.setProcessedBytes(seen.bytesSeen());
                            meter.setLife(seen.life());
                            meter.setReferenceCount(seen.referenceCount());
                            return new StoredMeter(meter, null);
                        });
        return updated == null ? null : updated.value().meter;
    }

    @Override
    public void failedMeter(MeterOperation operation, MeterFailReason reason) {
        meters.computeIfPresent(
                key(operation.meter()), (key, stored) -> new StoredMeter(stored.meter, reason));
    }

    @Override
    public void purgeMeter(Meter meter) {
        if (meters.remove(key(meter)) != null) {
            freeMeterId(meter.deviceId(), (MeterId) meter.meterCellId());
        }
    }

    @Override
    public void purgeMeters(DeviceId device) {
        select(m -> m.deviceId().equals(device)).forEach(this::purgeMeter);
    }

    @Override
    public void purgeMeters(DeviceId device, ApplicationId application) {
        select(m -> m.deviceId().equals(device) && m.appId().equals(application))
                .forEach(this::purgeMeter);
    }

    @Override
    public Meter getMeter(MeterKey key) {
        return Optional.ofNullable(Versioned.valueOrNull(meters.get(key)))
                .map(stored -> stored.meter)
                .orElse(null);
    }

    @Override
    public Collection<Meter> getAllMeters() {
        return select(m -> true);
    }

    @Override
    public Collection<Meter> getAllMeters(DeviceId device) {
        return select(m -> m.deviceId().equals(device));
    }

    @Override
    public Collection<Meter> getAllMeters(DeviceId device, MeterScope scope) {
        return getAllMeters(device);
    }

    private List<Meter> select(Predicate<Meter> condition) {
        return meters.values().stream()
                .map(stored -> (Meter) stored.value().meter)
                .filter(condition)
                .collect(Collectors.toList());
    }

    @Override
    public MeterCellId allocateMeterId(DeviceId device, MeterScope scope) {
        MeterFeatures offered = features.get(device);
        if (offered == null) {
            return null;
        }
        Set<Long> free = reusable.computeIfAbsent(device, d -> new TreeSet<>());
        synchronized (free) {
            if (!free.isEmpty()) {
                long number = free.iterator().next();
                free.remove(number);
                return MeterId.meterId(number);
            }
        }
        long number;
        do {
            number = numbers.getAndIncrement(device);
        } while (number < offered.startIndex());
        return number > offered.endIndex() ? null : MeterId.meterId(number);
    }

    @Override
    @Deprecated
    public void freeMeterId(DeviceId device, MeterId id) {
        Set<Long> free = reusable.computeIfAbsent(device, d -> new TreeSet<>());
        synchronized (free) {
            free.add(id.id());
        }
    }

    @Override
    public MeterStoreResult storeMeterFeatures(MeterFeatures offered) {
        features.put(offered.deviceId(), offered);
        return MeterStoreResult.success();
    }

    @Override
    public MeterStoreResult storeMeterFeatures(Collection<MeterFeatures> offered) {
        offered.forEach(this::storeMeterFeatures);
        return MeterStoreResult.success();
    }

    @Override
    public MeterStoreResult deleteMeterFeatures(DeviceId device) {
        features.remove(device);
        reusable.remove(device);
        return MeterStoreResult.success();
    }

    @Override
    public MeterStoreResult deleteMeterFeatures(Collection<MeterFeatures> offered) {
        offered.forEach(f -> deleteMeterFeatures(f.deviceId()));
        return MeterStoreResult.success();
    }

    @Override
    public boolean userDefinedIndexMode(boolean enable) {
        return false;
    }
}
