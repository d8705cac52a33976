package org.postern.fakecontroller;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Predicate;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.DefaultFlowEntry;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleEvent;
import org.onosproject.net.flow.FlowRuleListener;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.flow.FlowRuleOperations;
import org.onosproject.net.flow.FlowRuleServiceAdapter;
import org.onosproject.net.flow.IndexTableId;
import org.onosproject.net.flow.TableId;

/**
 * ONOS's flow rule service and store. Batches take effect and are confirmed on a thread of its own,
 * one after the other, unless the test holds them; one that has a refused rule fails as a whole.
 * Rules are pending until a poll sees them. What a table has no room for is refused, stays pending
 * in the store and is tried again at each poll. As in ONOS, a rule is its device, table, priority
 * and selector: another one of the same takes its place, whoever owns it.
 */
public final class FakeFlowStore extends FlowRuleServiceAdapter {
    private final Map<FlowRule, Entry> entries = new LinkedHashMap<>();
    private final Deque<FlowRuleOperations> waiting = new ArrayDeque<>();
    private final List<ImmutableList<FlowRule>> history = new ArrayList<>();
    private final Set<FlowRuleListener> listeners = new CopyOnWriteArraySet<>();
    private final ExecutorService thread =
            Executors.newSingleThreadExecutor(
                    task -> {
                        Thread worker = new Thread(task, "fake flow store");
                        worker.setDaemon(true);
                        return worker;
                    });
    private Predicate<FlowRuleOperation> refused = operation -> false;
    private boolean held;
    private boolean unanswered;
    private int batches;
    private int room = Integer.MAX_VALUE;

    /** Rules that the store has, but the switch refused. */
    private final Set<FlowRule> notInSwitch = new HashSet<>();

    private final Set<TableId> full = new HashSet<>();

    /** A rule in the store. */
    private static final class Entry extends DefaultFlowEntry {
        private long seen;

        private Entry(FlowRule rule) {
            super(rule, FlowEntryState.PENDING_ADD);
        }

        @Override
        public long lastSeen() {
            return seen;
        }

        @Override
        public boolean equals(Object other) {
            return super.equals(other);
        }

        @Override
        public int hashCode() {
            return super.hashCode();
        }
    }

    /** Ends the thread that confirms. */
    public void close() {
        thread.shutdownNow();
    }

    /** Lets batches wait, until {@link #release}. */
    public synchronized void hold() {
        held = true;
    }

    /** Takes up the batches that wait, and those to come. */
    public void release() {
        synchronized (this) {
            held = false;
        }
        thread.execute(this::work);
    }

    /**
     * Returns how many batches wait.
     *
     * @return batches given since {@link #hold}
     */
    public synchronized int waiting() {
        return waiting.size();
    }

    /**
     * Returns how many batches were confirmed or failed.
     *
     * @return batches since this store began
     */
    public synchronized int batches() {
        return batches;
    }

    /**
     * Lets batches fail.
     *
     * @param operations a batch with one of these fails; nothing of it takes effect
     */
    public synchronized void refuse(Predicate<FlowRuleOperation> operations) {
        refused = operations;
    }

    /**
     * Lets the switch do what it is told and not say so in time: each batch takes effect, and ONOS
     * reports it failed without naming a rule.
     *
     * @param silent whether it is so from now on
     */
    public synchronized void leaveUnanswered(boolean silent) {
        unanswered = silent;
    }

    /**
     * Limits how many rules each table of a switch takes from now on.
     *
     * @param rules how many; what is there stays
     */
    public synchronized void limitTables(int rules) {
        room = rules;
    }

    /**
     * Tells whether a table was full.
     *
     * @param table number of a table
     * @return true if it ever refused a rule for that
     */
    public synchronized boolean wasFull(int table) {
        return full.contains(IndexTableId.of(table));
    }

    private synchronized boolean hasRoom(FlowRule rule) {
        if (entries.containsKey(rule) && !notInSwitch.contains(rule)) {
            return true;
        }
        long there =
                entries.keySet().stream()
                        .filter(r -> r.deviceId().equals(rule.deviceId()))
                        .filter(r -> r.table().equals(rule.table()))
                        .filter(r -> !notInSwitch.contains(r))
                        .count();
        return there < room;
    }

    /**
     * Returns what the switches had after each batch that took effect.
     *
     * @return their rules, the earliest state first
     */
    public synchronized List<ImmutableList<FlowRule>> history() {
        return ImmutableList.copyOf(history);
    }

    /**
     * Returns what the switches have.
     *
     * @return rules, with their present owner and treatment
     */
    public synchronized List<FlowRule> rules() {
        return entries.values().stream()
                .filter(rule -> !notInSwitch.contains(rule))
                .collect(ImmutableList.toImmutableList());
    }

    /**
     * Puts rules there that somebody else applied.
     *
     * @param rules the rules
     */
    public synchronized void install(FlowRule... rules) {
        for (FlowRule rule : rules) {
            put(rule);
        }
    }

    /**
     * Takes rules away, as somebody else would, and tells the listeners.
     *
     * @param lost which
     */
    public void lose(Predicate<FlowRule> lost) {
        List<FlowRule> gone = new ArrayList<>();
        synchronized (this) {
            for (FlowRule rule : List.copyOf(entries.keySet())) {
                if (lost.test(entries.get(rule))) {
                    gone.add(entries.remove(rule));
                }
            }
        }
        gone.forEach(rule -> tell(FlowRuleEvent.Type.RULE_REMOVED, rule));
    }

    /**
     * Takes rules away and tells nobody, as ONOS does with extraneous ones.
     *
     * @param lost which
     */
    public synchronized void loseSilently(Predicate<FlowRule> lost) {
        List.copyOf(entries.keySet()).stream()
                .filter(rule -> lost.test(entries.get(rule)))
                .forEach(entries::remove);
    }

    /** Statistics arrive: every rule was seen in the switch now. */
    public void poll() {
        poll(Instant.now());
    }

    /**
     * Statistics arrive that were true at another time.
     *
     * @param at when the switch was read
     */
    public synchronized void poll(Instant at) {
        notInSwitch.removeIf(this::hasRoom);
        for (Entry entry : entries.values()) {
            if (notInSwitch.contains(entry)) {
                continue;
            }
            entry.setState(FlowEntry.FlowEntryState.ADDED);
            entry.seen = at.toEpochMilli();
        }
    }

    /**
     * Sets a counter.
     *
     * @param rule a rule of the store
     * @param packets what the switch counted
     * @param life seconds since the rule is there
     */
    public synchronized void count(FlowRule rule, long packets, long life) {
        entries.get(rule).setPackets(packets);
        entries.get(rule).setLife(life);
    }

    @Override
    public synchronized Iterable<FlowEntry> getFlowEntries(DeviceId device) {
        return ImmutableList.copyOf(
                Iterables.filter(entries.values(), entry -> entry.deviceId().equals(device)));
    }

    @Override
    public synchronized FlowEntry getFlowEntry(FlowRule rule) {
        return entries.get(rule);
    }

    @Override
    public synchronized int getFlowRuleCount() {
        return entries.size();
    }

    @Override
    public void applyFlowRules(FlowRule... rules) {
        FlowRuleOperations.Builder builder = FlowRuleOperations.builder();
        for (FlowRule rule : rules) {
            builder.add(rule);
        }
        apply(builder.build());
    }

    @Override
    public void removeFlowRules(FlowRule... rules) {
        FlowRuleOperations.Builder builder = FlowRuleOperations.builder();
        for (FlowRule rule : rules) {
            builder.remove(rule);
        }
        apply(builder.build());
    }

    @Override
    public void apply(FlowRuleOperations operations) {
        synchronized (this) {
            waiting.add(operations);
        }
        thread.execute(this::work);
    }

    private void work() {
        while (true) {
            FlowRuleOperations next;
            boolean failed;
            boolean answered;
            FlowRuleOperations.Builder problems = FlowRuleOperations.builder();
            List<FlowRule> removed = new ArrayList<>();
            List<FlowRule> added = new ArrayList<>();
            synchronized (this) {
                if (held || waiting.isEmpty()) {
                    return;
                }
                next = waiting.remove();
                answered = !unanswered;
                failed = next.stages().stream().flatMap(Set::stream).anyMatch(refused);
                if (failed) {
                    next.stages().forEach(s -> s.forEach(o -> problems.add(o.rule())));
                } else {
                    next.stages().forEach(stage -> stage.forEach(o -> take(o, removed, added)));
                    history.add(ImmutableList.copyOf(rules()));
                    for (FlowRule rule : added) {
                        if (notInSwitch.contains(rule)) {
                            problems.add(rule);
                            failed = true;
                        }
                    }
                }
            }
            removed.forEach(rule -> tell(FlowRuleEvent.Type.RULE_REMOVED, rule));
            added.forEach(rule -> tell(FlowRuleEvent.Type.RULE_ADD_REQUESTED, rule));
            synchronized (this) {
                batches++;
            }
            if (next.callback() != null) {
                if (!answered) {
                    next.callback().onError(FlowRuleOperations.builder().build());
                } else if (failed) {
                    next.callback().onError(problems.build());
                } else {
                    next.callback().onSuccess(next);
                }
            }
        }
    }

    private void take(FlowRuleOperation operation, List<FlowRule> removed, List<FlowRule> added) {
        if (operation.type() == FlowRuleOperation.Type.REMOVE) {
            FlowRule gone = entries.remove(operation.rule());
            notInSwitch.remove(operation.rule());
            if (gone != null) {
                removed.add(gone);
            }
        } else {
            boolean taken = hasRoom(operation.rule());
            put(operation.rule());
            if (taken) {
                notInSwitch.remove(operation.rule());
            } else {
                notInSwitch.add(operation.rule());
                full.add(operation.rule().table());
            }
            added.add(operation.rule());
        }
    }

    private void put(FlowRule rule) {
        entries.remove(rule);
        Entry entry = new Entry(rule);
        entries.put(entry, entry);
    }

    private void tell(FlowRuleEvent.Type type, FlowRule rule) {
        listeners.forEach(listener -> listener.event(new FlowRuleEvent(type, rule)));
    }

    @Override
    public void addListener(FlowRuleListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(FlowRuleListener listener) {
        listeners.remove(listener);
    }
}
