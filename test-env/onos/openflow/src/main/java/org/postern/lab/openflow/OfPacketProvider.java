package org.postern.lab.openflow;

import java.nio.ByteBuffer;
import java.util.List;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.packet.DefaultInboundPacket;
import org.onosproject.net.packet.DefaultOutboundPacket;
import org.onosproject.net.packet.OutboundPacket;
import org.onosproject.net.packet.PacketProvider;
import org.onosproject.net.packet.PacketProviderRegistry;
import org.onosproject.net.packet.PacketProviderService;
import org.onosproject.net.provider.AbstractProvider;
import org.onosproject.openflow.controller.Dpid;
import org.onosproject.openflow.controller.OpenFlowController;
import org.onosproject.openflow.controller.OpenFlowPacketContext;
import org.onosproject.openflow.controller.OpenFlowSwitch;
import org.onosproject.openflow.controller.PacketListener;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.projectfloodlight.openflow.protocol.OFPacketOut;
import org.projectfloodlight.openflow.types.OFBufferId;
import org.projectfloodlight.openflow.types.OFPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packet-ins and packet-outs over OpenFlow.
 *
 * <p>Of an outbound treatment only the outputs count, each its own packet-out; everything else in
 * it is ignored, as ONOS's OpenFlowPacketProvider does. An output to TABLE with an in-port sends a
 * packet through the switch's tables.
 */
@Component(immediate = true, service = PacketProvider.class)
public class OfPacketProvider extends AbstractProvider implements PacketProvider {
    private static final Logger LOG = LoggerFactory.getLogger(OfPacketProvider.class);

    /** The place of ONOS's own provider among the controller's packet listeners. */
    private static final int LISTENER_PRIORITY = 20;

    @Reference protected PacketProviderRegistry providerRegistry;

    @Reference protected OpenFlowController controller;

    private final PacketListener listener = this::receive;
    private volatile PacketProviderService providerService;

    /** Creates the provider for devices of scheme "of". */
    public OfPacketProvider() {
        super(OfDeviceProvider.PROVIDER_ID);
    }

    @Activate
    protected void activate() {
        providerService = providerRegistry.register(this);
        controller.addPacketListener(LISTENER_PRIORITY, listener);
        LOG.info("Started");
    }

    @Deactivate
    protected void deactivate() {
        controller.removePacketListener(listener);
        providerRegistry.unregister(this);
        providerService = null;
        LOG.info("Stopped");
    }

    @Override
    public void emit(OutboundPacket packet) {
        OpenFlowSwitch sw = controller.getSwitch(Dpid.dpid(packet.sendThrough().uri()));
        if (sw == null) {
            LOG.warn("Device {} isn't available?", packet.sendThrough());
            return;
        }
        OFPort inPort = packet.inPort() == null ? OFPort.CONTROLLER : port(packet.inPort());
        for (Instruction instruction : packet.treatment().allInstructions()) {
            if (instruction.type() == Instruction.Type.OUTPUT) {
                OFPort out = port(((OutputInstruction) instruction).port());
                sw.sendMsg(packetOut(sw, packet.data().array(), inPort, out));
            }
        }
    }

    private static OFPacketOut packetOut(
            OpenFlowSwitch sw, byte[] data, OFPort inPort, OFPort out) {
        return sw.factory()
                .buildPacketOut()
                .setBufferId(OFBufferId.NO_BUFFER)
                .setInPort(inPort)
                .setActions(List.of(sw.factory().actions().buildOutput().setPort(out).build()))
                .setData(data)
                .build();
    }

    private void receive(OpenFlowPacketContext packet) {
        PacketProviderService service = providerService;
        if (service == null) {
            return;
        }
        DeviceId device = DeviceId.deviceId(Dpid.uri(packet.dpid().value()));
        DefaultInboundPacket in =
                new DefaultInboundPacket(
                        new ConnectPoint(device, PortNumber.portNumber(packet.inPort())),
                        packet.parsed(),
                        ByteBuffer.wrap(packet.unparsed()),
                        packet.cookie());
        DefaultOutboundPacket out =
                packet.isBuffered()
                        ? null
                        : new DefaultOutboundPacket(
                                device, null, ByteBuffer.wrap(packet.unparsed()));
        service.processPacket(new OfPacketContext(in, out, packet));
    }

    static OFPort port(PortNumber port) {
        return OFPort.of((int) port.toLong());
    }
}
