package org.postern.observe;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Versioned;
import org.postern.compile.RuleKey;
import org.postern.policy.Counted;
import org.postern.policy.PolicyLine;

/**
 * Adds up what the counting rules of the switches show. A counter that goes back (a switch
 * restarted) goes on from where it was; a rule that is gone (a class changed) takes its count with
 * it, and one that is now about another class or subscriber is counted from what it shows, so each
 * begins at nought, and does so again after a restart of the controller.
 */
public final class AttemptLedger {
    private final Map<DeviceId, Page> pages = new HashMap<>();
    private final ConsistentMap<String, AttemptBaselines> stored;

    /**
     * Creates an empty ledger.
     *
     * @param stored baselines by device identifier, which outlive this ledger
     */
    public AttemptLedger(ConsistentMap<String, AttemptBaselines> stored) {
        this.stored = stored;
    }

    /**
     * Takes down what the counting rules of a device show.
     *
     * @param device the device
     * @param counted the lines that count, by the key of their rule
     * @param entries flow entries of the device; others than the counting ones are passed over
     * @param now the time of reading
     */
    public synchronized void read(
            DeviceId device,
            Map<RuleKey, PolicyLine> counted,
            Collection<FlowEntry> entries,
            Instant now) {
        Page page =
                pages.computeIfAbsent(
                        device,
                        d ->
                                new Page(
                                        Versioned.valueOrElse(
                                                stored.get(d.toString()), AttemptBaselines.NONE)));
        AttemptBaselines before = page.baselines;
        page.retain(counted.keySet());
        for (FlowEntry entry : entries) {
            RuleKey key = RuleKey.of(entry);
            PolicyLine line = counted.get(key);
            // what is pending shows nought, whatever the switch has counted
            if (line != null && entry.state() == FlowEntry.FlowEntryState.ADDED) {
                page.read(key, line, entry, now);
            }
        }
        page.unsaved |= page.baselines != before;
        if (page.unsaved) {
            stored.put(device.toString(), page.baselines);
            page.unsaved = false;
        }
    }

    /**
     * Begins a subscriber's counts at nought: its class has changed, and may have changed back by
     * the time somebody looks.
     *
     * @param subscriber its identifier
     * @param now the time of the change
     */
    public synchronized void startAnew(String subscriber, Instant now) {
        pages.values().forEach(page -> page.startAnew(subscriber, now));
    }

    /**
     * Forgets devices that are not there any more.
     *
     * @param devices those to keep
     */
    public synchronized void retain(Set<DeviceId> devices) {
        pages.keySet().retainAll(devices);
    }

    /**
     * Reports what was counted, a subscriber's attachments to one device together.
     *
     * @return counts of subscribers and of unknown attachments that are not zero, the highest first
     */
    public synchronized List<AttemptCount> counts() {
        return counts(pages.keySet(), line -> true);
    }

    /**
     * Reports what was counted of some subscribers on some devices.
     *
     * @param devices where
     * @param subscribers whose, by identifier
     * @return counts that are not zero, the highest first
     */
    public synchronized List<AttemptCount> counts(
            Collection<DeviceId> devices, Set<String> subscribers) {
        return counts(devices, line -> line.subscriber().filter(subscribers::contains).isPresent());
    }

    private List<AttemptCount> counts(Collection<DeviceId> devices, Predicate<PolicyLine> which) {
        List<AttemptCount> counts = new ArrayList<>();
        devices.stream()
                .filter(pages::containsKey)
                .forEach(
                        device ->
                                pages.get(device).tallies.values().stream()
                                        .filter(tally -> which.test(tally.line))
                                        .collect(
                                                Collectors.groupingBy(
                                                        t ->
                                                                List.of(
                                                                        t.line.subscriber(),
                                                                        t.line.counted())))
                                        .values()
                                        .forEach(own -> sum(device, own).ifPresent(counts::add)));
        counts.sort((a, b) -> Long.compare(b.packets(), a.packets()));
        return counts;
    }

    /** The tallies are of one subscriber and one kind. */
    private static Optional<AttemptCount> sum(DeviceId device, List<Tally> own) {
        PolicyLine line = own.get(0).line;
        long packets = own.stream().mapToLong(t -> t.packets).sum();
        Instant since =
                own.stream().map(t -> t.since).min(Instant::compareTo).orElse(Instant.EPOCH);
        Instant last =
                own.stream()
                        .filter(t -> t.last != null)
                        .map(t -> t.last)
                        .max(Instant::compareTo)
                        .orElse(null);
        return packets == 0
                ? Optional.empty()
                : Optional.of(
                        new AttemptCount(
                                line.subscriber().orElse(null),
                                device,
                                line.counted().orElse(Counted.ATTEMPT),
                                packets,
                                since,
                                last));
    }

    /** What is known of one device. */
    private static final class Page {
        private final Map<RuleKey, Tally> tallies = new HashMap<>();
        private AttemptBaselines baselines;
        private boolean unsaved;

        private Page(AttemptBaselines baselines) {
            this.baselines = baselines;
        }

        private void retain(Set<RuleKey> counting) {
            for (RuleKey key : Set.copyOf(tallies.keySet())) {
                if (!counting.contains(key)) {
                    tallies.remove(key);
                    baselines = baselines.without(key);
                }
            }
        }

        private void startAnew(String subscriber, Instant now) {
            for (Map.Entry<RuleKey, Tally> entry : tallies.entrySet()) {
                Tally tally = entry.getValue();
                if (tally.line.subscriber().filter(subscriber::equals).isPresent()) {
                    entry.setValue(new Tally(tally.line, now, tally.shown));
                    baselines = baselines.with(entry.getKey(), tally.line, tally.shown, now);
                    unsaved = true;
                }
            }
        }

        private void read(RuleKey key, PolicyLine line, FlowEntry entry, Instant now) {
            Tally tally = tallies.get(key);
            if (tally == null) {
                tally =
                        baselines
                                .of(key, line)
                                .map(b -> new Tally(line, b.since(), b.packets()))
                                .orElseGet(
                                        () -> new Tally(line, now.minusSeconds(entry.life()), 0));
            } else if (!tally.isAbout(line)) {
                // the same rule, on which the switch goes on counting
                tally = new Tally(line, now, entry.packets());
                baselines = baselines.with(key, line, entry.packets(), now);
            }
            tallies.put(key, tally);
            if (tally.read(entry.packets(), now)) {
                baselines = baselines.without(key);
            }
        }
    }

    /** The count of one rule. */
    private static final class Tally {
        private final PolicyLine line;
        private final Instant since;
        private long packets;
        private long shown;
        private Instant last;

        private Tally(PolicyLine line, Instant since, long baseline) {
            this.line = line;
            this.since = since;
            this.shown = baseline;
        }

        /**
         * False if the attachment went to another subscriber, or its subscriber to another class.
         */
        private boolean isAbout(PolicyLine other) {
            return line.equals(other);
        }

        /** Takes down what the counter shows; true if the switch has begun it anew. */
        private boolean read(long counter, Instant now) {
            boolean anew = counter < shown;
            long more = anew ? counter : counter - shown;
            shown = counter;
            if (more > 0) {
                packets += more;
                last = now;
            }
            return anew;
        }
    }
}
