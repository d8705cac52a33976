package org.postern.device;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.MastershipRole;
import org.onosproject.net.PortNumber;
import org.postern.compile.CompactForm;
import org.postern.compile.DeviceRules;
import org.postern.drivers.FrontTable;
import org.postern.policy.AccessDevice;
import org.postern.policy.Backend;
import org.postern.policy.Identification;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;

/** Finds out how far devices enforce, and remembers since when. */
final class DeviceInspector {
    /** Where it matters what the rules do not do. */
    private static final Set<DeviceState> ENFORCING =
            Set.of(
                    DeviceState.IN_FORCE,
                    DeviceState.PROGRAMMING,
                    DeviceState.DEGRADED,
                    DeviceState.SUSPENDED,
                    DeviceState.OFFLINE);

    private final EnforcementManager manager;
    private final PolicyPlanner planner;
    private final EnforcementStore store;
    private final Pipelines pipelines;
    private final Map<DeviceId, DeviceMemory> memories = new ConcurrentHashMap<>();

    DeviceInspector(
            EnforcementManager manager,
            PolicyPlanner planner,
            EnforcementStore store,
            Pipelines pipelines) {
        this.pipelines = pipelines;
        this.manager = manager;
        this.planner = planner;
        this.store = store;
    }

    /** Looks at a device of the policy. */
    DeviceStatus inspect(DeviceId device) {
        Instant now = Instant.now();
        Policy policy = planner.policy();
        DeviceView view = new DeviceView(manager.flowRuleService.getFlowEntries(device));
        Optional<DeviceProgrammer> programmer = planner.programmerOf(device);
        Optional<DeviceRules> rules = programmer.flatMap(DeviceProgrammer::desired);
        int desired = rules.map(DeviceRules::size).orElse(0);
        int missing = rules.map(r -> view.missing(DeviceView.all(r)).size()).orElse(0);
        int verified =
                rules.map(r -> view.verified(r, now.minus(DeviceMemory.TWO_POLLS))).orElse(0);
        // table 0 is everybody's on a device that Postern is off
        List<ForeignRule> foreign =
                planner.isWithdrawn(device) ? List.of() : foreign(policy, device, view);
        Judgement judgement = judge(device, policy, programmer, desired - verified, view, foreign);
        DeviceMemory memory =
                memories.computeIfAbsent(
                        device, d -> new DeviceMemory(store.verified(d).orElse(null)));
        boolean whole = desired > 0 && verified == desired;
        List<String> warnings = warnings(policy, device, foreign);
        if (manager.frontTableService.isFront(device)) {
            pipelines.misfit(device).ifPresent(warnings::add);
        }
        warnings.addAll(manager.rejectService.warnings(device));
        synchronized (memory) {
            if (memory.isTakenOver(judgement.state)) {
                store.verified(device).ifPresent(memory::verifiedElsewhere);
            }
            memory.remember(judgement.state, whole, now);
            if (whole && memory.isWritingDue(now)) {
                store.verified(device, now);
            }
            return DeviceStatus.of(device)
                    .driver(pipelines.driverName(device))
                    .backend(
                            Optional.ofNullable(policy.devices().get(device))
                                    .map(AccessDevice::backend)
                                    .orElse(Backend.FRONT_TABLE))
                    .limits(
                            ENFORCING.contains(judgement.state)
                                    ? rules.map(DeviceRules::limits).orElse(List.of())
                                    : List.of())
                    .state(judgement.state, judgement.reason, memory.since())
                    .rules(desired, desired - missing, verified)
                    .rejected(manager.rejectService.rejected(device))
                    .driftRepaired(programmer.map(DeviceProgrammer::driftRepaired).orElse(0L))
                    .unverified(memory.unverified())
                    .foreignRules(foreign)
                    .warnings(warnings)
                    .tableSpace(
                            planner.isWithdrawn(device)
                                    ? List.of()
                                    : manager.form(device)
                                            .map(CompactForm::sentences)
                                            .orElse(List.of()))
                    .build();
        }
    }

    /** Why nothing is asked of a device here and now; empty if something is. */
    private Optional<Judgement> whyNotProgrammed(DeviceId device, DeviceView view) {
        if (planner.isWithdrawn(device)) {
            long left = view.ofPostern(this::applicationName);
            return Optional.of(
                    left == 0
                            ? new Judgement(
                                    DeviceState.WITHDRAWN,
                                    "withdrawn by an operator; postern-enforce puts it back")
                            : new Judgement(
                                    DeviceState.DEGRADED,
                                    "withdrawn by an operator, but "
                                            + left
                                            + " of Postern's rules are still there; run postern-withdraw again"));
        }
        if (!manager.deviceService.isAvailable(device)) {
            return Optional.of(
                    new Judgement(
                            DeviceState.OFFLINE,
                            manager.deviceService.getDevice(device) == null
                                    ? "never connected to this controller"
                                    : "not connected; the switch goes on with the rules it has"));
        }
        if (!manager.mastershipService.isLocalMaster(device)) {
            boolean none = manager.mastershipService.getLocalRole(device) == MastershipRole.NONE;
            return Optional.of(
                    new Judgement(
                            DeviceState.NOT_MASTER,
                            none
                                    ? "no node is master"
                                    : "master is "
                                            + manager.mastershipService.getMasterFor(device)));
        }
        return Optional.empty();
    }

    private Judgement judge(
            DeviceId device,
            Policy policy,
            Optional<DeviceProgrammer> programmer,
            int unseen,
            DeviceView view,
            List<ForeignRule> foreign) {
        Optional<Judgement> away = whyNotProgrammed(device, view);
        if (away.isPresent()) {
            return away.get();
        }
        Optional<String> fault =
                Optional.ofNullable(policy.devices().get(device)).flatMap(pipelines::fault);
        if (fault.isPresent()) {
            return new Judgement(DeviceState.UNSUPPORTED, fault.get());
        }
        Optional<String> unplanned = planner.failureOf(device);
        if (unplanned.isPresent()) {
            boolean open =
                    manager.frontTableService.isFront(device)
                            && manager.frontTableService.floor(device).isEmpty();
            return new Judgement(
                    DeviceState.DEGRADED,
                    unplanned.get() + (open ? ", which is nothing: it is OPEN" : ""));
        }
        Optional<Suspension> suspension = policy.suspensionOf(device);
        if (suspension.isPresent()) {
            return new Judgement(DeviceState.SUSPENDED, suspension.get().toString());
        }
        long shadowing = foreign.stream().filter(ForeignRule::mayShadow).count();
        if (shadowing > 0) {
            return new Judgement(
                    DeviceState.DEGRADED,
                    shadowing
                            + " rules of other applications stand in the way of the policy; see foreign rules");
        }
        Optional<String> gap =
                isSingleTable(policy, device)
                        ? Optional.empty()
                        : manager.frontTableService.forwardingGap(device);
        if (gap.isPresent()) {
            return new Judgement(DeviceState.DEGRADED, gap.get());
        }
        List<String> absent = absentPorts(policy.devices().get(device));
        if (!absent.isEmpty()) {
            return new Judgement(DeviceState.DEGRADED, absent.get(0));
        }
        String failure = programmer.map(DeviceProgrammer::failure).orElse("");
        if (!failure.isEmpty()) {
            return new Judgement(DeviceState.DEGRADED, failure);
        }
        if (!programmer.filter(DeviceProgrammer::hasConfirmed).isPresent()) {
            return new Judgement(DeviceState.PROGRAMMING, "rules are on their way to the switch");
        }
        if (unseen > 0) {
            return new Judgement(
                    DeviceState.PROGRAMMING,
                    unseen + " rules are confirmed, but were not seen in the last two polls");
        }
        // nothing passes that should not, but not everybody has what is theirs
        return manager.form(device)
                .filter(CompactForm::isIncomplete)
                .map(
                        form ->
                                new Judgement(
                                        DeviceState.DEGRADED,
                                        "tables have no room for all of the policy; see table space"))
                .orElse(new Judgement(DeviceState.IN_FORCE, ""));
    }

    /** Where everybody's rules are in one table, those that stand above or among Postern's. */
    private List<ForeignRule> foreign(Policy policy, DeviceId device, DeviceView view) {
        List<ForeignRule> foreign = view.foreign(this::applicationName);
        if (isSingleTable(policy, device)) {
            foreign.removeIf(r -> r.table() != FrontTable.CLASSIFY || !r.mayShadow());
        }
        return foreign;
    }

    private static boolean isSingleTable(Policy policy, DeviceId device) {
        AccessDevice known = policy.devices().get(device);
        return known != null && known.backend() == Backend.SINGLE_TABLE;
    }

    private List<String> absentPorts(AccessDevice device) {
        List<String> absent = new ArrayList<>();
        for (PortRole role : PortRole.values()) {
            for (PortNumber port : device.ports(role)) {
                if (role != PortRole.ACCESS
                        && manager.deviceService.getPort(device.id(), port) == null) {
                    absent.add(
                            role.name().toLowerCase(java.util.Locale.ROOT)
                                    + " port "
                                    + port.toLong()
                                    + " does not exist on the switch; correct the configuration of the device");
                }
            }
        }
        return absent;
    }

    private List<String> warnings(Policy policy, DeviceId id, List<ForeignRule> foreign) {
        AccessDevice device = policy.devices().get(id);
        List<String> warnings = new ArrayList<>();
        if (device == null) {
            return warnings;
        }
        manager.linkService
                .getDeviceLinks(id)
                .forEach(
                        link -> {
                            ConnectPoint own =
                                    link.src().deviceId().equals(id) ? link.src() : link.dst();
                            ConnectPoint other = own.equals(link.src()) ? link.dst() : link.src();
                            String warning =
                                    "port "
                                            + own.port().toLong()
                                            + " carries a link to "
                                            + other.deviceId()
                                            + " but is treated as access: configure it as transit or uplink";
                            if (device.roleOf(own.port()) == PortRole.ACCESS
                                    && !warnings.contains(warning)) {
                                warnings.add(warning);
                            }
                        });
        for (Subscriber subscriber : policy.subscribersOf(id)) {
            if (!policy.infrastructure().classes().containsKey(subscriber.serviceClass())) {
                warnings.add(
                        "subscriber "
                                + subscriber.id()
                                + " is of class "
                                + subscriber.serviceClass()
                                + ", which does not exist any more: it has the default class");
            }
            warnings.addAll(unfiltered(device, subscriber));
            Identification.flaw(policy, subscriber).ifPresent(warnings::add);
            Identification.caveat(policy, subscriber).ifPresent(warnings::add);
        }
        foreign.stream()
                .filter(rule -> !rule.mayShadow())
                .findFirst()
                .ifPresent(
                        rule ->
                                warnings.add(
                                        rule.application()
                                                + " writes rules to table "
                                                + rule.table()
                                                + "; below the policy, they shadow forwarding only"));
        return warnings;
    }

    /** The directory takes attachments to access ports only, but roles may change later. */
    private static List<String> unfiltered(AccessDevice device, Subscriber subscriber) {
        return subscriber.attachments().stream()
                .filter(a -> a.device().equals(device.id()))
                .filter(a -> device.roleOf(a.port()) != PortRole.ACCESS)
                .map(
                        a ->
                                "subscriber "
                                        + subscriber.id()
                                        + " is attached to port "
                                        + a.port().toLong()
                                        + ", which is configured as "
                                        + device.roleOf(a.port()).name().toLowerCase(Locale.ROOT)
                                        + ": its class is not enforced there; attach it to an access port"
                                        + " (postern-subscriber-add --replace) or correct the configuration of the"
                                        + " device")
                .collect(Collectors.toList());
    }

    private String applicationName(short id) {
        ApplicationId application = manager.coreService.getAppId(id);
        return application == null ? "unknown application " + id : application.name();
    }

    /** A state and why. */
    private static final class Judgement {
        private final DeviceState state;
        private final String reason;

        private Judgement(DeviceState state, String reason) {
            this.state = state;
            this.reason = reason;
        }
    }
}
