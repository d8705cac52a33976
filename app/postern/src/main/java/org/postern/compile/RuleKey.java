package org.postern.compile;

import java.util.Objects;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TableId;
import org.onosproject.net.flow.TrafficSelector;

/**
 * What makes a flow rule the same rule to ONOS and to a switch, whatever it does and whoever owns
 * it: device, table, priority and selector ({@code DefaultFlowRule.equals}). Immutable.
 */
public final class RuleKey {
    private final DeviceId device;
    private final TableId table;
    private final int priority;
    private final TrafficSelector selector;

    private RuleKey(FlowRule rule) {
        device = rule.deviceId();
        table = rule.table();
        priority = rule.priority();
        selector = rule.selector();
    }

    /**
     * Returns the key of a rule.
     *
     * @param rule any flow rule
     * @return its key
     */
    public static RuleKey of(FlowRule rule) {
        return new RuleKey(rule);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof RuleKey)) {
            return false;
        }
        RuleKey that = (RuleKey) other;
        return priority == that.priority
                && device.equals(that.device)
                && table.equals(that.table)
                && selector.equals(that.selector);
    }

    @Override
    public int hashCode() {
        return Objects.hash(device, table, priority, selector);
    }

    @Override
    public String toString() {
        return device + " table " + table + " priority " + priority + " " + selector.criteria();
    }
}
