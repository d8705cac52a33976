package org.postern.device;

import java.util.ArrayList;
import java.util.List;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.instructions.Instruction;
import org.postern.drivers.FrontTable;

/** A rule that another application put into one of Postern's tables. Immutable. */
public final class ForeignRule {
    private final int table;
    private final int priority;
    private final String application;
    private final String selector;
    private final String treatment;

    ForeignRule(FlowRule rule, String application) {
        this.table = FrontTable.tableOf(rule);
        this.priority = rule.priority();
        this.application = application;
        this.selector = rule.selector().criteria().toString();
        List<Instruction> does = new ArrayList<>(rule.treatment().allInstructions());
        // not among them, and what matters most of all in front of the policy
        if (rule.treatment().tableTransition() != null) {
            does.add(rule.treatment().tableTransition());
        }
        this.treatment = does.toString();
    }

    /**
     * Returns the table.
     *
     * @return table number
     */
    public int table() {
        return table;
    }

    /**
     * Returns the priority.
     *
     * @return 0 to 65535
     */
    public int priority() {
        return priority;
    }

    /**
     * Returns the owner.
     *
     * @return name of the application
     */
    public String application() {
        return application;
    }

    /**
     * Returns what the rule matches.
     *
     * @return its criteria
     */
    public String selector() {
        return selector;
    }

    /**
     * Returns what the rule does.
     *
     * @return its instructions
     */
    public String treatment() {
        return treatment;
    }

    /**
     * Tells whether mail might get past the policy by this rule.
     *
     * @return true if it may speak instead of a rule that examines or denies mail: in CLASSIFY
     *     within or above Postern's priorities, in the other tables anywhere, since of two rules of
     *     one priority OpenFlow leaves open which speaks
     */
    public boolean mayShadow() {
        return table != FrontTable.CLASSIFY || priority >= FrontTable.PRIORITY_BASE;
    }
}
