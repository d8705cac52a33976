package org.postern.lab.stores;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
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
import org.osgi.service.component.annotations.Component;

/**
 * Meters of one node, in memory: the newest served version of ONOS's meter store lacks methods of
 * the 2.7 API.
 *
 * <p>As in ONOS, a meter is PENDING_ADD until the switch's statistics show it, and PENDING_REMOVE
 * until they do not.
 */
@Component(immediate = true, service = MeterStore.class, property = "service.ranking:Integer=1000")
public class MemoryMeterStore extends AbstractStore<MeterEvent, MeterStoreDelegate>
        implements MeterStore {
    private final Map<MeterKey, Meter> meters = new ConcurrentHashMap<>();
    private final Map<MeterKey, CompletableFuture<MeterStoreResult>> waiting =
            new ConcurrentHashMap<>();
    private final Map<DeviceId, Collection<Long>> allocated = new ConcurrentHashMap<>();

    private static MeterKey key(Meter meter) {
        return MeterKey.key(meter.deviceId(), meter.meterCellId());
    }

    @Override
    public CompletableFuture<MeterStoreResult> addOrUpdateMeter(Meter meter) {
        CompletableFuture<MeterStoreResult> future = new CompletableFuture<>();
        waiting.put(key(meter), future);
        meters.put(key(meter), meter);
        notifyDelegate(new MeterEvent(MeterEvent.Type.METER_ADD_REQ, meter));
        return future;
    }

    @Override
    public CompletableFuture<MeterStoreResult> deleteMeter(Meter meter) {
        Meter stored = meters.get(key(meter));
        if (stored == null) {
            return CompletableFuture.completedFuture(MeterStoreResult.success());
        }
        CompletableFuture<MeterStoreResult> future = new CompletableFuture<>();
        waiting.put(key(meter), future);
        ((DefaultMeter) stored).setState(MeterState.PENDING_REMOVE);
        notifyDelegate(new MeterEvent(MeterEvent.Type.METER_REM_REQ, stored));
        return future;
    }

    @Override
    public Meter updateMeterState(Meter seen) {
        Meter stored = meters.get(key(seen));
        if (stored == null) {
            return null;
        }
        DefaultMeter meter = (DefaultMeter) stored;
        meter.setProcessedPackets(seen.packetsSeen());
        meter.setProcessedBytes(seen.bytesSeen());
        meter.setLife(seen.life());
        meter.setReferenceCount(seen.referenceCount());
        if (meter.state() == MeterState.PENDING_ADD) {
            meter.setState(seen.state());
            complete(key(meter), MeterStoreResult.success());
            notifyDelegate(new MeterEvent(MeterEvent.Type.METER_ADDED, meter));
        }
        return meter;
    }

    @Override
    public void failedMeter(MeterOperation operation, MeterFailReason reason) {
        complete(key(operation.meter()), MeterStoreResult.fail(reason));
    }

    @Override
    public void purgeMeter(Meter meter) {
        Meter removed = meters.remove(key(meter));
        if (removed != null) {
            free(removed);
            complete(key(removed), MeterStoreResult.success());
            notifyDelegate(new MeterEvent(MeterEvent.Type.METER_REMOVED, removed));
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
        return meters.get(key);
    }

    @Override
    public Collection<Meter> getAllMeters() {
        return List.copyOf(meters.values());
    }

    @Override
    public Collection<Meter> getAllMeters(DeviceId device) {
        return select(m -> m.deviceId().equals(device));
    }

    @Override
    public Collection<Meter> getAllMeters(DeviceId device, MeterScope scope) {
        return getAllMeters(device);
    }

    @Override
    public MeterCellId allocateMeterId(DeviceId device, MeterScope scope) {
        Collection<Long> taken =
                allocated.computeIfAbsent(device, d -> ConcurrentHashMap.newKeySet());
        long free =
                LongStream.iterate(1, id -> id + 1).filter(taken::add).findFirst().orElseThrow();
        return MeterId.meterId(free);
    }

    @Override
    @Deprecated
    public void freeMeterId(DeviceId device, MeterId id) {
        allocated.computeIfAbsent(device, d -> ConcurrentHashMap.newKeySet()).remove(id.id());
    }

    @Override
    public MeterStoreResult storeMeterFeatures(MeterFeatures features) {
        return MeterStoreResult.success();
    }

    @Override
    public MeterStoreResult storeMeterFeatures(Collection<MeterFeatures> features) {
        return MeterStoreResult.success();
    }

    @Override
    public MeterStoreResult deleteMeterFeatures(DeviceId device) {
        return MeterStoreResult.success();
    }

    @Override
    public MeterStoreResult deleteMeterFeatures(Collection<MeterFeatures> features) {
        return MeterStoreResult.success();
    }

    @Override
    public boolean userDefinedIndexMode(boolean enable) {
        return false;
    }

    private List<Meter> select(Predicate<Meter> condition) {
        return meters.values().stream().filter(condition).collect(Collectors.toList());
    }

    private void free(Meter meter) {
        if (meter.meterCellId() instanceof MeterId) {
            allocated
                    .computeIfAbsent(meter.deviceId(), d -> ConcurrentHashMap.newKeySet())
                    .remove(((MeterId) meter.meterCellId()).id());
        }
    }

    private void complete(MeterKey key, MeterStoreResult result) {
        CompletableFuture<MeterStoreResult> future = waiting.remove(key);
        if (future != null) {
            future.complete(result);
        }
    }
}
