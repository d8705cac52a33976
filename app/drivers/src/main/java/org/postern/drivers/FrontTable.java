package org.postern.drivers;

import java.util.List;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.IndexTableId;
import org.onosproject.net.flow.TableId;

/** The tables of a device with the {@link #DRIVER} driver. */
public final class FrontTable {
    /** Name of the driver that puts Postern's tables in front of forwarding. */
    public static final String DRIVER = "postern-ovs";

    /** Name of the application that owns the driver and the floor. */
    public static final String APPLICATION = "org.postern.drivers";

    /** Name of the application that owns the permits. */
    public static final String POLICY_APPLICATION = "org.postern";

    /** By the role of the ingress port; every packet enters here. */
    public static final int CLASSIFY = 0;

    /** What must be told by its inner tag: the outer one is taken off before and put back here. */
    public static final int TAG_PAIRS = 1;

    /** TCP port 25 from subscribers. */
    public static final int MAIL_OUT = 2;

    /** TCP fragments from subscribers. */
    public static final int FRAGMENTS = 3;

    /** TCP from port 25, from outside. */
    public static final int MAIL_IN = 4;

    /** TCP to port 25 of subscribers. */
    public static final int INBOUND = 5;

    /** What subscribers without outbound mail send. */
    public static final int QUARANTINE = 6;

    /** What subscribers in the walled garden send. */
    public static final int WALLED_GARDEN = 7;

    /** Where connections are refused. */
    public static final int REJECT = 8;

    /** From which MACs subscribers may send. */
    public static final int MAC_GUARD = 9;

    /** From which addresses subscribers may send. */
    public static final int GUARD = 10;

    /** Packets within packets. */
    public static final int TUNNELS = 11;

    /** The rules of everybody else. */
    public static final int FORWARD = 12;

    /**
     * Priority of the lowest of Postern's rules but the last ones of each table: above ONOS's
     * packet requests (40000) and every application of its tree (openstack up to 50000).
     */
    public static final int PRIORITY_BASE = 60_000;

    /** Priority of the last rule of a table. */
    public static final int PRIORITY_LAST = 0;

    private FrontTable() {}

    /**
     * Returns the table of a rule.
     *
     * @param rule any flow rule
     * @return table number, 0 to 254
     * @throws IllegalArgumentException if the rule is not of an OpenFlow pipeline
     */
    public static int tableOf(FlowRule rule) {
        TableId table = rule.table();
        if (!(table instanceof IndexTableId)) {
            throw new IllegalArgumentException("not an OpenFlow table: " + table);
        }
        return ((IndexTableId) table).id();
    }

    /**
     * Tells whether a rule stands in one of Postern's tables.
     *
     * @param rule any flow rule
     * @return true for a table before {@link #FORWARD}; false on a pipeline that has no numbered
     *     tables
     */
    public static boolean isPolicyTable(FlowRule rule) {
        return rule.table() instanceof IndexTableId && tableOf(rule) < FORWARD;
    }

    /**
     * Tells whether an application is one of Postern's.
     *
     * @param application name of an application
     * @return true for Postern and its drivers
     */
    public static boolean isOwner(String application) {
        return application.equals(APPLICATION) || application.equals(POLICY_APPLICATION);
    }

    /**
     * Tells whether a rule is the last one of CLASSIFY, the way to FORWARD of what nobody examines.
     *
     * @param rule any flow rule
     * @return true for the rule of the lowest priority of table 0
     */
    public static boolean isWayToForward(FlowRule rule) {
        return tableOf(rule) == CLASSIFY && rule.priority() == PRIORITY_LAST;
    }

    /**
     * Tells whether a rule of ONOS's store is in the switch, or on its way there.
     *
     * @param entry a rule of the store
     * @return false if it is being removed, or has failed
     */
    public static boolean isLive(FlowEntry entry) {
        return entry.state() == FlowEntry.FlowEntryState.ADDED
                || entry.state() == FlowEntry.FlowEntryState.PENDING_ADD;
    }

    /**
     * Compares what two rules do. To ONOS two treatments are equal that differ in their meters
     * ({@code DefaultTrafficTreatment.equals}).
     *
     * @param left a rule
     * @param right another rule
     * @return true if they are the same and have the same treatment, meters included
     */
    public static boolean sameRule(FlowRule left, FlowRule right) {
        return left.exactMatch(right)
                && left.treatment().meters().equals(right.treatment().meters());
    }

    /**
     * Compares rules by what they do too; to ONOS they are equal by table, priority and selector
     * alone ({@code DefaultFlowRule.equals}).
     *
     * @param left some rules
     * @param right other rules
     * @return true if they are the same, in the same order
     */
    public static boolean sameRules(List<FlowRule> left, List<FlowRule> right) {
        if (left.size() != right.size()) {
            return false;
        }
        for (int i = 0; i < left.size(); i++) {
            if (!sameRule(left.get(i), right.get(i))) {
                return false;
            }
        }
        return true;
    }
}
