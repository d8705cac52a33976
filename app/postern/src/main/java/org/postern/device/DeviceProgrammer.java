package org.postern.device;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleService;
import org.postern.compile.DeviceRules;
import org.postern.drivers.FrontTableService;
import org.postern.drivers.RuleOperations;
import org.postern.policy.Backend;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one device's rules in ONOS's flow store to what they should be, one pass after the other;
 * requests that come while a pass is on its way are served by one more pass.
 *
 * <p>Order of a pass: the floor's new rules in laying order, new permits, then old permits away,
 * then what the floor has no more. So at no moment less is denied than both before and after.
 */
final class DeviceProgrammer {
    /** Longest wait of a withdrawal for the pass before it. */
    private static final Duration LONGEST_PASS = Duration.ofSeconds(30);

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final DeviceId device;
    private final ApplicationId permitOwner;
    private final FrontTableService frontTable;
    private final FlowRuleService flowRules;
    private final RuleOperations operations;
    private final Executor executor;

    private DeviceRules desired;
    private DeviceRules confirmed;
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
            Executor executor) {
        this.device = device;
        this.permitOwner = permitOwner;
        this.frontTable = frontTable;
        this.flowRules = flowRules;
        this.operations = new RuleOperations(flowRules);
        this.executor = executor;
    }

    /** Sets what the device should have and ends a hold; true if either is news. */
    synchronized boolean desire(DeviceRules rules) {
        boolean news = held || !rules.equals(desired);
        held = false;
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
        DeviceView view = new DeviceView(flowRules.getFlowEntries(device));
        List<FlowRule> missing = view.missing(goal.permits());
        int lost = missing.size() + view.missing(goal.floor().rules()).size();
        synchronized (this) {
            if (confirmed == goal && lost > 0) {
                driftRepaired += lost;
                log.warn(
                        "{} lost {} rules that somebody took away; putting them back",
                        device,
                        lost);
            }
        }
        return RuleOperations.sequence(
                List.of(
                        () -> lay(goal, view),
                        () -> operations.add(missing),
                        // rules are removed by their keys: not what was laid over an old permit
                        () -> operations.remove(stale(view, DeviceView.all(goal), false)),
                        () -> trim(goal),
                        () -> operations.remove(stale(view, DeviceView.all(goal), true))));
    }

    /** Without the front table the floor is Postern's own too, and denies in any order. */
    private CompletableFuture<Void> lay(DeviceRules goal, DeviceView view) {
        return goal.backend() == Backend.FRONT_TABLE
                ? frontTable.lay(goal.floor())
                : operations.add(view.missing(goal.floor().rules()));
    }

    private CompletableFuture<Void> trim(DeviceRules goal) {
        return goal.backend() == Backend.FRONT_TABLE
                ? frontTable.trim(goal.floor())
                : CompletableFuture.completedFuture(null);
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
        DeviceView view = new DeviceView(flowRules.getFlowEntries(device));
        return RuleOperations.sequence(
                List.of(
                        () -> operations.remove(stale(view, List.of(), false)),
                        () -> operations.remove(stale(view, List.of(), true))));
    }

    private void finished(DeviceRules goal, Throwable problem) {
        boolean next;
        synchronized (this) {
            running = false;
            if (problem == null) {
                confirmed = goal;
                failure = "";
            } else {
                Throwable cause = problem.getCause() == null ? problem : problem.getCause();
                failure = cause.getMessage() == null ? cause.toString() : cause.getMessage();
                log.warn("{} is not programmed: {}", device, failure);
            }
            next = again;
            notifyAll();
        }
        if (next) {
            converge();
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
