package org.postern.compile;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.onosproject.net.flow.FlowRule;
import org.postern.drivers.Floor;
import org.postern.drivers.FrontTable;
import org.postern.policy.Backend;
import org.postern.policy.PolicyLine;

/** The flow rules of one device. Immutable. */
public final class DeviceRules {
    private final Floor floor;
    private final ImmutableList<FlowRule> permits;
    private final ImmutableMap<RuleKey, PolicyLine> counted;
    private final Map<FlowRule, FlowRule> all = new HashMap<>();
    private final Backend backend;
    private final ImmutableList<String> limits;

    DeviceRules(Floor floor, Collection<FlowRule> permits, Map<RuleKey, PolicyLine> counted) {
        this(floor, permits, counted, Backend.FRONT_TABLE, List.of());
    }

    DeviceRules(
            Floor floor,
            Collection<FlowRule> permits,
            Map<RuleKey, PolicyLine> counted,
            Backend backend,
            List<String> limits) {
        this.backend = backend;
        this.limits = ImmutableList.copyOf(limits);
        this.floor = floor;
        this.permits = ImmutableList.copyOf(permits);
        this.counted = ImmutableMap.copyOf(counted);
        floor.rules().forEach(rule -> all.put(rule, rule));
        permits.forEach(rule -> all.put(rule, rule));
    }

    /**
     * Tells whether a rule is one of these.
     *
     * @param rule any flow rule
     * @return true if it is, with the same owner, and does the same
     */
    public boolean has(FlowRule rule) {
        FlowRule own = all.get(rule);
        return own != null && FrontTable.sameRule(own, rule) && own.appId() == rule.appId();
    }

    /**
     * Tells whether a rule stands in the place of one of these, or came in their owners' name
     * though it is none of them.
     *
     * @param rule any flow rule
     * @param permitOwner identifier of the application that owns the permits
     * @return true if there is something to be put right
     */
    public boolean isDisturbedBy(FlowRule rule, short permitOwner) {
        boolean owned =
                rule.appId() == permitOwner
                        || !floor.rules().isEmpty() && rule.appId() == floor.rules().get(0).appId();
        return !has(rule) && (owned || all.containsKey(rule));
    }

    /**
     * Returns how the rules are put on the device.
     *
     * @return the backend; with {@link Backend#FRONT_TABLE} the driver application keeps the floor
     */
    public Backend backend() {
        return backend;
    }

    /**
     * Returns what of the policy these rules do not do.
     *
     * @return sentences for operators, none if they do everything
     */
    public List<String> limits() {
        return limits;
    }

    /**
     * Returns the floor.
     *
     * @return the rules that deny or lead packets to where they are examined, in laying order
     */
    public Floor floor() {
        return floor;
    }

    /**
     * Returns the permits.
     *
     * @return rules that only permit; any subset, in any order, above the floor is safe
     */
    public List<FlowRule> permits() {
        return permits;
    }

    /**
     * Returns the lines whose rules count attempts.
     *
     * @return lines by the key of their rule
     */
    public Map<RuleKey, PolicyLine> counted() {
        return counted;
    }

    /**
     * Returns how many rules there are.
     *
     * @return floor and permits together
     */
    public int size() {
        return floor.rules().size() + permits.size();
    }

    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof DeviceRules)) {
            return false;
        }
        DeviceRules that = (DeviceRules) other;
        return floor.equals(that.floor)
                && FrontTable.sameRules(permits, that.permits)
                && counted.equals(that.counted)
                && backend == that.backend
                && limits.equals(that.limits);
    }

    @Override
    public int hashCode() {
        return Objects.hash(floor, permits.size());
    }
}
