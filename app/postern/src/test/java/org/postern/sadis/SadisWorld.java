package org.postern.sadis;

import com.google.common.util.concurrent.MoreExecutors;
import java.io.InputStream;
import java.io.Writer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.onlab.packet.VlanId;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.opencord.sadis.UniTagInformation;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.exemption.ExemptionManager;
import org.postern.exemption.ExemptionState;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeClock;
import org.postern.fakecontroller.FakeConfiguration;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeNetwork;
import org.postern.fakecontroller.FakeStorage;
import org.postern.infrastructure.InfrastructureManager;
import org.postern.policy.Attachment;
import org.postern.policy.Exemption;
import org.postern.policy.Subscriber;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.ImportProgress;
import org.postern.provisioning.ImportRequest;
import org.postern.provisioning.ImportResult;
import org.postern.provisioning.ProvisioningService;
import org.postern.subscriber.SubscriberManager;

/** Access ports of a switch, a directory, and a SADIS that knows some of them. */
abstract class SadisWorld {
    static final DeviceId ACCESS = DeviceId.deviceId("of:0000000000000001");
    static final int UPLINK = 100;
    static final Order OPERATOR = Order.console("operator");

    /** Never over in a test that does not wait for it. */
    static final Duration LONG = Duration.ofMinutes(5);

    static final Duration SHORT = Duration.ofMillis(50);

    final FakeCore core = new FakeCore();
    final ApplicationId app = core.registerApplication(FrontTable.POLICY_APPLICATION);
    final FakeConfiguration configuration = new FakeConfiguration();
    final FakeNetwork network = new FakeNetwork(configuration);
    final FakeStorage storage = new FakeStorage();
    final FakeSadis sadis = new FakeSadis();
    final List<String> audit = Collections.synchronizedList(new ArrayList<>());

    /** How much later than now it is for exemptions. */
    Duration later = Duration.ZERO;

    private final Clock clock = new FakeClock(() -> Instant.now().plus(later));

    Configured infrastructure;
    Directory directory;
    ExemptionManager exemptions;
    SadisDirectory source;

    final class Configured extends InfrastructureManager {
        private Configured() {
            super(MoreExecutors.newDirectExecutorService());
            coreService = core;
            storageService = storage;
            registry = configuration;
            clusterService = new ClusterServiceAdapter();
            auditLog = (order, change) -> {};
            eventDispatcher = new TestEventDispatcher();
            activate();
        }

        void stop() {
            deactivate();
        }
    }

    final class Directory extends SubscriberManager {
        private Directory() {
            coreService = core;
            clusterService = new ClusterServiceAdapter();
            storageService = storage;
            infrastructureService = infrastructure;
            auditLog = (order, change) -> audit.add(order + " " + change.text());
            exemptionService = exemptions;
            eventDispatcher = new TestEventDispatcher();
            activate();
        }

        void stop() {
            deactivate();
        }
    }

    /** Imports, of which only the bounds matter here. */
    private static final class Provisioning implements ProvisioningService {
        @Override
        public ImportResult importSubscribers(
                InputStream file, ImportRequest request, Order order, ImportProgress progress) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int exportSubscribers(Writer out, FileFormat format, Predicate<Subscriber> which) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int unforced(int subscribers) {
            return Math.max(10, subscribers / 20);
        }
    }

    @BeforeEach
    void world() {
        network.driver("ovs", "");
        network.connect(ACCESS, "Open vSwitch", "ovs", 1, 2, 3, UPLINK);
        network.portName(ACCESS, UPLINK, "up");
        for (int port = 1; port <= 3; port++) {
            network.portName(ACCESS, port, "p" + port);
        }
        exemptions =
                ExemptionWorld.start(
                        core,
                        storage,
                        (order, change) -> {},
                        clock,
                        () -> System.nanoTime() + later.toNanos());
        infrastructure = new Configured();
        configuration.post(app, "postern", "{'pools': ['10.64.0.0/16']}");
        configuration.post(ACCESS, "postern", "{'uplink': [100]}");
        directory = new Directory();
    }

    /** The directory as another node of the cluster has it. */
    Directory another() {
        return new Directory();
    }

    void start() {
        start(LONG, LONG);
    }

    void start(Duration limit, Duration again) {
        source = new SadisDirectory(limit, again);
        source.sadisService = sadis;
        source.coreService = core;
        source.clusterService = new ClusterServiceAdapter();
        source.auditLog = (order, change) -> audit.add(order + " " + change.text());
        source.storageService = storage;
        source.registry = configuration;
        source.deviceService = network.devices();
        source.mastershipService = network.mastership();
        source.infrastructureService = infrastructure;
        source.subscriberService = directory;
        source.exemptions = exemptions;
        source.provisioningService = new Provisioning();
        source.activate();
        settle();
    }

    @AfterEach
    void stop() {
        sadis.hanging.values().forEach(latch -> latch.countDown());
        if (source != null) {
            source.deactivate();
        }
        directory.stop();
        infrastructure.stop();
        ExemptionWorld.stop(exemptions);
    }

    /** All that is due is one piece of work, so what comes after it has everything behind it. */
    void settle() {
        try {
            source.thread.submit(() -> {}).get(60, TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    void round() {
        source.round();
        settle();
    }

    Subscriber subscriber(String id) {
        return directory.subscriber(id).orElseThrow(() -> new AssertionError("no " + id));
    }

    Set<String> ids() {
        return directory.subscribers().stream().map(Subscriber::id).collect(Collectors.toSet());
    }

    String problem(int port) {
        return source.problems().getOrDefault(at(port), "");
    }

    void exempt(String subscriber) {
        Instant now = Instant.now();
        ExemptionWorld.put(
                exemptions,
                Exemption.builder("HD-1")
                        .subscriber(subscriber)
                        .reason("own mail server")
                        .by("ada")
                        .from(now)
                        .until(now.plus(Duration.ofDays(90)))
                        .build());
    }

    ExemptionState state() {
        return exemptions.stateOf(exemptions.exemption("HD-1").orElseThrow());
    }

    static ConnectPoint at(int port) {
        return ConnectPoint.deviceConnectPoint(ACCESS + "/" + port);
    }

    static Subscriber.Builder own(String id, int port) {
        return Subscriber.builder(id).attachedAt(Attachment.port(at(port)));
    }

    static UniTagInformation service(String name, String profile, int outer, int inner) {
        return new UniTagInformation.Builder()
                .setServiceName(name)
                .setUpstreamBandwidthProfile(profile)
                .setPonSTag(VlanId.vlanId((short) outer))
                .setPonCTag(VlanId.vlanId((short) inner))
                .setUniTagMatch(VlanId.NONE)
                .build();
    }

    void map(String json) {
        configuration.post(app, "sadis", json);
        settle();
    }
}
