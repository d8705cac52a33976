package org.postern.drivers;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.onlab.util.ItemNotFoundException;
import org.onlab.util.Tools;
import org.onosproject.cfg.ComponentConfigService;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.mastership.MastershipService;
import org.onosproject.net.DeviceId;
import org.onosproject.net.config.NetworkConfigEvent;
import org.onosproject.net.config.NetworkConfigListener;
import org.onosproject.net.config.NetworkConfigService;
import org.onosproject.net.config.basics.BasicDeviceConfig;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.driver.DriverService;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.store.service.StorageService;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps floors in ONOS's distributed store, lays them, migrates others' rules behind them, and
 * withdraws.
 */
@Component(
        immediate = true,
        service = {FrontTableService.class, FrontTableManager.class},
        property =
                FrontTableManager.OBJECTIVE_APPLICATIONS
                        + "="
                        + FrontTableManager.OBJECTIVE_APPLICATIONS_DEFAULT)
public class FrontTableManager implements FrontTableService {
    /**
     * Component property: applications that program by flow objectives, so that their rules follow
     * the pipeline.
     */
    static final String OBJECTIVE_APPLICATIONS = "objectiveApplications";

    /**
     * Of ONOS's own tree. Never intents or direct writers: they remove what they wrote where they
     * wrote it.
     */
    static final String OBJECTIVE_APPLICATIONS_DEFAULT =
            "org.onosproject.core org.onosproject.fwd"
                    + " org.onosproject.proxyarp org.onosproject.provider.host org.onosproject.provider.lldp"
                    + " org.onosproject.dhcprelay org.onosproject.dhcp org.onosproject.mcast org.onosproject.igmp";

    /**
     * Objectives may be in flight while a pipeline changes; a second look catches what they left.
     * Seconds.
     */
    private static final int SECOND_LOOK = 2;

    /** How long withdrawal waits for ONOS to take up the other driver. Milliseconds. */
    private static final int DRIVER_CHANGE = 5_000;

    private final Logger log = LoggerFactory.getLogger(getClass());

    /** What this node was told, with the passing rules. */
    private final Map<DeviceId, Floor> floors = new ConcurrentHashMap<>();

    private final Set<DeviceId> withdrawing = ConcurrentHashMap.newKeySet();
    private final Set<Short> objectiveUsers = ConcurrentHashMap.newKeySet();
    private final NetworkConfigListener configListener = this::configChanged;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected FlowRuleService flowRuleService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected DeviceService deviceService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected DriverService driverService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected MastershipService mastershipService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected NetworkConfigService networkConfigService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ComponentConfigService componentConfigService;

    private ApplicationId appId;
    private FrontTableRecords records;
    private RuleOperations operations;
    private ScheduledExecutorService executor;
    private volatile RuleOwners owners;

    @Activate
    protected void activate(ComponentContext context) {
        appId = coreService.registerApplication(FrontTable.APPLICATION);
        operations = new RuleOperations(flowRuleService);
        executor =
                Executors.newSingleThreadScheduledExecutor(
                        groupedThreads("postern/drivers", "front-table", log));
        componentConfigService.registerProperties(getClass());
        modified(context);
        records = new FrontTableRecords(storageService, appId, executor, floors::remove);
        networkConfigService.addListener(configListener);
        records.fronts().forEach(this::followDriverName);
        log.info("Started with the floors of {} devices", records.enforced().size());
    }

    @Deactivate
    protected void deactivate() {
        networkConfigService.removeListener(configListener);
        records.close();
        componentConfigService.unregisterProperties(getClass(), false);
        executor.shutdownNow();
        if (records.enforced().isEmpty()) {
            log.info("Stopped");
        } else {
            log.warn(
                    "Stopped; the policy tables of {} stay and go on enforcing. To take them off, activate {} again and"
                            + " run postern-withdraw for each device",
                    records.enforced(),
                    FrontTable.APPLICATION);
        }
    }

    @Modified
    protected void modified(ComponentContext context) {
        Dictionary<?, ?> properties = context == null ? null : context.getProperties();
        String names = properties == null ? null : Tools.get(properties, OBJECTIVE_APPLICATIONS);
        owners =
                new RuleOwners(
                        coreService,
                        names == null ? OBJECTIVE_APPLICATIONS_DEFAULT : names,
                        objectiveUsers);
    }

    @Override
    public boolean isFront(DeviceId device) {
        return FrontTable.DRIVER.equals(driverName(device));
    }

    private String driverName(DeviceId device) {
        if (deviceService.getDevice(device) == null) {
            return "";
        }
        try {
            return driverService.getDriver(device).name();
        } catch (ItemNotFoundException e) {
            return "";
        }
    }

    @Override
    public Optional<Floor> floor(DeviceId device) {
        Floor told = floors.get(device);
        return told == null ? records.floor(device) : Optional.of(told);
    }

    @Override
    public void enforce(Floor floor) {
        DeviceId device = floor.device();
        Optional<Floor> known = records.floor(device);
        if (!known.isPresent() || !FrontTable.sameRules(known.get().lasting(), floor.lasting())) {
            String present = driverName(device);
            boolean another = !present.isEmpty() && !present.equals(FrontTable.DRIVER);
            records.change(
                    device,
                    floor.lasting(),
                    stored -> stored.withFormerDriver(another ? present : stored.formerDriver()));
        }
        floors.put(device, floor);
    }

    @Override
    public void nameDriver(DeviceId device) {
        String present = driverName(device);
        if (!present.equals(FrontTable.DRIVER)) {
            records.change(
                    device,
                    stored ->
                            stored.withFormerDriver(
                                            present.isEmpty() ? stored.formerDriver() : present)
                                    .fronted());
            nameDriver(device, FrontTable.DRIVER);
        } else if (!records.isFront(device)) {
            records.change(device, FrontTableRecord::fronted);
        }
    }

    private void configChanged(NetworkConfigEvent event) {
        if (event.configClass() == BasicDeviceConfig.class
                && event.subject() instanceof DeviceId
                && records.isFront((DeviceId) event.subject())) {
            executor.execute(() -> followDriverName((DeviceId) event.subject()));
        }
    }

    /**
     * Names our driver again where its name was lost: ONOS goes on with it until it restarts, and
     * would then take the floor for somebody's left-overs. Another driver is the operator's choice.
     */
    private void followDriverName(DeviceId device) {
        BasicDeviceConfig config = networkConfigService.getConfig(device, BasicDeviceConfig.class);
        String named = config == null ? null : config.driver();
        try {
            if (!records.isFront(device) || FrontTable.DRIVER.equals(named)) {
                return;
            }
            if (named != null) {
                records.change(device, FrontTableRecord::notFront);
                return;
            }
            log.warn(
                    "The driver of {} is no more in network configuration; it is named again, for the device has not"
                            + " been withdrawn",
                    device);
            nameDriver(device, FrontTable.DRIVER);
        } catch (RuntimeException e) {
            log.error("The driver of {} could not be looked after", device, e);
        }
    }

    /**
     * Takes note that an application programs by objectives.
     *
     * @param rule a rule that came of one
     */
    void usesObjectives(FlowRule rule) {
        objectiveUsers.add(rule.appId());
    }

    @Override
    public boolean wasFront(DeviceId device) {
        return records.isFront(device);
    }

    @Override
    public boolean isOff(DeviceId device) {
        return !floor(device).isPresent()
                && !records.isIncomplete(device)
                && entries(
                                device,
                                rule -> FrontTable.isPolicyTable(rule) && owners.isPosterns(rule))
                        .stream()
                        .allMatch(FrontTable::isWayToForward);
    }

    private boolean isNamed(DeviceId device) {
        BasicDeviceConfig config = networkConfigService.getConfig(device, BasicDeviceConfig.class);
        return config != null && FrontTable.DRIVER.equals(config.driver());
    }

    private void nameDriver(DeviceId device, String name) {
        BasicDeviceConfig config = networkConfigService.addConfig(device, BasicDeviceConfig.class);
        config.driver(name);
        config.apply();
    }

    /**
     * Puts a device's rules in their places, after its pipeline was initialised: others' rules
     * behind the policy, then the floor, or, where the device is not enforced, only the way to
     * FORWARD.
     *
     * @param device the device
     */
    public void settle(DeviceId device) {
        executor.execute(() -> settleNow(device));
        executor.schedule(() -> settleNow(device), SECOND_LOOK, TimeUnit.SECONDS);
    }

    private void settleNow(DeviceId device) {
        if (!mastershipService.isLocalMaster(device)
                || !isFront(device)
                || withdrawing.contains(device)) {
            return;
        }
        if (!floor(device).isPresent() && records.isIncomplete(device)) {
            // to open it would be wrong, and what is known of its floor is not safe
            return;
        }
        Floor floor = floor(device).orElseGet(() -> open(device));
        Set<FlowRule> ours = Set.copyOf(floor.rules());
        List<FlowRule> misplaced =
                entries(
                        device,
                        rule ->
                                FrontTable.tableOf(rule) == FrontTable.CLASSIFY
                                        && rule.appId() != appId.id()
                                        && owners.isMoved(rule));
        List<FlowRule> copies =
                misplaced.stream().map(ForwardRules::toForward).collect(Collectors.toList());
        // where the floor comes to stand its rule is another's no more
        List<FlowRule> originals =
                misplaced.stream().filter(r -> !ours.contains(r)).collect(Collectors.toList());
        RuleOperations.sequence(
                        ImmutableList.of(
                                () -> operations.add(copies),
                                () -> layMissing(floor, () -> true),
                                () -> operations.remove(originals)))
                .thenRunAsync(() -> noteFront(device), executor)
                .whenComplete(
                        (done, failure) -> {
                            if (failure != null) {
                                log.warn("{} is not settled yet: {}", device, failure.getMessage());
                            } else if (!misplaced.isEmpty()) {
                                log.info(
                                        "Moved {} rules of {} behind the policy",
                                        misplaced.size(),
                                        device);
                            }
                        });
    }

    /** Remembers that the operator named our driver. */
    private void noteFront(DeviceId device) {
        if (!records.isFront(device) && !withdrawing.contains(device) && isNamed(device)) {
            records.change(device, FrontTableRecord::fronted);
        }
    }

    @Override
    public Optional<String> forwardingGap(DeviceId device) {
        boolean behind =
                !entries(
                                device,
                                rule ->
                                        (FrontTable.tableOf(rule) == FrontTable.FORWARD
                                                                || owners.isMoved(rule))
                                                        && RuleOwners.isForwarding(rule)
                                                || owners.isReactive(rule))
                        .isEmpty();
        List<FlowRule> passedBy =
                entries(
                        device,
                        rule ->
                                FrontTable.isPolicyTable(rule)
                                        && !owners.isPosterns(rule)
                                        && !owners.isMoved(rule)
                                        && RuleOwners.isForwarding(rule));
        if (behind || passedBy.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                owners.nameOf(passedBy.get(0))
                        + " forwards by rules in tables 0 to "
                        + (FrontTable.FORWARD - 1)
                        + ", which Postern's go before, and table "
                        + FrontTable.FORWARD
                        + " has none: have them written to table "
                        + FrontTable.FORWARD
                        + " too");
    }

    /** Where a device is not enforced, the way to FORWARD is all there is. */
    private Floor open(DeviceId device) {
        FlowRule wayToForward =
                DefaultFlowRule.builder()
                        .forDevice(device)
                        .forTable(FrontTable.CLASSIFY)
                        .withPriority(FrontTable.PRIORITY_LAST)
                        .withSelector(DefaultTrafficSelector.emptySelector())
                        .withTreatment(
                                DefaultTrafficTreatment.builder()
                                        .transition(FrontTable.FORWARD)
                                        .build())
                        .fromApp(appId)
                        .makePermanent()
                        .build();
        return new Floor(device, List.of(wayToForward), List.of());
    }

    @Override
    public CompletableFuture<Void> lay(Floor floor) {
        BooleanSupplier enforced = () -> floor(floor.device()).isPresent();
        return enforced.getAsBoolean() ? layMissing(floor, enforced) : notEnforced(floor);
    }

    /** Lays what is not there, as long as a condition holds. */
    private CompletableFuture<Void> layMissing(Floor floor, BooleanSupplier condition) {
        Map<FlowRule, FlowRule> byKey =
                entries(floor.device(), operations::isThere).stream()
                        .collect(Collectors.toMap(r -> r, r -> r, (a, b) -> a));
        // to ONOS and the switch a rule of the same table, priority and selector is the same rule:
        // somebody's last rule of table 0 makes way for the floor's, but must not be lost
        List<FlowRule> displaced =
                floor.rules().stream()
                        .filter(FrontTable::isWayToForward)
                        .map(byKey::get)
                        .filter(rule -> rule != null && !owners.isPosterns(rule))
                        .map(ForwardRules::toForward)
                        .collect(Collectors.toList());
        List<List<FlowRule>> stages = new ArrayList<>();
        stages.add(displaced);
        stages.addAll(floor.stages(rule -> !isPresent(byKey.get(rule), rule)));
        return inStages(
                stages,
                stage -> condition.getAsBoolean() ? operations.add(stage) : notEnforced(floor));
    }

    private static CompletableFuture<Void> inStages(
            List<List<FlowRule>> stages,
            Function<List<FlowRule>, CompletableFuture<Void>> operation) {
        List<Supplier<CompletableFuture<Void>>> steps = new ArrayList<>();
        stages.forEach(stage -> steps.add(() -> operation.apply(stage)));
        return RuleOperations.sequence(steps);
    }

    private static CompletableFuture<Void> notEnforced(Floor floor) {
        return CompletableFuture.failedFuture(
                new IllegalStateException(floor.device() + " is not enforced"));
    }

    private static boolean isPresent(FlowRule there, FlowRule wanted) {
        return there != null && there.exactMatch(wanted) && there.appId() == wanted.appId();
    }

    @Override
    public CompletableFuture<Void> trim(Floor floor) {
        if (!floor(floor.device()).isPresent()) {
            return notEnforced(floor);
        }
        Set<FlowRule> wanted = Set.copyOf(floor.rules());
        List<FlowRule> surplus =
                entries(
                        floor.device(),
                        rule -> rule.appId() == appId.id() && !wanted.contains(rule));
        return inStages(
                Lists.reverse(new Floor(floor.device(), surplus, List.of()).stages(rule -> true)),
                operations::remove);
    }

    @Override
    public CompletableFuture<Void> withdraw(DeviceId device, Optional<String> driver) {
        String former = records.formerDriver(device);
        String next = driver.orElse(former.isEmpty() ? parentDriver() : former);
        if (next.equals(FrontTable.DRIVER)) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException(
                            "driver "
                                    + next
                                    + " is the one that withdrawal takes off: name another"));
        }
        try {
            driverService.getDriver(next);
        } catch (ItemNotFoundException e) {
            return CompletableFuture.failedFuture(
                    new IllegalArgumentException(
                            "there is no driver \""
                                    + next
                                    + "\": name one that the command drivers lists",
                            e));
        }
        boolean seen = deviceService.getDevice(device) != null || wasFront(device);
        withdrawing.add(device);
        try {
            records.change(device, ignored -> FrontTableRecord.withdrawn(next));
            if (seen) {
                nameDriver(device, next);
            }
        } catch (RuntimeException e) {
            withdrawing.remove(device);
            return CompletableFuture.failedFuture(e);
        }
        CompletableFuture<Void> result = new CompletableFuture<>();
        awaitDriver(
                device, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRIVER_CHANGE), result);
        return result.whenComplete((done, failure) -> withdrawing.remove(device));
    }

    private String parentDriver() {
        return Objects.requireNonNull(driverService.getDriver(FrontTable.DRIVER).parents())
                .get(0)
                .name();
    }

    private void awaitDriver(DeviceId device, long deadline, CompletableFuture<Void> result) {
        if (!isFront(device)) {
            removeTables(device)
                    .whenComplete(
                            (done, failure) -> {
                                if (failure == null) {
                                    result.complete(null);
                                } else {
                                    result.completeExceptionally(failure);
                                }
                            });
        } else if (System.nanoTime() - deadline > 0) {
            result.completeExceptionally(
                    new IllegalStateException(
                            device
                                    + " still has driver "
                                    + FrontTable.DRIVER
                                    + ": no rule was removed; withdraw it again"));
        } else {
            executor.schedule(
                    () -> awaitDriver(device, deadline, result), 50, TimeUnit.MILLISECONDS);
        }
    }

    private CompletableFuture<Void> removeTables(DeviceId device) {
        List<FlowRule> forward =
                entries(device, rule -> FrontTable.tableOf(rule) == FrontTable.FORWARD);
        Set<FlowRule> others =
                Set.copyOf(
                        entries(
                                device,
                                rule ->
                                        FrontTable.tableOf(rule) == FrontTable.CLASSIFY
                                                && !owners.isPosterns(rule)));
        List<FlowRule> copies =
                forward.stream()
                        .map(rule -> ForwardRules.inTable(rule, FrontTable.CLASSIFY))
                        .filter(copy -> !others.contains(copy))
                        .collect(Collectors.toList());
        // what its owner wrote there itself is the owner's to remove
        List<FlowRule> moved =
                forward.stream().filter(owners::isMoved).collect(Collectors.toList());
        Set<FlowRule> replaced = Set.copyOf(copies);
        Predicate<FlowEntry> ours =
                rule ->
                        FrontTable.isPolicyTable(rule)
                                && owners.isPosterns(rule)
                                && !replaced.contains(rule);
        Predicate<FlowEntry> first = rule -> FrontTable.tableOf(rule) == FrontTable.CLASSIFY;
        return RuleOperations.sequence(
                ImmutableList.of(
                        () -> operations.add(copies),
                        () -> operations.remove(entries(device, ours.and(first))),
                        () -> operations.remove(entries(device, ours)),
                        () -> operations.remove(moved)));
    }

    private List<FlowRule> entries(DeviceId device, Predicate<FlowEntry> wanted) {
        return StreamSupport.stream(flowRuleService.getFlowEntries(device).spliterator(), false)
                .filter(FrontTable::isLive)
                .filter(wanted)
                .collect(Collectors.toList());
    }
}
