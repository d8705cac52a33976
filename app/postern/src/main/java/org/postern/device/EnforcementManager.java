package org.postern.device;

import static org.onlab.util.Tools.groupedThreads;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
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
import org.postern.compile.DeviceRules;
import org.postern.compile.FrontTableCompiler;
import org.postern.drivers.FrontTable;
import org.postern.drivers.FrontTableService;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureManager;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptLedger;
import org.postern.observe.AttemptService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLines;
import org.postern.policy.Suspension;
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

    private static final Duration LONGEST_SUSPENSION = Duration.ofHours(24);

    /** Longest wait for a switch to confirm a withdrawal. Seconds. */
    private static final int WITHDRAWAL = 60;

    /** Longest wait for the policy to be planned. Seconds. */
    private static final int PLANNING = 30;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final Map<DeviceId, DeviceProgrammer> programmers = new ConcurrentHashMap<>();
    private final AttemptLedger ledger = new AttemptLedger();
    private final AtomicBoolean planned = new AtomicBoolean();
    private final InfrastructureListener infrastructureListener = e -> plan();
    private final SubscriberListener subscriberListener = e -> plan();
    private final DeviceListener deviceListener = this::deviceChanged;
    private final MastershipListener mastershipListener = e -> converge(e.subject());
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
    protected InfrastructureManager infrastructureManager;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberService subscriberService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private ApplicationId appId;
    private FrontTableCompiler compiler;
    private EnforcementStore store;
    private DeviceInspector inspector;
    private ScheduledExecutorService planner;
    private ExecutorService workers;
    private volatile Policy policy;

    @Activate
    protected void activate() {
        appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        compiler =
                new FrontTableCompiler(
                        coreService.registerApplication(FrontTable.APPLICATION), appId);
        planner =
                Executors.newSingleThreadScheduledExecutor(
                        groupedThreads("postern", "planner", log));
        workers = Executors.newFixedThreadPool(4, groupedThreads("postern", "device-%d", log));
        store = new EnforcementStore(storageService, appId, this::plan);
        inspector = new DeviceInspector(this, store);
        planNow();
        infrastructureManager.addListener(infrastructureListener);
        subscriberService.addListener(subscriberListener);
        deviceService.addListener(deviceListener);
        mastershipService.addListener(mastershipListener);
        flowRuleService.addListener(flowRuleListener);
        plan();
        planner.scheduleWithFixedDelay(this::look, 1, LOOK, TimeUnit.SECONDS);
        planner.scheduleWithFixedDelay(this::endSuspensions, 1, 1, TimeUnit.SECONDS);
        log.info(
                "Started with {} access devices and {} subscribers",
                policy.devices().size(),
                policy.subscribers().size());
    }

    @Deactivate
    protected void deactivate() {
        flowRuleService.removeListener(flowRuleListener);
        mastershipService.removeListener(mastershipListener);
        deviceService.removeListener(deviceListener);
        subscriberService.removeListener(subscriberListener);
        infrastructureManager.removeListener(infrastructureListener);
        store.close();
        planner.shutdownNow();
        workers.shutdownNow();
        Set<DeviceId> left =
                programmers.keySet().stream()
                        .filter(d -> frontTableService.floor(d).isPresent())
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

    /** Has the policy looked at soon; several requests at once are one. */
    private void plan() {
        if (planned.compareAndSet(false, true)) {
            try {
                planner.execute(this::planNow);
            } catch (RejectedExecutionException e) {
                log.debug("Stopping, nothing is planned any more");
            }
        }
    }

    /** Has the policy looked at, and returns when the devices' goals are set. */
    private void planAndWait() {
        try {
            planner.submit(this::planNow).get(PLANNING, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted; run it again", e);
        } catch (ExecutionException | TimeoutException | RejectedExecutionException e) {
            throw new IllegalStateException(
                    "the policy could not be planned within " + PLANNING + " s; run it again", e);
        }
    }

    private void planNow() {
        planned.set(false);
        try {
            Instant now = Instant.now();
            Set<DeviceId> withdrawn = store.withdrawn();
            // nothing of it is in force that a lost configuration would have to keep
            withdrawn.forEach(infrastructureManager::forget);
            Policy next =
                    new Policy(
                            infrastructureManager.infrastructure(),
                            infrastructureManager.devices().values(),
                            subscriberService.subscribers(),
                            store.suspensions().stream()
                                    .filter(s -> s.until().isAfter(now))
                                    .collect(Collectors.toList()));
            policy = next;
            programmers.keySet().retainAll(next.devices().keySet());
            ledger.retain(next.devices().keySet());
            for (AccessDevice device : next.devices().values()) {
                if (!withdrawn.contains(device.id())) {
                    program(next, device);
                }
            }
        } catch (RuntimeException e) {
            log.error("The policy could not be planned; the devices keep what they have", e);
        }
    }

    private void program(Policy next, AccessDevice device) {
        DeviceProgrammer programmer = programmer(device.id());
        DeviceRules rules = compiler.compile(device.id(), PolicyLines.of(next, device));
        if (!programmer.desired().filter(rules::equals).isPresent()) {
            programmer.desire(rules);
            converge(device.id());
        }
    }

    private DeviceProgrammer programmer(DeviceId device) {
        return programmers.computeIfAbsent(
                device,
                d -> new DeviceProgrammer(d, appId, frontTableService, flowRuleService, workers));
    }

    /** The programmer of a device, if it has any. */
    Optional<DeviceProgrammer> programmerOf(DeviceId device) {
        return Optional.ofNullable(programmers.get(device));
    }

    private void converge(DeviceId device) {
        DeviceProgrammer programmer = programmers.get(device);
        if (programmer != null
                && deviceService.isAvailable(device)
                && mastershipService.isLocalMaster(device)
                && frontTableService.isFront(device)) {
            programmer.converge();
        }
    }

    private void deviceChanged(DeviceEvent event) {
        DeviceId device = event.subject().id();
        DeviceProgrammer programmer = programmers.get(device);
        if (programmer == null) {
            return;
        }
        switch (event.type()) {
            case DEVICE_AVAILABILITY_CHANGED:
                if (!deviceService.isAvailable(device)) {
                    programmer.disconnected();
                    break;
                }
                converge(device);
                break;
            case DEVICE_ADDED:
            case DEVICE_UPDATED:
                converge(device);
                break;
            default:
                break;
        }
    }

    private void ruleChanged(FlowRuleEvent event) {
        if (event.type() == FlowRuleEvent.Type.RULE_REMOVED) {
            DeviceProgrammer programmer = programmers.get(event.subject().deviceId());
            if (programmer != null
                    && programmer.isConfirmed()
                    && FrontTable.isPolicyTable(event.subject())) {
                converge(event.subject().deviceId());
            }
        }
    }

    private void look() {
        for (DeviceId device : policy.devices().keySet()) {
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
        DeviceProgrammer programmer = programmers.get(device);
        if (programmer != null && mastershipService.isLocalMaster(device)) {
            DeviceView view = new DeviceView(flowRuleService.getFlowEntries(device));
            programmer
                    .desired()
                    .ifPresent(
                            r -> ledger.read(device, r.counted(), view.entries(), Instant.now()));
        }
    }

    private void endSuspensions() {
        try {
            for (Suspension suspension : store.suspensions()) {
                if (!suspension.until().isAfter(Instant.now())
                        && store.remove(suspension.scope())) {
                    auditLog.record("postern", "suspension-expired", suspension.toString());
                }
            }
        } catch (RuntimeException e) {
            log.warn("Suspensions could not be looked at; they end when the store answers", e);
        }
    }

    @Override
    public Policy policy() {
        return policy;
    }

    @Override
    public List<DeviceStatus> devices() {
        List<DeviceStatus> all = new ArrayList<>();
        policy.devices().keySet().forEach(d -> all.add(inspector.inspect(d)));
        all.sort(Comparator.comparing(s -> s.device().toString()));
        return all;
    }

    @Override
    public boolean isInForce() {
        return EnforcementStatus.of(devices(), policy.suspensions()).isInForce();
    }

    @Override
    public Suspension suspendEverywhere(Duration duration, String reason, String by) {
        return suspend(Suspension.everywhere(end(duration), reasonable(reason), by));
    }

    @Override
    public Suspension suspendDevice(DeviceId device, Duration duration, String reason, String by) {
        known(device);
        return suspend(Suspension.ofDevice(device, end(duration), reasonable(reason), by));
    }

    @Override
    public Suspension suspendClass(
            String serviceClass, Duration duration, String reason, String by) {
        policy.infrastructure().classNamed(serviceClass);
        return suspend(Suspension.ofClass(serviceClass, end(duration), reasonable(reason), by));
    }

    private Suspension suspend(Suspension suspension) {
        auditLog.record(suspension.by(), "suspend", suspension.toString());
        store.put(suspension);
        return suspension;
    }

    private static Instant end(Duration duration) {
        if (duration.compareTo(Duration.ofSeconds(1)) < 0
                || duration.compareTo(LONGEST_SUSPENSION) > 0) {
            throw new IllegalArgumentException(
                    "duration "
                            + duration
                            + " is not acceptable: enforcement is suspended for 1 second to 24 hours");
        }
        // as it is stored, so that both audit lines of a suspension name the same moment
        return Instant.now().plus(duration).truncatedTo(ChronoUnit.MILLIS);
    }

    private static String reasonable(String reason) {
        if (reason == null || reason.trim().isEmpty() || reason.length() > 200) {
            throw new IllegalArgumentException(
                    "give a reason of 1 to 200 characters; it is audited");
        }
        return reason.trim();
    }

    @Override
    public void resume(String scope, String by) {
        if (!store.remove(scope)) {
            throw new IllegalArgumentException(
                    "nothing is suspended as \""
                            + scope
                            + "\"; in force: "
                            + store.suspensions().stream()
                                    .map(Suspension::scope)
                                    .collect(Collectors.toList()));
        }
        auditLog.record(by, "resume", scope);
    }

    @Override
    public void withdraw(DeviceId device, Optional<String> driver, String by) {
        known(device);
        if (!deviceService.isAvailable(device) || !mastershipService.isLocalMaster(device)) {
            throw new IllegalStateException(
                    deviceService.isAvailable(device)
                            ? "another node is master of "
                                    + device
                                    + ": run this on "
                                    + mastershipService.getMasterFor(device)
                            : device
                                    + " is not connected: withdraw it when it is, its rules can be removed only then");
        }
        auditLog.record(by, "withdraw", device + driver.map(d -> ", driver " + d).orElse(""));
        boolean before = store.withdrawn().contains(device);
        try {
            programmer(device).hold();
            store.withdraw(device, by);
            frontTableService.withdraw(device, driver).get(WITHDRAWAL, TimeUnit.SECONDS);
            infrastructureManager.forget(device);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "withdrawal of " + device + " was interrupted; run it again", e);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "the switch did not confirm the withdrawal of "
                            + device
                            + " within "
                            + WITHDRAWAL
                            + " s; run it again",
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                // refused before anything was done: all is again as it was
                if (!before) {
                    store.unwithdraw(device);
                    programmer(device).release();
                    converge(device);
                }
                throw (IllegalArgumentException) e.getCause();
            }
            throw new IllegalStateException(
                    e.getCause().getMessage() + "; run postern-withdraw again", e);
        }
    }

    @Override
    public void enforce(DeviceId device, String by) {
        known(device);
        auditLog.record(by, "enforce", device.toString());
        store.unwithdraw(device);
        programmer(device).release();
        // by the planner alone: the policy known here may be older than what it is about to program
        planAndWait();
        frontTableService.nameDriver(device);
        converge(device);
    }

    private void known(DeviceId device) {
        if (!policy.devices().containsKey(device)) {
            throw new IllegalArgumentException(
                    device
                            + " is not an access device; access devices: "
                            + policy.devices().keySet());
        }
    }

    @Override
    public List<AttemptCount> attempts() {
        policy.devices().keySet().forEach(this::readCounters);
        return ledger.counts();
    }

    @Override
    public long attemptsOf(String subscriber) {
        return attempts().stream()
                .filter(c -> c.subscriber().filter(subscriber::equals).isPresent())
                .mapToLong(AttemptCount::packets)
                .sum();
    }
}
