package org.postern.device;

import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.criteria.IPCriterion;
import org.postern.compile.DeviceRules;
import org.postern.compile.TableSpace;
import org.postern.drivers.Floor;
import org.postern.drivers.FrontTable;

/**
 * Finds what has to go before new rules come, in tables that have no room for both: old permits;
 * then old denials below which nothing is let pass; only where that is not enough, all permits of
 * the table for a moment, and then everything old of it.
 */
final class RoomMaker {
    private final Map<Integer, Set<FlowRule>> there = new HashMap<>();
    private final Map<Integer, Set<FlowRule>> wanted = new HashMap<>();
    private final Set<Integer> crowded;
    private final short permitOwner;
    private final TableSpace space;
    private final DeviceRules goal;
    private final List<List<FlowRule>> removals = new ArrayList<>();

    private RoomMaker(DeviceView view, DeviceRules goal, TableSpace space, short permitOwner) {
        this.goal = goal;
        this.space = space;
        this.permitOwner = permitOwner;
        short floorOwner = goal.floor().rules().get(0).appId();
        for (FlowEntry entry : view.entries()) {
            boolean own = entry.appId() == permitOwner || entry.appId() == floorOwner;
            if (own && FrontTable.isLive(entry) && FrontTable.isPolicyTable(entry)) {
                of(there, entry).add(entry);
            }
        }
        DeviceView.all(goal).forEach(rule -> of(wanted, rule).add(rule));
        crowded = crowded();
    }

    private static Set<FlowRule> of(Map<Integer, Set<FlowRule>> tables, FlowRule rule) {
        return tables.computeIfAbsent(FrontTable.tableOf(rule), t -> new HashSet<>());
    }

    /**
     * Finds it.
     *
     * @param view what the device has
     * @param goal what it shall have
     * @param space the room of its tables
     * @param permitOwner identifier of the application that owns the permits
     * @return rules in groups to be removed one after the other; none if there is room
     */
    static List<List<FlowRule>> removals(
            DeviceView view, DeviceRules goal, TableSpace space, short permitOwner) {
        if (!space.isLimited() || goal.floor().rules().isEmpty()) {
            return List.of();
        }
        return new RoomMaker(view, goal, space, permitOwner).make();
    }

    private List<List<FlowRule>> make() {
        remove(this::isOldPermit);
        removeIdle();
        crowded.retainAll(crowdedByFloor());
        remove(rule -> rule.appId() == permitOwner);
        removeIdle();
        crowded.retainAll(crowdedByFloor());
        Collection<FlowRule> old =
                rulesThere().stream().filter(this::isOld).collect(Collectors.toList());
        if (!old.isEmpty()
                && (crowded.contains(FrontTable.CLASSIFY)
                        || crowded.contains(FrontTable.TAG_PAIRS))) {
            // what led a pair's mail to where it is told apart is away for a moment
            removals.add(permitsOf(FrontTable.MAIL_OUT, FrontTable.FRAGMENTS));
        }
        removals.addAll(
                Lists.reverse(
                        new Floor(goal.floor().device(), old, List.of()).stages(rule -> true)));
        return removals;
    }

    private List<FlowRule> permitsOf(int... tables) {
        return Arrays.stream(tables)
                .mapToObj(table -> there.getOrDefault(table, Set.of()))
                .flatMap(Set::stream)
                .filter(rule -> rule.appId() == permitOwner)
                .collect(Collectors.toList());
    }

    private Set<Integer> crowded() {
        Set<Integer> tables = new HashSet<>();
        wanted.forEach(
                (table, rules) -> {
                    Set<FlowRule> both = new HashSet<>(rules);
                    both.addAll(there.getOrDefault(table, Set.of()));
                    if (both.size() > space.of(table)) {
                        tables.add(table);
                    }
                });
        return tables;
    }

    /** Tables without room for the floor beside what is left. */
    private Set<Integer> crowdedByFloor() {
        Map<Integer, Set<FlowRule>> both = new HashMap<>();
        goal.floor().rules().forEach(rule -> of(both, rule).add(rule));
        there.forEach((table, rules) -> rules.forEach(rule -> of(both, rule).add(rule)));
        return both.keySet().stream()
                .filter(table -> both.get(table).size() > space.of(table))
                .collect(Collectors.toSet());
    }

    private boolean isOld(FlowRule rule) {
        return !of(wanted, rule).contains(rule);
    }

    private boolean isOldPermit(FlowRule rule) {
        return rule.appId() == permitOwner && isOld(rule);
    }

    private List<FlowRule> rulesThere() {
        return crowded.stream()
                .flatMap(table -> there.getOrDefault(table, Set.of()).stream())
                .collect(Collectors.toList());
    }

    private void remove(Predicate<FlowRule> which) {
        List<FlowRule> going = rulesThere().stream().filter(which).collect(Collectors.toList());
        if (!going.isEmpty()) {
            removals.add(going);
            going.forEach(rule -> of(there, rule).remove(rule));
        }
    }

    private void removeIdle() {
        Map<Integer, List<FlowRule>> passing =
                rulesThere().stream()
                        .filter(rule -> !drops(rule))
                        .collect(Collectors.groupingBy(FrontTable::tableOf));
        remove(
                rule ->
                        isOld(rule)
                                && drops(rule)
                                && passing
                                        .getOrDefault(FrontTable.tableOf(rule), List.of())
                                        .stream()
                                        .noneMatch(
                                                other ->
                                                        other.priority() < rule.priority()
                                                                && meet(other, rule)));
    }

    /** Rules of the front table that do not drop lead to another table. */
    private static boolean drops(FlowRule rule) {
        return rule.treatment().tableTransition() == null;
    }

    /** Whether a packet could match both, as far as single fields tell. */
    private static boolean meet(FlowRule one, FlowRule other) {
        for (Criterion criterion : one.selector().criteria()) {
            Criterion same = other.selector().getCriterion(criterion.type());
            if (same != null && !same.equals(criterion) && !meet(criterion, same)) {
                return false;
            }
        }
        return true;
    }

    private static boolean meet(Criterion one, Criterion other) {
        if (!(one instanceof IPCriterion)) {
            return false;
        }
        IPCriterion left = (IPCriterion) one;
        IPCriterion right = (IPCriterion) other;
        return left.ip().contains(right.ip()) || right.ip().contains(left.ip());
    }
}
