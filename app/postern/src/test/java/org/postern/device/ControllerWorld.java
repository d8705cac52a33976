package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.util.concurrent.MoreExecutors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import org.junit.jupiter.api.function.Executable;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.store.service.StorageException;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.drivers.FrontTableManager;
import org.postern.exemption.ExemptionManager;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.Await;
import org.postern.fakecontroller.FakeConfiguration;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeFlowStore;
import org.postern.fakecontroller.FakeMeters;
import org.postern.fakecontroller.FakeNetwork;
import org.postern.fakecontroller.FakePackets;
import org.postern.fakecontroller.FakeStorage;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.Packet;
import org.postern.infrastructure.InfrastructureManager;
import org.postern.observe.AttemptCount;
import org.postern.policy.Attachment;
import org.postern.policy.NextHop;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.reject.RejectManager;
import org.postern.steering.NextHopService;
import org.postern.subscriber.SubscriberManager;

/**
 * Postern's components on a fake controller: only ONOS and the switches are not real. A residential
 * subscriber alice is on port 1, a business subscriber bob on port 2, the uplink on port 100.
 */
final class ControllerWorld {
    static final DeviceId FIRST = DeviceId.deviceId("of:0000000000000001");
    static final DeviceId SECOND = DeviceId.deviceId("of:0000000000000002");
    static final long ALICE = 1;
    static final long BOB = 2;
    static final long UPLINK = 100;

    final FakeCore core = new FakeCore();
    final ApplicationId floorOwner = core.registerApplication(FrontTable.APPLICATION);
    final ApplicationId permitOwner = core.registerApplication(FrontTable.POLICY_APPLICATION);
    final ApplicationId somebody = core.registerApplication("org.example.somebody");
    final FakeConfiguration configuration = new FakeConfiguration();
    final FakeNetwork network = new FakeNetwork(configuration);
    final NextHops nextHops = new NextHops();
    final FakeMeters meters = new FakeMeters();
    final FakePackets packets = new FakePackets();
    final List<String> audit = Collections.synchronizedList(new ArrayList<>());

    /** What enforcement has audited. */
    final List<Change> changes = Collections.synchronizedList(new ArrayList<>());

    FakeFlowStore flows = new FakeFlowStore();
    FakeStorage storage = new FakeStorage();
    Drivers drivers;
    Configured infrastructure;
    ExemptionManager exemptions;
    Directory subscribers;
    Rejects rejects;
    EnforcementManager enforcement;

    /** The driver application. */
    static final class Drivers extends FrontTableManager {
        private Drivers(ControllerWorld world) {
            coreService = world.core;
            storageService = world.storage;
            flowRuleService = world.flows;
            deviceService = world.network.devices();
            driverService = world.network.drivers();
            mastershipService = world.network.mastership();
            networkConfigService = world.configuration;
            componentConfigService = new ComponentConfigAdapter();
        }

        private void start() {
            activate(null);
        }

        private void stop() {
            deactivate();
        }
    }

    /** The infrastructure in network configuration. */
    static final class Configured extends InfrastructureManager {
        private Configured(ControllerWorld world) {
            super(MoreExecutors.newDirectExecutorService());
            coreService = world.core;
            storageService = world.storage;
            registry = world.configuration;
            clusterService = new ClusterServiceAdapter();
            auditLog = (order, change) -> {};
            eventDispatcher = new TestEventDispatcher();
        }

        private void start() {
            activate();
        }

        private void stop() {
            deactivate();
        }
    }

    /** What answers rejected connections. */
    static final class Rejects extends RejectManager {
        private Rejects(ControllerWorld world) {
            coreService = world.core;
            packetService = world.packets;
            meterService = world.meters;
            flowRuleService = world.flows;
        }

        private void start() {
            activate();
        }

        private void stop() {
            deactivate();
        }
    }

    /** The directory of subscribers. */
    static final class Directory extends SubscriberManager {
        /** Set while the store does not answer. */
        volatile boolean away;

        private Directory(ControllerWorld world) {
            coreService = world.core;
            clusterService = new ClusterServiceAdapter();
            storageService = world.storage;
            infrastructureService = world.infrastructure;
            auditLog =
                    (order, change) ->
                            world.audit.add(
                                    order.by() + " " + change.action() + " " + change.text());
            exemptionService = world.exemptions;
            eventDispatcher = new TestEventDispatcher();
        }

        @Override
        public Subscribers directory() {
            if (away) {
                throw new StorageException.Timeout();
            }
            return super.directory();
        }

        private void start() {
            activate();
        }

        private void stop() {
            deactivate();
        }
    }

    /** Next hops whose MACs a test sets. */
    static final class NextHops implements NextHopService {
        private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
        private volatile Map<String, MacAddress> reachable = Map.of();
        private volatile Set<String> refused = Set.of();

        void refuse(String... relays) {
            refused = Set.of(relays);
            listeners.forEach(Runnable::run);
        }

        void set(Map<String, MacAddress> now) {
            reachable = Map.copyOf(now);
            listeners.forEach(Runnable::run);
        }

        @Override
        public Map<String, MacAddress> reachable() {
            return reachable;
        }

        @Override
        public Set<String> refused() {
            return refused;
        }

        @Override
        public Optional<String> problemOf(NextHop hop) {
            return reachable.containsKey(hop.name())
                    ? Optional.empty()
                    : Optional.of(hop.name() + " is not there");
        }

        @Override
        public void listen(Runnable listener) {
            listeners.add(listener);
        }

        @Override
        public void forget(Runnable listener) {
            listeners.remove(listener);
        }
    }

    ControllerWorld() {
        network.driver("default", "");
        network.driver("ovs", "default");
        network.driver(FrontTable.DRIVER, "ovs");
    }

    /** Starts everything but enforcement. */
    void startUnenforced() {
        drivers = new Drivers(this);
        drivers.start();
        infrastructure = new Configured(this);
        infrastructure.start();
        exemptions =
                ExemptionWorld.start(
                        core,
                        storage,
                        (order, change) ->
                                audit.add(
                                        order.by() + " " + change.action() + " " + change.text()));
        subscribers = new Directory(this);
        subscribers.start();
    }

    void startEnforcement() {
        rejects = new Rejects(this);
        rejects.start();
        enforcement = new EnforcementManager();
        enforcement.rejectService = rejects;
        enforcement.coreService = core;
        enforcement.storageService = storage;
        enforcement.deviceService = network.devices();
        enforcement.linkService = network.links();
        enforcement.driverService = network.drivers();
        enforcement.mastershipService = network.mastership();
        enforcement.flowRuleService = flows;
        enforcement.frontTableService = drivers;
        enforcement.tableFullService = (device, table) -> flows.wasFull(table);
        enforcement.infrastructureManager = infrastructure;
        enforcement.subscriberService = subscribers;
        enforcement.exemptionService = exemptions;
        enforcement.nextHopService = nextHops;
        enforcement.auditLog =
                (order, change) -> {
                    audit.add(order.by() + " " + change.action() + " " + change.text());
                    changes.add(change);
                };
        enforcement.activate();
    }

    /** Configures the ISP, alice and bob, and their switch, without connecting it. */
    void configure() {
        configuration.post(
                core.getAppId(FrontTable.POLICY_APPLICATION),
                "postern",
                "{'submissionServers': [{'name': 'smtp.isp.example', 'addresses': ['198.51.100.25']}],"
                        + " 'pools': ['10.64.0.0/16']}");
        configuration.post(FIRST, "postern", "{'uplink': [100], 'access': [1, 2, 3]}");
        subscribers.put(
                List.of(
                        subscriber("alice", FIRST + "/1").build(),
                        subscriber("bob", FIRST + "/2")
                                .serviceClass("business")
                                .prefix(IpPrefix.valueOf("10.64.0.2/32"))
                                .build()),
                Order.console("test"));
    }

    static Subscriber.Builder subscriber(String id, String attachment) {
        return Subscriber.builder(id).attachedAt(Attachment.parse(attachment));
    }

    /** Connects a switch that has our driver. */
    void connect(DeviceId device) {
        configuration.post(device, "basic", "{'driver': 'postern-ovs'}");
        network.connect(device, "Open vSwitch", "ovs", 1, 2, 3, UPLINK);
    }

    void stopEnforcement() {
        if (enforcement != null) {
            enforcement.deactivate();
            enforcement = null;
            rejects.stop();
        }
    }

    void stop() {
        stopEnforcement();
        subscribers.stop();
        ExemptionWorld.stop(exemptions);
        infrastructure.stop();
        drivers.stop();
        flows.close();
    }

    /** The controller is killed and starts again: what is stored stays, the flow store does not. */
    void restart() {
        stop();
        storage = storage.restarted();
        flows = new FakeFlowStore();
        startUnenforced();
    }

    /** Packets of a subscriber that were blocked. */
    long attemptsOf(String subscriber) {
        return enforcement.attempts().stream()
                .filter(c -> c.subscriber().filter(subscriber::equals).isPresent())
                .mapToLong(AttemptCount::packets)
                .sum();
    }

    DeviceStatus status() {
        return status(FIRST);
    }

    DeviceStatus status(DeviceId device) {
        return enforcement.devices().stream()
                .filter(s -> s.device().equals(device))
                .findFirst()
                .orElseThrow(() -> new AssertionError(device + " is no access device"));
    }

    void awaitState(DeviceState state) {
        awaitState(FIRST, state);
    }

    void awaitState(DeviceId device, DeviceState state) {
        Await.until(device + " is " + state, () -> status(device).state() == state);
    }

    /** Waits until the switch confirmed the policy, and lets ONOS see its rules. */
    void awaitInForce() {
        Await.until(
                "the policy is in force",
                () -> {
                    flows.poll();
                    return status().state() == DeviceState.IN_FORCE;
                });
    }

    /** Has ONOS note when a device was last verified. */
    void verifiedAt(DeviceId device, Instant when) {
        storage.<String, Long>consistentMapBuilder()
                .withName("postern-verified")
                .build()
                .put(device.toString(), when.toEpochMilli());
    }

    List<FlowRule> rulesOf(DeviceId device) {
        return flows.rules().stream()
                .filter(r -> r.deviceId().equals(device))
                .collect(Collectors.toList());
    }

    /** Tells whether a switch with the given rules lets direct mail from a port out. */
    static boolean sendsMail(Collection<FlowRule> rules, long port) {
        return forwards(rules, syn(port, "203.0.113.9", 25), port);
    }

    /** Tells whether a switch with the given rules lets the answer to a port's mail in. */
    static boolean getsAnswers(Collection<FlowRule> rules, long port) {
        return forwards(
                rules,
                Packet.from("02:00:00:00:00:64")
                        .to("02:00:00:00:00:0" + port)
                        .ipv4("203.0.113.9", "10.64.0." + port)
                        .tcp(25, 40_000)
                        .build(),
                UPLINK);
    }

    /** Tells whether a switch with the given rules lets submission to any host out. */
    static boolean submits(Collection<FlowRule> rules, long port) {
        return forwards(rules, syn(port, "203.0.113.9", 587), port);
    }

    private static Packet syn(long port, String to, int service) {
        return Packet.from(String.format("02:00:00:00:%02x:%02x", port >> 8, port & 0xff))
                .to("02:00:00:00:00:64")
                .ipv4("10.64." + (port >> 8) + "." + (port & 0xff), to)
                .tcp(40_000, service)
                .build();
    }

    private static boolean forwards(Collection<FlowRule> rules, Packet packet, long port) {
        FakeSwitch tables = FakeSwitch.endingAt(FrontTable.FORWARD);
        tables.install(
                rules.stream().filter(FrontTable::isPolicyTable).collect(Collectors.toList()));
        return tables.forward(packet, port).forwarded();
    }

    boolean sendsMail(long port) {
        return sendsMail(rulesOf(FIRST), port);
    }

    /** Waits until direct mail from a port is let out, or not. */
    void awaitMail(long port, boolean sent) {
        Await.until(
                "direct mail from port " + port + (sent ? " goes out" : " is stopped"),
                () -> sendsMail(port) == sent);
    }

    Optional<String> audited(String start) {
        return List.copyOf(audit).stream().filter(a -> a.startsWith(start)).findFirst();
    }

    /** Brings the policy into force on the first switch. */
    void enforced() {
        connect(FIRST);
        startEnforcement();
        awaitInForce();
    }

    /**
     * Has a second access switch programmed after all that was asked before: what did not come to
     * the first by then will not come.
     */
    void awaitRulesOfTheSecond() {
        connect(SECOND);
        configuration.post(SECOND, "postern", "{'uplink': [100]}");
        Await.until("rules of the second", () -> !rulesOf(SECOND).isEmpty());
        awaitState(SECOND, DeviceState.PROGRAMMING);
        Await.until("the second is confirmed", () -> enforcement.isConfirmed(SECOND));
    }

    static String refusal(Executable order) {
        return assertThrows(IllegalArgumentException.class, order).getMessage();
    }

    static void assertStarts(String expected, String actual) {
        assertTrue(actual.startsWith(expected), actual);
    }

    FlowRule aPermit() {
        return rulesOf(FIRST).stream()
                .filter(r -> r.appId() == permitOwner.id())
                .findFirst()
                .orElseThrow(() -> new AssertionError("there is no permit"));
    }

    FlowRule foreign(int table, int priority) {
        return DefaultFlowRule.builder()
                .forDevice(FIRST)
                .forTable(table)
                .withPriority(priority)
                .withSelector(
                        DefaultTrafficSelector.builder()
                                .matchInPort(PortNumber.portNumber(3))
                                .build())
                .withTreatment(
                        DefaultTrafficTreatment.builder()
                                .setOutput(PortNumber.portNumber(100))
                                .build())
                .fromApp(somebody)
                .makePermanent()
                .build();
    }
}
