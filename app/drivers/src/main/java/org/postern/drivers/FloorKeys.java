package org.postern.drivers;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFlowMod;

/**
 * Knows the rules of a floor again in OpenFlow messages, by what makes a switch take two rules for
 * one: table, priority and match. Immutable.
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
        return List.of(message.getTableId().getValue(), message.getPriority(), message.getMatch());
    }
}
