package org.postern.audit;

import java.time.Duration;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.onosproject.cluster.ClusterService;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.postern.replica.Peers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes down what became of configuration: ONOS tells every node of it, and one of them does it.
 *
 * <p>All nodes are told the same in the same order. The store has, for each configuration, the
 * digests of what it was one after the other; who adds the next takes it down, and nobody adds
 * another one before that is done. A node that is told of something later finds it there, behind
 * what it was told before.
 */
public final class ConfigurationAudit {
    private static final String UNKNOWN = "unknown";

    /** ONOS does not tell who changes its network configuration. */
    public static final Order NETWORK = new Order(UNKNOWN, Order.Interface.NETWORK_CONFIGURATION);

    /** Nor who sets properties of components. */
    static final Order COMPONENTS = new Order(UNKNOWN, Order.Interface.COMPONENT_CONFIGURATION);

    /** When to try again what the store did not take. Seconds. */
    private static final int STORE_AGAIN = 5;

    /** So long a node that is up may owe a change before another one takes it down. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Logger own = LoggerFactory.getLogger(getClass());
    private final ClusterService cluster;
    private final AuditLog log;
    private final Order by;
    private final String whenDeleted;
    private final Executor storing;
    private final ConsistentMap<String, String> store;

    /** Whoever tells waits for nobody, neither for the store nor for who waits for that. */
    private final Deque<Told> owed = new ConcurrentLinkedDeque<>();

    /** Whether it is to be tried again in a moment what the store did not take. */
    private final AtomicBoolean trying = new AtomicBoolean();

    private final LongSupplier nanoTime;

    /** By configuration, which of what it was this node was told last. */
    private final Map<String, Long> known = new ConcurrentHashMap<>();

    /**
     * Begins to take down.
     *
     * @param storage has what was told already
     * @param owner of what is stored
     * @param cluster the nodes of which one takes down
     * @param log where it is taken down
     * @param by who changes it, as far as ONOS tells
     * @param whenDeleted what holds if one is deleted, in words
     * @param storing where the store is written to: whoever tells waits for nobody
     */
    public ConfigurationAudit(
            StorageService storage,
            ApplicationId owner,
            ClusterService cluster,
            AuditLog log,
            Order by,
            String whenDeleted,
            Executor storing) {
        this(storage, owner, cluster, log, by, whenDeleted, storing, System::nanoTime);
    }

    /**
     * Begins to take down, by another clock.
     *
     * @param nanoTime tells how much later it is
     */
    ConfigurationAudit(
            StorageService storage,
            ApplicationId owner,
            ClusterService cluster,
            AuditLog log,
            Order by,
            String whenDeleted,
            Executor storing,
            LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.cluster = cluster;
        this.log = log;
        this.by = by;
        this.whenDeleted = whenDeleted;
        this.storing = storing;
        store =
                storage.<String, String>consistentMapBuilder()
                        .withName("postern-audited-configuration")
                        .withApplicationId(owner)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
        store.entrySet()
                .forEach(
                        e ->
                                known.put(
                                        e.getKey(),
                                        ConfigurationHistory.read(e.getValue().value()).last()));
    }

    /**
     * Has it taken down what a configuration is, unless it was that already. If the store does not
     * answer, that is tried again.
     *
     * @param key what it is the configuration of
     * @param json what it is now; empty if it was deleted
     */
    public void told(String key, Optional<String> json) {
        told(key, json, ConfigurationHistory.DELETED);
    }

    /**
     * Likewise, of what is there before anybody configures it: that alone is not taken down.
     *
     * @param key what it is the configuration of
     * @param json what it is now
     * @param unconfigured what it is, or was, if nobody ever configured it as far as is known
     */
    public void told(String key, String json, String unconfigured) {
        if (!json.equals(unconfigured) || isKnown(key)) {
            told(key, Optional.of(json), unconfigured);
        }
    }

    /**
     * Tells whether anything of a configuration was taken down, or will be, as far as this node
     * knows.
     *
     * @param key what it is the configuration of
     * @return false if there never was one
     */
    public boolean isKnown(String key) {
        return known.containsKey(key) || owed.stream().anyMatch(told -> told.key.equals(key));
    }

    private void told(String key, Optional<String> json, String unconfigured) {
        owed.add(new Told(key, json.orElse(ConfigurationHistory.DELETED), unconfigured));
        storing.execute(this::settleOrAgain);
    }

    private void settleOrAgain() {
        if (!settle() && !trying.getAndSet(true)) {
            CompletableFuture.delayedExecutor(STORE_AGAIN, TimeUnit.SECONDS, storing)
                    .execute(this::again);
        }
    }

    private void again() {
        trying.set(false);
        settleOrAgain();
    }

    /**
     * Takes down what is owed, of each configuration in order; if one of them cannot be, what comes
     * after it is owed still, and the others are taken down.
     *
     * @return whether nothing is owed any more
     */
    private synchronized boolean settle() {
        Set<String> held = new HashSet<>();
        for (Iterator<Told> left = owed.iterator(); left.hasNext(); ) {
            Told next = left.next();
            try {
                if (!held.contains(next.key)) {
                    settle(next);
                    left.remove();
                }
            } catch (RuntimeException e) {
                own.warn("A change of {} is not audited yet; trying again", next.key, e);
                held.add(next.key);
            }
        }
        return held.isEmpty();
    }

    private void settle(Told told) {
        boolean settled;
        do {
            // if another node was a moment faster, look again
            settled = isSettled(told);
        } while (!settled);
    }

    /** Takes one down, or sees that it was; false if another node was in between. */
    private boolean isSettled(Told told) {
        Versioned<String> stored = store.get(told.key);
        ConfigurationHistory history =
                stored == null
                        ? ConfigurationHistory.NONE
                        : ConfigurationHistory.read(stored.value());
        Optional<String> owing = history.owedBy();
        long at =
                history.find(
                        ConfigurationHistory.digest(told.json), known.getOrDefault(told.key, 0L));
        if (owing.isPresent() && (isGone(owing.get()) || at == 0 && isOverdue(told, history))) {
            ConfigurationHistory taken = history.owedBy(local());
            if (store.replace(told.key, stored.version(), taken.text())) {
                takeDown(told.key, taken);
            }
            return false;
        }
        if (at != 0) {
            known.put(told.key, at);
            return true;
        }
        if (owing.isPresent()) {
            throw new IllegalStateException(
                    "node "
                            + owing.get()
                            + " has yet to take down what "
                            + told.key
                            + " was before");
        }
        ConfigurationHistory next = history.followedBy(told.json, told.unconfigured, local());
        boolean mine =
                stored == null
                        ? store.putIfAbsent(told.key, next.text()) == null
                        : store.replace(told.key, stored.version(), next.text());
        if (mine) {
            known.put(told.key, next.last());
            takeDown(told.key, next);
        }
        return mine;
    }

    private void takeDown(String key, ConfigurationHistory history) {
        log.record(by, history.change(key, whenDeleted));
        store.replace(key, history.text(), history.owedBy("").text());
    }

    /** Whether another node is up and has owed a change for long: perhaps it never does it. */
    private boolean isOverdue(Told told, ConfigurationHistory history) {
        String change = history.last() + " " + history.owedBy().orElse("");
        long now = nanoTime.getAsLong();
        if (!change.equals(told.waitsFor)) {
            told.waitsFor = change;
            told.since = now;
        }
        return now - told.since >= PATIENCE.toNanos();
    }

    private String local() {
        return cluster.getLocalNode().id().toString();
    }

    /** Whether nobody else will take down what a node began to: it was this one, or is gone. */
    private boolean isGone(String node) {
        return node.equals(local()) || Peers.isGone(cluster, node);
    }

    /** What ONOS told. */
    private static final class Told {
        private final String key;
        private final String json;

        /** What it was before, if nobody knows anything else. */
        private final String unconfigured;

        /** What another node has to take down before, and since when this one waits for that. */
        private String waitsFor = "";

        private long since;

        private Told(String key, String json, String unconfigured) {
            this.key = key;
            this.json = json;
            this.unconfigured = unconfigured;
        }
    }
}
