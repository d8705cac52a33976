package org.postern.provisioning;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.onlab.packet.IpAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeContext;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.NextHop;
import org.postern.policy.OutboundAction;
import org.postern.policy.PortRole;
import org.postern.policy.Remediation;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.subscriber.SubscriberManager;

/** A directory of subscribers, and imports into it. */
abstract class ProvisioningWorld {
    static final String S1 = "of:0000000000000001";
    static final Order ADA = Order.console("ada");
    static final String HEAD = "id,class,attachments,prefixes,mode\n";

    final Isp isp = new Isp();
    final FakeStorage storage = new FakeStorage();
    final List<String> audit = new ArrayList<>();
    Directory directory;
    Manager provisioning;

    /** The directory, on a store of the test's. */
    final class Directory extends SubscriberManager {
        /** What others do once an import is decided and before it is written. */
        Runnable meanwhile = () -> {};

        @Override
        public Set<String> apply(
                Collection<Subscriber> put,
                Collection<String> removed,
                Subscribers seen,
                Order order,
                IntConsumer progress) {
            Runnable others = meanwhile;
            meanwhile = () -> {};
            others.run();
            audit.clear();
            return super.apply(put, removed, seen, order, progress);
        }

        private Directory() {
            coreService = new FakeCore();
            clusterService = new ClusterServiceAdapter();
            storageService = storage;
            infrastructureService = isp;
            auditLog =
                    new AuditLog() {
                        @Override
                        public void record(Order order, Change change) {
                            audit.add(order.by() + " " + change.action());
                        }

                        @Override
                        public void record(Order order, Change summary, Iterable<Change> details) {
                            record(order, summary);
                            details.forEach(
                                    d ->
                                            audit.add(
                                                    d.action()
                                                            + " "
                                                            + d.subject()
                                                            + (d.before().isPresent() ? " was" : "")
                                                            + (d.after().isPresent()
                                                                    ? " is"
                                                                    : "")));
                        }
                    };
            exemptionService = ExemptionWorld.start(coreService, storage, auditLog);
            eventDispatcher = new TestEventDispatcher();
            activate();
        }

        private void stop() {
            deactivate();
        }
    }

    static final class Manager extends ProvisioningManager {
        Manager(SubscriberManager directory, InfrastructureService isp, Object... properties) {
            this.directory = directory;
            infrastructureService = isp;
            componentConfigService = new ComponentConfigAdapter();
            activate(FakeContext.of(properties));
        }
    }

    /** One device whose every port is an access port, and the classes of interest. */
    static final class Isp implements InfrastructureService {
        String defaultClass = "residential";

        @Override
        public Infrastructure infrastructure() {
            return new Infrastructure(
                    List.of(),
                    List.of(),
                    List.of(
                            ServiceClass.named("watched").mode(Mode.MONITOR).build(),
                            new ServiceClass("refused", OutboundAction.REJECT, InboundRule.ALLOW),
                            ServiceClass.named("sheltered").inbound(InboundRule.DROP).build(),
                            ServiceClass.named("held").blockTunnels(true).build(),
                            ServiceClass.named("guarded").sourceGuard(true).build(),
                            ServiceClass.named("steered")
                                    .outbound(OutboundAction.REDIRECT)
                                    .relay("mx")
                                    .fallback(OutboundAction.ALLOW)
                                    .build()),
                    defaultClass,
                    List.of(
                            new NextHop(
                                    "mx", Set.of(IpAddress.valueOf("10.64.0.25")), null, Set.of())),
                    Remediation.NONE);
        }

        @Override
        public Map<DeviceId, AccessDevice> devices() {
            return IntStream.rangeClosed(1, 1000)
                    .mapToObj(i -> DeviceId.deviceId(String.format("of:%016x", i)))
                    .collect(
                            Collectors.toMap(
                                    id -> id,
                                    id ->
                                            new AccessDevice(
                                                    id,
                                                    Map.of(
                                                            PortNumber.portNumber(1000),
                                                            PortRole.UPLINK),
                                                    "default")));
        }

        @Override
        public ConfigurationStatus status() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addListener(InfrastructureListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void removeListener(InfrastructureListener listener) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void start() {
        directory = new Directory();
        provisioning = new Manager(directory, isp);
    }

    @AfterEach
    void stop() {
        directory.stop();
    }

    ImportResult run(String csv, ImportRequest request) {
        try {
            return provisioning.importSubscribers(
                    new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)),
                    request,
                    ADA,
                    ImportProgress.UNTOLD);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    ImportResult run(String csv) {
        return run(csv, request());
    }

    static ImportRequest request() {
        return ImportRequest.of(FileFormat.CSV);
    }

    static String row(int number, String serviceClass, int port, String mode) {
        return String.format(
                "r%03d,%s,%s/%d,10.0.%d.%d/32,%s\n",
                number, serviceClass, S1, port, port / 250, port % 250, mode);
    }

    static String row(int number, String serviceClass) {
        return row(number, serviceClass, number, "");
    }

    /** Lines of subscribers 1 to a number; the first of them of another class. */
    static String rows(int count, int others, String other) {
        return HEAD
                + IntStream.rangeClosed(1, count)
                        .mapToObj(i -> row(i, i <= others ? other : "residential"))
                        .collect(Collectors.joining());
    }

    Set<String> ids() {
        return directory.subscribers().stream()
                .map(Subscriber::id)
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
