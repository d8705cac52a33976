package org.postern.drivers;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowRule;

/**
 * The rules of a device that all its other rules rely on, in the order in which they must be laid:
 * tables from the last to the first, in each the highest priority first. A switch that has any
 * beginning of this list permits no mail that the whole denies. Immutable.
 */
public final class Floor {
    private final DeviceId device;
    private final ImmutableList<FlowRule> lasting;
    private final ImmutableList<FlowRule> rules;

    /**
     * Creates a floor.
     *
     * @param device the device
     * @param lasting rules to remember across a restart of the controller: those without which less
     *     would be denied
     * @param passing rules to remember as long as this controller runs: denials that are there to
     *     count
     */
    public Floor(DeviceId device, Collection<FlowRule> lasting, Collection<FlowRule> passing) {
        this.device = Objects.requireNonNull(device);
        this.lasting = ImmutableList.copyOf(lasting);
        List<FlowRule> all = new ArrayList<>(lasting);
        all.addAll(passing);
        all.sort(
                Comparator.comparingInt(FrontTable::tableOf)
                        .reversed()
                        .thenComparing(Comparator.comparingInt(FlowRule::priority).reversed()));
        this.rules = ImmutableList.copyOf(all);
    }

    /**
     * Returns the device.
     *
     * @return its identifier
     */
    public DeviceId device() {
        return device;
    }

    /**
     * Returns all rules in laying order.
     *
     * @return rules, each safe to lay once those before it are in the switch
     */
    public List<FlowRule> rules() {
        return rules;
    }

    /**
     * Returns the rules without which less would be denied.
     *
     * @return rules to remember across a restart of the controller
     */
    public List<FlowRule> lasting() {
        return lasting;
    }

    /**
     * Groups rules that may be laid together, in laying order: those of one table and priority.
     *
     * @param wanted which rules of the floor to take
     * @return groups; a barrier belongs between one and the next
     */
    public List<List<FlowRule>> stages(Predicate<FlowRule> wanted) {
        List<List<FlowRule>> stages = new ArrayList<>();
        FlowRule previous = null;
        for (FlowRule rule : rules.stream().filter(wanted).collect(Collectors.toList())) {
            if (previous == null
                    || FrontTable.tableOf(previous) != FrontTable.tableOf(rule)
                    || previous.priority() != rule.priority()) {
                stages.add(new ArrayList<>());
            }
            stages.get(stages.size() - 1).add(rule);
            previous = rule;
        }
        return stages;
    }

    /**
     * Groups all rules for a switch whose tables may be full, and that is told them without waiting
     * for what it refuses: before everything else the last rules of those tables in which no match
     * means pass. Without its last rule a table drops what nobody speaks of; without one of its
     * denials it only denies less to single subscribers.
     *
     * <p>This is safe where {@link #stages} is: nothing leads to those tables before CLASSIFY is
     * laid, and where they are laid already the same rule once more changes nothing. If its
     * treatment is another than in the floor before, what a later table denied until now and a
     * denial of this table denies from now on may pass for the moment between; that is never direct
     * mail, whose tables drop without a match.
     *
     * @return groups; a barrier belongs between one and the next
     */
    public List<List<FlowRule>> stagesForFullTables() {
        Predicate<FlowRule> passing =
                rule ->
                        FrontTable.tableOf(rule) != FrontTable.CLASSIFY
                                && rule.priority() == FrontTable.PRIORITY_LAST
                                && rule.treatment().tableTransition() != null;
        List<List<FlowRule>> stages = stages(passing);
        stages.addAll(stages(passing.negate()));
        return stages;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Floor)) {
            return false;
        }
        Floor that = (Floor) other;
        return device.equals(that.device)
                && FrontTable.sameRules(rules, that.rules)
                && FrontTable.sameRules(lasting, that.lasting);
    }

    @Override
    public int hashCode() {
        return Objects.hash(device, rules.size());
    }

    @Override
    public String toString() {
        return device + ": " + rules.size() + " floor rules";
    }
}
