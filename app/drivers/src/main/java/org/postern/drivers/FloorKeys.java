package org.postern.drivers;

import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.match.Match;

/**
 * Knows the rules of a floor again in OpenFlow messages, by what makes a switch take two rules for
 * one: table, priority and match. Immutable.
 */
final class FloorKeys {
    private final Floor floor;
    private final Set<Key> keys = new HashSet<>();

    FloorKeys(Floor floor, OFFactory factory) {
        this.floor = floor;
        FloorMessages messages = new FloorMessages(factory);
        floor.rules().forEach(rule -> keys.add(new Key(messages.add(rule))));
    }

    /** Whether these are of that very floor, not of one that it was before. */
    boolean areOf(Floor other) {
        return floor == other;
    }

    /** Whether a message is about a rule of the floor. */
    boolean include(OFFlowMod message) {
        return keys.contains(new Key(message));
    }

    private static final class Key {
        private final int table;
        private final int priority;
        private final Match match;

        private Key(OFFlowMod message) {
            table = message.getTableId().getValue();
            priority = message.getPriority();
            match = message.getMatch();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Key
                    && table == ((Key) other).table
                    && priority == ((Key) other).priority
                    && match.equals(((Key) other).match);
        }

        @Override
        public int hashCode() {
            return Objects.hash(table, priority, match);
        }
    }
}
