package org.postern.exemption;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.ImmutableList;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentNavigableMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.event.AbstractListenerManager;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.bulk.ChangeJournal;
import org.postern.clock.Countdown;
import org.postern.drivers.FrontTable;
import org.postern.json.Json;
import org.postern.policy.Exemption;
import org.postern.replica.Replica;
import org.postern.replica.Schemas;
import org.postern.subscriber.SubscriberExemptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps exemptions in a distributed map, and on each node what is in it. Each node begins and ends
 * them by its own clock; what the cluster tells of that is told by the node that marks it first.
 */
@Component(
        immediate = true,
        service = {ExemptionService.class, SubscriberExemptions.class, ExemptionManager.class})
public class ExemptionManager extends AbstractListenerManager<ExemptionEvent, ExemptionListener>
        implements ExemptionService, SubscriberExemptions {
    /** How long before its end an exemption is ending; a quarter of its length if that is less. */
    static final Duration ENDING = Duration.ofDays(7);

    /** The cluster's map of changes of many exemptions that are not done yet. */
    private static final String JOURNAL = "postern-exemption-import";

    /** How often this node compares what it knows with the store, were an event lost. Seconds. */
    private static final int COMPARE = 60;

    /** How often the end of an exemption is tried that other nodes change at the same time. */
    private static final int TRIES = 5;

    /** How old a mark of waiting is at least if nobody is just about to remove its subscriber. */
    private static final Duration SETTLED = Duration.ofMinutes(1);

    /** How long exemptions wait for a subscriber that its directory does not name. */
    static final Duration MISSING = Duration.ofDays(1);

    /** How long after an end it is noted at most by a node that was there to see it. */
    private static final Duration NOTED = Duration.ofMinutes(1);

    /** How long an exemption is kept after its end, to be looked up and renewed. */
    static final Duration KEPT = Duration.ofDays(90);

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final ConcurrentNavigableMap<String, Known> known = new ConcurrentSkipListMap<>();

    /** Those that are stored, but as nothing that is understood. */
    private final Set<String> unreadable = ConcurrentHashMap.newKeySet();

    /** In which state each was when it was looked at last. */
    private final Map<String, ExemptionState> states = new ConcurrentHashMap<>();

    /** Those that this node marked as over: only it knows if its clock was wrong then. */
    private final Set<String> markedHere = ConcurrentHashMap.newKeySet();

    private final Clock clock;
    private final LongSupplier nanos;
    private final Countdown<Exemption> countdown;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private Replica store;
    private ChangeJournal journal;
    private AwaitedSubscribers awaited;
    private ScheduledExecutorService watch;

    /** What this node knows of an exemption. */
    private static final class Known {
        private final StoredExemption stored;
        private final long version;

        private Known(StoredExemption stored, long version) {
            this.stored = stored;
            this.version = version;
        }
    }

    /** Creates the manager that ONOS runs. */
    public ExemptionManager() {
        this(Clock.systemUTC(), System::nanoTime);
    }

    /**
     * Creates a manager.
     *
     * @param clock the time of day
     * @param nanos time that only goes forward, in nanoseconds
     */
    ExemptionManager(Clock clock, LongSupplier nanos) {
        this.clock = clock;
        this.nanos = nanos;
        this.countdown = new Countdown<>(clock, nanos, Exemption::until);
    }

    @Activate
    protected void activate() {
        ApplicationId appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        // there is but one format yet: what has none noted is of that
        new Schemas(storageService, appId)
                .require("exemptions", "the exemptions were", StoredExemption.SCHEMA, () -> {});
        eventDispatcher.addSink(ExemptionEvent.class, listenerRegistry);
        store = new Replica(storageService, appId, "postern-exemptions", new Stored());
        try {
            awaited = new AwaitedSubscribers(storageService, appId, nanos, this::tellStates);
            journal = new ChangeJournal(storageService, appId, JOURNAL, "exemption");
            store.follow();
        } catch (RuntimeException e) {
            // ONOS starts it anew, which must find no sink
            eventDispatcher.removeSink(ExemptionEvent.class);
            throw e;
        }
        known.values().forEach(this::noteState);
        watch =
                Executors.newSingleThreadScheduledExecutor(
                        groupedThreads("postern", "exemptions", log));
        watch.scheduleWithFixedDelay(this::watch, 1, 1, TimeUnit.SECONDS);
        watch.scheduleWithFixedDelay(this::compare, COMPARE, COMPARE, TimeUnit.SECONDS);
        log.info("Started with {} exemptions, {} in force", known.size(), inForce().size());
    }

    @Deactivate
    protected void deactivate() {
        watch.shutdownNow();
        store.close();
        awaited.close();
        eventDispatcher.removeSink(ExemptionEvent.class);
        log.info("Stopped");
    }

    /** Takes down what the store tells. */
    private final class Stored implements Replica.Holder {
        @Override
        public void stored(String id, Versioned<String> value) {
            StoredExemption now;
            try {
                now = StoredExemption.of(value.value());
            } catch (IllegalStateException e) {
                log.error("Exemption {} is not understood and has no effect", id, e);
                unreadable.add(id);
                forget(id);
                return;
            }
            unreadable.remove(id);
            Known before = known.get(id);
            Known next = new Known(now, value.version());
            known.put(id, next);
            // what only was marked by another node is told when this one looks next
            if (before == null || !before.stored.exemption().equals(now.exemption())) {
                markedHere.remove(id);
                noteState(next);
                ExemptionManager.this.post(
                        new ExemptionEvent(ExemptionEvent.Type.EXEMPTION_PUT, now.exemption()));
            }
        }

        @Override
        public void gone(String id) {
            unreadable.remove(id);
            forget(id);
        }

        private void forget(String id) {
            Known before = known.remove(id);
            states.remove(id);
            markedHere.remove(id);
            if (before != null) {
                ExemptionManager.this.post(
                        new ExemptionEvent(
                                ExemptionEvent.Type.EXEMPTION_REMOVED, before.stored.exemption()));
            }
        }
    }

    private void noteState(Known one) {
        states.put(one.stored.exemption().id(), stateOf(one.stored.exemption()));
    }

    @Override
    public Collection<Exemption> exemptions() {
        return chosen(e -> true);
    }

    @Override
    public Collection<Exemption> inForce() {
        return chosen(e -> stateOf(e).isInForce());
    }

    private List<Exemption> chosen(Predicate<Exemption> wanted) {
        return known.values().stream()
                .map(k -> k.stored.exemption())
                .filter(wanted)
                .collect(ImmutableList.toImmutableList());
    }

    @Override
    public Optional<Exemption> exemption(String id) {
        return Optional.ofNullable(known.get(id)).map(k -> k.stored.exemption());
    }

    /** Which version of an exemption this node knows, or an older one; 0 if it knows none. */
    long version(String id) {
        return store.version(id);
    }

    @Override
    public ExemptionState stateOf(Exemption exemption) {
        Instant now = clock.instant();
        if (countdown.isOver(exemption) || isMarkedElsewhere(exemption)) {
            return ExemptionState.ENDED;
        }
        if (awaited.contains(exemption.subscriber())) {
            return ExemptionState.WAITING;
        }
        if (now.isBefore(exemption.from())) {
            return ExemptionState.PENDING;
        }
        return now.isBefore(exemption.until().minus(notice(exemption)))
                ? ExemptionState.IN_FORCE
                : ExemptionState.ENDING;
    }

    /** Another node saw its end, so the clock of this one is behind, if nothing speaks for it. */
    private boolean isMarkedElsewhere(Exemption exemption) {
        Known one = known.get(exemption.id());
        return one != null
                && one.stored.isEnded()
                && one.stored.exemption().equals(exemption)
                && !markedHere.contains(exemption.id())
                && !isDoubtful(one.stored);
    }

    /**
     * Whether an end that is still to come here was noted long after it: by a node that came when
     * its own clock was far ahead, or that did not come before.
     */
    private boolean isDoubtful(StoredExemption stored) {
        Instant until = stored.exemption().until();
        return clock.instant().isBefore(until) && !stored.endedBefore(until.plus(NOTED));
    }

    /** Whether the cluster has told that an exemption is over, as far as this node knows. */
    boolean isMarkedEnded(String id) {
        return Optional.ofNullable(known.get(id)).filter(one -> one.stored.isEnded()).isPresent();
    }

    /** Puts right what an event would have told that was lost. */
    void compare() {
        try {
            store.compare();
            awaited.compare();
            awaited.missingSince(since -> since.isBefore(clock.instant().minus(MISSING)), MISSING)
                    .forEach(this::endVainWaiting);
            awaited.all().stream().filter(this::isOfNobody).forEach(awaited::remove);
        } catch (RuntimeException e) {
            log.warn("Exemptions could not be compared with the store; it goes on", e);
        }
    }

    /** One that is not understood may be anybody's. */
    private boolean isOfNobody(String subscriber) {
        return unreadable.isEmpty() && of(Set.of(subscriber)).isEmpty();
    }

    /** Whether one is stored, but as nothing that is understood, as far as this node knows. */
    boolean isUnreadable(String id) {
        return unreadable.contains(id);
    }

    /** What the store has of one, understood or not. */
    Optional<String> text(String id) {
        return store.refresh(id).map(Versioned::value);
    }

    /** The line may be another customer's by now. */
    private void endVainWaiting(String subscriber, long version) {
        if (!unreadable.isEmpty() && of(Set.of(subscriber)).isEmpty()) {
            // what is not understood may be what waits
            return;
        }
        // somebody may have brought it back, or had it wait on, since this node was told
        if (awaited.isStill(subscriber, version)) {
            endOf(Set.of(subscriber), Order.POSTERN);
        }
    }

    /** How long before its end an exemption is ending. */
    private static Duration notice(Exemption exemption) {
        Duration quarter = Duration.between(exemption.from(), exemption.until()).dividedBy(4);
        return quarter.compareTo(ENDING) < 0 ? quarter : ENDING;
    }

    /** Looks which exemptions begin, end soon or are over now. */
    void watch() {
        try {
            countdown.retain(exemptions());
            Map<String, Known> all = new HashMap<>(known);
            all.values().forEach(this::tellState);
            all.values().forEach(this::mark);
        } catch (RuntimeException e) {
            log.warn("What is to be told of exemptions could not be told yet", e);
        }
    }

    private void tellStates(String subscriber) {
        known.values().stream()
                .filter(one -> one.stored.exemption().subscriber().equals(subscriber))
                .forEach(this::tellState);
    }

    private void tellState(Known one) {
        Exemption exemption = one.stored.exemption();
        ExemptionState now = stateOf(exemption);
        ExemptionState before = states.put(exemption.id(), now);
        if (now == before) {
            return;
        }
        if (now == ExemptionState.ENDED) {
            post(new ExemptionEvent(ExemptionEvent.Type.EXEMPTION_ENDED, exemption));
        } else if (now == ExemptionState.ENDING && before == ExemptionState.IN_FORCE) {
            post(new ExemptionEvent(ExemptionEvent.Type.EXEMPTION_ENDING, exemption));
        } else if (now.isInForce()) {
            post(new ExemptionEvent(ExemptionEvent.Type.EXEMPTION_BEGUN, exemption));
        }
    }

    /** Tells once in the cluster, which is what the marks in the store are for. */
    private void mark(Known one) {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Exemption exemption = one.stored.exemption();
        ExemptionState state = stateOf(exemption);
        if (state == ExemptionState.ENDED && one.stored.endedBefore(now.minus(KEPT))) {
            store.write(exemption.id(), one.version, Optional.empty());
        } else if (state == ExemptionState.ENDED && !one.stored.isEnded()) {
            // once: another node whose clock contradicts this one's may have taken the mark away
            if (markedHere.add(exemption.id())
                    && !tell(one, one.stored.ended(now), "exemption-ended")) {
                markedHere.remove(exemption.id());
            }
        } else if (state == ExemptionState.ENDING && !one.stored.isWarned()) {
            tell(one, one.stored.warned(now), "exemption-ending");
        } else if (state != ExemptionState.ENDED && one.stored.isEnded()) {
            tell(one, one.stored.untold(), "exemption-goes-on");
        } else if (state != ExemptionState.ENDED) {
            markedHere.remove(exemption.id());
        }
    }

    private boolean tell(Known one, StoredExemption next, String action) {
        Exemption exemption = next.exemption();
        if (!store.write(exemption.id(), one.version, Optional.of(next.text()))) {
            return false;
        }
        auditLog.record(Order.POSTERN, told(exemption, action).because(exemption.reason()));
        return true;
    }

    /** Those that may be: a change of many may be of everybody, and the store is asked of each. */
    private Set<String> perhapsAwaited(Collection<String> subscribers) {
        Set<String> all = exempted();
        all.addAll(awaited.all());
        all.retainAll(Set.copyOf(subscribers));
        return all;
    }

    @Override
    public Set<String> exempted() {
        return exemptions().stream().map(Exemption::subscriber).collect(Collectors.toSet());
    }

    private List<Exemption> of(Collection<String> subscribers) {
        return chosen(e -> subscribers.contains(e.subscriber()));
    }

    @Override
    public void await(Collection<String> subscribers, Order order) {
        for (String subscriber : subscribers) {
            List<Exemption> waiting = notEnded(subscriber);
            if (waiting.isEmpty()) {
                continue;
            }
            if (!awaited.isStored(subscriber)) {
                waiting.forEach(
                        e ->
                                auditLog.record(
                                        order,
                                        told(e, "exemption-waits")
                                                .because(
                                                        "the subscriber is not named at present")));
            }
            // also if it is: an older mark may be taken for one that nobody needs
            awaited.add(subscriber, clock.instant());
        }
    }

    private List<Exemption> notEnded(String subscriber) {
        return of(Set.of(subscriber)).stream()
                .filter(e -> stateOf(e) != ExemptionState.ENDED)
                .collect(Collectors.toList());
    }

    private static Change told(Exemption exemption, String action) {
        return Change.of(action, exemption.subscriber(), exemption.toString());
    }

    /** Whom exemptions wait for, as far as this node knows. */
    Set<String> awaited() {
        return awaited.all();
    }

    @Override
    public boolean isAwaited(String subscriber) {
        return known.values().stream()
                        .anyMatch(one -> one.stored.exemption().subscriber().equals(subscriber))
                && awaited.isStored(subscriber);
    }

    @Override
    public void goOn(Collection<String> subscribers, Order order) {
        for (String subscriber : perhapsAwaited(subscribers)) {
            if (awaited.isStored(subscriber)) {
                tellGoingOn(subscriber, order);
                awaited.remove(subscriber);
            }
        }
    }

    /** First: mail is let through from the moment on when the mark is gone. */
    private void tellGoingOn(String subscriber, Order order) {
        notEnded(subscriber).forEach(e -> auditLog.record(order, told(e, "exemption-goes-on")));
    }

    @Override
    public void goOnIfThere(Predicate<String> isThere, Order order) {
        Instant now = clock.instant();
        awaited.missingSince(
                        since -> Duration.between(since, now).abs().compareTo(SETTLED) > 0, SETTLED)
                .forEach(
                        (subscriber, version) -> {
                            if (!isThere.test(subscriber)
                                    || !awaited.isStill(subscriber, version)) {
                                return;
                            }
                            if (awaited.isOfStranger(subscriber)) {
                                endOf(Set.of(subscriber), order);
                            } else {
                                tellGoingOn(subscriber, order);
                                awaited.remove(subscriber, version);
                            }
                        });
    }

    @Override
    public void refuseWhileImported(Collection<String> subscribers) {
        journal.refuseWhileConcerned(
                subscribers, text -> StoredExemption.of(text).exemption().subscriber());
    }

    @Override
    public void expectStrangers(Collection<String> subscribers) {
        subscribers.forEach(awaited::expectStranger);
    }

    @Override
    public void endOf(Collection<String> subscribers, Order order) {
        Set<String> awaitedNoMore = perhapsAwaited(subscribers);
        for (Exemption exemption : of(subscribers)) {
            auditLog.record(order, revocation(exemption, "the subscriber was removed"));
            removeWhateverItIs(exemption.id());
        }
        awaitedNoMore.forEach(awaited::remove);
    }

    private void removeWhateverItIs(String id) {
        for (int tries = 0; tries < TRIES; tries++) {
            long version = version(id);
            if (version == 0 || write(id, version, Optional.empty())) {
                return;
            }
        }
        throw new IllegalStateException(
                "exemption "
                        + id
                        + " is changed by other nodes all the time and was not ended: revoke it");
    }

    /** How the end of an exemption by an order is audited. */
    static Change revocation(Exemption exemption, String reason) {
        return Change.of("revoke-exemption", exemption.subscriber(), exemption.toString())
                .because(reason)
                .between(Optional.of(Json.exemption(exemption).toString()), Optional.empty());
    }

    /**
     * Writes or removes an exemption if what there is still is of a version.
     *
     * @param version which that has; 0 if there must be none
     * @param exemption what is written; empty if it is removed
     * @return whether it was done
     */
    boolean write(String id, long version, Optional<Exemption> exemption) {
        return store.write(id, version, exemption.map(e -> StoredExemption.of(e).text()));
    }

    /** Where changes of many are written down before they are made. */
    ChangeJournal journal() {
        return journal;
    }

    /**
     * Writes a row of a change of many, if what there is still is what the row says. What the
     * cluster has told of it since is no difference.
     *
     * @return whether the store has it as the row says
     */
    boolean write(ChangeJournal.Row row) {
        if (store.write(row.id(), row.version(), row.text())) {
            return true;
        }
        Optional<Exemption> wanted = row.text().map(text -> StoredExemption.of(text).exemption());
        Optional<Exemption> former = row.former().map(text -> StoredExemption.of(text).exemption());
        for (int tries = 0; tries < TRIES; tries++) {
            long version = store.version(row.id());
            Optional<Exemption> present = exemption(row.id());
            if (isUnreadable(row.id()) || !former.isPresent() || !present.equals(former)) {
                return !isUnreadable(row.id()) && present.equals(wanted);
            }
            if (store.write(row.id(), version, row.text())) {
                return true;
            }
        }
        return false;
    }

    /** Asks the store for one exemption: another node may have changed it a moment ago. */
    void refresh(String id) {
        store.refresh(id);
    }
}
