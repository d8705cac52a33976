package org.postern.lab.stores;

import com.google.common.collect.ImmutableList;
import java.util.List;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleEvent;
import org.onosproject.net.flow.FlowRuleStore;
import org.onosproject.net.flow.FlowRuleStoreDelegate;
import org.onosproject.net.flow.TableStatisticsEntry;
import org.onosproject.net.flow.oldbatch.FlowRuleBatchEvent;
import org.onosproject.net.flow.oldbatch.FlowRuleBatchOperation;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONOS's own flow rule store with the one method that the newest served version of it lacks:
 * purging the rules of one application on one device.
 *
 * <p>{@link HiddenFlowRuleStore} sees to it that ONOS's flow rule manager finds this store and not
 * the one behind it.
 */
@Component(immediate = true, service = FlowRuleStore.class)
public class PurgingFlowRuleStore implements FlowRuleStore {
    private static final Logger LOG = LoggerFactory.getLogger(PurgingFlowRuleStore.class);

    @Reference(target = HiddenFlowRuleStore.FILTER)
    protected FlowRuleStore store;

    /** Removes the rules one by one; each removal goes to the device's master. */
    @Override
    public boolean purgeFlowRules(DeviceId deviceId, ApplicationId appId) {
        int purged = 0;
        for (FlowEntry entry : ImmutableList.copyOf(store.getFlowEntries(deviceId))) {
            if (entry.appId() == appId.id()) {
                purged += store.removeFlowRule(entry) == null ? 0 : 1;
            }
        }
        LOG.debug("Purged {} rules of {} on {}", purged, appId, deviceId);
        return true;
    }

    @Override
    public int getFlowRuleCount() {
        return store.getFlowRuleCount();
    }

    @Override
    public int getFlowRuleCount(DeviceId deviceId) {
        return store.getFlowRuleCount(deviceId);
    }

    @Override
    public int getFlowRuleCount(DeviceId deviceId, FlowEntry.FlowEntryState state) {
        return store.getFlowRuleCount(deviceId, state);
    }

    @Override
    public FlowEntry getFlowEntry(FlowRule rule) {
        return store.getFlowEntry(rule);
    }

    @Override
    public Iterable<FlowEntry> getFlowEntries(DeviceId deviceId) {
        return store.getFlowEntries(deviceId);
    }

    @Override
    @Deprecated
    public void storeFlowRule(FlowRule rule) {
        store.storeFlowRule(rule);
    }

    @Override
    public void storeBatch(FlowRuleBatchOperation batchOperation) {
        store.storeBatch(batchOperation);
    }

    @Override
    public void batchOperationComplete(FlowRuleBatchEvent event) {
        store.batchOperationComplete(event);
    }

    @Override
    public void deleteFlowRule(FlowRule rule) {
        store.deleteFlowRule(rule);
    }

    @Override
    public FlowRuleEvent addOrUpdateFlowRule(FlowEntry rule) {
        return store.addOrUpdateFlowRule(rule);
    }

    @Override
    public FlowRuleEvent removeFlowRule(FlowEntry rule) {
        return store.removeFlowRule(rule);
    }

    @Override
    public FlowRuleEvent pendingFlowRule(FlowEntry rule) {
        return store.pendingFlowRule(rule);
    }

    @Override
    public void purgeFlowRule(DeviceId deviceId) {
        store.purgeFlowRule(deviceId);
    }

    @Override
    public void purgeFlowRules() {
        store.purgeFlowRules();
    }

    @Override
    public FlowRuleEvent updateTableStatistics(
            DeviceId deviceId, List<TableStatisticsEntry> tableStats) {
        return store.updateTableStatistics(deviceId, tableStats);
    }

    @Override
    public Iterable<TableStatisticsEntry> getTableStatistics(DeviceId deviceId) {
        return store.getTableStatistics(deviceId);
    }

    @Override
    @Deprecated
    public long getActiveFlowRuleCount(DeviceId deviceId) {
        return store.getActiveFlowRuleCount(deviceId);
    }

    @Override
    public void setDelegate(FlowRuleStoreDelegate delegate) {
        store.setDelegate(delegate);
    }

    @Override
    public void unsetDelegate(FlowRuleStoreDelegate delegate) {
        store.unsetDelegate(delegate);
    }

    @Override
    public boolean hasDelegate() {
        return store.hasDelegate();
    }
}
