package org.postern.fakecontroller;

import com.google.common.base.Preconditions;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.stream.Collectors;
import org.onosproject.net.DeviceId;
import org.onosproject.net.meter.DefaultMeter;
import org.onosproject.net.meter.Meter;
import org.onosproject.net.meter.MeterCellId;
import org.onosproject.net.meter.MeterEvent;
import org.onosproject.net.meter.MeterFailReason;
import org.onosproject.net.meter.MeterId;
import org.onosproject.net.meter.MeterListener;
import org.onosproject.net.meter.MeterRequest;
import org.onosproject.net.meter.MeterScope;
import org.onosproject.net.meter.MeterService;
import org.onosproject.net.meter.MeterState;

/**
 * ONOS's meter service with its store and the switches below it, as unkind as ONOS 2.7: a meter is
 * there only after a {@link #poll}; one that the switch refuses stays PENDING_ADD and is sent again
 * at every poll; a switch takes no more than it has room for; numbers are used again; asking for a
 * meter of a switch that offers none throws.
 */
public final class FakeMeters implements MeterService {
    private final Map<DeviceId, TreeMap<Long, DefaultMeter>> store = new HashMap<>();
    private final Map<DeviceId, Set<Long>> switches = new HashMap<>();
    private final Map<DeviceId, Integer> offered = new HashMap<>();
    private final Map<DeviceId, Integer> room = new HashMap<>();
    private final Map<DefaultMeter, MeterRequest> waiting = new HashMap<>();
    private final Set<MeterListener> listeners = new CopyOnWriteArraySet<>();
    private int requests;

    /**
     * Connects a switch, or makes room in it.
     *
     * @param device the device
     * @param numbers how many meters it says it offers
     * @param takes how many it takes in truth
     */
    public synchronized void offer(DeviceId device, int numbers, int takes) {
        offered.put(device, numbers);
        room.put(device, takes);
    }

    /** What ONOS's poll brings: meters are confirmed, refused, put back or gone. */
    public synchronized void poll() {
        List<MeterEvent> events = new ArrayList<>();
        store.forEach((device, meters) -> poll(device, meters, events));
        events.forEach(this::tell);
    }

    private void poll(
            DeviceId device, TreeMap<Long, DefaultMeter> meters, List<MeterEvent> events) {
        Set<Long> there = switches.computeIfAbsent(device, d -> new TreeSet<>());
        there.retainAll(meters.keySet());
        for (DefaultMeter meter : List.copyOf(meters.values())) {
            long id = ((MeterId) meter.meterCellId()).id();
            if (meter.state() == MeterState.PENDING_REMOVE) {
                there.remove(id);
                meters.remove(id);
                events.add(new MeterEvent(MeterEvent.Type.METER_REMOVED, meter));
            } else if (!there.contains(id) && there.size() >= room.getOrDefault(device, 0)) {
                MeterRequest request = waiting.remove(meter);
                if (request != null) {
                    request.context()
                            .ifPresent(c -> c.onError(request, MeterFailReason.OUT_OF_METERS));
                }
            } else {
                there.add(id);
                if (meter.state() == MeterState.PENDING_ADD) {
                    meter.setState(MeterState.ADDED);
                    MeterRequest request = waiting.remove(meter);
                    if (request != null) {
                        request.context().ifPresent(c -> c.onSuccess(request));
                    }
                    events.add(new MeterEvent(MeterEvent.Type.METER_ADDED, meter));
                }
            }
        }
    }

    private void tell(MeterEvent event) {
        listeners.forEach(listener -> listener.event(event));
    }

    /**
     * The switch loses all its meters, as when it restarts; ONOS does not notice before it polls.
     *
     * @param device the device
     */
    public synchronized void lose(DeviceId device) {
        switches.remove(device);
    }

    /**
     * Tells what is in a switch.
     *
     * @param device the device
     * @return numbers of its meters
     */
    public synchronized Set<Long> inSwitch(DeviceId device) {
        return new TreeSet<>(switches.getOrDefault(device, Set.of()));
    }

    /**
     * Tells how often anything was asked of ONOS.
     *
     * @return submissions and withdrawals since the beginning
     */
    public synchronized int requests() {
        return requests;
    }

    @Override
    public synchronized Meter submit(MeterRequest request) {
        requests++;
        TreeMap<Long, DefaultMeter> meters =
                store.computeIfAbsent(request.deviceId(), d -> new TreeMap<>());
        long id = 1;
        while (meters.containsKey(id)) {
            id++;
        }
        MeterId free =
                id > offered.getOrDefault(request.deviceId(), 0) ? null : MeterId.meterId(id);
        // as ONOS's builder does of a store that has no number left
        Preconditions.checkNotNull(free, "Must specify a meter cell id");
        DefaultMeter.Builder builder = DefaultMeter.builder();
        builder.forDevice(request.deviceId())
                .fromApp(request.appId())
                .withBands(request.bands())
                .withCellId(free)
                .withUnit(request.unit());
        if (request.isBurst()) {
            builder.burst();
        }
        builder.withAnnotations(request.annotations());
        DefaultMeter meter = builder.build();
        meter.setState(MeterState.PENDING_ADD);
        meters.put(id, meter);
        waiting.put(meter, request);
        return meter;
    }

    @Override
    public synchronized void withdraw(MeterRequest request, MeterCellId cell) {
        requests++;
        DefaultMeter meter =
                store.getOrDefault(request.deviceId(), new TreeMap<>()).get(((MeterId) cell).id());
        if (meter != null) {
            meter.setState(MeterState.PENDING_REMOVE);
        }
    }

    @Override
    @Deprecated
    public void withdraw(MeterRequest request, MeterId id) {
        withdraw(request, (MeterCellId) id);
    }

    @Override
    public synchronized Meter getMeter(DeviceId device, MeterCellId cell) {
        return store.getOrDefault(device, new TreeMap<>()).get(((MeterId) cell).id());
    }

    @Override
    @Deprecated
    public Meter getMeter(DeviceId device, MeterId id) {
        return getMeter(device, (MeterCellId) id);
    }

    @Override
    public synchronized Collection<Meter> getAllMeters() {
        return store.values().stream()
                .flatMap(m -> m.values().stream())
                .collect(Collectors.toList());
    }

    @Override
    public synchronized Collection<Meter> getMeters(DeviceId device) {
        return List.copyOf(store.getOrDefault(device, new TreeMap<>()).values());
    }

    @Override
    public Collection<Meter> getMeters(DeviceId device, MeterScope scope) {
        return getMeters(device);
    }

    @Override
    @Deprecated
    public MeterId allocateMeterId(DeviceId device) {
        throw new UnsupportedOperationException("meters are submitted");
    }

    @Override
    @Deprecated
    public void freeMeterId(DeviceId device, MeterId id) {
        throw new UnsupportedOperationException("meters are withdrawn");
    }

    @Override
    public void addListener(MeterListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(MeterListener listener) {
        listeners.remove(listener);
    }
}
