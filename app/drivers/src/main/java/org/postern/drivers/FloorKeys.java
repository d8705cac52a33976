package org.postern.drivers;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFMatchV3;
import org.projectfloodlight.openflow.protocol.oxm.OFOxm;

/**
 * Knows the rules of a floor again in OpenFlow messages, by what makes a switch take two rules for
 * one: table, priority and match. Immutable.
 *
 * <p>Matches are compared as the switch reads them, in whatever order. Objects do not do: ONOS
 * writes an Ethernet type above 0x7fff, IPv6's for one, as a negative number, and OpenFlowJ takes
 * that for another type until it is on the wire.
 */
final class FloorKeys {
    private final Floor floor;
    private final Set<List<Object>> keys = new HashSet<>();

    FloorKeys(Floor floor, OFFactory factory) {
        this.floor = floor;
        FloorMessages messages = new FloorMessages(factory);
        floor.rules().forEach(rule -> keys.add(keyOf(messages.add(rule))));
    }

    /** Whether these are of that very floor, not of one that it was before. */
    boolean areOf(Floor other) {
        return floor == other;
    }

    /** Whether a message is about a rule of the floor. */
    boolean include(OFFlowMod message) {
        return keys.contains(keyOf(message));
    }

    private static List<Object> keyOf(OFFlowMod message) {
        Set<ByteBuf> fields = new HashSet<>();
        for (OFOxm<?> field : ((OFMatchV3) message.getMatch()).getOxmList()) {
            ByteBuf bytes = Unpooled.buffer();
            field.writeTo(bytes);
            fields.add(bytes);
        }
        return List.of(message.getTableId().getValue(), message.getPriority(), fields);
    }
}
