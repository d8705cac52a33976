package org.postern.device;

import static org.onlab.util.Tools.groupedThreads;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.mastership.MastershipListener;
import org.onosproject.mastership.MastershipService;
import org.onosproject.net.DeviceId;
import org.onosproject.net.device.DeviceEvent;
import org.onosproject.net.device.DeviceListener;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.driver.DriverService;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleEvent;
import org.onosproject.net.flow.FlowRuleListener;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.link.LinkService;
import org.onosproject.store.service.StorageService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.audit.Order;
import org.postern.compile.CompactForm;
import org.postern.compile.DeviceRules;
import org.postern.drivers.FrontTable;
import org.postern.drivers.FrontTableService;
import org.postern.drivers.TableFullService;
import org.postern.exemption.ExemptionListener;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureManager;
import org.postern.observe.AttemptBaselines;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptLedger;
import org.postern.observe.AttemptService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Backend;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;
import org.postern.reject.RejectService;
import org.postern.steering.NextHopService;
import org.postern.subscriber.SubscriberEvent;
import org.postern.subscriber.SubscriberListener;
import org.postern.subscriber.SubscriberService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a snapshot of the policy whenever something in it changes, and has each device brought to
 * it. Stopping this component takes nothing away: the switches go on enforcing what they have.
 */
@Component(
        immediate = true,
        service = {EnforcementService.class, AttemptService.class})
public class EnforcementManager implements EnforcementService, AttemptService {
    /**
     * How often devices are looked at although nothing happened. Seconds; as often as ONOS polls.
     */
    private static final int LOOK = 5;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final InfrastructureListener infrastructureListener = e -> plan();
    private final SubscriberListener subscriberListener = this::subscriberChanged;
    private final ExemptionListener exemptionListener = e -> plan();
    private final DeviceListener deviceListener = this::deviceChanged;
    private final MastershipListener mastershipListener = e -> converge(e.subject());
    private final Runnable nextHopListener = this::plan;
    private final Runnable meterListener = this::plan;
    private final FlowRuleListener flowRuleListener = this::ruleChanged;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected DeviceService deviceService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected LinkService linkService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected DriverService driverService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected MastershipService mastershipService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected FlowRuleService flowRuleService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected FrontTableService frontTableService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected TableFullService tableFullService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureManager infrastructureManager;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberService subscriberService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ExemptionService exemptionService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected NextHopService nextHopService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected RejectService rejectService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private ApplicationId appId;
    private EnforcementStore store;
    private BreakGlass breakGlass;
    private AttemptLedger ledger;
    PolicyPlanner planner;
    private DeviceInspector inspector;
    private Pipelines pipelines;
    private DeviceOrders orders;
    private DeviceCompiler compiler;
    private ScheduledExecutorService watcher;
    private ExecutorService workers;

    @Activate
    protected void activate() {
        appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        watcher =
                Executors.newSingleThreadScheduledExecutor(
                        groupedThreads("postern", "watcher", log));
        workers = Executors.newFixedThreadPool(4, groupedThreads("postern", "device-%d", log));
        store = new EnforcementStore(storageService, appId);
        breakGlass = new BreakGlass(store, auditLog);
        ledger = new AttemptLedger(AttemptBaselines.stored(storageService, appId));
        compiler =
                new DeviceCompiler(
                        coreService.registerApplication(FrontTable.APPLICATION),
                        appId,
                        deviceService,
                        rejectService);
        planner =
                new PolicyPlanner(
                        infrastructureManager,
                        subscriberService,
                        exemptionService,
                        store,
                        frontTableService,
                        auditLog,
                        nextHopService,
                        new Planned());
        pipelines = new Pipelines(deviceService, driverService, frontTableService);
        inspector = new DeviceInspector(this, planner, store, pipelines);
        orders =
                new DeviceOrders(
                        auditLog,
                        store,
                        planner,
                        pipelines,
                        frontTableService,
                        deviceService,
                        mastershipService);
        store.listen(planner::plan);
        infrastructureManager.addListener(infrastructureListener);
        subscriberService.addListener(subscriberListener);
        exemptionService.addListener(exemptionListener);
        deviceService.addListener(deviceListener);
        mastershipService.addListener(mastershipListener);
        flowRuleService.addListener(flowRuleListener);
        nextHopService.listen(nextHopListener);
        rejectService.addListener(meterListener);
        planner.start();
        watcher.scheduleWithFixedDelay(this::look, 1, LOOK, TimeUnit.SECONDS);
        log.info(
                "Started with {} access devices and {} subscribers",
                policy().devices().size(),
                policy().subscribers().size());
    }

    @Deactivate
    protected void deactivate() {
        flowRuleService.removeListener(flowRuleListener);
        mastershipService.removeListener(mastershipListener);
        deviceService.removeListener(deviceListener);
        exemptionService.removeListener(exemptionListener);
        subscriberService.removeListener(subscriberListener);
        infrastructureManager.removeListener(infrastructureListener);
        nextHopService.forget(nextHopListener);
        rejectService.removeListener(meterListener);
        store.close();
        watcher.shutdownNow();
        planner.stop();
        workers.shutdownNow();
        Set<DeviceId> left =
                policy().devices().keySet().stream()
                        .filter(d -> !frontTableService.isOff(d))
                        .collect(Collectors.toSet());
        if (left.isEmpty()) {
            log.info("Stopped");
        } else {
            log.warn(
                    "Stopped; the policy rules of {} stay and go on enforcing. To take them off, activate {} again and"
                            + " run postern-withdraw for each device",
                    left,
                    FrontTable.POLICY_APPLICATION);
        }
    }

    /** The devices as the planner sees them. */
    private final class Planned implements PolicyPlanner.Devices {
        @Override
        public DeviceProgrammer newProgrammer(DeviceId device) {
            return new DeviceProgrammer(
                    device,
                    appId,
                    frontTableService,
                    flowRuleService,
                    workers,
                    tableFullService,
                    EnforcementManager.this::plan);
        }

        @Override
        public DeviceRules compile(Policy policy, AccessDevice device) {
            return compiler.compile(policy, device, planner.programmerOf(device.id()));
        }

        @Override
        public DeviceRules lastResort(AccessDevice device, Collection<Suspension> suspensions) {
            return compiler.lastResort(device, suspensions);
        }

        @Override
        public void converge(DeviceId device) {
            EnforcementManager.this.converge(device);
        }

        @Override
        public void planned(Set<DeviceId> enforced) {
            rejectService.retain(enforced);
            compiler.retain(enforced);
            watch(EnforcementManager.this::keepMeters);
        }
    }

    /** What of the policy has room on a device; empty before it was planned. */
    Optional<CompactForm> form(DeviceId device) {
        return compiler.form(device);
    }

    /** True if a device has confirmed all that it should have now. */
    boolean isConfirmed(DeviceId device) {
        return planner.programmerOf(device).filter(DeviceProgrammer::isConfirmed).isPresent();
    }

    private void converge(DeviceId device) {
        if (deviceService.isAvailable(device)
                && mastershipService.isLocalMaster(device)
                && policy().devices().containsKey(device)
                && pipelines.carries(policy().devices().get(device))) {
            planner.programmerOf(device).ifPresent(DeviceProgrammer::converge);
        }
    }

    private void subscriberChanged(SubscriberEvent event) {
        Subscriber now = event.subject();
        Subscriber planned = policy().subscribers().get(now.id());
        if (event.type() == SubscriberEvent.Type.SUBSCRIBER_REMOVED
                || planned != null && !isTreatedAlike(planned, now)) {
            Instant when = Instant.now();
            watch(() -> ledger.startAnew(now.id(), when));
        }
        planner.planFor(now);
    }

    private static boolean isTreatedAlike(Subscriber one, Subscriber other) {
        return one.serviceClass().equals(other.serviceClass())
                && one.mode() == other.mode()
                && one.quarantine().equals(other.quarantine());
    }

    private void plan() {
        planner.plan();
    }

    /** Does on the watcher's thread what ONOS's events must not wait for. */
    private void watch(Runnable work) {
        try {
            watcher.execute(work);
        } catch (RejectedExecutionException e) {
            log.debug("Stopping, nothing is watched any more");
        }
    }

    private void deviceChanged(DeviceEvent event) {
        DeviceId device = event.subject().id();
        switch (event.type()) {
            case DEVICE_AVAILABILITY_CHANGED:
                if (!deviceService.isAvailable(device)) {
                    planner.programmerOf(device).ifPresent(DeviceProgrammer::disconnected);
                    break;
                }
                // it may be another switch, or have been given more room
                tryFullTables(device);
                converge(device);
                break;
            case DEVICE_ADDED:
            case DEVICE_UPDATED:
                converge(device);
                break;
            case PORT_ADDED:
            case PORT_REMOVED:
                if (isSingleTable(device)) {
                    plan();
                }
                break;
            default:
                break;
        }
    }

    /** Whether the rules of a device name each of its ports. */
    private boolean isSingleTable(DeviceId device) {
        AccessDevice known = policy().devices().get(device);
        return known != null && known.backend() == Backend.SINGLE_TABLE;
    }

    private void tryFullTables(DeviceId device) {
        if (planner.programmerOf(device).filter(DeviceProgrammer::forgetFullTables).isPresent()) {
            plan();
        }
    }

    private void ruleChanged(FlowRuleEvent event) {
        FlowRule rule = event.subject();
        boolean gone = event.type() == FlowRuleEvent.Type.RULE_REMOVED;
        boolean come =
                event.type() == FlowRuleEvent.Type.RULE_ADD_REQUESTED
                        || event.type() == FlowRuleEvent.Type.RULE_ADDED;
        // one of ours that went, or one that came and may have taken the place of one of ours
        if ((gone || come)
                && FrontTable.isPolicyTable(rule)
                && planner.programmerOf(rule.deviceId())
                        .filter(p -> p.isDrift(rule, gone))
                        .isPresent()) {
            converge(rule.deviceId());
        }
    }

    /** Whether this node looks after the meters of a device: it enforces there, or did. */
    private boolean keepsMetersOf(DeviceId device) {
        return deviceService.isAvailable(device)
                && mastershipService.isLocalMaster(device)
                && (frontTableService.isFront(device)
                        || planner.isWithdrawn(device)
                        || !policy().devices().containsKey(device));
    }

    private void keepMeters() {
        try {
            rejectService.keep(this::keepsMetersOf);
        } catch (RuntimeException e) {
            log.warn("Meters could not be looked after", e);
        }
    }

    private void look() {
        planner.makeUp();
        for (DeviceId device : policy().devices().keySet()) {
            if (planner.programmerOf(device)
                    .filter(DeviceProgrammer::forgetFormerlyFullTables)
                    .isPresent()) {
                plan();
            }
        }
        keepMeters();
        // another node counts on what it is master of, and knows better when it is ours again
        ledger.retain(
                policy().devices().keySet().stream()
                        .filter(mastershipService::isLocalMaster)
                        .collect(Collectors.toSet()));
        for (DeviceId device : policy().devices().keySet()) {
            try {
                converge(device);
                readCounters(device);
                inspector.inspect(device);
            } catch (RuntimeException e) {
                log.warn("{} could not be looked at", device, e);
            }
        }
    }

    private void readCounters(DeviceId device) {
        Optional<DeviceRules> rules =
                planner.programmerOf(device).flatMap(DeviceProgrammer::desired);
        if (rules.isPresent() && mastershipService.isLocalMaster(device)) {
            DeviceView view = new DeviceView(flowRuleService.getFlowEntries(device));
            ledger.read(device, rules.get().counted(), view.entries(), Instant.now());
        }
    }

    @Override
    public Policy policy() {
        return planner.policy();
    }

    @Override
    public List<DeviceStatus> devices() {
        return policy().devices().keySet().stream()
                .map(inspector::inspect)
                .sorted(Comparator.comparing(s -> s.device().toString()))
                .collect(Collectors.toList());
    }

    @Override
    public Optional<DeviceStatus> device(DeviceId id) {
        return Optional.of(id).filter(policy().devices()::containsKey).map(inspector::inspect);
    }

    @Override
    public Optional<String> shortageOf(String id) {
        planner.planAndWait();
        return compiler.shortageOf(id).or(() -> planner.failureAround(id));
    }

    @Override
    public boolean isInForce() {
        return EnforcementStatus.of(devices(), policy().suspensions()).isInForce();
    }

    @Override
    public Suspension suspendEverywhere(Duration duration, String reason, Order order) {
        return breakGlass.suspend(
                (until, why) -> Suspension.everywhere(until, why, order.by()),
                duration,
                reason,
                order);
    }

    @Override
    public Suspension suspendDevice(
            DeviceId device, Duration duration, String reason, Order order) {
        known(device);
        return breakGlass.suspend(
                (until, why) -> Suspension.ofDevice(device, until, why, order.by()),
                duration,
                reason,
                order);
    }

    @Override
    public Suspension suspendClass(
            String serviceClass, Duration duration, String reason, Order order) {
        policy().infrastructure().classNamed(serviceClass);
        return breakGlass.suspend(
                (until, why) -> Suspension.ofClass(serviceClass, until, why, order.by()),
                duration,
                reason,
                order);
    }

    @Override
    public List<Suspension> suspensions() {
        return store.suspensions();
    }

    @Override
    public void resume(String scope, Order order) {
        breakGlass.resume(scope, order);
    }

    @Override
    public void withdraw(DeviceId device, Optional<String> driver, Order order) {
        known(device);
        orders.withdraw(device, driver, order);
    }

    @Override
    public void enforce(DeviceId device, Order order) {
        known(device);
        orders.enforce(device, order);
        converge(device);
    }

    private void known(DeviceId device) {
        if (!policy().devices().containsKey(device)) {
            throw new IllegalArgumentException(
                    device
                            + " is not an access device; access devices: "
                            + policy().devices().keySet());
        }
    }

    @Override
    public List<AttemptCount> attempts() {
        policy().devices().keySet().forEach(this::readCounters);
        return ledger.counts();
    }

    @Override
    public List<AttemptCount> attemptsOf(Set<String> subscribers) {
        Set<DeviceId> devices = planner.devicesOf(subscribers);
        devices.forEach(this::readCounters);
        return ledger.counts(devices, subscribers);
    }
}
