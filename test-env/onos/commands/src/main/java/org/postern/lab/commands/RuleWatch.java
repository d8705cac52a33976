package org.postern.lab.commands;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleEvent;
import org.onosproject.net.flow.FlowRuleListener;

/**
 * Counts, rule by rule, the polls that found a rule as it should be and the times that ONOS sent it
 * again.
 */
final class RuleWatch implements FlowRuleListener {
    /** Polls pause after a burst of rules; ONOS takes up to some 20 s to resume. */
    private static final long PATIENCE_SECONDS = 120;

    private final Map<FlowRule, Integer> updates = new ConcurrentHashMap<>();
    private final Map<FlowRule, Integer> flaps = new ConcurrentHashMap<>();

    @Override
    public void event(FlowRuleEvent event) {
        switch (event.type()) {
            case RULE_ADDED:
                count(updates, event.subject());
                break;
            case RULE_UPDATED:
                count(isPending(event.subject()) ? flaps : updates, event.subject());
                break;
            case RULE_ADD_REQUESTED:
                count(flaps, event.subject());
                break;
            default:
                break;
        }
    }

    /**
     * ONOS marks a rule that it sends again as pending and says no more than that it was updated.
     */
    private static boolean isPending(FlowRule rule) {
        return rule instanceof FlowEntry
                && ((FlowEntry) rule).state() == FlowEntry.FlowEntryState.PENDING_ADD;
    }

    private synchronized void count(Map<FlowRule, Integer> counts, FlowRule rule) {
        counts.merge(rule, 1, Integer::sum);
        notifyAll();
    }

    /**
     * Waits until some rule was seen in so many polls; throws IllegalStateException if that takes
     * two minutes.
     */
    synchronized void awaitPolls(int wanted) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (polls() < wanted) {
            long left = end - System.nanoTime();
            if (left <= 0) {
                throw new IllegalStateException(
                        "No " + wanted + " polls in " + PATIENCE_SECONDS + " s");
            }
            TimeUnit.NANOSECONDS.timedWait(this, left);
        }
    }

    /** The most polls that any rule was seen in. */
    int polls() {
        return updates.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }

    int updates(FlowRule rule) {
        return updates.getOrDefault(rule, 0);
    }

    int flaps(FlowRule rule) {
        return flaps.getOrDefault(rule, 0);
    }
}
