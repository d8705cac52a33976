package org.postern.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSet;
import com.google.common.util.concurrent.MoreExecutors;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.cfg.ConfigProperty;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.osgi.framework.Bundle;
import org.osgi.framework.ServiceReference;
import org.osgi.service.cm.ConfigurationAdmin;
import org.osgi.service.cm.ConfigurationEvent;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;

class ComponentPropertiesAuditTest {
    private static final String GUARD = "org.postern.provisioning.ProvisioningManager";

    private final FakeStorage storage = new FakeStorage();
    private final Map<String, Map<String, ConfigProperty>> registered = new TreeMap<>();
    private final Map<String, Map<String, String>> configured = new TreeMap<>();
    private final List<String> audit = new ArrayList<>();
    private Node first;
    private Node second;

    /** What a node runs; its components have the properties that the test says. */
    private final class Node extends ComponentPropertiesAudit {
        private Node(String name) {
            super(MoreExecutors.newDirectExecutorService());
            coreService = new FakeCore();
            storageService = storage;
            clusterService =
                    new ClusterServiceAdapter() {
                        @Override
                        public ControllerNode getLocalNode() {
                            return new DefaultControllerNode(
                                    new NodeId(name), IpAddress.valueOf("192.0.2.1"));
                        }

                        @Override
                        public ControllerNode.State getState(NodeId node) {
                            return ControllerNode.State.READY;
                        }
                    };
            componentConfigService =
                    new ComponentConfigAdapter() {
                        @Override
                        public Set<String> getComponentNames() {
                            return registered.keySet();
                        }

                        @Override
                        public Set<ConfigProperty> getProperties(String component) {
                            return registered.containsKey(component)
                                    ? ImmutableSet.copyOf(registered.get(component).values())
                                    : null;
                        }
                    };
            auditLog = (order, change) -> audit.add(order + " " + line(change));
            activate();
        }

        @Override
        Map<String, String> configured(String component) {
            return configured.getOrDefault(component, Map.of());
        }
    }

    private static String line(Change change) {
        return change.action()
                + " "
                + change.text()
                + ": "
                + change.before().orElse("nothing")
                + " to "
                + change.after().orElse("nothing");
    }

    @BeforeEach
    void start() {
        first = new Node("n1");
        second = new Node("n2");
        register(GUARD, "guardShare", "5");
        register(GUARD, "guardFloor", "10");
        register("org.onosproject.fwd.ReactiveForwarding", "flowTimeout", "10");
    }

    private void register(String component, String name, String otherwise) {
        registered
                .computeIfAbsent(component, c -> new TreeMap<>())
                .put(
                        name,
                        ConfigProperty.defineProperty(
                                name, ConfigProperty.Type.INTEGER, otherwise, ""));
    }

    /** As {@code cfg set}, which OSGi tells each node of. */
    private void set(String component, String name, String value) {
        Map<String, ConfigProperty> all = registered.get(component);
        all.put(name, ConfigProperty.setProperty(all.get(name), value));
        Map<String, String> values = new TreeMap<>();
        all.forEach((property, is) -> values.put(property, is.value()));
        configured.put(component, values);
        tell(component);
    }

    private void tell(String component) {
        tell(component, ConfigurationEvent.CM_UPDATED);
    }

    private void tell(String component, int type) {
        for (Node node : List.of(first, second)) {
            node.configurationEvent(new ConfigurationEvent(new Teller(), type, null, component));
        }
    }

    /** OSGi's configuration service, as far as an event needs it. */
    private static final class Teller implements ServiceReference<ConfigurationAdmin> {
        @Override
        public Object getProperty(String key) {
            return null;
        }

        @Override
        public String[] getPropertyKeys() {
            return new String[0];
        }

        @Override
        public Bundle getBundle() {
            return null;
        }

        @Override
        public Bundle[] getUsingBundles() {
            return new Bundle[0];
        }

        @Override
        public boolean isAssignableTo(Bundle bundle, String className) {
            return true;
        }

        @Override
        public int compareTo(Object reference) {
            return 0;
        }
    }

    @Test
    void aChangeIsTakenDownOnceWithWhatWasAndWhatIs() {
        set(GUARD, "guardShare", "50");
        set(GUARD, "guardFloor", "1000");
        set(GUARD, "guardShare", "5");
        String line = "unknown (component-configuration) configure " + GUARD + " is different: ";
        assertEquals(
                List.of(
                        line
                                + "{\"guardFloor\":\"10\",\"guardShare\":\"5\"} to"
                                + " {\"guardFloor\":\"10\",\"guardShare\":\"50\"}",
                        line
                                + "{\"guardFloor\":\"10\",\"guardShare\":\"50\"} to"
                                + " {\"guardFloor\":\"1000\",\"guardShare\":\"50\"}",
                        line
                                + "{\"guardFloor\":\"1000\",\"guardShare\":\"50\"} to"
                                + " {\"guardFloor\":\"1000\",\"guardShare\":\"5\"}"),
                audit);
    }

    @Test
    void whatIsAsItWasIsNotTakenDownAndDefaultsAreNoChange() {
        tell(GUARD);
        assertEquals(List.of(), audit);
        set(GUARD, "guardShare", "50");
        tell(GUARD);
        first = new Node("n1");
        tell(GUARD);
        assertEquals(1, audit.size());
        set(GUARD, "guardShare", "5");
        assertEquals(2, audit.size());
    }

    @Test
    void whatTheStoreDoesNotTakeYetIsTakenDownInOrderWhenItDoes() {
        storage.failWrites(key -> true);
        set(GUARD, "guardShare", "50");
        set(GUARD, "guardShare", "5");
        assertEquals(List.of(), audit);
        storage.failWrites(key -> false);
        set(GUARD, "guardFloor", "1000");
        assertEquals(3, audit.size());
        assertTrue(audit.get(0).contains("\"guardShare\":\"50\"}"), audit.get(0));
        assertTrue(audit.get(1).endsWith("\"guardShare\":\"5\"}"), audit.get(1));
        assertTrue(audit.get(2).contains("\"guardFloor\":\"1000\""), audit.get(2));
    }

    /** As Karaf's {@code config:property-set} on a node, of which ONOS does not know. */
    private void setPastOnos(Node node, Map<String, String> values) {
        configured.put(GUARD, values);
        node.configurationEvent(
                new ConfigurationEvent(new Teller(), ConfigurationEvent.CM_UPDATED, null, GUARD));
    }

    @Test
    void whatIsSetPastOnosIsTakenDownOfEachNodeAndSoIsThatItIsGone() {
        String line = "unknown (component-configuration) ";
        String usual = "{\"guardFloor\":\"10\",\"guardShare\":\"5\"}";
        String wide = "{\"guardFloor\":\"10\",\"guardShare\":\"100\"}";
        for (Node node : List.of(first, second, first)) {
            String name = GUARD + " on " + (node == first ? "n1" : "n2");
            audit.clear();
            setPastOnos(node, Map.of("guardShare", "100"));
            setPastOnos(node, Map.of("guardShare", "100"));
            setPastOnos(node, Map.of("guardShare", "5"));
            assertEquals(
                    List.of(
                            line + "configure " + name + " is different: " + usual + " to " + wide,
                            line
                                    + "delete-configuration "
                                    + name
                                    + " was deleted, what ONOS has set holds: "
                                    + wide
                                    + " to nothing"),
                    audit);
        }
        audit.clear();
        set(GUARD, "guardShare", "50");
        assertEquals(1, audit.size(), audit.toString());
        setPastOnos(second, Map.of("guardShare", "100"));
        assertTrue(
                audit.get(1)
                        .contains(
                                "\"guardShare\":\"50\"} to {\"guardFloor\":\"10\",\"guardShare\":\"100\"}"),
                audit.toString());
    }

    @Test
    void whatIsDeletedIsTheDefaultAgain() {
        set(GUARD, "guardShare", "50");
        register(GUARD, "guardShare", "5");
        tell(GUARD, ConfigurationEvent.CM_DELETED);
        assertEquals(2, audit.size(), audit.toString());
        assertTrue(audit.get(1).endsWith("\"guardShare\":\"5\"}"), audit.get(1));
    }

    @Test
    void whatWasChangedWhileNobodyListenedIsTakenDownAfterTheStart() {
        Map<String, ConfigProperty> guard = registered.get(GUARD);
        guard.put("guardShare", ConfigProperty.setProperty(guard.get("guardShare"), "50"));
        configured.put(GUARD, Map.of("guardFloor", "10", "guardShare", "50"));
        first.compare();
        second.compare();
        assertEquals(1, audit.size(), audit.toString());
        assertTrue(audit.get(0).endsWith("\"guardShare\":\"50\"}"), audit.get(0));
    }

    @Test
    void whatIsSetBeforeTheComponentIsThereIsTakenDown() {
        registered.remove(GUARD);
        configured.put(GUARD, Map.of("guardShare", "100"));
        tell(GUARD);
        assertEquals(1, audit.size(), audit.toString());
        assertTrue(audit.get(0).endsWith("{\"guardShare\":\"100\"}"), audit.get(0));
    }

    @Test
    void othersComponentsAreNotOurs() {
        set("org.onosproject.fwd.ReactiveForwarding", "flowTimeout", "1");
        assertEquals(List.of(), audit);
    }

    @Test
    void aComponentThatStopsKeepsItsProperties() {
        set(GUARD, "guardShare", "50");
        registered.remove(GUARD);
        tell(GUARD);
        assertEquals(1, audit.size());
    }
}
