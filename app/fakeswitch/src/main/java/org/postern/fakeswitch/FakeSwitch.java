package org.postern.fakeswitch;

import static com.google.common.base.Preconditions.checkArgument;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.onlab.packet.EthType;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.IndexTableId;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.L2SubType;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModEtherInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanHeaderInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanIdInstruction;
import org.onosproject.net.flow.instructions.L4ModificationInstruction.ModTransportPortInstruction;

/**
 * An OpenFlow 1.3 switch with up to 254 tables that behaves as Open vSwitch 3.1 (checked against it
 * by {@code OvsTraceComparisonTest}): in each table the matching rule of the highest priority wins,
 * a frame that matches nothing is dropped, and what the action set holds by then is still executed,
 * as Open vSwitch does. Rules are ONOS's, encoded as ONOS's OpenFlow provider encodes them; meters
 * and timeouts are ignored.
 *
 * <p>Two matching rules of the same priority with different treatments are an error here, since
 * OpenFlow leaves open which one wins: {@link #forward} throws instead of guessing.
 *
 * <p>May be used from several threads.
 */
public final class FakeSwitch {
    private static final int NO_TABLE = -1;
    private static final int LAST_TABLE = 253;
    private static final int HIGHEST_PRIORITY = 65535;

    private final int terminalTable;
    private int vlanLimit = 1;

    /** The rules of each table, highest priority first. */
    private final Map<Integer, TreeMap<Integer, Map<Match, Entry>>> tables = new HashMap<>();

    private final Map<Integer, Long> misses = new HashMap<>();

    /** One installed rule with its counters, which outlive a replacement of the treatment. */
    private static final class Entry {
        private FlowRule rule;
        private final Match match;
        private Program program;
        private long packets;
        private long bytes;

        Entry(FlowRule rule, Match match, Program program) {
            this.rule = rule;
            this.match = match;
            this.program = program;
        }
    }

    private FakeSwitch(int terminalTable) {
        this.terminalTable = terminalTable;
    }

    /**
     * Creates a switch whose every table is evaluated.
     *
     * @return an empty switch: it drops everything
     */
    public static FakeSwitch create() {
        return new FakeSwitch(NO_TABLE);
    }

    /**
     * Creates a switch on which a frame is done, and counts as forwarded, as soon as it reaches a
     * table: "does this packet get as far as other people's forwarding rules?". Rules in that table
     * may be installed but are not evaluated, and neither is the action set.
     *
     * @param table the terminal table, 1..253
     * @return an empty switch: it drops everything
     */
    public static FakeSwitch endingAt(int table) {
        checkArgument(table > 0 && table <= LAST_TABLE, "no table that can be gone to: %s", table);
        return new FakeSwitch(table);
    }

    /**
     * Sets how many VLAN tags the switch looks behind, as {@code other_config:vlan-limit} of Open
     * vSwitch does; 1 until this is called.
     *
     * @param limit 1 or 2
     */
    public synchronized void lookBehindTags(int limit) {
        checkArgument(limit == 1 || limit == 2, "not 1 or 2: %s", limit);
        vlanLimit = limit;
    }

    /**
     * Installs rules. A rule with the table, priority and match of one that is there replaces it
     * and keeps its counters (Open vSwitch without RESET_COUNTS, which ONOS never sends). All or
     * nothing; the order does not matter.
     *
     * @param rules the rules
     * @throws RefusedRuleException if Open vSwitch would refuse one, if this switch does not know a
     *     criterion or instruction, or if two of these rules overwrite each other with different
     *     treatments
     */
    public synchronized void install(Collection<? extends FlowRule> rules) {
        List<Entry> entries = new ArrayList<>();
        Map<List<Object>, Program> seen = new HashMap<>();
        for (FlowRule rule : rules) {
            Entry entry = compile(rule);
            List<Object> identity = List.of(table(rule), rule.priority(), entry.match);
            Program other = seen.put(identity, entry.program);
            if (other != null && !other.equals(entry.program)) {
                throw new RefusedRuleException(
                        "two rules with the same table, priority and match but different treatments: "
                                + rule);
            }
            entries.add(entry);
        }
        entries.forEach(this::put);
    }

    private void put(Entry entry) {
        Entry present = matchesAt(entry.rule).putIfAbsent(entry.match, entry);
        if (present != null) {
            present.rule = entry.rule;
            present.program = entry.program;
        }
    }

    private static Entry compile(FlowRule rule) {
        try {
            if (!(rule.table() instanceof IndexTableId)
                    || table(rule) < 0
                    || table(rule) > LAST_TABLE) {
                throw new RefusedRuleException("table " + rule.table() + " is not one of 0..253");
            }
            if (rule.priority() < 0 || rule.priority() > HIGHEST_PRIORITY) {
                throw new RefusedRuleException(
                        "priority " + rule.priority() + " is not in 0..65535");
            }
            Match match = Match.of(rule.selector());
            Program program = Program.of(rule.treatment(), table(rule));
            program.checkTags(match.asksForTag());
            return new Entry(rule, match, program);
        } catch (RefusedRuleException refused) {
            throw new RefusedRuleException(refused.getMessage() + " in " + rule);
        }
    }

    /** The number of a rule's table. */
    static int table(FlowRule rule) {
        return ((IndexTableId) rule.table()).id();
    }

    /**
     * Removes rules, each by its table, priority and match; one that is not there is passed over,
     * as Open vSwitch does.
     *
     * @param rules the rules; their treatments do not matter
     */
    public synchronized void remove(Collection<? extends FlowRule> rules) {
        for (FlowRule rule : rules) {
            matchesAt(rule).remove(Match.of(rule.selector()));
        }
    }

    /** Removes every rule and sets every counter to 0. */
    public synchronized void clear() {
        tables.clear();
        misses.clear();
    }

    /**
     * Returns the installed rules.
     *
     * @return the rules by table and then from the highest priority down
     */
    public synchronized List<FlowRule> rules() {
        List<FlowRule> rules = new ArrayList<>();
        for (Map<Integer, Map<Match, Entry>> table : new TreeMap<>(tables).values()) {
            table.values()
                    .forEach(matches -> matches.values().forEach(entry -> rules.add(entry.rule)));
        }
        return Collections.unmodifiableList(rules);
    }

    /**
     * Returns how many frames a rule matched.
     *
     * @param rule an installed rule, known by its table, priority and match
     * @return frames since it was first installed, replacements included
     * @throws IllegalArgumentException if it is not installed
     */
    public synchronized long packets(FlowRule rule) {
        return entry(rule).packets;
    }

    /**
     * Returns how many bytes a rule matched.
     *
     * @param rule an installed rule, known by its table, priority and match
     * @return bytes of the frames that {@link #packets} counts
     * @throws IllegalArgumentException if it is not installed
     */
    public synchronized long bytes(FlowRule rule) {
        return entry(rule).bytes;
    }

    /**
     * Returns how many frames matched no rule in a table.
     *
     * @param table the table
     * @return frames since this switch was created or last cleared
     */
    public synchronized long misses(int table) {
        return misses.getOrDefault(table, 0L);
    }

    private Entry entry(FlowRule rule) {
        Entry entry = matchesAt(rule).get(Match.of(rule.selector()));
        checkArgument(entry != null, "not installed: %s", rule);
        return entry;
    }

    private Map<Match, Entry> matchesAt(FlowRule rule) {
        return tables.computeIfAbsent(
                        table(rule), table -> new TreeMap<>(Collections.reverseOrder()))
                .computeIfAbsent(rule.priority(), priority -> new HashMap<>());
    }

    /**
     * Passes a frame through the tables, counting it.
     *
     * @param packet the frame
     * @param inPort the number of the port it came in by
     * @return what became of it
     * @throws IllegalStateException if OpenFlow leaves open what happens, because two rules of the
     *     same priority match
     */
    public Outcome forward(Packet packet, long inPort) {
        return forward(packet, PortNumber.portNumber(inPort));
    }

    /**
     * Passes a frame through the tables, counting it.
     *
     * @param packet the frame
     * @param inPort the port it came in by
     * @return what became of it
     * @throws IllegalStateException if OpenFlow leaves open what happens, because two rules of the
     *     same priority match
     */
    public synchronized Outcome forward(Packet packet, PortNumber inPort) {
        return new Passage(packet, inPort).run();
    }

    private Entry lookup(int table, FlowKey key) {
        for (Map<Match, Entry> samePriority :
                tables.getOrDefault(table, new TreeMap<>()).values()) {
            Entry winner = null;
            for (Entry entry : samePriority.values()) {
                if (!entry.match.matches(key)) {
                    continue;
                }
                if (winner != null && !winner.program.equals(entry.program)) {
                    throw new IllegalStateException(
                            String.format(
                                    "OpenFlow leaves open which rule of this priority wins for %s:%n  %s%n  %s",
                                    key, winner.rule, entry.rule));
                }
                // Same effect, so only the counters tell them apart: pick one that does not depend
                // on hash order.
                if (winner == null
                        || entry.match.toString().compareTo(winner.match.toString()) < 0) {
                    winner = entry;
                }
            }
            if (winner != null) {
                return winner;
            }
        }
        return null;
    }

    /** One frame's way through the tables. */
    private final class Passage {
        private final PortNumber inPort;
        private final List<FlowRule> matched = new ArrayList<>();
        private final List<Outcome.Output> outputs = new ArrayList<>();
        private final List<Instruction> actionSet = new ArrayList<>();
        private Packet frame;
        private FlowKey key;

        Passage(Packet frame, PortNumber inPort) {
            this.frame = frame;
            this.inPort = inPort;
            this.key = FlowKey.parse(frame, vlanLimit).with(Field.IN_PORT, inPort.toLong());
        }

        Outcome run() {
            int table = 0;
            int missed = NO_TABLE;
            while (table != NO_TABLE) {
                if (table == terminalTable) {
                    return new Outcome(matched, outputs, frame, NO_TABLE, table);
                }
                Entry entry = lookup(table, key);
                if (entry == null) {
                    misses.merge(table, 1L, Long::sum);
                    missed = table;
                    break;
                }
                execute(entry);
                table = entry.program.next();
            }
            executeActionSet();
            return new Outcome(matched, outputs, frame, missed, NO_TABLE);
        }

        private void execute(Entry entry) {
            entry.packets++;
            entry.bytes += frame.length();
            matched.add(entry.rule);
            entry.program.apply().forEach(this::act);
            if (entry.program.clear()) {
                actionSet.clear();
            }
            actionSet.addAll(entry.program.write());
            key = key.with(Field.METADATA, entry.program.metadata(key.get(Field.METADATA)));
        }

        /**
         * Set-fields first, then the last output written; without an output nothing at all (Open
         * vSwitch).
         */
        private void executeActionSet() {
            Instruction output = null;
            for (Instruction action : actionSet) {
                output = action.type() == Instruction.Type.OUTPUT ? action : output;
            }
            if (output == null) {
                return;
            }
            for (Instruction action : actionSet) {
                if (action.type() != Instruction.Type.OUTPUT) {
                    act(action);
                }
            }
            act(output);
        }

        private void act(Instruction action) {
            if (action instanceof OutputInstruction) {
                PortNumber port = ((OutputInstruction) action).port();
                if (!Objects.equals(port, inPort)) {
                    outputs.add(new Outcome.Output(port, frame));
                }
                return;
            }
            if (action instanceof ModTransportPortInstruction) {
                int to = ((ModTransportPortInstruction) action).port().toInt();
                frame = frame.withTcpDestination(to);
                key = key.with(Field.L4_DST, to);
                return;
            }
            if (!(action instanceof ModEtherInstruction)) {
                tag((L2ModificationInstruction) action);
                return;
            }
            ModEtherInstruction set = (ModEtherInstruction) action;
            if (set.subtype() == L2SubType.ETH_DST) {
                frame = frame.withDestination(set.mac());
                key = key.with(Field.ETH_DST, set.mac().toLong());
            } else {
                frame = frame.withSource(set.mac());
                key = key.with(Field.ETH_SRC, set.mac().toLong());
            }
        }

        /** What has no tag loses none (Open vSwitch refuses rules that would be the first). */
        private void tag(L2ModificationInstruction action) {
            switch (action.subtype()) {
                case VLAN_PUSH:
                    EthType type = ((ModVlanHeaderInstruction) action).ethernetType();
                    frame = frame.withOuterTag(type.toShort() & 0xffff, 0);
                    key = key.pushed();
                    break;
                case VLAN_POP:
                    if (key.tagged()) {
                        frame = frame.withoutOuterTag();
                        key = key.popped();
                    }
                    break;
                default:
                    int vlan = ((ModVlanIdInstruction) action).vlanId().toShort();
                    frame = frame.withVlan(vlan);
                    key = key.inVlan(vlan);
                    break;
            }
        }
    }
}
