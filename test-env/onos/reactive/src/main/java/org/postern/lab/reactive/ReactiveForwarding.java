package org.postern.lab.reactive;

import java.util.List;
import java.util.Optional;
import org.onlab.packet.EthType;
import org.onlab.packet.Ethernet;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.PortNumber;
import org.onosproject.net.device.DeviceEvent;
import org.onosproject.net.device.DeviceListener;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flowobjective.DefaultForwardingObjective;
import org.onosproject.net.flowobjective.FlowObjectiveService;
import org.onosproject.net.flowobjective.ForwardingObjective;
import org.onosproject.net.packet.PacketContext;
import org.onosproject.net.packet.PacketPriority;
import org.onosproject.net.packet.PacketProcessor;
import org.onosproject.net.packet.PacketService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Forwards as ONOS's reactive forwarding does, without its host and topology services: what is
 * unknown is flooded, what is known gets a forwarding objective of priority 10 that an idle 10
 * seconds end.
 *
 * <p>For loop-free networks. Addresses are learned per device from the packets that come to the
 * controller.
 */
@Component(immediate = true)
public class ReactiveForwarding {
    private static final String APPLICATION = "org.postern.lab.reactive";
    private static final Logger LOG = LoggerFactory.getLogger(ReactiveForwarding.class);

    // ONOS's reactive forwarding: its defaults
    private static final int FLOW_PRIORITY = 10;
    private static final int FLOW_TIMEOUT_SECONDS = 10;

    private static final List<EthType> FORWARDED =
            List.of(
                    EthType.EtherType.ARP.ethType(),
                    EthType.EtherType.IPV4.ethType(),
                    EthType.EtherType.IPV6.ethType());

    @Reference protected CoreService coreService;

    @Reference protected PacketService packetService;

    @Reference protected FlowObjectiveService flowObjectiveService;

    @Reference protected DeviceService deviceService;

    private final MacTable macs = new MacTable();
    private final PacketProcessor processor = this::process;
    private final DeviceListener deviceListener = this::deviceChanged;
    private ApplicationId application;

    @Activate
    protected void activate() {
        application = coreService.registerApplication(APPLICATION);
        deviceService.addListener(deviceListener);
        packetService.addProcessor(processor, PacketProcessor.director(2));
        FORWARDED.forEach(
                type ->
                        packetService.requestPackets(
                                selector(type), PacketPriority.REACTIVE, application));
        LOG.info("Started");
    }

    @Deactivate
    protected void deactivate() {
        FORWARDED.forEach(
                type ->
                        packetService.cancelPackets(
                                selector(type), PacketPriority.REACTIVE, application));
        packetService.removeProcessor(processor);
        deviceService.removeListener(deviceListener);
        LOG.info("Stopped");
    }

    private static TrafficSelector selector(EthType type) {
        return DefaultTrafficSelector.builder().matchEthType(type.toShort()).build();
    }

    private void deviceChanged(DeviceEvent event) {
        if (event.type() == DeviceEvent.Type.DEVICE_AVAILABILITY_CHANGED
                && !deviceService.isAvailable(event.subject().id())) {
            macs.forget(event.subject().id());
        }
    }

    private void process(PacketContext context) {
        Ethernet packet = context.inPacket().parsed();
        if (context.isHandled()
                || packet == null
                || !FORWARDED.contains(new EthType(packet.getEtherType()))) {
            return;
        }
        ConnectPoint from = context.inPacket().receivedFrom();
        macs.learn(from, packet.getSourceMAC());
        Optional<PortNumber> towards =
                macs.portTowards(from.deviceId(), packet.getDestinationMAC());
        if (towards.isEmpty()) {
            send(context, PortNumber.FLOOD);
        } else if (!towards.get().equals(from.port())) {
            if (packet.getEtherType() != Ethernet.TYPE_ARP) {
                install(from, packet, towards.get());
            }
            send(context, towards.get());
        }
    }

    private void install(ConnectPoint from, Ethernet packet, PortNumber towards) {
        ForwardingObjective objective =
                DefaultForwardingObjective.builder()
                        .withSelector(
                                DefaultTrafficSelector.builder()
                                        .matchInPort(from.port())
                                        .matchEthSrc(packet.getSourceMAC())
                                        .matchEthDst(packet.getDestinationMAC())
                                        .build())
                        .withTreatment(DefaultTrafficTreatment.builder().setOutput(towards).build())
                        .withPriority(FLOW_PRIORITY)
                        .withFlag(ForwardingObjective.Flag.VERSATILE)
                        .fromApp(application)
                        .makeTemporary(FLOW_TIMEOUT_SECONDS)
                        .add();
        flowObjectiveService.forward(from.deviceId(), objective);
    }

    private static void send(PacketContext context, PortNumber port) {
        context.treatmentBuilder().setOutput(port);
        context.send();
    }
}
