package org.postern.lab.openflow;

import com.google.common.base.Ticker;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.cache.RemovalCause;
import com.google.common.cache.RemovalNotification;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.onlab.util.Tools;
import org.onosproject.cfg.ComponentConfigService;
import org.onosproject.net.DeviceId;
import org.onosproject.net.driver.DefaultDriverData;
import org.onosproject.net.driver.DefaultDriverHandler;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.driver.DriverService;
import org.onosproject.net.flow.CompletedBatchOperation;
import org.onosproject.net.flow.DefaultTableStatisticsEntry;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleProvider;
import org.onosproject.net.flow.FlowRuleProviderRegistry;
import org.onosproject.net.flow.FlowRuleProviderService;
import org.onosproject.net.flow.IndexTableId;
import org.onosproject.net.flow.TableStatisticsEntry;
import org.onosproject.net.flow.oldbatch.FlowRuleBatchEntry;
import org.onosproject.net.flow.oldbatch.FlowRuleBatchOperation;
import org.onosproject.net.provider.AbstractProvider;
import org.onosproject.net.statistic.DefaultLoad;
import org.onosproject.openflow.controller.Dpid;
import org.onosproject.openflow.controller.OpenFlowController;
import org.onosproject.openflow.controller.OpenFlowEventListener;
import org.onosproject.openflow.controller.OpenFlowSwitch;
import org.onosproject.openflow.controller.OpenFlowSwitchListener;
import org.onosproject.openflow.controller.RoleState;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.projectfloodlight.openflow.protocol.OFCapabilities;
import org.projectfloodlight.openflow.protocol.OFErrorMsg;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFFlowRemoved;
import org.projectfloodlight.openflow.protocol.OFFlowStatsReply;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFPortStatus;
import org.projectfloodlight.openflow.protocol.OFStatsReply;
import org.projectfloodlight.openflow.protocol.OFTableStatsEntry;
import org.projectfloodlight.openflow.protocol.OFTableStatsReply;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Flow rules over OpenFlow, in the ways of ONOS's OpenFlowRuleProvider.
 *
 * <p>The flow-mods of a batch go out in no particular order, then one barrier whose reply completes
 * the batch; a batch without a reply for ten seconds fails, at the latest as some more batches
 * follow. The rules that the switch refused fail by name.
 */
@Component(
        immediate = true,
        service = FlowRuleProvider.class,
        property =
                OfFlowRuleProvider.POLL_INTERVAL
                        + ":Integer="
                        + OfFlowRuleProvider.DEFAULT_POLL_INTERVAL)
public class OfFlowRuleProvider extends AbstractProvider implements FlowRuleProvider {
    /**
     * Seconds between two polls of a switch's flows; ONOS's own name and default (see the cfgdef
     * resource).
     */
    static final String POLL_INTERVAL = "flowPollFrequency";

    static final int DEFAULT_POLL_INTERVAL = 5;

    /**
     * System property, in seconds: the poll interval of a lab that sets no component configuration.
     */
    static final String POLL_INTERVAL_PROPERTY = "postern.lab.pollInterval";

    private static final Logger LOG = LoggerFactory.getLogger(OfFlowRuleProvider.class);

    private static final int BATCH_TIMEOUT_SECONDS = 10;

    @Reference protected FlowRuleProviderRegistry providerRegistry;

    @Reference protected OpenFlowController controller;

    @Reference protected ComponentConfigService cfgService;

    @Reference protected DriverService driverService;

    private final SwitchListener listener = new SwitchListener();
    private final Map<Dpid, FlowStatsPoller> flowPollers = new ConcurrentHashMap<>();
    private final Map<Dpid, TableStatsPoller> tablePollers = new ConcurrentHashMap<>();
    private final Cache<Long, PendingBatch> pendingBatches;

    private volatile FlowRuleProviderService providerService;
    private ScheduledExecutorService executor;
    private int pollInterval = DEFAULT_POLL_INTERVAL;

    /** Creates the provider for devices of scheme "of". */
    public OfFlowRuleProvider() {
        this(Ticker.systemTicker());
    }

    /** Creates the provider with a clock of one's own for the timeout of batches. */
    OfFlowRuleProvider(Ticker clock) {
        super(OfDeviceProvider.PROVIDER_ID);
        pendingBatches =
                CacheBuilder.newBuilder()
                        .ticker(clock)
                        .expireAfterWrite(BATCH_TIMEOUT_SECONDS, TimeUnit.SECONDS)
                        .removalListener(this::batchEvicted)
                        .build();
    }

    @Activate
    protected void activate(ComponentContext context) {
        cfgService.registerProperties(getClass());
        ScheduledThreadPoolExecutor pool =
                new ScheduledThreadPoolExecutor(
                        1, Tools.groupedThreads("onos/of", "collector-%d", LOG));
        pool.setRemoveOnCancelPolicy(true);
        executor = pool;
        providerService = providerRegistry.register(this);
        controller.addListener(listener);
        controller.addEventListener(listener);
        modified(context);
        controller.getSwitches().forEach(this::startPolling);
        LOG.info("Started with a poll interval of {} s", pollInterval);
    }

    @Deactivate
    protected void deactivate() {
        cfgService.unregisterProperties(getClass(), false);
        controller.removeListener(listener);
        controller.removeEventListener(listener);
        flowPollers.values().forEach(FlowStatsPoller::stop);
        flowPollers.clear();
        tablePollers.values().forEach(TableStatsPoller::stop);
        tablePollers.clear();
        providerRegistry.unregister(this);
        providerService = null;
        executor.shutdown();
        LOG.info("Stopped");
    }

    @Modified
    protected void modified(ComponentContext context) {
        int configured = configuredInterval(context);
        if (configured != pollInterval) {
            pollInterval = configured;
            DefaultLoad.setPollInterval(pollInterval);
            flowPollers.values().forEach(p -> p.adjustInterval(pollInterval));
            tablePollers.values().forEach(p -> p.adjustInterval(pollInterval));
        }
        LOG.info("Settings: flowPollFrequency={}", pollInterval);
    }

    private int configuredInterval(ComponentContext context) {
        Integer configured = Tools.getIntegerProperty(context.getProperties(), POLL_INTERVAL);
        if (configured == null || configured == DEFAULT_POLL_INTERVAL) {
            configured = Integer.getInteger(POLL_INTERVAL_PROPERTY, DEFAULT_POLL_INTERVAL);
        }
        return configured > 0 ? configured : pollInterval;
    }

    @Override
    public void applyFlowRule(FlowRule... flowRules) {
        for (FlowRule rule : flowRules) {
            OpenFlowSwitch sw = controller.getSwitch(Dpid.dpid(rule.deviceId().uri()));
            if (sw != null) {
                sw.sendMsg(flowMods(sw, rule.deviceId()).add(rule, FlowMods.NO_BATCH));
                recordEvents(sw.getDpid(), 1);
            }
        }
    }

    @Override
    public void removeFlowRule(FlowRule... flowRules) {
        for (FlowRule rule : flowRules) {
            OpenFlowSwitch sw = controller.getSwitch(Dpid.dpid(rule.deviceId().uri()));
            if (sw != null) {
                sw.sendMsg(flowMods(sw, rule.deviceId()).delete(rule, FlowMods.NO_BATCH));
                recordEvents(sw.getDpid(), 1);
            }
        }
    }

    @Override
    public void executeBatch(FlowRuleBatchOperation batch) {
        Dpid dpid = Dpid.dpid(batch.deviceId().uri());
        OpenFlowSwitch sw = controller.getSwitch(dpid);
        if (sw == null) {
            Set<FlowRule> all =
                    batch.getOperations().stream()
                            .map(FlowRuleBatchEntry::target)
                            .collect(Collectors.toSet());
            providerService.batchOperationCompleted(
                    batch.id(), new CompletedBatchOperation(false, all, batch.deviceId()));
            return;
        }
        pendingBatches.put(batch.id(), new PendingBatch(batch));
        // A set, as in ONOS: equal flow-mods go out once.
        Set<OFFlowMod> mods = new HashSet<>();
        FlowMods flowMods = flowMods(sw, batch.deviceId());
        for (FlowRuleBatchEntry entry : batch.getOperations()) {
            mods.add(flowMod(flowMods, entry, batch.id()));
        }
        List<OFMessage> messages = new ArrayList<>(mods);
        // ONOS sends them in hash order; a fresh order each time finds what relies on one.
        Collections.shuffle(messages);
        messages.add(sw.factory().buildBarrierRequest().setXid(batch.id()).build());
        sw.sendMsg(messages);
        recordEvents(dpid, batch.getOperations().size() + 1);
    }

    private static OFFlowMod flowMod(
            FlowMods flowMods, FlowRuleBatchEntry entry, long transaction) {
        switch (entry.operator()) {
            case ADD:
                return flowMods.add(entry.target(), transaction);
            case REMOVE:
                return flowMods.delete(entry.target(), transaction);
            case MODIFY:
                return flowMods.modify(entry.target(), transaction);
            default:
                throw new IllegalArgumentException("Unknown batch operation " + entry.operator());
        }
    }

    private FlowMods flowMods(OpenFlowSwitch sw, DeviceId device) {
        return new FlowMods(sw.factory(), driver(device));
    }

    private DriverHandler driver(DeviceId device) {
        return new DefaultDriverHandler(
                new DefaultDriverData(driverService.getDriver(device), device));
    }

    private void batchEvicted(RemovalNotification<Long, PendingBatch> notification) {
        FlowRuleProviderService service = providerService;
        PendingBatch batch = notification.getValue();
        if (notification.getCause() == RemovalCause.EXPIRED && service != null && batch != null) {
            service.batchOperationCompleted(batch.id(), batch.expired());
        }
    }

    private void startPolling(OpenFlowSwitch sw) {
        if (sw == null) {
            return;
        }
        Dpid dpid = sw.getDpid();
        if (sw.features().getCapabilities().contains(OFCapabilities.FLOW_STATS)) {
            FlowStatsPoller poller = new FlowStatsPoller(executor, sw, pollInterval);
            FlowStatsPoller former = flowPollers.put(dpid, poller);
            if (former != null) {
                former.stop();
            }
            poller.start();
        }
        if (sw.features().getCapabilities().contains(OFCapabilities.TABLE_STATS)) {
            TableStatsPoller poller = new TableStatsPoller(executor, sw, pollInterval);
            TableStatsPoller former = tablePollers.put(dpid, poller);
            if (former != null) {
                former.stop();
            }
            poller.start();
        }
    }

    private void recordEvents(Dpid dpid, int events) {
        FlowStatsPoller poller = flowPollers.get(dpid);
        if (poller != null) {
            poller.recordEvents(events);
        }
    }

    private final class SwitchListener implements OpenFlowSwitchListener, OpenFlowEventListener {
        @Override
        public void switchAdded(Dpid dpid) {
            startPolling(controller.getSwitch(dpid));
        }

        @Override
        public void switchRemoved(Dpid dpid) {
            FlowStatsPoller flows = flowPollers.remove(dpid);
            if (flows != null) {
                flows.stop();
            }
            TableStatsPoller tables = tablePollers.remove(dpid);
            if (tables != null) {
                tables.stop();
            }
        }

        @Override
        public void switchChanged(Dpid dpid) {
            // ports are the device provider's
        }

        @Override
        public void portChanged(Dpid dpid, OFPortStatus status) {
            // ports are the device provider's
        }

        @Override
        public void receivedRoleReply(Dpid dpid, RoleState requested, RoleState response) {
            FlowStatsPoller poller = flowPollers.get(dpid);
            if (response == RoleState.MASTER && poller != null) {
                poller.resetEvents();
            }
        }

        @Override
        public void handleMessage(Dpid dpid, OFMessage message) {
            if (providerService == null) {
                return;
            }
            DeviceId device = DeviceId.deviceId(Dpid.uri(dpid));
            switch (message.getType()) {
                case FLOW_REMOVED:
                    providerService.flowRemoved(
                            new FlowEntries(device, driver(device))
                                    .removed((OFFlowRemoved) message));
                    break;
                case STATS_REPLY:
                    stats(dpid, device, (OFStatsReply) message);
                    break;
                case BARRIER_REPLY:
                    barrier(message.getXid());
                    break;
                case ERROR:
                    LOG.warn("Received error message {} from {}", message, dpid);
                    error(device, (OFErrorMsg) message);
                    break;
                default:
                    LOG.debug("Unhandled message type: {}", message.getType());
            }
        }

        private void stats(Dpid dpid, DeviceId device, OFStatsReply reply) {
            switch (reply.getStatsType()) {
                case FLOW:
                    // The controller below has put the parts of the reply together.
                    FlowStatsPoller poller = flowPollers.get(dpid);
                    if (poller != null) {
                        poller.received();
                    }
                    FlowEntries entries = new FlowEntries(device, driver(device));
                    Set<FlowEntry> installed =
                            ((OFFlowStatsReply) reply)
                                    .getEntries().stream()
                                            .map(entries::installed)
                                            .collect(Collectors.toSet());
                    providerService.pushFlowMetrics(device, installed);
                    break;
                case TABLE:
                    List<TableStatisticsEntry> tables =
                            ((OFTableStatsReply) reply)
                                    .getEntries().stream()
                                            .map(e -> tableStatistics(device, e))
                                            .distinct()
                                            .collect(Collectors.toList());
                    providerService.pushTableStatistics(device, tables);
                    break;
                default:
                    LOG.debug("Statistics of type {} are not for flows", reply.getStatsType());
            }
        }

        private TableStatisticsEntry tableStatistics(DeviceId device, OFTableStatsEntry entry) {
            return DefaultTableStatisticsEntry.builder()
                    .withDeviceId(device)
                    .withTableId(IndexTableId.of(entry.getTableId().getValue()))
                    .withActiveFlowEntries(entry.getActiveCount())
                    .withPacketsLookedUpCount(entry.getLookupCount().getValue())
                    .withPacketsMatchedCount(entry.getMatchedCount().getValue())
                    .build();
        }

        private void barrier(long transaction) {
            PendingBatch batch = pendingBatches.getIfPresent(transaction);
            if (batch == null) {
                LOG.warn("Received unknown Barrier Reply: {}", transaction);
                return;
            }
            try {
                providerService.batchOperationCompleted(transaction, batch.completed());
            } finally {
                pendingBatches.invalidate(transaction);
            }
        }

        private void error(DeviceId device, OFErrorMsg error) {
            RefusedFlow refused = RefusedFlow.in(error);
            if (refused == null) {
                return;
            }
            PendingBatch batch = pendingBatches.getIfPresent(error.getXid());
            if (batch == null) {
                LOG.error("No matching batch for this error: {}", error);
            } else {
                batch.refuse(refused, new FlowEntries(device, driver(device)));
            }
        }
    }
}
