package org.postern.lab.openflow;

import org.onlab.packet.DeserializationException;
import org.onlab.packet.Ethernet;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.packet.DefaultPacketContext;
import org.onosproject.net.packet.InboundPacket;
import org.onosproject.net.packet.OutboundPacket;
import org.onosproject.openflow.controller.OpenFlowPacketContext;
import org.projectfloodlight.openflow.types.OFPort;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A packet-in on its way through ONOS's packet processors; of their treatment the first output
 * counts, as in ONOS.
 */
final class OfPacketContext extends DefaultPacketContext {
    private static final Logger LOG = LoggerFactory.getLogger(OfPacketContext.class);

    private final OpenFlowPacketContext packet;

    OfPacketContext(InboundPacket in, OutboundPacket out, OpenFlowPacketContext packet) {
        super(System.currentTimeMillis(), in, out, packet.isHandled());
        this.packet = packet;
    }

    @Override
    public void send() {
        if (block()) {
            return;
        }
        OFPort port = firstOutput();
        if (outPacket() == null) {
            packet.build(port);
        } else {
            byte[] data = outPacket().data().array();
            try {
                packet.build(Ethernet.deserializer().deserialize(data, 0, data.length), port);
            } catch (DeserializationException e) {
                LOG.warn("Unable to deserialize packet", e);
                return;
            }
        }
        packet.send();
    }

    private OFPort firstOutput() {
        for (Instruction instruction : treatmentBuilder().build().allInstructions()) {
            if (instruction.type() == Instruction.Type.OUTPUT) {
                return OfPacketProvider.port(((OutputInstruction) instruction).port());
            }
        }
        return null;
    }
}
