package org.postern.infrastructure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.onosproject.cluster.ClusterService;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageException;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;

/**
 * Takes down what became of network configuration: ONOS tells every node of it, and one of them
 * does it.
 *
 * <p>All nodes are told the same in the same order. The store has, for each configuration, the
 * digests of what it was one after the other; who adds the next takes it down. A node that is told
 * of something later finds it there, behind what it was told before.
 */
final class ConfigurationAudit {
    /** ONOS does not tell who changes its network configuration. */
    private static final Order SOMEBODY =
            new Order("unknown", Order.Interface.NETWORK_CONFIGURATION);

    /** So far may a node be behind the others, in changes of one configuration. */
    private static final int REMEMBERED = 32;

    /** What one that was deleted is. */
    private static final String DELETED = "";

    private static final ObjectMapper MAPPER = new ObjectMapper();

    private final ClusterService cluster;
    private final AuditLog log;
    private final ConsistentMap<String, String> store;
    private final Deque<Told> owed = new ArrayDeque<>();

    /** By configuration, which of what it was this node was told last. */
    private final Map<String, Long> known = new HashMap<>();

    ConfigurationAudit(
            StorageService storage, ApplicationId owner, ClusterService cluster, AuditLog log) {
        this.cluster = cluster;
        this.log = log;
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
     * Takes note; {@link #settle} does the rest.
     *
     * @param key what it is the configuration of
     * @param json what it is now; empty if it was deleted
     */
    synchronized void told(String key, Optional<String> json) {
        owed.add(new Told(key, json.orElse(DELETED)));
    }

    /**
     * Takes down what is owed, in order.
     *
     * @throws StorageException if the store fails; the rest is owed still
     */
    synchronized void settle() {
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
        log.record(SOMEBODY, history.change(key));
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

        private Told(String key, String json) {
            this.key = key;
            this.json = json;
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
                            .put(BEFORE, json.path(AFTER).asText(DELETED))
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

        private Change change(String key) {
            Optional<String> before = value(BEFORE);
            Optional<String> after = value(AFTER);
            String text =
                    after.isPresent()
                            ? key + (before.isPresent() ? " is different" : " is new")
                            : key + " was deleted, the last good configuration stays in force";
            return Change.of(after.isPresent() ? "configure" : "delete-configuration", key, text)
                    .between(before, after);
        }

        private Optional<String> value(String name) {
            return Optional.of(json.path(name).asText()).filter(text -> !text.equals(DELETED));
        }
    }
}
