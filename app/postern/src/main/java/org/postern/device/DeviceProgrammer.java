package org.postern.device;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleService;
import org.postern.compile.DeviceRules;
import org.postern.compile.TableSpace;
import org.postern.drivers.FrontTable;
import org.postern.drivers.FrontTableService;
import org.postern.drivers.RefusedRulesException;
import org.postern.drivers.RuleOperations;
import org.postern.drivers.TableFullService;
import org.postern.policy.Backend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one device's rules in ONOS's flow store to what they should be, one pass after the other;
 * requests that come while a pass is on its way are served by one more pass.
 *
 * <p>Order of a pass: the floor's new rules in laying order, new permits, then old permits away,
 * then what the floor has no more. So at no moment less is denied than both before and after. Old
 * permits go whatever else fails; the floor is trimmed only once the new one is laid and they are
 * gone. Where tables have no room for old and new, the old goes first (see {@link RoomMaker}).
 */
final class DeviceProgrammer {
    /** Longest wait of a withdrawal for the pass before it. */
    private static final Duration LONGEST_PASS = Duration.ofSeconds(30);

    /** After so long it is tried whether a table that was full takes more. */
    private static final Duration FULL = Duration.ofMinutes(10);

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final DeviceId device;
    private final ApplicationId permitOwner;
    private final FrontTableService frontTable;
    private final FlowRuleService flowRules;
    private final RuleOperations operations;
    private final Executor executor;
    private final TableFullService fullTables;
    private final Runnable tableWasFull;

    /** Most rules of tables whose switch refused more, and when that was learnt. */
    private final Map<Integer, Integer> learnt = new HashMap<>();

    private long learntAt;

    /** The room that was told last, and that for which the rules were found that it should have. */
    private TableSpace told = TableSpace.UNLIMITED;

    private TableSpace space = TableSpace.UNLIMITED;
    private DeviceRules desired;
    private DeviceRules confirmed;
    private boolean everConfirmed;
    private boolean running;
    private boolean again;
    private boolean held;
    private String failure = "";
    private long driftRepaired;

    DeviceProgrammer(
            DeviceId device,
            ApplicationId permitOwner,
            FrontTableService frontTable,
            FlowRuleService flowRules,
            Executor executor,
            TableFullService fullTables,
            Runnable tableWasFull) {
        this.device = device;
        this.permitOwner = permitOwner;
        this.frontTable = frontTable;
        this.flowRules = flowRules;
        this.operations = new RuleOperations(flowRules);
        this.executor = executor;
        this.fullTables = fullTables;
        this.tableWasFull = tableWasFull;
    }

    /** The room there is, with a limit of the operator's, and what the switch has refused. */
    synchronized TableSpace space(OptionalInt ruleLimit) {
        told = new TableSpace(ruleLimit, learnt);
        return told;
    }

    /** Forgets which tables were full, to try them again; true if any was. */
    synchronized boolean forgetFullTables() {
        boolean any = !learnt.isEmpty();
        learnt.clear();
        return any;
    }

    /** The same, if it is a while ago. */
    synchronized boolean forgetFormerlyFullTables() {
        return System.nanoTime() - learntAt > FULL.toNanos() && forgetFullTables();
    }

    /** Sets what the device should have and ends a hold; true if either is news. */
    synchronized boolean desire(DeviceRules rules) {
        boolean news = held || !rules.equals(desired);
        held = false;
        space = told;
        if (news) {
            desired = rules;
        }
        return news;
    }

    synchronized Optional<DeviceRules> desired() {
        return Optional.ofNullable(desired);
    }

    /** True if the switch confirmed everything it should have now. */
    synchronized boolean isConfirmed() {
        return desired != null && desired == confirmed && !running;
    }

    /** The same, also while it is looked whether anything of it was lost. */
    synchronized boolean hasConfirmed() {
        return desired != null && desired == confirmed;
    }

    /** True if it should have something, and never had all of what it should. */
    synchronized boolean isUntried() {
        return desired != null && !everConfirmed;
    }

    /**
     * True if a device that has confirmed everything lost one of its rules, or got one in its place
     * or in Postern's name.
     */
    synchronized boolean isDrift(FlowRule rule, boolean gone) {
        return isConfirmed()
                && (gone ? desired.has(rule) : desired.isDisturbedBy(rule, permitOwner.id()));
    }

    /** Why the last pass did not succeed; empty if it did. */
    synchronized String failure() {
        return failure;
    }

    synchronized long driftRepaired() {
        return driftRepaired;
    }

    /** Asks for a pass. */
    void converge() {
        synchronized (this) {
            if (held || desired == null) {
                return;
            }
            if (running) {
                again = true;
                return;
            }
            running = true;
        }
        try {
            executor.execute(this::pass);
        } catch (RejectedExecutionException e) {
            log.debug("Stopping, {} is not programmed any more", device);
            synchronized (this) {
                running = false;
            }
        }
    }

    /** Forgets that the switch confirmed anything: it was away. */
    synchronized void disconnected() {
        confirmed = null;
    }

    private void pass() {
        DeviceRules goal;
        synchronized (this) {
            goal = desired;
            again = false;
        }
        CompletableFuture<Void> work;
        try {
            work = steps(goal);
        } catch (RuntimeException e) {
            work = CompletableFuture.failedFuture(e);
        }
        work.whenComplete((done, problem) -> finished(goal, problem));
    }

    private CompletableFuture<Void> steps(DeviceRules goal) {
        DeviceView view = view();
        // ONOS's store has also what the switch refused
        DeviceView taken =
                new DeviceView(
                        view.entries().stream()
                                .filter(operations::isThere)
                                .collect(Collectors.toList()));
        List<FlowRule> missing = taken.missing(goal.permits());
        TableSpace room;
        synchronized (this) {
            room = space;
            int lost = missing.size() + taken.missing(goal.floor().rules()).size();
            if (confirmed == goal && lost > 0) {
                driftRepaired += lost;
                confirmed = null;
                log.warn(
                        "{} lost {} rules that somebody took away; putting them back",
                        device,
                        lost);
            }
        }
        List<Supplier<CompletableFuture<Void>>> first = new ArrayList<>();
        if (hasFrontTable(goal)) {
            for (List<FlowRule> old : RoomMaker.removals(view, goal, room, permitOwner.id())) {
                first.add(() -> operations.remove(old));
            }
        }
        first.add(() -> lay(goal, taken));
        CompletableFuture<Void> laid = RuleOperations.sequence(first);
        CompletableFuture<Void> added =
                laid.thenCompose(
                        // what made room is missing too by now
                        done -> operations.add(first.size() > 1 ? missingNow(goal) : missing));
        // what opens too much goes, whatever else failed
        return added.handle((done, problem) -> operations.remove(open(goal, view, problem)))
                .thenCompose(removed -> removed)
                .thenCompose(done -> laid)
                .thenCompose(done -> trim(goal))
                .thenCompose(done -> added);
    }

    private static boolean hasFrontTable(DeviceRules goal) {
        return goal.backend() == Backend.FRONT_TABLE;
    }

    /** Without the front table the floor is Postern's own too, and denies in any order. */
    private CompletableFuture<Void> lay(DeviceRules goal, DeviceView there) {
        return hasFrontTable(goal)
                ? frontTable.lay(goal.floor())
                : operations.add(there.missing(goal.floor().rules()));
    }

    private CompletableFuture<Void> trim(DeviceRules goal) {
        return hasFrontTable(goal)
                ? frontTable.trim(goal.floor())
                : operations.remove(stale(view(), DeviceView.all(goal), true));
    }

    /** Postern's own rules that are not wanted any more: those that drop, or the others. */
    private List<FlowRule> stale(DeviceView view, List<FlowRule> wanted, boolean dropping) {
        return view.stale(permitOwner.id(), wanted).stream()
                .filter(rule -> DeviceView.drops(rule) == dropping)
                .collect(Collectors.toList());
    }

    /**
     * Takes off a held device what Postern itself owns: what it outputs first, then what it denies.
     */
    CompletableFuture<Void> clear() {
        DeviceView view = view();
        return RuleOperations.sequence(
                List.of(
                        () -> operations.remove(stale(view, List.of(), false)),
                        () -> operations.remove(stale(view, List.of(), true))));
    }

    private DeviceView view() {
        return new DeviceView(flowRules.getFlowEntries(device));
    }

    private List<FlowRule> missingNow(DeviceRules goal) {
        return view().missing(goal.permits());
    }

    /**
     * What lets more pass than the goal does. Rules are removed by their keys: not what was laid
     * over an old permit.
     */
    private List<FlowRule> open(DeviceRules goal, DeviceView before, Throwable problem) {
        if (!hasFrontTable(goal)) {
            return stale(before, DeviceView.all(goal), false);
        }
        return problem == null
                ? before.stale(permitOwner.id(), DeviceView.all(goal))
                : view().stale(permitOwner.id(), goal.permits());
    }

    private void finished(DeviceRules goal, Throwable problem) {
        boolean next;
        // a batch that was not answered in time says nothing of the room there is
        boolean full =
                RefusedRulesException.in(problem)
                        .filter(RefusedRulesException::isNamed)
                        .filter(r -> learn(r.rules()))
                        .isPresent();
        synchronized (this) {
            running = false;
            if (problem == null) {
                confirmed = goal;
                everConfirmed = true;
                failure = "";
            } else {
                Throwable cause = problem.getCause() == null ? problem : problem.getCause();
                failure = cause.getMessage() == null ? cause.toString() : cause.getMessage();
                log.warn("{} is not programmed: {}", device, failure);
            }
            next = again;
            notifyAll();
        }
        if (full) {
            tableWasFull.run();
        }
        if (next) {
            converge();
        }
    }

    /** Learns from a refusal how many rules full tables hold; true if any is full. */
    private boolean learn(Collection<FlowRule> refused) {
        Map<Integer, Long> byTable =
                refused.stream()
                        .filter(r -> fullTables.isFull(device, FrontTable.tableOf(r)))
                        .collect(Collectors.groupingBy(FrontTable::tableOf, Collectors.counting()));
        if (byTable.isEmpty()) {
            return false;
        }
        DeviceView now = view();
        synchronized (this) {
            if (desired == null || !hasFrontTable(desired)) {
                return false;
            }
            for (Map.Entry<Integer, Long> entry : byTable.entrySet()) {
                int table = entry.getKey();
                long own = now.ownIn(table, desired, permitOwner.id());
                long most = learnt.getOrDefault(table, Integer.MAX_VALUE);
                // refused although no more were asked for: others need room too
                most -= space.of(table) <= most ? 1 : 0;
                int room = (int) Math.max(0, Math.min(own - entry.getValue(), most));
                Integer before = learnt.put(table, room);
                if (before == null || before != room) {
                    learntAt = System.nanoTime();
                    log.warn("Table {} of {} is full with {} rules", table, device, room);
                }
            }
            return true;
        }
    }

    /** Begins no more passes, until {@link #desire}. */
    synchronized void hold() {
        held = true;
        confirmed = null;
    }

    /**
     * Waits for the pass that is on its way.
     *
     * @throws IllegalStateException if it takes too long
     */
    synchronized void awaitPass() throws InterruptedException {
        long deadline = System.nanoTime() + LONGEST_PASS.toNanos();
        while (running) {
            if (deadline - System.nanoTime() <= 0) {
                throw new IllegalStateException(
                        device + " is still being programmed; run it again");
            }
            wait(100);
        }
    }
}
