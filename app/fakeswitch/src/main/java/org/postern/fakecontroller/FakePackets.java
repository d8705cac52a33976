package org.postern.fakecontroller;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.onlab.packet.DeserializationException;
import org.onlab.packet.Ethernet;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.packet.DefaultInboundPacket;
import org.onosproject.net.packet.DefaultPacketContext;
import org.onosproject.net.packet.OutboundPacket;
import org.onosproject.net.packet.PacketProcessor;
import org.onosproject.net.packet.PacketServiceAdapter;

/** ONOS's packet service: processors by priority, and what they send. */
public final class FakePackets extends PacketServiceAdapter {
    private final TreeMap<Integer, List<PacketProcessor>> processors = new TreeMap<>();
    private final List<OutboundPacket> sent = Collections.synchronizedList(new ArrayList<>());

    /**
     * A packet comes from a switch.
     *
     * @param from where the switch received it
     * @param frame the frame
     * @param cookie of the rule that sent it; empty as before OpenFlow 1.3
     * @return whether a processor dealt with it, so that none of the others may forward it
     */
    public boolean receive(ConnectPoint from, byte[] frame, Optional<Long> cookie) {
        Ethernet parsed = null;
        try {
            parsed = Ethernet.deserializer().deserialize(frame, 0, frame.length);
        } catch (DeserializationException e) {
            // ONOS has a packet without this then
        }
        DefaultPacketContext context =
                new DefaultPacketContext(
                        0,
                        new DefaultInboundPacket(from, parsed, ByteBuffer.wrap(frame), cookie),
                        null,
                        false) {
                    @Override
                    public void send() {
                        throw new UnsupportedOperationException("what forwards is not here");
                    }
                };
        processors.values().forEach(same -> same.forEach(p -> p.process(context)));
        return context.isHandled();
    }

    /**
     * Returns what was sent.
     *
     * @return packets, in order
     */
    public List<OutboundPacket> sent() {
        return sent;
    }

    /**
     * Returns the priority of the processor that is asked first.
     *
     * @return its priority
     */
    public int first() {
        return processors.firstKey();
    }

    @Override
    public void addProcessor(PacketProcessor processor, int priority) {
        processors.computeIfAbsent(priority, p -> new ArrayList<>()).add(processor);
    }

    @Override
    public void removeProcessor(PacketProcessor processor) {
        processors.values().forEach(same -> same.remove(processor));
    }

    @Override
    public void emit(OutboundPacket packet) {
        sent.add(packet);
    }
}
