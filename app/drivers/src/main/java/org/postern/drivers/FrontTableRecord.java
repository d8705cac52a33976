package org.postern.drivers;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.onosproject.net.flow.FlowRule;

/**
 * What is remembered of a device across restarts of the controller. Its fields are what the store
 * serializes.
 */
final class FrontTableRecord {
    private final String formerDriver;
    private final boolean enforced;
    private final List<FlowRule> lasting;

    FrontTableRecord(String formerDriver, boolean enforced, Collection<FlowRule> lasting) {
        this.formerDriver = formerDriver;
        this.enforced = enforced;
        this.lasting = new ArrayList<>(lasting);
    }

    /** Name of the driver before ours; empty if the device never had another. */
    String formerDriver() {
        return formerDriver;
    }

    boolean isEnforced() {
        return enforced;
    }

    List<FlowRule> lasting() {
        return lasting;
    }
}
