package org.postern.drivers;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.Dictionary;
import java.util.HashMap;
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
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.onlab.util.ItemNotFoundException;
import org.onlab.util.KryoNamespace;
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
import org.onosproject.net.packet.PacketPriority;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
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

    /** What the store has; all that is known until this node is told. */
    private final Map<DeviceId, Floor> remembered = new ConcurrentHashMap<>();

    /** Devices that have our driver, whatever network configuration says at the moment. */
    private final Set<DeviceId> fronts = ConcurrentHashMap.newKeySet();

    private final Map<DeviceId, Long> versions = new HashMap<>();
    private final NetworkConfigListener configListener = this::configChanged;
    private final MapEventListener<DeviceId, FrontTableRecord> recordListener = this::recordChanged;

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
    private ConsistentMap<DeviceId, FrontTableRecord> records;
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
        records =
                storageService
                        .<DeviceId, FrontTableRecord>consistentMapBuilder()
                        .withName("postern-front-table")
                        .withApplicationId(appId)
                        .withSerializer(
                                Serializer.using(
                                        KryoNamespace.newBuilder()
                                                .register(KryoNamespaces.API)
                                                .nextId(KryoNamespaces.BEGIN_USER_CUSTOM_ID)
                                                .register(FrontTableRecord.class)
                                                .build("postern-front-table")))
                        .build();
        records.addListener(recordListener);
        records.entrySet().forEach(e -> remember(e.getKey(), e.getValue()));
        networkConfigService.addListener(configListener);
        fronts.forEach(this::nameAgain);
        log.info("Started with the floors of {} devices", remembered.size());
    }

    @Deactivate
    protected void deactivate() {
        networkConfigService.removeListener(configListener);
        records.removeListener(recordListener);
        componentConfigService.unregisterProperties(getClass(), false);
        executor.shutdownNow();
        if (remembered.isEmpty()) {
            log.info("Stopped");
        } else {
            log.warn(
                    "Stopped; the policy tables of {} stay and go on enforcing. To take them off, activate {} again and"
                            + " run postern-withdraw for each device",
                    remembered.keySet(),
                    FrontTable.APPLICATION);
        }
    }

    @Modified
    protected void modified(ComponentContext context) {
        Dictionary<?, ?> properties = context == null ? null : context.getProperties();
        String names = properties == null ? null : Tools.get(properties, OBJECTIVE_APPLICATIONS);
        owners =
                new RuleOwners(coreService, names == null ? OBJECTIVE_APPLICATIONS_DEFAULT : names);
    }

    private void recordChanged(MapEvent<DeviceId, FrontTableRecord> event) {
        if (event.newValue() != null) {
            remember(event.key(), event.newValue());
        }
    }

    /** Takes note of what the store has. An event may be older than what this node wrote since. */
    private synchronized void remember(DeviceId device, Versioned<FrontTableRecord> stored) {
        if (stored.version() < versions.getOrDefault(device, Long.MIN_VALUE)) {
            return;
        }
        versions.put(device, stored.version());
        if (stored.value().isFront()) {
            fronts.add(device);
        } else {
            fronts.remove(device);
        }
        if (stored.value().isEnforced()) {
            remembered.put(device, new Floor(device, stored.value().lasting(), List.of()));
        } else {
            remembered.remove(device);
            floors.remove(device);
        }
    }

    private void record(DeviceId device, UnaryOperator<FrontTableRecord> change) {
        remember(
                device,
                records.compute(
                        device,
                        (id, stored) ->
                                change.apply(stored == null ? FrontTableRecord.NONE : stored)));
    }

    private static boolean sameRules(List<FlowRule> left, List<FlowRule> right) {
        return new Floor(DeviceId.NONE, left, List.of())
                .equals(new Floor(DeviceId.NONE, right, List.of()));
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
        return Optional.ofNullable(told == null ? remembered.get(device) : told);
    }

    @Override
    public void enforce(Floor floor) {
        DeviceId device = floor.device();
        Floor known = remembered.get(device);
        if (known == null || !sameRules(known.lasting(), floor.lasting())) {
            String present = driverName(device);
            boolean another = !present.isEmpty() && !present.equals(FrontTable.DRIVER);
            record(
                    device,
                    stored ->
                            stored.withFormerDriver(another ? present : stored.formerDriver())
                                    .withFloor(floor.lasting()));
        }
        floors.put(device, floor);
    }

    @Override
    public void nameDriver(DeviceId device) {
        String present = driverName(device);
        if (!present.equals(FrontTable.DRIVER)) {
            record(device, stored -> stored.withFormerDriver(present).fronted());
            nameDriver(device, FrontTable.DRIVER);
        }
    }

    private void configChanged(NetworkConfigEvent event) {
        if (event.type() == NetworkConfigEvent.Type.CONFIG_REMOVED
                && event.configClass() == BasicDeviceConfig.class
                && event.subject() instanceof DeviceId) {
            executor.execute(() -> nameAgain((DeviceId) event.subject()));
        }
    }

    /**
     * Names our driver again where its name was deleted: ONOS goes on with it until it restarts,
     * and would then take the floor for somebody's left-overs.
     */
    private void nameAgain(DeviceId device) {
        BasicDeviceConfig config = networkConfigService.getConfig(device, BasicDeviceConfig.class);
        if (fronts.contains(device) && (config == null || config.driver() == null)) {
            log.warn(
                    "The driver of {} is no more in network configuration; it is named again, for the device has not"
                            + " been withdrawn",
                    device);
            nameDriver(device, FrontTable.DRIVER);
        }
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
        if (!mastershipService.isLocalMaster(device) || !isFront(device)) {
            return;
        }
        if (!fronts.contains(device)) {
            record(device, FrontTableRecord::fronted);
        }
        Floor floor = floor(device).orElseGet(() -> open(device));
        // to ONOS and the switch a rule of the same table, priority and selector is the same rule:
        // where the floor comes to stand it replaces another's, which must not be lost
        Set<FlowRule> ours = Set.copyOf(floor.rules());
        List<FlowRule> misplaced =
                entries(
                        device,
                        rule ->
                                FrontTable.tableOf(rule) == FrontTable.CLASSIFY
                                        && rule.appId() != appId.id()
                                        && (owners.isMoved(rule) || ours.contains(rule)));
        List<FlowRule> copies =
                misplaced.stream().map(ForwardRules::toForward).collect(Collectors.toList());
        List<FlowRule> originals =
                misplaced.stream().filter(r -> !ours.contains(r)).collect(Collectors.toList());
        RuleOperations.sequence(
                        ImmutableList.of(
                                () -> operations.add(copies),
                                () -> layMissing(floor),
                                () -> operations.remove(originals)))
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

    @Override
    public Optional<String> forwardingGap(DeviceId device) {
        boolean behind =
                !entries(
                                device,
                                rule ->
                                        (FrontTable.tableOf(rule) == FrontTable.FORWARD
                                                        || owners.isMoved(rule))
                                                && rule.priority()
                                                        != PacketPriority.CONTROL.priorityValue())
                        .isEmpty();
        List<FlowRule> passedBy =
                entries(
                        device,
                        rule ->
                                FrontTable.tableOf(rule) == FrontTable.CLASSIFY
                                        && !owners.isPosterns(rule)
                                        && RuleOwners.isForwarding(rule));
        if (behind || passedBy.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                owners.nameOf(passedBy.get(0))
                        + " forwards by rules in table 0, which Postern's go before, and table "
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
        return floor(floor.device()).isPresent() ? layMissing(floor) : notEnforced(floor);
    }

    private CompletableFuture<Void> layMissing(Floor floor) {
        Map<FlowRule, FlowRule> byKey =
                entries(floor.device(), rule -> true).stream()
                        .collect(Collectors.toMap(r -> r, r -> r, (a, b) -> a));
        return inStages(floor.stages(rule -> !isPresent(byKey.get(rule), rule)), operations::add);
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
        FrontTableRecord stored = Versioned.valueOrNull(records.get(device));
        String former = stored == null ? "" : stored.formerDriver();
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
        record(device, ignored -> FrontTableRecord.withdrawn(next));
        if (deviceService.getDevice(device) == null && !isNamed(device)) {
            // never seen: there is nothing to take off
            return CompletableFuture.completedFuture(null);
        }
        nameDriver(device, next);
        CompletableFuture<Void> result = new CompletableFuture<>();
        awaitDriver(
                device, System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(DRIVER_CHANGE), result);
        return result;
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
                .filter(FrontTableManager::isLive)
                .filter(wanted)
                .collect(Collectors.toList());
    }

    private static boolean isLive(FlowEntry entry) {
        return entry.state() == FlowEntry.FlowEntryState.ADDED
                || entry.state() == FlowEntry.FlowEntryState.PENDING_ADD;
    }
}
