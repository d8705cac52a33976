package org.postern.infrastructure;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.MoreExecutors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.junit.TestUtils;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.store.service.StorageException;
import org.postern.audit.Change;
import org.postern.fakecontroller.FakeConfiguration;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Infrastructure;
import org.postern.policy.PortRole;

class InfrastructureManagerTest {
    private static final DeviceId FIRST = DeviceId.deviceId("of:0000000000000001");
    private static final DeviceId SECOND = DeviceId.deviceId("of:0000000000000002");
    private static final String DELETED =
            "apps/org.postern/postern was deleted; the last good configuration stays in force: put it back";

    private final FakeStorage storage = new FakeStorage();
    private final FakeConfiguration configuration = new FakeConfiguration();
    private final FakeCore core = new FakeCore();
    private final ApplicationId app = core.registerApplication("org.postern");
    private final List<InfrastructureEvent.Type> events = new ArrayList<>();
    private final List<Change> audit = new ArrayList<>();
    private final List<String> auditedBy = new ArrayList<>();
    private final Set<String> nodesGone = new HashSet<>();
    private boolean auditing = true;
    private InfrastructureManager manager;

    /** A cluster as one of its nodes sees it. */
    private final class Cluster extends ClusterServiceAdapter {
        private final String node;

        private Cluster(String node) {
            this.node = node;
        }

        @Override
        public ControllerNode getLocalNode() {
            return new DefaultControllerNode(new NodeId(node), IpAddress.valueOf("192.0.2.1"));
        }

        @Override
        public ControllerNode.State getState(NodeId id) {
            return nodesGone.contains(id.id())
                    ? ControllerNode.State.INACTIVE
                    : ControllerNode.State.READY;
        }
    }

    @BeforeEach
    void start() {
        manager = start(storage, configuration);
        manager.addListener(e -> events.add(e.type()));
    }

    private InfrastructureManager start(FakeStorage from, FakeConfiguration registry) {
        return start(from, registry, "n1");
    }

    private InfrastructureManager start(FakeStorage from, FakeConfiguration registry, String node) {
        InfrastructureManager started =
                new InfrastructureManager(MoreExecutors.newDirectExecutorService());
        started.coreService = core;
        started.registry = registry;
        started.storageService = from;
        started.clusterService = new Cluster(node);
        started.auditLog =
                (order, change) -> {
                    if (!auditing) {
                        throw new StorageException("no quorum");
                    }
                    audit.add(change);
                    auditedBy.add(node + " " + order);
                };
        TestUtils.setField(started, "eventDispatcher", new TestEventDispatcher());
        started.activate();
        return started;
    }

    private void pools(String... pools) {
        configuration.post(app, "postern", "{'pools': ['" + String.join("','", pools) + "']}");
    }

    private String refusal(Runnable post) {
        return assertThrows(IllegalArgumentException.class, post::run).getMessage();
    }

    private List<IpPrefix> poolsInForce() {
        return manager.infrastructure().pools();
    }

    @Test
    void withoutConfigurationNothingIsConfiguredAndNothingIsWrong() {
        assertEquals(Infrastructure.EMPTY, manager.infrastructure());
        assertEquals(Set.of(), manager.devices().keySet());
        assertTrue(manager.status().isValid());
    }

    @Test
    void aGoodConfigurationComesIntoForceAndIsTold() {
        pools("10.64.0.0/16");
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        assertEquals(List.of(IpPrefix.valueOf("10.64.0.0/16")), poolsInForce());
        assertEquals(
                PortRole.UPLINK, manager.devices().get(FIRST).roleOf(PortNumber.portNumber(100)));
        assertEquals(
                List.of(
                        InfrastructureEvent.Type.CONFIGURATION_ACCEPTED,
                        InfrastructureEvent.Type.CONFIGURATION_ACCEPTED),
                events);
    }

    @Test
    void anInvalidConfigurationLeavesTheLastGoodOneInForceAndSaysSo() {
        pools("10.64.0.0/16");
        events.clear();
        String message = refusal(() -> pools("10.64.0.0/40"));
        String error =
                "field pools[0]: \"10.64.0.0/40\" is not acceptable: it must be an IPv4 or IPv6 prefix, such as"
                        + " 100.64.0.0/16, and not /0";
        assertEquals(error, message, "who posts it is told");
        assertEquals(List.of(IpPrefix.valueOf("10.64.0.0/16")), poolsInForce());
        assertFalse(manager.status().isValid());
        assertEquals(List.of(error), manager.status().errors());
        assertEquals(List.of(InfrastructureEvent.Type.CONFIGURATION_REFUSED), events);
    }

    @Test
    void aFixedConfigurationClearsWhatWasWrong() {
        refusal(() -> pools("x"));
        pools("10.65.0.0/16");
        assertTrue(manager.status().isValid());
        assertEquals(List.of(IpPrefix.valueOf("10.65.0.0/16")), poolsInForce());
    }

    @Test
    void theGoodConfigurationPostedAgainClearsWhatWasWrong() {
        pools("10.64.0.0/16");
        refusal(() -> pools("x"));
        pools("10.64.0.0/16");
        assertTrue(manager.status().isValid());
    }

    @Test
    void aFixedDeviceDoesNotHideWhatIsWrongWithAnother() {
        refusal(() -> configuration.post(FIRST, "postern", "{'uplink': [0]}"));
        refusal(() -> configuration.post(SECOND, "postern", "{'uplink': [0]}"));
        assertEquals(2, manager.status().errors().size());
        configuration.post(SECOND, "postern", "{'uplink': [100]}");
        assertEquals(
                List.of(
                        "field devices.of:0000000000000001.postern.uplink[0]: 0 is not acceptable: it must be a port"
                                + " number, 1 to 4294967040"),
                manager.status().errors());
        assertEquals(Set.of(SECOND), manager.devices().keySet());
    }

    @Test
    void whatIsWrongWithOneConfigurationStaysWhenAnotherIsGood() {
        refusal(() -> pools("x"));
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        assertEquals(1, manager.status().errors().size());
    }

    @Test
    void anInvalidDeviceKeepsItsLastGoodRoles() {
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        refusal(() -> configuration.post(FIRST, "postern", "{'uplink': [1], 'access': [1]}"));
        assertEquals(
                List.of(PortNumber.portNumber(100)),
                manager.devices().get(FIRST).ports(PortRole.UPLINK));
        assertFalse(manager.status().isValid());
    }

    @Test
    void aDeletedConfigurationStaysInForceAndTheStatusSaysSoUntilItIsPutBack() {
        pools("10.64.0.0/16");
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        configuration.delete(app, "postern");
        configuration.delete(FIRST, "postern");
        assertEquals(List.of(IpPrefix.valueOf("10.64.0.0/16")), poolsInForce());
        assertEquals(Set.of(FIRST), manager.devices().keySet());
        assertEquals(
                List.of(
                        DELETED,
                        "devices/of:0000000000000001/postern was deleted; the last good configuration stays in force: put"
                                + " it back, or run postern-withdraw for the device"),
                manager.status().errors());
        pools("10.64.0.0/16");
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        assertEquals(List.of(), manager.status().errors());
    }

    @Test
    void aDeviceIsForgottenOnlyOnceItsConfigurationIsDeleted() {
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        manager.forget(FIRST);
        assertEquals(Set.of(FIRST), manager.devices().keySet());
        configuration.delete(FIRST, "postern");
        manager.forget(FIRST);
        assertEquals(Set.of(), manager.devices().keySet());
        assertTrue(manager.status().isValid());
        assertEquals(
                Set.of(), start(storage.restarted(), new FakeConfiguration()).devices().keySet());
    }

    @Test
    void deactivationDoesNotLookLikeDeletion() {
        pools("10.64.0.0/16");
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        events.clear();
        manager.deactivate();
        assertEquals(List.of(), events);
        assertTrue(manager.status().isValid());
        manager = start(storage, configuration);
        assertEquals(List.of(IpPrefix.valueOf("10.64.0.0/16")), poolsInForce());
        assertEquals(Set.of(FIRST), manager.devices().keySet());
        assertTrue(manager.status().isValid());
    }

    @Test
    void configurationPostedWhileDeactivatedComesIntoForceOnActivation() {
        pools("10.64.0.0/16");
        manager.deactivate();
        pools("10.65.0.0/16");
        manager = start(storage, configuration);
        assertEquals(List.of(IpPrefix.valueOf("10.65.0.0/16")), poolsInForce());
    }

    @Test
    void anInvalidConfigurationPostedWhileDeactivatedIsToldOnActivation() {
        pools("10.64.0.0/16");
        manager.deactivate();
        pools("x");
        manager = start(storage, configuration);
        assertEquals(List.of(IpPrefix.valueOf("10.64.0.0/16")), poolsInForce());
        assertEquals(1, manager.status().errors().size());
        assertTrue(manager.status().errors().get(0).startsWith("field pools[0]"));
    }

    @Test
    void aRestartRecallsTheLastGoodEvenIfNetworkConfigurationIsGoneAndSaysSo() {
        pools("10.64.0.0/16");
        configuration.post(FIRST, "postern", "{'uplink': [100], 'chain': 'ring'}");
        InfrastructureManager next = start(storage.restarted(), new FakeConfiguration());
        assertEquals(manager.infrastructure(), next.infrastructure());
        assertEquals(manager.devices(), next.devices());
        assertEquals(2, next.status().errors().size());
        assertTrue(next.status().errors().contains(DELETED));
    }

    @Test
    void configurationThatIsReadAfterTheRestartClearsThat() {
        pools("10.64.0.0/16");
        FakeConfiguration late = new FakeConfiguration();
        InfrastructureManager next = start(storage.restarted(), late);
        late.post(app, "postern", "{'pools': ['10.64.0.0/16']}");
        assertTrue(next.status().isValid(), () -> next.status().errors().toString());
    }

    /** A moment that lies between what was before and what comes. */
    private static Instant between() throws InterruptedException {
        Thread.sleep(5);
        Instant moment = Instant.now();
        Thread.sleep(5);
        return moment;
    }

    @Test
    void aGoodConfigurationIsInForceSinceItWasAccepted() throws InterruptedException {
        pools("10.64.0.0/16");
        Instant first = manager.status().since();
        Instant moment = between();
        pools("10.65.0.0/16");
        assertTrue(first.isBefore(moment));
        assertTrue(manager.status().since().isAfter(moment));
        moment = between();
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        assertTrue(
                manager.status().since().isAfter(moment), "the ports of a device are part of it");
    }

    @Test
    void aRefusedConfigurationIsRefusedSinceThenAndTheGoodOneInForceSinceBefore()
            throws InterruptedException {
        pools("10.64.0.0/16");
        Instant accepted = manager.status().since();
        Instant moment = between();
        refusal(() -> pools("x"));
        assertTrue(manager.status().since().isAfter(moment));
        pools("10.64.0.0/16");
        assertEquals(accepted, manager.status().since());
    }

    @Test
    void aConfigurationIsInForceSinceItWasAcceptedAlsoAfterARestart() throws InterruptedException {
        pools("10.64.0.0/16");
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        manager.deactivate();
        Instant moment = between();
        manager = start(storage, configuration);
        assertTrue(manager.status().isValid());
        assertTrue(manager.status().since().isBefore(moment));
    }

    @Test
    void otherConfigurationsAreNobodysConcernHere() {
        configuration.post(FIRST, "basic", "{'driver': 'ovs'}");
        assertEquals(List.of(), events);
    }

    private List<String> audited() {
        return audit.stream()
                .map(c -> c.action() + " " + c.before().orElse("-") + " " + c.after().orElse("-"))
                .collect(Collectors.toList());
    }

    private static String pool(int number) {
        return "{\"pools\":[\"10." + number + ".0.0/16\"]}";
    }

    @Test
    void whatBecomesOfConfigurationIsAuditedOnceInTheCluster() {
        start(storage, configuration, "n2");
        start(storage, configuration, "n3");
        pools("10.1.0.0/16");
        pools("10.2.0.0/16");
        configuration.delete(app, "postern");
        pools("10.2.0.0/16");
        assertEquals(
                List.of(
                        "configure - " + pool(1),
                        "configure " + pool(1) + " " + pool(2),
                        "delete-configuration " + pool(2) + " -",
                        "configure - " + pool(2)),
                audited());
        assertEquals("apps/org.postern", audit.get(0).subject());
        assertEquals("apps/org.postern is new", audit.get(0).text());
        assertTrue(auditedBy.get(0).endsWith("unknown (network-configuration)"), auditedBy.get(0));
    }

    private void driver(String name) {
        configuration.post(FIRST, "basic", "{'driver': '" + name + "', 'name': 'east'}");
    }

    @Test
    void theDriverOfAnAccessDeviceIsAuditedOnceInTheClusterWhoeverChangesIt() {
        start(storage, configuration, "n2");
        driver("ovs");
        assertEquals(List.of(), audited(), "it is no access device");
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        audit.clear();
        driver("postern-ovs");
        driver("postern-ovs");
        configuration.post(FIRST, "basic", "{'driver': 'postern-ovs', 'name': 'west'}");
        driver("ovs");
        configuration.delete(FIRST, "basic");
        assertEquals(
                List.of(
                        "configure {\"driver\":\"ovs\"} {\"driver\":\"postern-ovs\"}",
                        "configure {\"driver\":\"postern-ovs\"} {\"driver\":\"ovs\"}",
                        "configure {\"driver\":\"ovs\"} {}"),
                audited());
        assertEquals("devices/" + FIRST + "/basic", audit.get(0).subject());
        assertEquals("devices/" + FIRST + "/basic is different", audit.get(1).text());
    }

    @Test
    void aDriverThatIsChangedWhilePosternIsAwayIsAuditedWhenItIsBack() {
        configuration.post(FIRST, "postern", "{'uplink': [100]}");
        driver("postern-ovs");
        manager.deactivate();
        audit.clear();
        start(storage.restarted(), configuration).deactivate();
        assertEquals(List.of(), audited());
        driver("ovs");
        start(storage.restarted(), configuration);
        assertEquals(
                List.of("configure {\"driver\":\"postern-ovs\"} {\"driver\":\"ovs\"}"), audited());
    }

    @Test
    void aConfigurationThatIsRefusedIsNotAudited() {
        assertThrows(RuntimeException.class, () -> pools("10.1.0.0/99"));
        assertEquals(List.of(), audited());
        pools("10.1.0.0/16");
        assertEquals(1, audit.size());
    }

    @Test
    void aNodeThatIsToldLaterTakesNothingDownAgain() {
        FakeConfiguration late = new FakeConfiguration();
        InfrastructureManager other = start(storage, late, "n2");
        pools("10.1.0.0/16");
        pools("10.2.0.0/16");
        pools("10.1.0.0/16");
        for (int i : List.of(1, 2, 1)) {
            late.post(app, "postern", "{'pools': ['10." + i + ".0.0/16']}");
        }
        assertEquals(3, audit.size());
        late.post(app, "postern", "{'pools': ['10.3.0.0/16']}");
        pools("10.3.0.0/16");
        assertEquals(4, audit.size());
        assertEquals("configure " + pool(1) + " " + pool(3), audited().get(3));
        assertEquals(1, other.infrastructure().pools().size());
    }

    @Test
    void aRestartChangesNothingAndWhatChangedMeanwhileIsAudited() {
        pools("10.1.0.0/16");
        manager.deactivate();
        start(storage.restarted(), configuration).deactivate();
        assertEquals(1, audit.size());
        pools("10.2.0.0/16");
        start(storage.restarted(), configuration);
        assertEquals("configure " + pool(1) + " " + pool(2), audited().get(1));
        assertEquals(2, audit.size());
    }

    @Test
    void whatTheAuditLogDidNotTakeIsAuditedLaterInOrder() {
        auditing = false;
        pools("10.1.0.0/16");
        assertEquals(List.of(), audited());
        assertEquals(1, manager.infrastructure().pools().size());
        auditing = true;
        pools("10.2.0.0/16");
        assertEquals(
                List.of("configure - " + pool(1), "configure " + pool(1) + " " + pool(2)),
                audited());
    }

    @Test
    void whatANodeBeganToTakeDownAnotherFinishesIfThatIsGone() {
        auditing = false;
        pools("10.1.0.0/16");
        manager.deactivate();
        auditing = true;
        InfrastructureManager next = start(storage, configuration, "n2");
        assertEquals(List.of(), audited());
        next.deactivate();
        nodesGone.add("n1");
        start(storage, configuration, "n2");
        assertEquals(List.of("configure - " + pool(1)), audited());
        start(storage, configuration, "n3");
        assertEquals(1, audit.size());
    }
}
