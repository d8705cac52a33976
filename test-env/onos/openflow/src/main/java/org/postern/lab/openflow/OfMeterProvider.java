package org.postern.lab.openflow;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.RemovalCause;
import com.google.common.cache.RemovalNotification;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.onlab.util.Tools;
import org.onosproject.core.CoreService;
import org.onosproject.net.DeviceId;
import org.onosproject.net.meter.Band;
import org.onosproject.net.meter.DefaultBand;
import org.onosproject.net.meter.DefaultMeter;
import org.onosproject.net.meter.DefaultMeterFeatures;
import org.onosproject.net.meter.Meter;
import org.onosproject.net.meter.MeterFailReason;
import org.onosproject.net.meter.MeterFeatures;
import org.onosproject.net.meter.MeterId;
import org.onosproject.net.meter.MeterOperation;
import org.onosproject.net.meter.MeterOperations;
import org.onosproject.net.meter.MeterProvider;
import org.onosproject.net.meter.MeterProviderRegistry;
import org.onosproject.net.meter.MeterProviderService;
import org.onosproject.net.meter.MeterState;
import org.onosproject.net.provider.AbstractProvider;
import org.onosproject.net.provider.ProviderId;
import org.onosproject.openflow.controller.Dpid;
import org.onosproject.openflow.controller.OpenFlowController;
import org.onosproject.openflow.controller.OpenFlowEventListener;
import org.onosproject.openflow.controller.OpenFlowSwitch;
import org.onosproject.openflow.controller.OpenFlowSwitchListener;
import org.onosproject.openflow.controller.RoleState;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.projectfloodlight.openflow.protocol.OFErrorMsg;
import org.projectfloodlight.openflow.protocol.OFErrorType;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFMeterBandStats;
import org.projectfloodlight.openflow.protocol.OFMeterFeatures;
import org.projectfloodlight.openflow.protocol.OFMeterFlags;
import org.projectfloodlight.openflow.protocol.OFMeterModCommand;
import org.projectfloodlight.openflow.protocol.OFMeterStats;
import org.projectfloodlight.openflow.protocol.OFMeterStatsReply;
import org.projectfloodlight.openflow.protocol.OFPortStatus;
import org.projectfloodlight.openflow.protocol.errormsg.OFMeterModFailedErrorMsg;
import org.projectfloodlight.openflow.protocol.meterband.OFMeterBand;
import org.projectfloodlight.openflow.protocol.meterband.OFMeterBandDrop;
import org.projectfloodlight.openflow.protocol.meterband.OFMeterBandDscpRemark;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Meters over OpenFlow 1.3; a meter counts as added once the switch's statistics show it, and these
 * are asked for by the clock and after a removal, not after an addition.
 */
@Component(immediate = true, service = MeterProvider.class)
public class OfMeterProvider extends AbstractProvider implements MeterProvider {
    private static final Logger LOG = LoggerFactory.getLogger(OfMeterProvider.class);

    /** Seconds between polls, ONOS's default. */
    private static final int POLL_SECONDS = 10;

    /**
     * An operation that neither statistics nor an error answered has failed. Seconds, as ONOS's.
     */
    private static final int TIMEOUT_SECONDS = 30;

    /** All of a switch's meters (OpenFlow 1.3.5, OFPM_ALL). */
    private static final long ALL_METERS = 0xffffffffL;

    @Reference protected MeterProviderRegistry providerRegistry;

    @Reference protected OpenFlowController controller;

    @Reference protected CoreService coreService;

    private final SwitchListener listener = new SwitchListener();
    private final Map<Dpid, ScheduledFuture<?>> polling = new ConcurrentHashMap<>();

    /** By number of the meter alone, as in ONOS: two switches may mix theirs up. */
    private final Cache<Long, MeterOperation> pending =
            CacheBuilder.newBuilder()
                    .expireAfterWrite(TIMEOUT_SECONDS, TimeUnit.SECONDS)
                    .removalListener(this::timedOut)
                    .build();

    private ScheduledExecutorService executor;
    private volatile MeterProviderService providerService;

    /** Creates the provider for devices of scheme "of". */
    public OfMeterProvider() {
        super(new ProviderId("of", "org.onosproject.provider.meter"));
    }

    @Activate
    protected void activate() {
        executor =
                Executors.newSingleThreadScheduledExecutor(
                        Tools.groupedThreads("onos/of", "meter-stats-%d", LOG));
        providerService = providerRegistry.register(this);
        controller.addListener(listener);
        controller.addEventListener(listener);
        controller.getSwitches().forEach(sw -> listener.switchAdded(sw.getDpid()));
        LOG.info("Started");
    }

    @Deactivate
    protected void deactivate() {
        controller.removeListener(listener);
        controller.removeEventListener(listener);
        providerRegistry.unregister(this);
        providerService = null;
        executor.shutdownNow();
        LOG.info("Stopped");
    }

    @Override
    public void performMeterOperation(DeviceId device, MeterOperations operations) {
        operations.operations().forEach(operation -> performMeterOperation(device, operation));
    }

    @Override
    public void performMeterOperation(DeviceId device, MeterOperation operation) {
        OpenFlowSwitch sw = controller.getSwitch(Dpid.dpid(device.uri()));
        if (sw == null) {
            providerService.meterOperationFailed(operation, MeterFailReason.UNKNOWN_DEVICE);
            return;
        }
        long id = ((MeterId) operation.meter().meterCellId()).id();
        pending.put(id, operation);
        sw.sendMsg(meterMod(sw.factory(), operation, id));
        if (operation.type() == MeterOperation.Type.REMOVE) {
            poll(sw);
        }
    }

    private void timedOut(RemovalNotification<Long, MeterOperation> pendingOne) {
        MeterProviderService service = providerService;
        if (pendingOne.getCause() == RemovalCause.EXPIRED && service != null) {
            service.meterOperationFailed(pendingOne.getValue(), MeterFailReason.TIMEOUT);
        }
    }

    private static OFMessage meterMod(OFFactory factory, MeterOperation operation, long id) {
        Meter meter = operation.meter();
        Set<OFMeterFlags> flags = EnumSet.noneOf(OFMeterFlags.class);
        flags.add(meter.unit() == Meter.Unit.PKTS_PER_SEC ? OFMeterFlags.PKTPS : OFMeterFlags.KBPS);
        if (meter.isBurst()) {
            flags.add(OFMeterFlags.BURST);
        }
        List<OFMeterBand> bands =
                meter.bands().stream()
                        .map(b -> band(factory, b, meter.isBurst()))
                        .collect(Collectors.toList());
        // The transaction is the meter's number, so that an error names it.
        return factory.buildMeterMod()
                .setXid(id)
                .setMeterId(id)
                .setCommand(command(operation))
                .setFlags(flags)
                .setMeters(bands)
                .build();
    }

    private static OFMeterModCommand command(MeterOperation operation) {
        switch (operation.type()) {
            case ADD:
                return OFMeterModCommand.ADD;
            case MODIFY:
                return OFMeterModCommand.MODIFY;
            case REMOVE:
                return OFMeterModCommand.DELETE;
            default:
                throw new IllegalArgumentException("Unknown meter operation " + operation.type());
        }
    }

    private static OFMeterBand band(OFFactory factory, Band band, boolean burst) {
        if (band.type() == Band.Type.REMARK) {
            OFMeterBandDscpRemark.Builder remark =
                    factory.meterBands()
                            .buildDscpRemark()
                            .setRate(band.rate())
                            .setPrecLevel(band.dropPrecedence());
            return burst ? remark.setBurstSize(band.burst()).build() : remark.build();
        }
        OFMeterBandDrop.Builder drop = factory.meterBands().buildDrop().setRate(band.rate());
        return burst ? drop.setBurstSize(band.burst()).build() : drop.build();
    }

    private static void poll(OpenFlowSwitch sw) {
        if (sw.getRole() == RoleState.MASTER) {
            sw.sendMsg(sw.factory().buildMeterStatsRequest().setMeterId(ALL_METERS).build());
        }
    }

    private Meter meter(DeviceId device, OFMeterStats stats) {
        DefaultMeter meter =
                (DefaultMeter)
                        DefaultMeter.builder()
                                .forDevice(device)
                                .withCellId(MeterId.meterId(stats.getMeterId()))
                                .fromApp(coreService.getAppId(CoreService.CORE_APP_NAME))
                                .withBands(bands(stats.getBandStats()))
                                .build();
        meter.setState(MeterState.ADDED);
        meter.setLife(stats.getDurationSec());
        meter.setProcessedBytes(stats.getByteInCount().getValue());
        meter.setProcessedPackets(stats.getPacketInCount().getValue());
        meter.setReferenceCount(stats.getFlowCount());
        pending.invalidate(stats.getMeterId());
        return meter;
    }

    /** What a switch offers; one that says nothing, as before OpenFlow 1.3, offers none. */
    private static MeterFeatures features(Dpid dpid, OFMeterFeatures offered) {
        long most = offered == null ? 0 : offered.getMaxMeter();
        return DefaultMeterFeatures.builder()
                .forDevice(DeviceId.deviceId(Dpid.uri(dpid)))
                .withMaxMeters(most)
                .withStartIndex(most == 0 ? -1 : 1)
                .withEndIndex(most == 0 ? -1 : most)
                .withBandTypes(Set.of(Band.Type.DROP))
                .withUnits(Set.of(Meter.Unit.PKTS_PER_SEC, Meter.Unit.KB_PER_SEC))
                .hasBurst(true)
                .hasStats(true)
                .build();
    }

    private static Collection<Band> bands(List<OFMeterBandStats> stats) {
        return stats.stream()
                .map(
                        s -> {
                            DefaultBand band =
                                    (DefaultBand)
                                            DefaultBand.builder().ofType(Band.Type.DROP).build();
                            band.setBytes(s.getByteBandCount().getValue());
                            band.setPackets(s.getPacketBandCount().getValue());
                            return band;
                        })
                .collect(Collectors.toList());
    }

    private static MeterFailReason reason(OFMeterModFailedErrorMsg error) {
        switch (error.getCode()) {
            case METER_EXISTS:
                return MeterFailReason.EXISTING_METER;
            case INVALID_METER:
                return MeterFailReason.INVALID_METER;
            case BAD_FLAGS:
                return MeterFailReason.UNKNOWN_FLAGS;
            case BAD_RATE:
                return MeterFailReason.BAD_RATE;
            case BAD_BURST:
                return MeterFailReason.BAD_BURST;
            case BAD_BAND:
                return MeterFailReason.BAD_BAND;
            case BAD_BAND_VALUE:
                return MeterFailReason.BAD_BAND_VALUE;
            case OUT_OF_METERS:
                return MeterFailReason.OUT_OF_METERS;
            case OUT_OF_BANDS:
                return MeterFailReason.OUT_OF_BANDS;
            default:
                return MeterFailReason.UNKNOWN;
        }
    }

    private final class SwitchListener implements OpenFlowSwitchListener, OpenFlowEventListener {
        @Override
        public void switchAdded(Dpid dpid) {
            OpenFlowSwitch sw = controller.getSwitch(dpid);
            if (sw != null) {
                offer(dpid, sw.getMeterFeatures());
                stop(
                        polling.put(
                                dpid,
                                executor.scheduleAtFixedRate(
                                        () -> poll(sw), 1, POLL_SECONDS, TimeUnit.SECONDS)));
            }
        }

        @Override
        public void switchRemoved(Dpid dpid) {
            stop(polling.remove(dpid));
            MeterProviderService service = providerService;
            if (service != null) {
                service.deleteMeterFeatures(DeviceId.deviceId(Dpid.uri(dpid)));
            }
        }

        private void offer(Dpid dpid, OFMeterFeatures offered) {
            MeterProviderService service = providerService;
            if (service != null) {
                service.pushMeterFeatures(
                        DeviceId.deviceId(Dpid.uri(dpid)), features(dpid, offered));
            }
        }

        private void stop(ScheduledFuture<?> poll) {
            if (poll != null) {
                poll.cancel(false);
            }
        }

        @Override
        public void switchChanged(Dpid dpid) {
            // says nothing of meters
        }

        @Override
        public void portChanged(Dpid dpid, OFPortStatus status) {
            // says nothing of meters
        }

        @Override
        public void receivedRoleReply(Dpid dpid, RoleState requested, RoleState response) {
            // only masters poll, and they ask for their role each time
        }

        @Override
        public void handleMessage(Dpid dpid, OFMessage message) {
            MeterProviderService service = providerService;
            if (service == null) {
                return;
            }
            if (message instanceof OFMeterStatsReply) {
                DeviceId device = DeviceId.deviceId(Dpid.uri(dpid));
                Collection<Meter> meters =
                        ((OFMeterStatsReply) message)
                                .getEntries().stream()
                                        .map(s -> meter(device, s))
                                        .collect(Collectors.toSet());
                service.pushMeterMetrics(device, meters);
            } else if (message instanceof OFErrorMsg
                    && ((OFErrorMsg) message).getErrType() == OFErrorType.METER_MOD_FAILED) {
                MeterOperation operation = pending.asMap().remove(message.getXid());
                if (operation == null) {
                    LOG.warn("Unknown Meter operation failed {}", message);
                } else {
                    service.meterOperationFailed(
                            operation, reason((OFMeterModFailedErrorMsg) message));
                }
            }
        }
    }
}
