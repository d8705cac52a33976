package org.postern.audit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Deque;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.onosproject.cluster.ClusterService;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes down what became of configuration: ONOS tells every node of it, and one of them does it.
 *
 * <p>All nodes are told the same in the same order. The store has, for each configuration, the
 * digests of what it was one after the other; who adds the next takes it down. A node that is told
 * of something later finds it there, behind what it was told before.
 */
public final class ConfigurationAudit {
    private static final String UNKNOWN = "unknown";

    /** ONOS does not tell who changes its network configuration. */
    public static final Order NETWORK = new Order(UNKNOWN, Order.Interface.NETWORK_CONFIGURATION);

    /** Nor who sets properties of components. */
    static final Order COMPONENTS = new Order(UNKNOWN, Order.Interface.COMPONENT_CONFIGURATION);

    /** When to try again what the store did not take. Seconds. */
    private static final int STORE_AGAIN = 5;

    /** So far may a node be behind the others, in changes of one configuration. */
    private static final int REMEMBERED = 32;

    /** What one that was deleted is. */
    private static final String DELETED = "";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final Logger own = LoggerFactory.getLogger(getClass());
    private final ClusterService cluster;
    private final AuditLog log;
    private final Order by;
    private final String whenDeleted;
    private final Executor storing;
    private final ConsistentMap<String, String> store;

    /** Whoever tells waits for nobody, neither for the store nor for who waits for that. */
    private final Deque<Told> owed = new ConcurrentLinkedDeque<>();

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
                .forEach(e -> known.put(e.getKey(), new History(e.getValue().value()).last()));
    }

    /**
     * Has it taken down what a configuration is, unless it was that already. If the store does not
     * answer, that is tried again.
     *
     * @param key what it is the configuration of
     * @param json what it is now; empty if it was deleted
     */
    public void told(String key, Optional<String> json) {
        told(key, json, DELETED);
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
        owed.add(new Told(key, json.orElse(DELETED), unconfigured));
        storing.execute(this::settleOrAgain);
    }

    private void settleOrAgain() {
        try {
            settle();
        } catch (RuntimeException e) {
            own.warn("A change of configuration is not audited yet; trying again", e);
            CompletableFuture.delayedExecutor(STORE_AGAIN, TimeUnit.SECONDS, storing)
                    .execute(this::settleOrAgain);
        }
    }

    /** Takes down what is owed, in order; if the store fails, the rest is owed still. */
    private synchronized void settle() {
        while (!owed.isEmpty()) {
            Told next = owed.peek();
            // if another node was a moment faster, look again
            if (settled(next)) {
                owed.remove();
            }
        }
    }

    /** Takes one down, or sees that it was; false if another node was in between. */
    private boolean settled(Told told) {
        Versioned<String> stored = store.get(told.key);
        History history = stored == null ? new History() : new History(stored.value());
        long at = history.find(told.digest(), known.getOrDefault(told.key, 0L));
        if (at == 0) {
            History next = history.followedBy(told, local().toString());
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
        known.put(told.key, at);
        if (at == history.last() && history.isOwedBy(this::isGone)) {
            History taken = history.owedBy(local().toString());
            if (!store.replace(told.key, stored.version(), taken.text())) {
                return false;
            }
            takeDown(told.key, taken);
        }
        return true;
    }

    private void takeDown(String key, History history) {
        log.record(by, history.change(key, whenDeleted));
        store.replace(key, history.text(), history.owedBy("").text());
    }

    private NodeId local() {
        return cluster.getLocalNode().id();
    }

    /** Whether nobody else will take down what a node began to: it was this one, or is gone. */
    private boolean isGone(String node) {
        NodeId id = NodeId.nodeId(node);
        ControllerNode.State state = cluster.getState(id);
        return id.equals(local()) || state == null || state == ControllerNode.State.INACTIVE;
    }

    /** What ONOS told. */
    private static final class Told {
        private final String key;
        private final String json;

        /** What it was before, if nobody knows anything else. */
        private final String unconfigured;

        private Told(String key, String json, String unconfigured) {
            this.key = key;
            this.json = json;
            this.unconfigured = unconfigured;
        }

        private String digest() {
            return Hashing.sha256().hashString(json, StandardCharsets.UTF_8).toString();
        }
    }

    /** What a configuration was, one after the other. */
    private static final class History {
        private static final String LAST = "last";
        private static final String DIGESTS = "digests";
        private static final String BEFORE = "before";
        private static final String AFTER = "after";
        private static final String OWED_BY = "owedBy";

        private final JsonNode json;

        private History() {
            json = JsonNodeFactory.instance.objectNode();
        }

        private History(String stored) {
            JsonNode read;
            try {
                read = MAPPER.readTree(stored);
            } catch (JsonProcessingException e) {
                // what follows is taken down as if it were the first
                read = JsonNodeFactory.instance.objectNode();
            }
            json = read;
        }

        private History(ObjectNode json) {
            this.json = json;
        }

        private String text() {
            return json.toString();
        }

        private long last() {
            return json.path(LAST).asLong();
        }

        /** Finds a digest, from one on; 0 if it is not there. */
        private long find(String digest, long from) {
            JsonNode digests = json.path(DIGESTS);
            for (int i = 0; i < digests.size(); i++) {
                long number = last() - digests.size() + 1 + i;
                if (number >= from && digests.path(i).asText().equals(digest)) {
                    return number;
                }
            }
            return 0;
        }

        private History followedBy(Told next, String by) {
            ObjectNode after =
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("v", 1)
                            .put(LAST, last() + 1)
                            .put(BEFORE, json.path(AFTER).asText(next.unconfigured))
                            .put(AFTER, next.json)
                            .put(OWED_BY, by);
            ArrayNode digests = after.putArray(DIGESTS);
            json.path(DIGESTS).forEach(digests::add);
            digests.add(next.digest());
            if (digests.size() > REMEMBERED) {
                digests.remove(0);
            }
            return new History(after);
        }

        private History owedBy(String node) {
            return new History(((ObjectNode) json.deepCopy()).put(OWED_BY, node));
        }

        private boolean isOwedBy(Predicate<String> whom) {
            String node = json.path(OWED_BY).asText();
            return !node.isEmpty() && whom.test(node);
        }

        private Change change(String key, String whenDeleted) {
            Optional<String> before = value(BEFORE);
            Optional<String> after = value(AFTER);
            String text =
                    after.isPresent()
                            ? key + (before.isPresent() ? " is different" : " is new")
                            : key + " was deleted, " + whenDeleted;
            return Change.of(after.isPresent() ? "configure" : "delete-configuration", key, text)
                    .between(before, after);
        }

        private Optional<String> value(String name) {
            return Optional.of(json.path(name).asText()).filter(text -> !text.equals(DELETED));
        }
    }
}
