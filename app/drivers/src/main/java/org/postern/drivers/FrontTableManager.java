package org.postern.drivers;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
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
import java.util.function.Predicate;
import java.util.function.Supplier;
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
import org.onosproject.net.PortNumber;
import org.onosproject.net.config.NetworkConfigService;
import org.onosproject.net.config.basics.BasicDeviceConfig;
import org.onosproject.net.driver.DriverService;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
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
    private final Map<DeviceId, Floor> floors = new ConcurrentHashMap<>();
    private final MapEventListener<DeviceId, FrontTableRecord> recordListener = this::recordChanged;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected FlowRuleService flowRuleService;

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
    private volatile Set<String> objectiveApplications;

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
        records.entrySet().forEach(e -> remember(e.getKey(), Versioned.valueOrNull(e.getValue())));
        log.info("Started with the floors of {} devices", floors.size());
    }

    @Deactivate
    protected void deactivate() {
        records.removeListener(recordListener);
        componentConfigService.unregisterProperties(getClass(), false);
        executor.shutdownNow();
        if (floors.isEmpty()) {
            log.info("Stopped");
        } else {
            log.warn(
                    "Stopped; the policy tables of {} stay and go on enforcing. To take them off, activate {} again and"
                            + " run postern-withdraw for each device",
                    floors.keySet(),
                    FrontTable.APPLICATION);
        }
    }

    @Modified
    protected void modified(ComponentContext context) {
        Dictionary<?, ?> properties = context == null ? null : context.getProperties();
        String names = properties == null ? null : Tools.get(properties, OBJECTIVE_APPLICATIONS);
        objectiveApplications =
                Set.copyOf(
                        Splitter.onPattern("[\\s,]+")
                                .omitEmptyStrings()
                                .splitToList(
                                        names == null ? OBJECTIVE_APPLICATIONS_DEFAULT : names));
    }

    private void recordChanged(MapEvent<DeviceId, FrontTableRecord> event) {
        remember(event.key(), Versioned.valueOrNull(event.newValue()));
    }

    private void remember(DeviceId device, FrontTableRecord stored) {
        if (stored == null || !stored.isEnforced()) {
            floors.remove(device);
        } else {
            // the node that set the floor has the passing rules too; another node's knowledge must
            // not take them away
            floors.compute(
                    device,
                    (id, known) ->
                            known != null && sameRules(known.lasting(), stored.lasting())
                                    ? known
                                    : new Floor(id, stored.lasting(), List.of()));
        }
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
        try {
            return driverService.getDriver(device).name();
        } catch (ItemNotFoundException e) {
            return "";
        }
    }

    @Override
    public Optional<Floor> floor(DeviceId device) {
        return Optional.ofNullable(floors.get(device));
    }

    @Override
    public void enforce(Floor floor) {
        Floor known = floors.put(floor.device(), floor);
        if (known == null || !sameRules(known.lasting(), floor.lasting())) {
            record(floor.device(), floor.lasting());
        }
    }

    private void record(DeviceId device, List<FlowRule> lasting) {
        FrontTableRecord stored = Versioned.valueOrNull(records.get(device));
        String present = driverName(device);
        String former =
                present.isEmpty() || present.equals(FrontTable.DRIVER)
                        ? stored == null ? "" : stored.formerDriver()
                        : present;
        records.put(device, new FrontTableRecord(former, true, lasting));
    }

    @Override
    public void nameDriver(DeviceId device) {
        String present = driverName(device);
        if (!present.equals(FrontTable.DRIVER)) {
            FrontTableRecord stored = Versioned.valueOrNull(records.get(device));
            records.put(
                    device,
                    new FrontTableRecord(
                            present,
                            stored != null && stored.isEnforced(),
                            stored == null ? List.of() : stored.lasting()));
            nameDriver(device, FrontTable.DRIVER);
        }
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
        List<FlowRule> misplaced = entries(device, this::isMisplaced);
        List<FlowRule> copies =
                misplaced.stream().map(ForwardRules::toForward).collect(Collectors.toList());
        RuleOperations.sequence(
                        ImmutableList.of(
                                () -> operations.add(copies),
                                () -> floors.containsKey(device) ? lay(device) : layOpen(device),
                                () -> operations.remove(misplaced)))
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

    private boolean isMisplaced(FlowEntry rule) {
        if (FrontTable.tableOf(rule) != FrontTable.CLASSIFY || rule.appId() == appId.id()) {
            return false;
        }
        ApplicationId owner = coreService.getAppId(rule.appId());
        return owner != null && objectiveApplications.contains(owner.name())
                || isPacketRequest(rule);
    }

    /** ONOS's packet manager programs requests by objectives, in the name of whoever asked. */
    private static boolean isPacketRequest(FlowRule rule) {
        List<Instruction> instructions = rule.treatment().allInstructions();
        return (rule.priority() == PacketPriority.CONTROL.priorityValue()
                        || rule.priority() == PacketPriority.REACTIVE.priorityValue())
                && instructions.size() == 1
                && instructions.get(0) instanceof OutputInstruction
                && ((OutputInstruction) instructions.get(0)).port().equals(PortNumber.CONTROLLER);
    }

    private CompletableFuture<Void> layOpen(DeviceId device) {
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
        return operations.add(List.of(wayToForward));
    }

    @Override
    public CompletableFuture<Void> lay(DeviceId device) {
        Floor floor = floors.get(device);
        if (floor == null) {
            return CompletableFuture.failedFuture(
                    new IllegalStateException(device + " is not enforced"));
        }
        Map<FlowRule, FlowRule> byKey =
                entries(device, rule -> true).stream()
                        .collect(Collectors.toMap(r -> r, r -> r, (a, b) -> a));
        List<Supplier<CompletableFuture<Void>>> steps = new ArrayList<>();
        for (List<FlowRule> stage : floor.stages(rule -> !isPresent(byKey.get(rule), rule))) {
            steps.add(() -> operations.add(stage));
        }
        return RuleOperations.sequence(steps);
    }

    private static boolean isPresent(FlowRule there, FlowRule wanted) {
        return there != null && there.exactMatch(wanted) && there.appId() == wanted.appId();
    }

    @Override
    public CompletableFuture<Void> trim(DeviceId device) {
        Floor floor = floors.get(device);
        if (floor == null) {
            return CompletableFuture.failedFuture(
                    new IllegalStateException(device + " is not enforced"));
        }
        Set<FlowRule> wanted = Set.copyOf(floor.rules());
        return operations.remove(
                entries(device, rule -> rule.appId() == appId.id() && !wanted.contains(rule)));
    }

    @Override
    public CompletableFuture<Void> withdraw(DeviceId device, Optional<String> driver) {
        FrontTableRecord stored = Versioned.valueOrNull(records.get(device));
        String former = stored == null ? "" : stored.formerDriver();
        String next = driver.orElse(former.isEmpty() ? parentDriver() : former);
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
        records.put(device, new FrontTableRecord(next, false, List.of()));
        floors.remove(device);
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
        List<FlowRule> copies =
                forward.stream()
                        .map(rule -> ForwardRules.inTable(rule, FrontTable.CLASSIFY))
                        .collect(Collectors.toList());
        Set<FlowRule> replaced = Set.copyOf(copies);
        Predicate<FlowEntry> ours =
                rule ->
                        FrontTable.isPolicyTable(rule)
                                && isPosterns(rule)
                                && !replaced.contains(rule);
        Predicate<FlowEntry> first = rule -> FrontTable.tableOf(rule) == FrontTable.CLASSIFY;
        return RuleOperations.sequence(
                ImmutableList.of(
                        () -> operations.add(copies),
                        () -> operations.remove(entries(device, ours.and(first))),
                        () -> operations.remove(entries(device, ours)),
                        () -> operations.remove(forward)));
    }

    private boolean isPosterns(FlowRule rule) {
        ApplicationId owner = coreService.getAppId(rule.appId());
        return owner != null && FrontTable.isOwner(owner.name());
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
