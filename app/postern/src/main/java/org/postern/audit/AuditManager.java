package org.postern.audit;

import static org.onlab.util.Tools.groupedThreads;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Iterables;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.onosproject.cfg.ComponentConfigService;
import org.onosproject.cluster.ClusterService;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageException;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.component.Settings;
import org.postern.drivers.FrontTable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the audit log in ONOS's distributed store, and writes each entry to a logger. Nothing here
 * changes or removes an entry, but that the oldest of whoever has most go when there are too many
 * or they are too large.
 *
 * <p>An entry's number is the next after the last: it is written as "put if absent", so of two
 * nodes that want the same number one goes on to the next. Each names the one before it in its
 * share; one that is named, is missing, and is not older than all of its share that are kept, says
 * that somebody tampered with the store. The newest entry always stays, and the highest number that
 * went is remembered: so a node that was told nothing for long does not use one again.
 */
@Component(
        immediate = true,
        service = {AuditLog.class, AuditService.class},
        property = {
            AuditManager.ENTRIES_KEPT + ":Integer=" + AuditManager.ENTRIES_KEPT_DEFAULT,
            AuditManager.BYTES_KEPT + ":Long=" + AuditManager.BYTES_KEPT_DEFAULT
        })
public class AuditManager implements AuditLog, AuditService {
    /** Component property: how many entries are kept. */
    static final String ENTRIES_KEPT = "entriesKept";

    static final int ENTRIES_KEPT_DEFAULT = 20_000;

    /** Component property: how many bytes entries and their details may take in the store. */
    static final String BYTES_KEPT = "bytesKept";

    static final long BYTES_KEPT_DEFAULT = 64L << 20;

    /** Fewer would not last for a day's work. */
    private static final int FEWEST_ENTRIES = 100;

    /** Characters of an entry. The store takes 1 MiB as one value at most. */
    private static final int LARGEST_ENTRY = 128 << 10;

    /** Characters that are left of each text of a change that is larger. */
    private static final int ABRIDGED = 4_096;

    /** Key of the highest number of an entry that went. */
    private static final String HIGHEST = "highest";

    /** When to try again what the store did not take. Seconds. */
    private static final int STORE_AGAIN = 5;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final LoggedAudit lines = new LoggedAudit();
    private final KeptEntries kept = new KeptEntries();
    private final MapEventListener<Long, String> storeListener = this::stored;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ClusterService clusterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ComponentConfigService componentConfigService;

    private final Clock clock;

    /** Where what Postern did by itself is taken down: it is not to wait for the store. */
    private final ScheduledExecutorService own;

    private ConsistentMap<Long, String> store;
    private ConsistentMap<String, Long> trimmed;
    private Details details;
    private volatile int entriesKept = ENTRIES_KEPT_DEFAULT;
    private volatile long bytesKept = BYTES_KEPT_DEFAULT;

    /** Creates the manager. */
    public AuditManager() {
        this(
                Clock.systemUTC(),
                Executors.newSingleThreadScheduledExecutor(groupedThreads("postern", "audit")));
    }

    /**
     * Creates the manager.
     *
     * @param clock tells when something was taken down
     * @param own takes down what Postern did by itself; shut down with this component
     */
    protected AuditManager(Clock clock, ScheduledExecutorService own) {
        this.clock = clock;
        this.own = own;
    }

    @Activate
    protected void activate(ComponentContext context) {
        ApplicationId appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        componentConfigService.registerProperties(getClass());
        modified(context);
        store =
                storageService
                        .<Long, String>consistentMapBuilder()
                        .withName("postern-audit")
                        .withApplicationId(appId)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
        trimmed =
                storageService
                        .<String, Long>consistentMapBuilder()
                        .withName("postern-audit-trimmed")
                        .withApplicationId(appId)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
        details = new Details(storageService, appId);
        store.addListener(storeListener);
        readAll();
        try {
            details.removeOrphans(kept.all(), clock.instant());
        } catch (StorageException e) {
            log.warn("Details that no entry tells of could not be removed yet", e);
        }
        AuditExtent extent = kept.extent();
        log.info("Started with {} entries, {} to {}", extent.kept(), extent.first(), extent.last());
    }

    @Deactivate
    protected void deactivate() {
        store.removeListener(storeListener);
        componentConfigService.unregisterProperties(getClass(), false);
        own.shutdown();
        log.info("Stopped");
    }

    @Modified
    protected void modified(ComponentContext context) {
        Settings set = Settings.of(context, log);
        entriesKept =
                set.number(
                        ENTRIES_KEPT,
                        entriesKept,
                        ENTRIES_KEPT_DEFAULT,
                        FEWEST_ENTRIES,
                        Integer.MAX_VALUE);
        bytesKept = set.number(BYTES_KEPT, bytesKept, BYTES_KEPT_DEFAULT, 1L << 20, Long.MAX_VALUE);
    }

    private void stored(MapEvent<Long, String> event) {
        switch (event.type()) {
            case INSERT:
                learn(event.key(), Versioned.valueOrNull(event.newValue()));
                break;
            case REMOVE:
                kept.forget(event.key());
                break;
            default:
                log.error("Entry {} of the audit log was changed by somebody", event.key());
                break;
        }
    }

    private void learn(long number, String text) {
        readable(number, text).ifPresent(kept::learn);
    }

    private Optional<AuditEntry> readable(long number, String text) {
        try {
            return Optional.of(AuditEntry.read(number, text));
        } catch (IllegalArgumentException e) {
            log.error("Entry {} of the audit log cannot be read: {}", number, e.getMessage());
            return Optional.empty();
        }
    }

    private void readAll() {
        List<AuditEntry> all = new ArrayList<>();
        for (Map.Entry<Long, Versioned<String>> entry : store.entrySet()) {
            readable(entry.getKey(), entry.getValue().value()).ifPresent(all::add);
        }
        kept.learnAll(all);
    }

    /** Sees to it that what this node knows is in the store still: an event may have been lost. */
    private void confirm() {
        long last = kept.last();
        if (last > 0 && !store.containsKey(last)
                || last < highestTrimmed()
                || kept.isIncomplete()) {
            readAll();
        }
    }

    private long highestTrimmed() {
        return Optional.ofNullable(Versioned.valueOrNull(trimmed.get(HIGHEST))).orElse(0L);
    }

    /** Sees to it that this node knows all that is in the store. */
    private synchronized void catchUp() {
        confirm();
        long next = kept.last() + 1;
        for (String text = at(next); text != null; text = at(++next)) {
            learn(next, text);
        }
    }

    private String at(long number) {
        return Versioned.valueOrNull(store.get(number));
    }

    @Override
    public void record(Order order, Change change) {
        if (order.via() == Order.Interface.POSTERN) {
            Instant at = now();
            own.execute(() -> recordOwn(at, order, change));
        } else {
            write(now(), order, change, List.of());
        }
    }

    /** What Postern did by itself is a fact: it is taken down when the store answers. */
    private void recordOwn(Instant at, Order order, Change change) {
        try {
            write(at, order, change, List.of());
        } catch (RuntimeException e) {
            log.warn(
                    "The store does not take what Postern did, trying again: {}", change.text(), e);
            if (own.isShutdown()) {
                lines.record(order, change);
            } else {
                own.schedule(() -> recordOwn(at, order, change), STORE_AGAIN, TimeUnit.SECONDS);
            }
        }
    }

    @Override
    public void record(Order order, Change summary, Iterable<Change> changes) {
        write(now(), order, summary, changes);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    private void write(Instant at, Order order, Change ordered, Iterable<Change> changes) {
        Change change = ordered.orderedBy(order);
        String node = clusterService.getLocalNode().id().toString();
        ObjectNode whole = Stored.entry(at, node, order, change);
        boolean fits = whole.toString().length() <= LARGEST_ENTRY;
        // whole configurations may be large: what it made of what is kept compressed then
        ObjectNode json = fits ? whole : Stored.entry(at, node, order, abridged(change));
        Optional<ObjectNode> where =
                details.write(
                        at,
                        Iterables.transform(
                                fits ? changes : Iterables.concat(List.of(change), changes),
                                one -> {
                                    Change detail = one.orderedBy(order);
                                    lines.detail(order, detail);
                                    return detail;
                                }));
        where.ifPresent(w -> json.set(Stored.DETAILS, w));
        AuditEntry entry = append(json);
        lines.record(order, change, entry);
        trim();
    }

    /** What an entry says of a change that is too large for it. */
    private static Change abridged(Change change) {
        return Change.of(change.action(), abridged(change.subject()), abridged(change.text()))
                .because(abridged(change.reason()));
    }

    private static String abridged(String text) {
        return text.length() <= ABRIDGED ? text : text.substring(0, ABRIDGED) + "…";
    }

    private synchronized AuditEntry append(ObjectNode json) {
        confirm();
        String share = AuditEntry.read(0, json.toString()).share();
        long number = kept.last() + 1;
        while (true) {
            json.remove(Stored.PREVIOUS);
            long previous = kept.lastOf(share);
            if (previous > 0) {
                json.put(Stored.PREVIOUS, previous);
            }
            String text = json.toString();
            String other = Versioned.valueOrNull(store.putIfAbsent(number, text));
            if (other != null) {
                learn(number, other);
                number++;
            } else if (number <= highestTrimmed()) {
                // another node had it and let it go a moment ago
                store.remove(number, text);
                readAll();
                number = kept.last() + 1;
            } else {
                AuditEntry entry = AuditEntry.read(number, text);
                kept.learn(entry);
                return entry;
            }
        }
    }

    /** The oldest of whoever has most go. What could not be removed goes with the next entry. */
    private void trim() {
        try {
            for (Optional<AuditEntry> oldest = kept.excess(entriesKept, bytesKept);
                    oldest.isPresent();
                    oldest = kept.excess(entriesKept, bytesKept)) {
                AuditEntry entry = oldest.get();
                trimmed.compute(
                        HIGHEST,
                        (key, highest) ->
                                highest != null && highest > entry.number()
                                        ? highest
                                        : Long.valueOf(entry.number()));
                store.remove(entry.number());
                kept.forget(entry.number());
                if (entry.details() > 0) {
                    details.remove(entry.whereDetails());
                }
            }
        } catch (StorageException e) {
            log.warn("The oldest audit entries could not be removed yet", e);
        }
    }

    @Override
    public AuditExtent extent() {
        catchUp();
        return kept.extent();
    }

    @Override
    public AuditPage entries(AuditQuery query) {
        Cursor cursor = query.cursor().map(Cursor::parse).orElse(Cursor.BEGINNING);
        AuditExtent extent = extent();
        List<AuditEntry> page = new ArrayList<>();
        for (AuditEntry entry : ordered(query)) {
            if (cursor.isBefore(entry.number(), query.isOldestFirst())) {
                continue;
            }
            int skip = cursor.number == entry.number() ? cursor.shown : 0;
            List<AuditEntry> matching = matching(entry, query);
            for (int i = skip; i < matching.size(); i++) {
                if (page.size() == query.limit()) {
                    return new AuditPage(page, new Cursor(entry.number(), i).toString(), extent);
                }
                page.add(matching.get(i));
            }
        }
        return new AuditPage(page, null, extent);
    }

    private List<AuditEntry> ordered(AuditQuery query) {
        List<AuditEntry> all = kept.all();
        if (!query.isOldestFirst()) {
            Collections.reverse(all);
        }
        return all;
    }

    /** An entry if it is asked for, and those of its single changes that are of the subject. */
    private List<AuditEntry> matching(AuditEntry entry, AuditQuery query) {
        List<AuditEntry> all = new ArrayList<>();
        if (query.matchesOrder(entry)) {
            if (query.matchesChange(entry)) {
                all.add(entry);
            }
            if (query.subject().isPresent()) {
                readDetails(entry, query, all::add);
            }
        }
        return all;
    }

    private void readDetails(AuditEntry entry, AuditQuery query, Consumer<AuditEntry> each) {
        if (entry.details() == 0) {
            return;
        }
        boolean wholly =
                details.read(
                        entry.whereDetails(),
                        query.subject(),
                        (index, change) -> {
                            AuditEntry one = entry.detail(index, change);
                            if (query.matchesChange(one) || isOfAction(entry, query)) {
                                each.accept(one);
                            }
                        });
        if (!wholly && store.containsKey(entry.number())) {
            throw new IllegalStateException(
                    "details of audit entry "
                            + entry.number()
                            + " are not in the store: somebody removed them");
        }
    }

    /** A bulk change is asked for by its own action as well as by those of its single changes. */
    private static boolean isOfAction(AuditEntry entry, AuditQuery query) {
        return query.action().map(entry.action()::equals).orElse(false);
    }

    @Override
    public void export(AuditQuery query, Consumer<AuditEntry> each) {
        catchUp();
        for (AuditEntry entry : kept.all()) {
            if (query.matchesOrder(entry)) {
                if (query.matchesChange(entry)) {
                    each.accept(entry);
                }
                readDetails(entry, query, each);
            }
        }
    }

    /** Where a page ended. */
    private static final class Cursor {
        private static final Cursor BEGINNING = new Cursor(0, 0);

        private final long number;

        /** How many of what is listed for that entry were shown. */
        private final int shown;

        private Cursor(long number, int shown) {
            this.number = number;
            this.shown = shown;
        }

        private static Cursor parse(String text) {
            String[] parts = text.split("\\.", -1);
            try {
                if (parts.length == 2) {
                    Cursor cursor =
                            new Cursor(Long.parseLong(parts[0]), Integer.parseInt(parts[1]));
                    if (cursor.number > 0 && cursor.shown >= 0) {
                        return cursor;
                    }
                }
            } catch (NumberFormatException e) {
                // told below
            }
            throw new IllegalArgumentException(
                    "cursor \"" + text + "\" is none: give what the page before said, as it is");
        }

        /** Whether an entry was shown already, as a whole. */
        private boolean isBefore(long other, boolean oldestFirst) {
            return number > 0 && (oldestFirst ? other < number : other > number);
        }

        @Override
        public String toString() {
            return number + "." + shown;
        }
    }
}
