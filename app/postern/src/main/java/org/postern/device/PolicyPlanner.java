package org.postern.device;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.ImmutableSet;
import java.time.Clock;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.onosproject.net.DeviceId;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.clock.Countdown;
import org.postern.compile.DeviceRules;
import org.postern.compile.TableSpaceException;
import org.postern.drivers.FrontTableService;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureManager;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Backend;
import org.postern.policy.Exemption;
import org.postern.policy.Policy;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;
import org.postern.steering.NextHopService;
import org.postern.subscriber.SubscriberService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a snapshot of the policy and sets each device its goal, on one thread: one plan after the
 * other, and nothing that a plan depends on changes in the middle of one.
 */
final class PolicyPlanner {
    /** How often the policy is planned anew although nothing was told. Seconds. */
    private static final int REPLAN = 60;

    /** Longest wait for the policy to be planned. Seconds. */
    private static final int PLANNING = 30;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final InfrastructureManager infrastructure;
    private final SubscriberService subscribers;
    private final ExemptionService exemptions;
    private final EnforcementStore store;
    private final FrontTableService frontTable;
    private final AuditLog audit;
    private final NextHopService nextHops;
    private final Devices devices;

    private final Countdown<Suspension> clock =
            new Countdown<>(Clock.systemUTC(), System::nanoTime, Suspension::until);
    private final Map<DeviceId, DeviceProgrammer> programmers = new ConcurrentHashMap<>();
    private final AtomicBoolean owed = new AtomicBoolean();

    /** A plan is owed to changes that need not be in force at once. */
    private final AtomicBoolean owedInTurn = new AtomicBoolean();

    final PlanningPace pace = new PlanningPace();
    private final ScheduledExecutorService thread;
    private volatile Policy policy = Policy.EMPTY;
    private volatile Set<DeviceId> withdrawn = Set.of();

    /** Why the policy could not be planned; empty if it could. */
    private volatile String failure = "";

    /** Why the policy of single devices could not be planned. */
    private volatile Map<DeviceId, String> failures = Map.of();

    /** Devices that had nothing when they could not be planned. */
    private final Set<DeviceId> lastResorts = ConcurrentHashMap.newKeySet();

    /** What is planned for. None of it may wait for a device. */
    interface Devices {
        /** Who brings a device's rules to what they should be. */
        DeviceProgrammer newProgrammer(DeviceId device);

        /** The rules of a device under a policy. */
        DeviceRules compile(Policy policy, AccessDevice device);

        /** The least that can be enforced on a device with the front table. */
        DeviceRules lastResort(AccessDevice device, Collection<Suspension> suspensions);

        /** A device has another goal. */
        void converge(DeviceId device);

        /** Every device of these has its goal, or keeps the one it had. */
        void planned(Set<DeviceId> enforced);
    }

    PolicyPlanner(
            InfrastructureManager infrastructure,
            SubscriberService subscribers,
            ExemptionService exemptions,
            EnforcementStore store,
            FrontTableService frontTable,
            AuditLog audit,
            NextHopService nextHops,
            Devices devices) {
        this.infrastructure = infrastructure;
        this.subscribers = subscribers;
        this.exemptions = exemptions;
        this.store = store;
        this.frontTable = frontTable;
        this.audit = audit;
        this.nextHops = nextHops;
        this.devices = devices;
        this.thread =
                Executors.newSingleThreadScheduledExecutor(
                        groupedThreads("postern", "planner", log));
    }

    /** Plans for the first time, and from then on by itself. */
    void start() {
        try {
            planAndWait();
        } catch (IllegalStateException e) {
            log.warn("Not planned yet, it goes on", e);
        }
        thread.scheduleWithFixedDelay(this::endSuspensions, 1, 1, TimeUnit.SECONDS);
        thread.scheduleWithFixedDelay(this::planNow, REPLAN, REPLAN, TimeUnit.SECONDS);
    }

    void stop() {
        thread.shutdownNow();
    }

    Policy policy() {
        return policy;
    }

    /** The access devices that subscribers are attached to; who does not exist is nowhere. */
    Set<DeviceId> devicesOf(Set<String> ids) {
        Policy now = policy;
        return ids.stream()
                .filter(now.subscribers()::containsKey)
                .flatMap(id -> now.subscribers().get(id).attachments().stream())
                .map(Attachment::device)
                .filter(now.devices()::containsKey)
                .collect(Collectors.toSet());
    }

    /** The programmer of a device, if it has any. */
    Optional<DeviceProgrammer> programmerOf(DeviceId device) {
        return Optional.ofNullable(programmers.get(device));
    }

    boolean isWithdrawn(DeviceId device) {
        return withdrawn.contains(device);
    }

    /** Why a device is not planned as it should be; empty if it is. */
    Optional<String> failureOf(DeviceId device) {
        String own = failures.getOrDefault(device, failure);
        return own.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        own
                                + (lastResorts.contains(device)
                                        ? "; until then it gets what holds in any network: direct mail"
                                                + " from its access ports is dropped, whoever sends it,"
                                                + " to submission servers too, all else passes"
                                                + " (everything, if it is monitored or suspended)"
                                        : "; it keeps what it has"));
    }

    /** Why the devices of a subscriber are not planned as they should be; empty if they are. */
    Optional<String> failureAround(String subscriber) {
        return Optional.ofNullable(policy.subscribers().get(subscriber)).stream()
                .flatMap(s -> s.attachments().stream())
                .flatMap(a -> failureOf(a.device()).map(f -> a.device() + ": " + f).stream())
                .findFirst();
    }

    /** Has the policy planned soon; several requests at once are one. */
    void plan() {
        if (owed.compareAndSet(false, true)) {
            try {
                thread.execute(this::planNow);
            } catch (RejectedExecutionException e) {
                log.debug("Stopping, nothing is planned any more");
            }
        }
    }

    /**
     * Has the policy planned for a change of one of perhaps very many subscribers: a quarantine as
     * {@link #plan}, anything else at once too unless a plan that took long was made a moment ago.
     */
    void planFor(Subscriber changed) {
        if (changed.quarantine().isPresent()) {
            plan();
        } else if (owedInTurn.compareAndSet(false, true)) {
            try {
                thread.schedule(
                        this::planIfOwedInTurn,
                        pace.pause(System.nanoTime()),
                        TimeUnit.NANOSECONDS);
            } catch (RejectedExecutionException e) {
                log.debug("Stopping, nothing is planned any more");
            }
        }
    }

    private void planIfOwedInTurn() {
        if (owedInTurn.get()) {
            planNow();
        }
    }

    /** Plans again what could not be planned. */
    void makeUp() {
        if (!failure.isEmpty() || !failures.isEmpty()) {
            plan();
        }
    }

    /**
     * Has the policy planned, and returns when the devices' goals are set, or could not be.
     *
     * @throws IllegalStateException if that does not come in time
     */
    void planAndWait() {
        betweenPlans(this::planNow);
    }

    /**
     * Marks a device as withdrawn and has its programming stopped.
     *
     * @return its programmer
     * @throws IllegalStateException if the mark could not be set; nothing is changed then
     */
    DeviceProgrammer take(DeviceId device, String by) {
        DeviceProgrammer programmer = programmers.computeIfAbsent(device, devices::newProgrammer);
        betweenPlans(
                () -> {
                    store.withdraw(device, by);
                    programmer.hold();
                    withdrawn =
                            ImmutableSet.<DeviceId>builder().addAll(withdrawn).add(device).build();
                });
        return programmer;
    }

    /**
     * Takes the mark of {@link #take} away and plans.
     *
     * @throws IllegalStateException if the device could not be planned; it is tried again
     */
    void giveBack(DeviceId device) {
        betweenPlans(
                () -> {
                    store.unwithdraw(device);
                    planNow();
                });
        failureOf(device)
                .ifPresent(
                        reason -> {
                            throw new IllegalStateException(device + ": " + reason);
                        });
    }

    /**
     * The same for a device that shall have the front table, whatever driver it has: also if it
     * cannot be planned, for then it would stay open for want of the driver.
     *
     * @throws IllegalStateException as {@link #giveBack}
     */
    void giveBackInFront(DeviceId device) {
        try {
            giveBack(device);
        } finally {
            if (frontTable.floor(device).isPresent()) {
                frontTable.nameDriver(device);
            }
        }
    }

    /** Has something done by the thread that plans, after what it was asked before, and waits. */
    void betweenPlans(Runnable work) {
        Future<?> done = thread.submit(work);
        try {
            done.get(PLANNING, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted; run it again", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(message(e.getCause()) + "; run it again", e);
        } catch (TimeoutException e) {
            // what was given up must not happen minutes later
            done.cancel(false);
            throw new IllegalStateException(
                    "the policy could not be planned within " + PLANNING + " s; run it again", e);
        }
    }

    private static String message(Throwable problem) {
        return problem.getMessage() == null ? problem.toString() : problem.getMessage();
    }

    private void planNow() {
        long begun = System.nanoTime();
        owed.set(false);
        owedInTurn.set(false);
        planAnyway();
        pace.planned(begun, System.nanoTime());
    }

    private void planAnyway() {
        try {
            Set<DeviceId> taken = store.withdrawn();
            // nothing of it is in force that a lost configuration would have to keep
            taken.stream().filter(frontTable::isOff).forEach(infrastructure::forget);
            List<Suspension> suspensions = store.suspensions();
            clock.retain(suspensions);
            pursue(
                    Policy.builder()
                            .infrastructure(infrastructure.infrastructure())
                            .devices(infrastructure.devices().values())
                            .subscribers(subscribers.directory())
                            .exemptions(exemptions.inForce())
                            .suspensions(lasting(suspensions))
                            .nextHops(nextHops.reachable())
                            .refusedRelays(nextHops.refused())
                            .build(),
                    taken);
            failure = "";
        } catch (RuntimeException e) {
            log.error("The policy could not be planned; the devices keep what they have", e);
            failure = "the policy could not be planned: " + message(e);
            if (!policy.devices().keySet().containsAll(infrastructure.devices().keySet())) {
                // nothing is programmed from this: it is for the status to name the devices
                policy =
                        policy.toBuilder()
                                .infrastructure(
                                        policy == Policy.EMPTY
                                                ? infrastructure.infrastructure()
                                                : policy.infrastructure())
                                .devices(infrastructure.devices().values())
                                .build();
            }
            closeWhatIsOpen();
        }
    }

    /** Nothing may stay open because the policy is not known. */
    private void closeWhatIsOpen() {
        try {
            Set<DeviceId> taken = store.withdrawn();
            List<Suspension> suspensions = lasting(store.suspensions());
            infrastructure.devices().values().stream()
                    .filter(device -> !taken.contains(device.id()))
                    .forEach(device -> closeIfOpen(device, suspensions, false));
        } catch (RuntimeException e) {
            log.error("It is not known which devices are to enforce; they keep what they have", e);
        }
    }

    /**
     * What cannot be planned keeps what it has, unless that is nothing: it would be open.
     *
     * @param full whether there is no room for it: what was never confirmed is not there either
     */
    private void closeIfOpen(
            AccessDevice device, Collection<Suspension> suspensions, boolean full) {
        boolean closed =
                !frontTable.isOff(device.id())
                        && !(full
                                && programmerOf(device.id())
                                        .filter(DeviceProgrammer::isUntried)
                                        .isPresent());
        if (device.backend() != Backend.FRONT_TABLE
                || closed && !lastResorts.contains(device.id())) {
            return;
        }
        try {
            setGoal(device, devices.lastResort(device, suspensions));
            lastResorts.add(device.id());
        } catch (RuntimeException e) {
            log.error("{} could not be closed either", device.id(), e);
        }
    }

    private List<Suspension> lasting(Collection<Suspension> suspensions) {
        return suspensions.stream().filter(s -> !clock.isOver(s)).collect(Collectors.toList());
    }

    private void pursue(Policy next, Set<DeviceId> taken) {
        policy = next;
        withdrawn = taken;
        programmers.keySet().retainAll(next.devices().keySet());
        lastResorts.retainAll(next.devices().keySet());
        Map<DeviceId, String> failed = new HashMap<>();
        for (AccessDevice device : next.devices().values()) {
            try {
                if (taken.contains(device.id())) {
                    programmerOf(device.id()).ifPresent(DeviceProgrammer::hold);
                } else {
                    program(next, device);
                }
            } catch (RuntimeException e) {
                log.error("{} could not be planned; nothing is opened", device.id(), e);
                failed.put(device.id(), "its policy could not be planned: " + message(e));
                closeIfOpen(device, next.suspensions(), e instanceof TableSpaceException);
            }
        }
        failures = Map.copyOf(failed);
        devices.planned(
                next.devices().keySet().stream()
                        .filter(d -> !taken.contains(d))
                        .collect(Collectors.toSet()));
    }

    private void program(Policy next, AccessDevice device) {
        // the compiler asks it for the room there is
        programmers.computeIfAbsent(device.id(), devices::newProgrammer);
        setGoal(device, devices.compile(next, device));
        lastResorts.remove(device.id());
    }

    private void setGoal(AccessDevice device, DeviceRules rules) {
        DeviceProgrammer programmer =
                programmers.computeIfAbsent(device.id(), devices::newProgrammer);
        // also for a device that is away: it is laid as soon as it connects
        if (rules.backend() == Backend.FRONT_TABLE
                && !frontTable.floor(device.id()).filter(rules.floor()::equals).isPresent()) {
            frontTable.enforce(rules.floor());
        }
        if (programmer.desire(rules)) {
            devices.converge(device.id());
        }
    }

    private void endSuspensions() {
        // from what is known here: it must end even while the store does not answer
        List<Suspension> left = lasting(policy.suspensions());
        Set<Exemption> inForce = Set.copyOf(exemptions.inForce());
        List<Exemption> held =
                policy.exemptions().stream().filter(inForce::contains).collect(Collectors.toList());
        if (left.size() < policy.suspensions().size() || held.size() < policy.exemptions().size()) {
            pursue(policy.toBuilder().suspensions(left).exemptions(held).build(), withdrawn);
        }
        try {
            store.removeEnded(clock::isOver)
                    .forEach(
                            s ->
                                    audit.record(
                                            Order.POSTERN,
                                            Change.of(
                                                    "suspension-expired",
                                                    s.scope(),
                                                    s.toString())));
        } catch (RuntimeException e) {
            log.warn("Suspensions that are over could not be removed from the store yet", e);
        }
    }
}
