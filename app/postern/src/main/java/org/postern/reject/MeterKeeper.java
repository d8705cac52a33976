package org.postern.reject;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DefaultAnnotations;
import org.onosproject.net.DeviceId;
import org.onosproject.net.meter.Band;
import org.onosproject.net.meter.DefaultBand;
import org.onosproject.net.meter.DefaultMeterRequest;
import org.onosproject.net.meter.Meter;
import org.onosproject.net.meter.MeterContext;
import org.onosproject.net.meter.MeterFailReason;
import org.onosproject.net.meter.MeterId;
import org.onosproject.net.meter.MeterKey;
import org.onosproject.net.meter.MeterRequest;
import org.onosproject.net.meter.MeterService;
import org.onosproject.net.meter.MeterState;
import org.onosproject.store.service.StorageException;
import org.postern.compile.RejectMeters;
import org.postern.policy.RejectRates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that devices have the meters that they need. What each is for is written on it, so
 * that after a restart, or on another node, they are found again. ONOS puts a meter back that a
 * switch has lost.
 *
 * <p>A meter is never changed: for another rate there is a new one, and the old one goes when no
 * rule names it any more. A switch takes the rules of a meter away with it (OpenFlow 1.3.5, section
 * 6.2).
 */
final class MeterKeeper {
    /** Where a meter says what it is for. */
    static final String PURPOSE = "postern-reject";

    /** How many meters of a device are asked for at a time, so that its queue is not filled. */
    private static final int AT_A_TIME = 500;

    /** How long nothing is asked of a device that refused a meter. */
    private static final Duration AFTER_REFUSAL = Duration.ofSeconds(60);

    /**
     * How long a meter may be on its way: three of ONOS's polls (10 s each). One that the switch
     * refused stays so in ONOS's store, and is sent again at every poll, until it is withdrawn.
     */
    private static final Duration ON_ITS_WAY = Duration.ofSeconds(30);

    /** How long a meter stays that nobody needs and no rule names, on a device that rejects. */
    private static final Duration IDLE = Duration.ofSeconds(5);

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final MeterService service;
    private final ApplicationId owner;
    private final NamedMeters named;
    private final LongSupplier nanos;
    private final Map<DeviceId, Wanted> wanted = new HashMap<>();

    /** What was ready when the store last answered. */
    private final Map<DeviceId, RejectMeters> last = new HashMap<>();

    /** Written by ONOS's threads, which must not wait for what we ask of it meanwhile. */
    private final Map<DeviceId, Refusal> refusals = new ConcurrentHashMap<>();

    /** Since when meters were seen to be on their way. */
    private Map<MeterKey, Long> pending = new HashMap<>();

    /** Since when meters have no use; rules that name them may be late. */
    private Map<MeterKey, Long> idle = new HashMap<>();

    /** Which meters of a device its rules name, in ONOS's store. */
    interface NamedMeters {
        Set<MeterId> on(DeviceId device);
    }

    /** What a device needs. */
    private static final class Wanted {
        private final ImmutableSet<String> purposes;
        private final RejectRates rates;

        private Wanted(Set<String> purposes, RejectRates rates) {
            ImmutableSet.Builder<String> all = ImmutableSet.builder();
            if (!purposes.isEmpty()) {
                // first, since no other is of use without it
                all.add(RejectMeters.DEVICE).addAll(purposes);
            }
            this.purposes = all.build();
            this.rates = rates;
        }

        private boolean fits(Meter meter) {
            String purpose = purposeOf(meter);
            if (!purposes.contains(purpose) || meter.bands().size() != 1) {
                return false;
            }
            Band band = meter.bands().iterator().next();
            return meter.unit() == Meter.Unit.PKTS_PER_SEC
                    && meter.isBurst()
                    && band.type() == Band.Type.DROP
                    && band.rate() == rateOf(purpose)
                    && band.burst() != null
                    && band.burst() == burstOf(purpose);
        }

        private long rateOf(String purpose) {
            return purpose.equals(RejectMeters.DEVICE) ? rates.deviceRate() : rates.rate();
        }

        private long burstOf(String purpose) {
            return purpose.equals(RejectMeters.DEVICE) ? rates.deviceRate() : rates.burst();
        }
    }

    /** That a device takes no more meters, for the time being. */
    private static final class Refusal {
        private final String reason;
        private final long since;

        private Refusal(String reason, long since) {
            this.reason = reason;
            this.since = since;
        }
    }

    MeterKeeper(MeterService service, ApplicationId owner, NamedMeters named, LongSupplier nanos) {
        this.service = service;
        this.owner = owner;
        this.named = named;
        this.nanos = nanos;
    }

    private static String purposeOf(Meter meter) {
        String purpose = meter.annotations().value(PURPOSE);
        return purpose == null ? "" : purpose;
    }

    private static MeterId idOf(Meter meter) {
        return (MeterId) meter.meterCellId();
    }

    /** Tells whether a meter is one of ours. */
    boolean isOwn(Meter meter) {
        return meter.appId().equals(owner) && meter.meterCellId() instanceof MeterId;
    }

    private List<Meter> own(Collection<Meter> meters) {
        return meters.stream()
                .filter(this::isOwn)
                .sorted(Comparator.comparingLong(m -> idOf(m).id()))
                .collect(Collectors.toList());
    }

    /** See {@link RejectService#require}. */
    synchronized RejectMeters require(DeviceId device, Set<String> purposes, RejectRates rates) {
        Wanted now = new Wanted(purposes, rates);
        if (now.purposes.isEmpty()) {
            wanted.remove(device);
            last.remove(device);
            return RejectMeters.NONE;
        }
        wanted.put(device, now);
        try {
            last.put(device, new RejectMeters(ready(now, service.getMeters(device))));
        } catch (StorageException e) {
            log.warn("The meters of {} could not be read; taken to be as they were", device, e);
        }
        return last.getOrDefault(device, RejectMeters.NONE);
    }

    private Map<String, MeterId> ready(Wanted now, Collection<Meter> meters) {
        Map<String, Meter> ready = new HashMap<>();
        for (Meter meter : own(meters)) {
            String purpose = purposeOf(meter);
            if (meter.state() == MeterState.ADDED && now.purposes.contains(purpose)) {
                ready.merge(purpose, meter, (a, b) -> now.fits(b) && !now.fits(a) ? b : a);
            }
        }
        return ready.entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, e -> idOf(e.getValue())));
    }

    /** See {@link RejectService#retain}. */
    synchronized void retain(Set<DeviceId> devices) {
        wanted.keySet().retainAll(devices);
        refusals.keySet().retainAll(devices);
        last.keySet().retainAll(devices);
    }

    /**
     * Makes what is missing and removes what has no use, on the devices that this node programs.
     */
    synchronized void keep(Collection<DeviceId> programmed) {
        Map<MeterKey, Long> idleNow = new HashMap<>();
        Map<MeterKey, Long> pendingNow = new HashMap<>();
        for (DeviceId device : programmed) {
            try {
                List<Meter> own = own(service.getMeters(device));
                if (lacking(device, own) == 0) {
                    refusals.remove(device);
                }
                noteOnTheirWay(own, pendingNow);
                makeMissing(device, own);
                removeIdle(device, own, pendingNow, idleNow);
            } catch (RuntimeException e) {
                log.warn("The meters of {} could not be looked after", device, e);
            }
        }
        idle = idleNow;
        pending = pendingNow;
    }

    private void noteOnTheirWay(List<Meter> own, Map<MeterKey, Long> since) {
        for (Meter meter : own) {
            if (meter.state() == MeterState.PENDING_ADD) {
                MeterKey key = MeterKey.key(meter.deviceId(), meter.meterCellId());
                since.put(key, pending.getOrDefault(key, nanos.getAsLong()));
            }
        }
    }

    private boolean isOverdue(Meter meter, Map<MeterKey, Long> since) {
        Long asked = since.get(MeterKey.key(meter.deviceId(), meter.meterCellId()));
        return meter.state() == MeterState.PENDING_ADD
                && asked != null
                && nanos.getAsLong() - asked > ON_ITS_WAY.toNanos();
    }

    /** The devices that need meters or have some of ours. */
    synchronized Set<DeviceId> devices() {
        Set<DeviceId> devices = new HashSet<>(wanted.keySet());
        own(service.getAllMeters()).forEach(m -> devices.add(m.deviceId()));
        return devices;
    }

    private void makeMissing(DeviceId device, List<Meter> own) {
        Refusal refusal = refusals.get(device);
        if (refusal != null && nanos.getAsLong() - refusal.since < AFTER_REFUSAL.toNanos()) {
            return;
        }
        missing(device, own).stream().limit(AT_A_TIME).forEach(p -> submit(device, p));
    }

    /** For what purposes a device has no right meter, not even one on its way. */
    private List<String> missing(DeviceId device, List<Meter> own) {
        Wanted now = wanted.get(device);
        if (now == null) {
            return List.of();
        }
        Set<String> there =
                own.stream()
                        .filter(m -> m.state() != MeterState.PENDING_REMOVE && now.fits(m))
                        .map(MeterKeeper::purposeOf)
                        .collect(Collectors.toSet());
        return now.purposes.stream().filter(p -> !there.contains(p)).collect(Collectors.toList());
    }

    private void submit(DeviceId device, String purpose) {
        Wanted now = wanted.get(device);
        MeterRequest request =
                request(device, now.rateOf(purpose), now.burstOf(purpose))
                        .withAnnotations(DefaultAnnotations.builder().set(PURPOSE, purpose).build())
                        .withContext(new Outcome(device))
                        .add();
        try {
            service.submit(request);
        } catch (RuntimeException e) {
            // so ONOS says that the switch has no meters, or no number is left for one
            log.debug("{} gets no meter for {}", device, purpose, e);
            refuse(device, "ONOS has no meter number for it, of as many as the switch offers");
        }
    }

    private MeterRequest.Builder request(DeviceId device, long rate, long burst) {
        Band band =
                DefaultBand.builder()
                        .ofType(Band.Type.DROP)
                        .withRate(rate)
                        .burstSize(burst)
                        .build();
        return DefaultMeterRequest.builder()
                .forDevice(device)
                .fromApp(owner)
                .withUnit(Meter.Unit.PKTS_PER_SEC)
                .burst()
                .withBands(ImmutableList.of(band));
    }

    private void refuse(DeviceId device, String reason) {
        refuse(device, reason, Duration.ZERO);
    }

    private void refuse(DeviceId device, String reason, Duration ago) {
        long since = nanos.getAsLong() - ago.toNanos();
        if (refusals.put(device, new Refusal(reason, since)) == null) {
            log.warn("{} takes no more meters: {}", device, reason);
        }
    }

    /** Removes what has had no use for a while. */
    private void removeIdle(
            DeviceId device,
            List<Meter> own,
            Map<MeterKey, Long> pendingSince,
            Map<MeterKey, Long> idleSince) {
        Wanted now = wanted.get(device);
        Set<MeterId> inUse = own.isEmpty() ? Set.of() : named.on(device);
        Set<String> served = new HashSet<>();
        for (Meter meter : own) {
            if (meter.state() == MeterState.PENDING_REMOVE) {
                continue;
            }
            if (isOverdue(meter, pendingSince)) {
                // one may just have been lost, and is asked for again at once; not so two
                boolean first = !refusals.containsKey(device);
                refuse(
                        device,
                        "the switch does not confirm it",
                        first ? AFTER_REFUSAL : Duration.ZERO);
                withdraw(meter);
                continue;
            }
            // of two for one purpose, by two nodes that were both master, the first one stays
            boolean keeps = now != null && now.fits(meter) && served.add(purposeOf(meter));
            if (!keeps && !inUse.contains(idOf(meter))) {
                MeterKey key = MeterKey.key(device, meter.meterCellId());
                long since = idle.getOrDefault(key, nanos.getAsLong());
                idleSince.put(key, since);
                if (now == null || nanos.getAsLong() - since >= IDLE.toNanos()) {
                    withdraw(meter);
                }
            }
        }
    }

    private void withdraw(Meter meter) {
        Optional<Band> band = meter.bands().stream().findFirst();
        long rate = band.map(Band::rate).orElse(1L);
        long burst = band.map(Band::burst).orElse(0L);
        service.withdraw(request(meter.deviceId(), rate, burst).remove(), meter.meterCellId());
    }

    /** How many of the meters that a device needs are not ready. */
    private int lacking(DeviceId device, Collection<Meter> meters) {
        Wanted now = wanted.get(device);
        return now == null ? 0 : now.purposes.size() - ready(now, meters).size();
    }

    /** Why not everything that is to be rejected is; empty if it is, or is about to be. */
    synchronized Optional<String> shortage(DeviceId device) {
        Refusal refusal = refusals.get(device);
        Wanted now = wanted.get(device);
        if (refusal == null || now == null) {
            return Optional.empty();
        }
        Map<String, MeterId> ready;
        try {
            ready = ready(now, service.getMeters(device));
        } catch (StorageException e) {
            // it is told again when the store answers
            log.debug("The meters of {} could not be read", device, e);
            return Optional.empty();
        }
        int lacking = now.purposes.size() - ready.size();
        if (lacking == 0) {
            return Optional.empty();
        }
        String who =
                ready.containsKey(RejectMeters.DEVICE)
                        ? lacking + " of " + (now.purposes.size() - 1) + " senders have no meter"
                        : "the switch has no meters";
        return Optional.of(
                who
                        + " ("
                        + refusal.reason
                        + "): their direct mail is dropped without a reset; give fewer subscribers of"
                        + " this device a class that rejects, or make room for meters");
    }

    /** What becomes of a request. */
    private final class Outcome implements MeterContext {
        private final DeviceId device;

        private Outcome(DeviceId device) {
            this.device = device;
        }

        @Override
        public void onError(MeterRequest request, MeterFailReason reason) {
            refuse(device, "the switch says " + reason);
        }
    }
}
