package org.postern.subscriber;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.Sets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.IntConsumer;
import java.util.function.UnaryOperator;
import org.onosproject.cluster.ClusterService;
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
import org.postern.audit.AuditedChange;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.audit.Reasons;
import org.postern.bulk.BulkWriter;
import org.postern.bulk.ChangeJournal;
import org.postern.bulk.NothingChangedException;
import org.postern.drivers.FrontTable;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.precondition.Expected;
import org.postern.precondition.SharedEntry;
import org.postern.replica.KnownVersions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the directory in a distributed map, and on each node what is in it; a change is checked
 * against everything else first.
 */
@Component(
        immediate = true,
        service = {SubscriberService.class, SubscriberAdminService.class})
public class SubscriberManager extends AbstractListenerManager<SubscriberEvent, SubscriberListener>
        implements SubscriberAdminService {
    /** How often it is looked whether an import was left half written. Seconds. */
    private static final int LOOK = 5;

    /** How often this node compares what it knows with the store, were an event lost. Seconds. */
    private static final int COMPARE = 600;

    /** How often this node looks for what two subscribers have. Seconds. */
    private static final int DOUBLES = 60;

    private final Logger log = LoggerFactory.getLogger(getClass());

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ClusterService clusterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberExemptions exemptionService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private Directory directory;
    private SubscriberStore store;
    private ChangeJournal journal;
    private BulkWriter bulk;
    private ChangedExemptions exemptions;
    private ChangeCheck rules;
    private DoubleClaims doubles;
    private ScheduledExecutorService keeper;

    @Activate
    protected void activate() {
        ApplicationId appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        eventDispatcher.addSink(SubscriberEvent.class, listenerRegistry);
        directory = new Directory();
        doubles = new DoubleClaims(directory);
        exemptions = new ChangedExemptions(exemptionService, directory, this::refresh);
        rules = new ChangeCheck(infrastructureService, exemptionService, directory);
        store = new SubscriberStore(storageService, appId);
        store.listen(new Stored());
        journal = new ChangeJournal(storageService, appId, "postern-import", "subscriber");
        bulk =
                new BulkWriter(
                        new SubscriberRows(store, exemptions::endStrangers),
                        journal,
                        clusterService,
                        auditLog);
        keeper =
                Executors.newSingleThreadScheduledExecutor(
                        groupedThreads("postern", "directory", log));
        keeper.scheduleWithFixedDelay(this::finishImports, LOOK, LOOK, TimeUnit.SECONDS);
        keeper.scheduleWithFixedDelay(this::compare, COMPARE, COMPARE, TimeUnit.SECONDS);
        keeper.scheduleWithFixedDelay(doubles::look, DOUBLES, DOUBLES, TimeUnit.SECONDS);
        log.info("Started with {} subscribers", directory.subscribers().byId().size());
    }

    @Deactivate
    protected void deactivate() {
        keeper.shutdownNow();
        store.close();
        eventDispatcher.removeSink(SubscriberEvent.class);
        log.info("Stopped");
    }

    /** Takes down what the store tells. */
    private final class Stored implements SubscriberStore.Listener {
        @Override
        public void stored(String id, Versioned<String> value) {
            try {
                directory
                        .stored(StoredSubscriber.of(value.value()), value.version())
                        .ifPresent(SubscriberManager.this::post);
            } catch (IllegalStateException e) {
                log.error(
                        "Subscriber {} is not understood, it has the default class; replace it"
                                + " (postern-subscriber-add --replace) or remove it",
                        id,
                        e);
                directory
                        .unreadable(id, value.value(), value.version())
                        .ifPresent(SubscriberManager.this::post);
            }
        }

        @Override
        public void gone(String id, Versioned<String> last) {
            directory.gone(id, last.version()).ifPresent(SubscriberManager.this::post);
        }
    }

    /**
     * Asks the store for one subscriber: another node may have changed it a moment ago.
     *
     * @return whether the store has it, understood or not
     */
    private boolean refresh(String id) {
        OptionalLong known = directory.version(id);
        Optional<Versioned<String>> stored = store.get(id);
        if (stored.isPresent()) {
            new Stored().stored(id, stored.get());
        } else if (known.isPresent()) {
            directory.gone(id, known.getAsLong()).ifPresent(this::post);
        }
        return stored.isPresent();
    }

    /** Puts right what an event would have told that was lost. */
    void compare() {
        try {
            Set<String> there = new HashSet<>();
            Stored known = new Stored();
            KnownVersions versions = directory.versions();
            Map<String, Long> removals = versions.removals();
            Map<String, Long> before = versions.present();
            store.readAll(
                    (id, value) -> {
                        there.add(id);
                        known.stored(id, value);
                    });
            before.keySet().stream().filter(id -> !there.contains(id)).forEach(this::refresh);
            versions.forget(removals);
            exemptions.settleAll();
        } catch (RuntimeException e) {
            log.warn("The directory could not be compared with the store; it goes on", e);
        }
    }

    /** Finishes what a node that is gone had committed the cluster to. */
    void finishImports() {
        exemptions.catchUp();
        try {
            if (bulk.finishOthers()) {
                exemptions.settleAll();
            }
        } catch (RuntimeException e) {
            log.warn("An import could not be finished yet; it is tried again", e);
        }
    }

    @Override
    public Subscribers directory() {
        return directory.subscribers();
    }

    @Override
    public List<DoubleClaim> doubleClaims() {
        return doubles.lasting();
    }

    /** Looks for what two subscribers have, as this node does every minute. */
    void lookForDoubles() {
        doubles.look();
    }

    @Override
    public Optional<Subscriber> stored(String id) {
        refresh(id);
        return directory.subscriber(id);
    }

    @Override
    public boolean isUnreadable(String id) {
        return refresh(id) && directory.isUnreadable(id);
    }

    @Override
    public synchronized Subscriber put(
            Subscriber subscriber, Expected<Subscriber> expected, Order order) {
        String id = subscriber.id();
        return new Entry(id)
                .change(
                        expected,
                        before -> {
                            if (!expected.isAnything()) {
                                directory.refuseUnreadable(id);
                            }
                            Subscriber after = keepingQuarantine(subscriber, before);
                            if (!before.equals(Optional.of(after))) {
                                rules.check(List.of(after), Set.of());
                            }
                            return Optional.of(after);
                        },
                        (before, after) ->
                                Change.of(
                                        "put-subscribers",
                                        id,
                                        directory.putText(after.orElseThrow())),
                        auditLog,
                        order)
                .orElseThrow();
    }

    @Override
    public void check(Collection<Subscriber> put, Collection<String> removed) {
        Map<String, Subscriber> changed = changed(put);
        rules.check(changed.values(), gone(changed.keySet(), put, removed));
    }

    @Override
    public synchronized Set<String> apply(
            Collection<Subscriber> put,
            Collection<String> removed,
            Subscribers seen,
            Order order,
            IntConsumer progress) {
        List<String> ids = new ArrayList<>(removed);
        put.forEach(s -> ids.add(s.id()));
        // before what there is: what another node changes meanwhile is not overwritten then
        Map<String, Long> versions = directory.versions(ids);
        Map<String, Subscriber> changed = changed(put);
        Set<String> gone = new LinkedHashSet<>(removed);
        Set<String> early = directory.changedSince(seen, changed.keySet());
        changed.keySet().removeAll(early);
        for (String id : directory.changedSince(seen, removed)) {
            gone.remove(id);
            if (versions.containsKey(id)) {
                early.add(id);
            }
        }
        gone = gone(changed.keySet(), put, gone);
        Set<String> overtaken = new HashSet<>(early);
        if (!changed.isEmpty() || !gone.isEmpty()) {
            rules.check(changed.values(), gone);
            Set<String> late = writeAll(changed, gone, versions, order, progress);
            awaitEvents(changed.values());
            // whom others changed have the exemptions that those leave them
            exemptions.settle(
                    Sets.difference(changed.keySet(), late), Sets.difference(gone, late), order);
            exemptions.stay(Sets.intersection(gone, late), order);
            overtaken.addAll(late);
        }
        bulk.tellOvertaken(early);
        // it may be this node that was not told of them
        overtaken.forEach(this::refresh);
        return overtaken;
    }

    private Set<String> writeAll(
            Map<String, Subscriber> changed,
            Set<String> gone,
            Map<String, Long> versions,
            Order order,
            IntConsumer progress) {
        Set<String> strangers;
        Change summary;
        try {
            strangers = exemptions.begin(changed.keySet(), gone, order);
            summary = BatchAudit.record(auditLog, order, changed, gone, directory);
        } catch (RuntimeException e) {
            exemptions.stay(gone, order);
            throw e;
        }
        try {
            return bulk.write(
                    SubscriberRows.of(changed.values(), gone, versions, strangers),
                    order,
                    progress);
        } catch (NothingChangedException e) {
            AuditedChange.retract(auditLog, order, summary, e.getMessage());
            exemptions.stay(gone, order);
            throw e;
        }
    }

    /** What is different, by identifier. */
    private Map<String, Subscriber> changed(Collection<Subscriber> put) {
        Map<String, Subscriber> changed = new LinkedHashMap<>();
        Set<String> named = new HashSet<>();
        for (Subscriber subscriber : put) {
            if (!named.add(subscriber.id())) {
                throw new IllegalArgumentException(
                        "subscriber " + subscriber.id() + " is named twice");
            }
            Optional<Subscriber> former = directory.subscriber(subscriber.id());
            Subscriber now = keepingQuarantine(subscriber, former);
            if (!former.filter(now::equals).isPresent()) {
                changed.put(now.id(), now);
            }
        }
        return changed;
    }

    private Set<String> gone(
            Set<String> changed, Collection<Subscriber> put, Collection<String> removed) {
        Set<String> gone = new LinkedHashSet<>(removed);
        gone.forEach(id -> existing(id, directory.subscriber(id)));
        put.stream()
                .map(Subscriber::id)
                .filter(id -> changed.contains(id) && gone.contains(id))
                .findFirst()
                .ifPresent(
                        id -> {
                            throw new IllegalArgumentException(
                                    "subscriber " + id + " is both put and removed");
                        });
        return gone;
    }

    /** Only a release ends a quarantine; an import that knows nothing of it must not. */
    private static Subscriber keepingQuarantine(
            Subscriber subscriber, Optional<Subscriber> former) {
        Optional<Quarantine> kept = former.flatMap(Subscriber::quarantine);
        return kept.isPresent() && !subscriber.quarantine().isPresent()
                ? subscriber.toBuilder().quarantine(kept.get()).build()
                : subscriber;
    }

    /** Whoever ordered many changes finds them done; their events come a moment later. */
    private void awaitEvents(Collection<Subscriber> changed) {
        for (Subscriber subscriber : changed) {
            if (!directory.subscriber(subscriber.id()).filter(subscriber::equals).isPresent()) {
                refresh(subscriber.id());
            }
        }
    }

    /** One subscriber in the store, with its exemptions. */
    private final class Entry extends SharedEntry<Subscriber> {
        private final String id;
        private Set<String> strangers = Set.of();

        private Entry(String id) {
            super("subscriber " + id);
            this.id = id;
        }

        @Override
        protected void refresh() {
            SubscriberManager.this.refresh(id);
        }

        @Override
        protected long version() {
            return directory.version(id).orElse(0);
        }

        @Override
        protected Optional<Subscriber> present() {
            return directory.subscriber(id);
        }

        @Override
        protected String text(Subscriber subscriber) {
            return StoredSubscriber.text(subscriber);
        }

        @Override
        protected boolean isToBeWritten(Optional<Subscriber> same) {
            return !same.isPresent() && directory.isUnreadable(id);
        }

        @Override
        protected void prepare(Optional<Subscriber> after, Order order) {
            strangers = exemptions.begin(put(after), gone(after), order);
        }

        @Override
        protected boolean write(long version, Optional<Subscriber> after) {
            if (after.isPresent()) {
                exemptions.expect(strangers);
            }
            boolean done = store.write(id, version, after.map(StoredSubscriber::text));
            refresh();
            return done;
        }

        @Override
        protected void abandon(Optional<Subscriber> after, Order order) {
            boolean isPut = after.isPresent();
            try {
                refresh();
                isPut = isPut && present().equals(after);
            } finally {
                if (isPut) {
                    exemptions.endStrangers(strangers, order);
                }
            }
            exemptions.stay(gone(after), order);
        }

        @Override
        protected void settle(Optional<Subscriber> after, Order order) {
            exemptions.endStrangers(strangers, order);
            exemptions.settle(put(after), gone(after), order);
        }

        private Set<String> put(Optional<Subscriber> after) {
            return after.isPresent() ? Set.of(id) : Set.of();
        }

        private Set<String> gone(Optional<Subscriber> after) {
            return after.isPresent() ? Set.of() : Set.of(id);
        }
    }

    /** Changes one thing of a subscriber that there is. */
    private Subscriber changeExisting(
            String id,
            Expected<Subscriber> expected,
            UnaryOperator<Subscriber> change,
            Function<Subscriber, Change> told,
            Order order) {
        return new Entry(id)
                .change(
                        expected,
                        before -> Optional.of(change.apply(existing(id, before))),
                        (before, after) -> told.apply(before.orElseThrow()),
                        auditLog,
                        order)
                .orElseThrow();
    }

    @Override
    public synchronized Subscriber setClass(
            String id, String serviceClass, Expected<Subscriber> expected, Order order) {
        return changeExisting(
                id,
                expected,
                before -> {
                    rules.refuseQuarantine(serviceClass);
                    Subscriber after = before.toBuilder().serviceClass(serviceClass).build();
                    rules.check(List.of(after), Set.of());
                    return after;
                },
                before ->
                        Change.of(
                                "set-class",
                                id,
                                id + " from " + before.serviceClass() + " to " + serviceClass),
                order);
    }

    @Override
    public Subscriber quarantine(
            String id,
            String serviceClass,
            String reason,
            Expected<Subscriber> expected,
            Order order) {
        rules.requireQuarantine(serviceClass);
        Quarantine quarantine =
                new Quarantine(
                        serviceClass,
                        Reasons.checked(reason),
                        Instant.now().truncatedTo(ChronoUnit.MILLIS),
                        order.by());
        // nothing else is checked: neither a class that went nor a flaw, of its own or of
        // another's, keeps abuse going
        return changeExisting(
                id,
                expected,
                before -> before.toBuilder().quarantine(quarantine).build(),
                before ->
                        Change.of("quarantine", id, id + ": " + quarantine)
                                .because(quarantine.reason()),
                order);
    }

    @Override
    public Subscriber release(String id, Expected<Subscriber> expected, Order order) {
        // what it had before is its own again, whatever became of it meanwhile
        return changeExisting(
                id,
                expected,
                before -> {
                    if (!before.quarantine().isPresent()) {
                        throw new IllegalArgumentException(
                                "subscriber "
                                        + id
                                        + " is not quarantined; postern-quarantines lists who is");
                    }
                    return before.toBuilder().quarantine(null).build();
                },
                before ->
                        Change.of("release", id, id + " from " + before.quarantine().orElseThrow()),
                order);
    }

    @Override
    public synchronized void remove(String id, Expected<Subscriber> expected, Order order) {
        new Entry(id)
                .change(
                        expected,
                        before -> {
                            if (!directory.isUnreadable(id)) {
                                existing(id, before);
                            }
                            journal.refuseWhileAdded(id);
                            rules.check(Set.of(), Set.of(id));
                            return Optional.empty();
                        },
                        (before, after) ->
                                Change.of(
                                        "remove-subscriber",
                                        id,
                                        before.map(Subscriber::toString)
                                                .orElseGet(() -> directory.unreadableText(id))),
                        auditLog,
                        order);
    }

    private static Subscriber existing(String id, Optional<Subscriber> present) {
        return present.orElseThrow(
                () ->
                        new IllegalArgumentException(
                                "there is no subscriber \""
                                        + id
                                        + "\": postern-subscribers lists those that exist"));
    }
}
