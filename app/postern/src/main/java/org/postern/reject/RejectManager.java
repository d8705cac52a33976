package org.postern.reject;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.flow.instructions.Instructions.MeterInstruction;
import org.onosproject.net.meter.MeterEvent;
import org.onosproject.net.meter.MeterId;
import org.onosproject.net.meter.MeterListener;
import org.onosproject.net.meter.MeterService;
import org.onosproject.net.packet.DefaultOutboundPacket;
import org.onosproject.net.packet.InboundPacket;
import org.onosproject.net.packet.PacketContext;
import org.onosproject.net.packet.PacketProcessor;
import org.onosproject.net.packet.PacketService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.compile.PuntRule;
import org.postern.compile.RejectMeters;
import org.postern.drivers.FrontTable;
import org.postern.policy.RejectRates;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers with a reset every packet that table REJECT sends here. Which packets those are the rule
 * that sent them says, by its cookie, not the policy: also while that is changing, nothing that the
 * switch took out of the subscriber's way may be forwarded by anybody.
 */
@Component(immediate = true, service = RejectService.class)
public class RejectManager implements RejectService {
    /**
     * Before every application that forwards. Of processors with one number the one that came first
     * is asked first; ONOS's own at this number look only at LLDP.
     */
    private static final int PRIORITY = PacketProcessor.advisor(0);

    /** How much more than its meter lets through a switch may send before it is distrusted. */
    private static final int TOLERANCE = 3;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final LongSupplier nanos;
    private final PacketProcessor processor = this::process;
    private final MeterListener meterListener = this::meterChanged;
    private final Map<DeviceId, Punted> punted = new ConcurrentHashMap<>();
    private final Set<Runnable> listeners = new CopyOnWriteArraySet<>();

    /** Devices that do not keep to their meters, with the rates that they had. */
    private final Map<DeviceId, RejectRates> unmetered = new ConcurrentHashMap<>();

    private final Map<DeviceId, RejectRates> rates = new ConcurrentHashMap<>();

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected PacketService packetService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected MeterService meterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected FlowRuleService flowRuleService;

    private ApplicationId appId;
    private MeterKeeper keeper;
    private long kept;

    /** What came from one device. */
    private static final class Punted {
        private final Set<Long> cookies;
        private final LongAdder packets = new LongAdder();
        private final LongAdder rejected = new LongAdder();
        private long before;

        private Punted(Set<Long> cookies) {
            this.cookies = cookies;
        }
    }

    /** Creates the component. */
    public RejectManager() {
        this(System::nanoTime);
    }

    /**
     * Creates the component with a clock.
     *
     * @param nanos time that only goes forward, in nanoseconds
     */
    protected RejectManager(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** Starts the component. */
    @Activate
    protected void activate() {
        appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        keeper = new MeterKeeper(meterService, appId, this::named, nanos);
        kept = nanos.getAsLong();
        meterService.addListener(meterListener);
        packetService.addProcessor(processor, PRIORITY);
        log.info("Started");
    }

    /** Stops the component; the meters stay, with the rules that name them. */
    @Deactivate
    protected void deactivate() {
        packetService.removeProcessor(processor);
        meterService.removeListener(meterListener);
        log.info("Stopped");
    }

    private void process(PacketContext context) {
        try {
            InboundPacket packet = context.inPacket();
            Optional<Long> cookie = packet == null ? Optional.empty() : packet.cookie();
            if (cookie.isEmpty()) {
                return;
            }
            Punted device = puntedOf(packet.receivedFrom().deviceId());
            if (device.cookies.contains(cookie.get())) {
                // first of all: whatever happens below, nobody may forward it
                context.block();
                device.packets.increment();
                answer(packet, device);
            }
        } catch (RuntimeException e) {
            log.debug("A packet was not answered", e);
        }
    }

    private Punted puntedOf(DeviceId id) {
        return punted.computeIfAbsent(id, d -> new Punted(PuntRule.cookies(d, appId)));
    }

    private void answer(InboundPacket packet, Punted device) {
        // there since the rate is bounded in the switch, not here
        ByteBuffer data = packet.unparsed().duplicate();
        data.rewind();
        byte[] frame = new byte[data.remaining()];
        data.get(frame);
        Optional<byte[]> reset = TcpReset.to(frame);
        if (reset.isPresent()) {
            ConnectPoint from = packet.receivedFrom();
            packetService.emit(
                    new DefaultOutboundPacket(
                            from.deviceId(),
                            DefaultTrafficTreatment.builder().setOutput(from.port()).build(),
                            ByteBuffer.wrap(reset.get())));
            device.rejected.increment();
        }
    }

    private void meterChanged(MeterEvent event) {
        boolean changes =
                event.type() == MeterEvent.Type.METER_ADDED
                        || event.type() == MeterEvent.Type.METER_REMOVED;
        if (changes && keeper.isOwn(event.subject())) {
            listeners.forEach(Runnable::run);
        }
    }

    private Set<MeterId> named(DeviceId device) {
        Set<MeterId> named = new HashSet<>();
        flowRuleService
                .getFlowEntries(device)
                .forEach(
                        entry ->
                                entry.treatment().meters().stream()
                                        .map(MeterInstruction::meterId)
                                        .forEach(named::add));
        return named;
    }

    @Override
    public RejectMeters require(DeviceId device, Set<String> purposes, RejectRates limits) {
        rates.put(device, limits);
        // another rate is a new meter, and may be one that the switch can keep to
        unmetered.computeIfPresent(device, (d, had) -> had.equals(limits) ? had : null);
        RejectMeters meters = keeper.require(device, purposes, limits);
        return unmetered.containsKey(device) ? RejectMeters.NONE : meters;
    }

    @Override
    public void retain(Set<DeviceId> devices) {
        rates.keySet().retainAll(devices);
        unmetered.keySet().retainAll(devices);
        keeper.retain(devices);
    }

    @Override
    public void keep(Predicate<DeviceId> programmed) {
        double seconds = (nanos.getAsLong() - kept) / 1e9;
        kept = nanos.getAsLong();
        Map<DeviceId, RejectRates> limits = new HashMap<>(rates);
        limits.forEach((device, limit) -> distrust(device, limit, seconds));
        keeper.keep(keeper.devices().stream().filter(programmed).collect(Collectors.toList()));
    }

    /** Takes rejecting from a device that sends far more than its meter lets through. */
    private void distrust(DeviceId id, RejectRates limit, double seconds) {
        Punted device = puntedOf(id);
        long packets = device.packets.sum();
        long came = packets - device.before;
        device.before = packets;
        // at once what the meter had saved up, then its rate; after a pause twice as much at most
        double most = TOLERANCE * limit.deviceRate() * (seconds + 1);
        if (came > most && unmetered.put(id, limit) == null) {
            log.error(
                    "{} sent {} packets in {} s through a meter of {}/s: it does not keep to its meters, so"
                            + " nothing is rejected there any more, direct mail is dropped instead",
                    id,
                    came,
                    String.format("%.1f", seconds),
                    limit.deviceRate());
            listeners.forEach(Runnable::run);
        }
    }

    @Override
    public void addListener(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(Runnable listener) {
        listeners.remove(listener);
    }

    @Override
    public List<String> warnings(DeviceId device) {
        List<String> warnings = new ArrayList<>();
        if (unmetered.containsKey(device)) {
            warnings.add(
                    "the switch does not keep to its meters, so nothing is rejected: direct mail is dropped"
                            + " without a reset; give its subscribers a class that drops, or set other rates"
                            + " (reject) to try again");
        } else {
            keeper.shortage(device).map(s -> "reject: " + s).ifPresent(warnings::add);
        }
        return warnings;
    }

    @Override
    public long rejected(DeviceId device) {
        Punted known = punted.get(device);
        return known == null ? 0 : known.rejected.sum();
    }
}
