package org.postern.device;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.instructions.Instruction;
import org.postern.compile.DeviceRules;
import org.postern.drivers.FrontTable;

/**
 * What ONOS's flow store has of a device at one moment, held against what it should have.
 * Immutable.
 */
final class DeviceView {
    private final ImmutableList<FlowEntry> entries;
    private final Map<FlowRule, FlowEntry> live = new HashMap<>();

    DeviceView(Iterable<FlowEntry> entries) {
        this.entries = ImmutableList.copyOf(entries);
        for (FlowEntry entry : this.entries) {
            if (FrontTable.isLive(entry)) {
                live.put(entry, entry);
            }
        }
    }

    List<FlowEntry> entries() {
        return entries;
    }

    /** Of the rules, those that the store does not have, or not so. */
    List<FlowRule> missing(Collection<FlowRule> rules) {
        return rules.stream().filter(rule -> !has(rule)).collect(Collectors.toList());
    }

    private boolean has(FlowRule rule) {
        FlowEntry entry = live.get(rule);
        return entry != null && FrontTable.sameRule(entry, rule) && entry.appId() == rule.appId();
    }

    /** Rules of an application that are not among the given. */
    List<FlowRule> stale(short appId, Collection<FlowRule> wanted) {
        Map<FlowRule, FlowRule> keep =
                wanted.stream().collect(Collectors.toMap(r -> r, r -> r, (a, b) -> a));
        return live.values().stream()
                .filter(entry -> entry.appId() == appId && !keep.containsKey(entry))
                .collect(Collectors.toList());
    }

    /** Whether a rule stops packets: nothing is output, and no table follows. */
    static boolean drops(FlowRule rule) {
        return rule.treatment().tableTransition() == null
                && rule.treatment().allInstructions().stream()
                        .noneMatch(i -> i.type() == Instruction.Type.OUTPUT);
    }

    /** How many rules a table has of an application and of the floor's owner. */
    long ownIn(int table, DeviceRules rules, short appId) {
        short floorOwner = rules.floor().rules().get(0).appId();
        return live.values().stream()
                .filter(entry -> FrontTable.isPolicyTable(entry))
                .filter(entry -> FrontTable.tableOf(entry) == table)
                .filter(entry -> entry.appId() == appId || entry.appId() == floorOwner)
                .count();
    }

    /** How many of the rules were seen in the switch after a moment. */
    int verified(DeviceRules rules, Instant after) {
        int count = 0;
        for (FlowRule rule : all(rules)) {
            FlowEntry entry = live.get(rule);
            if (entry != null
                    && has(rule)
                    && entry.state() == FlowEntry.FlowEntryState.ADDED
                    && entry.lastSeen() >= after.toEpochMilli()) {
                count++;
            }
        }
        return count;
    }

    static List<FlowRule> all(DeviceRules rules) {
        List<FlowRule> all = new ArrayList<>(rules.floor().rules());
        all.addAll(rules.permits());
        return all;
    }

    /** How many of Postern's rules are there, but for the way to FORWARD that everybody may use. */
    long ofPostern(Function<Short, String> nameOf) {
        return live.values().stream()
                .filter(FrontTable::isPolicyTable)
                .filter(entry -> FrontTable.isOwner(nameOf.apply(entry.appId())))
                .filter(entry -> !FrontTable.isWayToForward(entry))
                .count();
    }

    /** Rules in policy tables that are not Postern's. */
    List<ForeignRule> foreign(Function<Short, String> nameOf) {
        List<ForeignRule> foreign = new ArrayList<>();
        for (FlowEntry entry : live.values()) {
            String owner = nameOf.apply(entry.appId());
            if (FrontTable.isPolicyTable(entry) && !FrontTable.isOwner(owner)) {
                foreign.add(new ForeignRule(entry, owner));
            }
        }
        foreign.sort(
                (a, b) ->
                        a.table() != b.table()
                                ? Integer.compare(a.table(), b.table())
                                : Integer.compare(b.priority(), a.priority()));
        return foreign;
    }
}
