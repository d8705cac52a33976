package org.postern.lab.openflow;

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
import org.onlab.packet.ChassisId;
import org.onlab.util.Tools;
import org.onosproject.net.AnnotationKeys;
import org.onosproject.net.DefaultAnnotations;
import org.onosproject.net.DeviceId;
import org.onosproject.net.MastershipRole;
import org.onosproject.net.Port;
import org.onosproject.net.PortNumber;
import org.onosproject.net.device.DefaultDeviceDescription;
import org.onosproject.net.device.DefaultPortDescription;
import org.onosproject.net.device.DefaultPortStatistics;
import org.onosproject.net.device.DeviceProvider;
import org.onosproject.net.device.DeviceProviderRegistry;
import org.onosproject.net.device.DeviceProviderService;
import org.onosproject.net.device.PortDescription;
import org.onosproject.net.device.PortStatistics;
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
import org.projectfloodlight.openflow.protocol.OFCapabilities;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFPortConfig;
import org.projectfloodlight.openflow.protocol.OFPortDesc;
import org.projectfloodlight.openflow.protocol.OFPortMod;
import org.projectfloodlight.openflow.protocol.OFPortReason;
import org.projectfloodlight.openflow.protocol.OFPortState;
import org.projectfloodlight.openflow.protocol.OFPortStatsEntry;
import org.projectfloodlight.openflow.protocol.OFPortStatsReply;
import org.projectfloodlight.openflow.protocol.OFPortStatus;
import org.projectfloodlight.openflow.types.OFPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Switches, their ports and port counters over OpenFlow 1.3, and the roles of the cluster's nodes
 * towards them.
 */
@Component(immediate = true, service = DeviceProvider.class)
public class OfDeviceProvider extends AbstractProvider implements DeviceProvider {
    /** ONOS's own, so that what is learned from these providers looks the same. */
    static final ProviderId PROVIDER_ID = new ProviderId("of", "org.onosproject.provider.openflow");

    private static final Logger LOG = LoggerFactory.getLogger(OfDeviceProvider.class);

    private static final long KBPS_PER_MBPS = 1_000;
    private static final int PORT_POLL_SECONDS = 5;

    @Reference protected DeviceProviderRegistry providerRegistry;

    @Reference protected OpenFlowController controller;

    private final SwitchListener listener = new SwitchListener();
    private final Map<Dpid, ScheduledFuture<?>> portPolling = new ConcurrentHashMap<>();
    private ScheduledExecutorService executor;
    private volatile DeviceProviderService providerService;

    /** Creates the provider for devices of scheme "of". */
    public OfDeviceProvider() {
        super(PROVIDER_ID);
    }

    @Activate
    protected void activate() {
        executor =
                Executors.newSingleThreadScheduledExecutor(
                        Tools.groupedThreads("onos/of", "port-stats-%d", LOG));
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
    public boolean isReachable(DeviceId device) {
        OpenFlowSwitch sw = switchOf(device);
        return sw != null && sw.isConnected();
    }

    @Override
    public void triggerProbe(DeviceId device) {
        OpenFlowSwitch sw = switchOf(device);
        if (sw == null || !sw.isConnected()) {
            LOG.error("Failed to probe device {} on sw={}", device, sw);
            providerService.deviceDisconnected(device);
        } else {
            sw.sendMsg(sw.factory().buildPortDescStatsRequest().setXid(0).build());
        }
    }

    @Override
    public void triggerDisconnect(DeviceId device) {
        OpenFlowSwitch sw = switchOf(device);
        if (sw != null) {
            listener.switchRemoved(sw.getDpid());
            sw.disconnectSwitch();
        }
    }

    @Override
    public void roleChanged(DeviceId device, MastershipRole role) {
        controller.setRole(Dpid.dpid(device.uri()), roleState(role));
    }

    @Override
    public void changePortState(DeviceId device, PortNumber number, boolean enable) {
        OpenFlowSwitch sw = switchOf(device);
        if (sw == null || !sw.isConnected()) {
            LOG.error("Failed to change portState on device {}", device);
            return;
        }
        OFPort port = OfPacketProvider.port(number);
        OFPortMod.Builder mod =
                sw.factory()
                        .buildPortMod()
                        .setPortNo(port)
                        .setConfig(enable ? Set.of() : EnumSet.of(OFPortConfig.PORT_DOWN))
                        .setMask(EnumSet.of(OFPortConfig.PORT_DOWN))
                        .setAdvertise(0);
        sw.getPorts().stream()
                .filter(p -> p.getPortNo().equals(port))
                .findFirst()
                .ifPresent(p -> mod.setHwAddr(p.getHwAddr()));
        sw.sendMsg(mod.build());
    }

    private OpenFlowSwitch switchOf(DeviceId device) {
        return controller.getSwitch(Dpid.dpid(device.uri()));
    }

    private static DeviceId deviceId(Dpid dpid) {
        return DeviceId.deviceId(Dpid.uri(dpid));
    }

    private static RoleState roleState(MastershipRole role) {
        switch (role) {
            case MASTER:
                return RoleState.MASTER;
            case STANDBY:
                return RoleState.EQUAL;
            case NONE:
                return RoleState.SLAVE;
            default:
                throw new IllegalArgumentException("Unknown mastership role " + role);
        }
    }

    private static MastershipRole role(RoleState state) {
        switch (state) {
            case MASTER:
                return MastershipRole.MASTER;
            case EQUAL:
                return MastershipRole.STANDBY;
            case SLAVE:
                return MastershipRole.NONE;
            default:
                throw new IllegalArgumentException("Unknown role " + state);
        }
    }

    private static List<PortDescription> ports(OpenFlowSwitch sw) {
        return sw.getPorts().stream().map(OfDeviceProvider::port).collect(Collectors.toList());
    }

    private static PortDescription port(OFPortDesc port) {
        boolean adminDown = port.getConfig().contains(OFPortConfig.PORT_DOWN);
        DefaultAnnotations.Builder annotations = DefaultAnnotations.builder();
        if (!port.getName().isEmpty()) {
            annotations.set(AnnotationKeys.PORT_NAME, port.getName());
        }
        annotations
                .set(AnnotationKeys.PORT_MAC, port.getHwAddr().toString())
                .set(AnnotationKeys.ADMIN_STATE, adminDown ? "disabled" : "enabled");
        return DefaultPortDescription.builder()
                .withPortNumber(PortNumber.portNumber(port.getPortNo().getPortNumber()))
                .isEnabled(!adminDown && !port.getState().contains(OFPortState.LINK_DOWN))
                .type(Port.Type.COPPER)
                .portSpeed(port.getCurrSpeed() / KBPS_PER_MBPS)
                .annotations(annotations.build())
                .build();
    }

    private static Collection<PortStatistics> statistics(
            DeviceId device, List<OFPortStatsEntry> entries) {
        return entries.stream()
                .filter(e -> e.getPortNo().getPortNumber() >= 0)
                .map(e -> statistics(device, e))
                .collect(Collectors.toSet());
    }

    private static PortStatistics statistics(DeviceId device, OFPortStatsEntry entry) {
        return DefaultPortStatistics.builder()
                .setDeviceId(device)
                .setPort(PortNumber.portNumber(entry.getPortNo().getPortNumber()))
                .setPacketsReceived(entry.getRxPackets().getValue())
                .setPacketsSent(entry.getTxPackets().getValue())
                .setBytesReceived(entry.getRxBytes().getValue())
                .setBytesSent(entry.getTxBytes().getValue())
                .setPacketsRxDropped(entry.getRxDropped().getValue())
                .setPacketsTxDropped(entry.getTxDropped().getValue())
                .setPacketsRxErrors(entry.getRxErrors().getValue())
                .setPacketsTxErrors(entry.getTxErrors().getValue())
                .setDurationSec(entry.getDurationSec())
                .setDurationNano(entry.getDurationNsec())
                .build();
    }

    private final class SwitchListener implements OpenFlowSwitchListener, OpenFlowEventListener {
        @Override
        public void switchAdded(Dpid dpid) {
            OpenFlowSwitch sw = controller.getSwitch(dpid);
            if (sw == null) {
                LOG.error("Switch {} is not found", dpid);
                return;
            }
            DeviceId device = deviceId(dpid);
            DefaultAnnotations.Builder annotations =
                    DefaultAnnotations.builder()
                            .set(AnnotationKeys.PROTOCOL, sw.factory().getVersion().toString())
                            .set(AnnotationKeys.CHANNEL_ID, sw.channelId())
                            .set(AnnotationKeys.MANAGEMENT_ADDRESS, sw.channelId().split(":")[0]);
            if (sw.datapathDescription() != null && !sw.datapathDescription().isEmpty()) {
                annotations.set(AnnotationKeys.DATAPATH_DESCRIPTION, sw.datapathDescription());
            }
            providerService.deviceConnected(
                    device,
                    new DefaultDeviceDescription(
                            device.uri(),
                            sw.deviceType(),
                            sw.manufacturerDescription(),
                            sw.hardwareDescription(),
                            sw.softwareDescription(),
                            sw.serialNumber(),
                            new ChassisId(dpid.value()),
                            annotations.build()));
            providerService.updatePorts(device, ports(sw));
            sw.sendMsg(sw.factory().buildPortDescStatsRequest().build());
            if (sw.features().getCapabilities().contains(OFCapabilities.PORT_STATS)) {
                pollPorts(dpid, sw);
            }
            if (controller.getSwitch(dpid) == null) {
                // it left while it was being added
                switchRemoved(dpid);
            }
        }

        private void pollPorts(Dpid dpid, OpenFlowSwitch sw) {
            Runnable poll =
                    () -> {
                        if (sw.getRole() == RoleState.MASTER) {
                            sw.sendMsg(
                                    sw.factory()
                                            .buildPortStatsRequest()
                                            .setPortNo(OFPort.ANY)
                                            .build());
                        }
                    };
            stop(
                    portPolling.put(
                            dpid,
                            executor.scheduleAtFixedRate(
                                    poll, 1, PORT_POLL_SECONDS, TimeUnit.SECONDS)));
        }

        private void stop(ScheduledFuture<?> polling) {
            if (polling != null) {
                polling.cancel(false);
            }
        }

        @Override
        public void switchRemoved(Dpid dpid) {
            stop(portPolling.remove(dpid));
            DeviceProviderService service = providerService;
            if (service != null) {
                service.deviceDisconnected(deviceId(dpid));
            }
        }

        @Override
        public void switchChanged(Dpid dpid) {
            OpenFlowSwitch sw = controller.getSwitch(dpid);
            if (sw != null) {
                providerService.updatePorts(deviceId(dpid), ports(sw));
            }
        }

        @Override
        public void portChanged(Dpid dpid, OFPortStatus status) {
            PortDescription port = port(status.getDesc());
            if (status.getReason() == OFPortReason.DELETE) {
                PortDescription gone =
                        DefaultPortDescription.builder(port).isEnabled(false).build();
                providerService.deletePort(deviceId(dpid), gone);
            } else {
                providerService.portStatusChanged(deviceId(dpid), port);
            }
        }

        @Override
        public void receivedRoleReply(Dpid dpid, RoleState requested, RoleState response) {
            providerService.receivedRoleReply(deviceId(dpid), role(requested), role(response));
        }

        @Override
        public void handleMessage(Dpid dpid, OFMessage message) {
            DeviceProviderService service = providerService;
            if (service != null && message instanceof OFPortStatsReply) {
                DeviceId device = deviceId(dpid);
                service.updatePortStatistics(
                        device, statistics(device, ((OFPortStatsReply) message).getEntries()));
            }
        }
    }
}
