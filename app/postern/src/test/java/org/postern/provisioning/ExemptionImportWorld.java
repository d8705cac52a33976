package org.postern.provisioning;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
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
import org.onlab.packet.IpPrefix;
import org.onosproject.cluster.ClusterService;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionBatchDesk;
import org.postern.exemption.ExemptionBatchService;
import org.postern.exemption.ExemptionDesk;
import org.postern.exemption.ExemptionManager;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeCore;
import org.postern.policy.Attachment;
import org.postern.policy.Exemption;
import org.postern.policy.Subscriber;
import org.postern.precondition.Expected;

/** Subscribers with exemptions, and imports of those, on nodes of a cluster. */
abstract class ExemptionImportWorld extends ProvisioningWorld {
    static final Instant NOW = Instant.parse("2026-03-01T08:00:00Z");
    static final String SUMMER = "2026-09-01T00:00:00Z";
    static final String WINTER = "2026-12-01T00:00:00Z";
    static final String COLUMNS = "id,subscriber,destinations,class,until,reason\n";
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    /** Many are registered, so that a few exemptions are not too many. */
    static final int SUBSCRIBERS = 400;

    final List<String> told = new ArrayList<>();

    /** What others do while the import is taken down, before it is written. */
    Runnable whileTold = () -> {};

    private final List<Node> nodes = new ArrayList<>();
    Node node;

    /** What a node of the cluster has. */
    final class Node implements ExemptionBatchService {
        final ExemptionManager manager;
        final ExemptionDesk desk;
        final ExemptionBatchDesk batches;
        final ExemptionProvisioningManager provisioning = new ExemptionProvisioningManager(CLOCK);

        /** What others do once an import is decided and before it is written. */
        Runnable meanwhile = () -> {};

        private Node(ClusterService cluster) {
            AuditLog log = new Audit();
            manager = ExemptionWorld.start(new FakeCore(), storage, log, CLOCK, System::nanoTime);
            desk = ExemptionWorld.desk(manager, directory, isp, log, CLOCK);
            batches = ExemptionWorld.batches(desk, directory, cluster);
            provisioning.exemptions = manager;
            provisioning.batches = this;
            provisioning.directory = directory;
            provisioning.infrastructureService = isp;
            provisioning.guard = ExemptionImportWorld.super.provisioning;
        }

        @Override
        public Map<String, String> refusals(Collection<Exemption> put) {
            return batches.refusals(put);
        }

        @Override
        public Set<String> putAll(
                Collection<Exemption> put,
                Map<String, Exemption> seen,
                Order order,
                IntConsumer progress) {
            Runnable others = meanwhile;
            meanwhile = () -> {};
            others.run();
            return batches.putAll(put, seen, order, progress);
        }

        ExemptionImportResult run(String csv, ImportRequest request) {
            try {
                return provisioning.importExemptions(
                        new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)),
                        request,
                        ADA.because("change 17"),
                        ImportProgress.UNTOLD);
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        }

        ExemptionImportResult run(String rows) {
            return run(COLUMNS + rows, request());
        }

        /** What holds of each, by identifier. */
        String reasons() {
            return manager.exemptions().stream()
                    .map(e -> e.id() + " " + e.reason())
                    .collect(Collectors.toCollection(TreeSet::new))
                    .toString();
        }
    }

    private final class Audit implements AuditLog {
        @Override
        public void record(Order order, Change change) {
            told.add(
                    (order.by() + " " + change.action() + " " + change.subject() + " ")
                                    .replaceAll(" +", " ")
                            + change.text()
                            + (order.reason().isEmpty() ? "" : " (" + order.reason() + ")"));
        }

        @Override
        public void record(Order order, Change summary, Iterable<Change> details) {
            Runnable others = whileTold;
            whileTold = () -> {};
            others.run();
            record(order, summary);
            details.forEach(
                    d ->
                            told.add(
                                    d.action()
                                            + " "
                                            + d.subject()
                                            + (d.before().isPresent() ? " was" : "")
                                            + (d.after().isPresent() ? " is" : "")
                                            + ": "
                                            + d.reason()));
        }
    }

    /** A node of a cluster that knows of no other. */
    Node another(String name) {
        return opened(
                new ClusterServiceAdapter() {
                    @Override
                    public ControllerNode getLocalNode() {
                        return new DefaultControllerNode(
                                NodeId.nodeId(name), IpAddress.valueOf("192.0.2.1"));
                    }

                    @Override
                    public ControllerNode.State getState(NodeId id) {
                        return null;
                    }
                });
    }

    private Node opened(ClusterService cluster) {
        Node made = new Node(cluster);
        nodes.add(made);
        return made;
    }

    @BeforeEach
    void exempt() {
        directory.put(
                IntStream.rangeClosed(1, SUBSCRIBERS)
                        .mapToObj(i -> subscriber("r" + i, "residential", i))
                        .collect(Collectors.toList()),
                ADA);
        node = opened(new ClusterServiceAdapter());
    }

    @AfterEach
    void end() {
        nodes.forEach(
                one -> {
                    ExemptionWorld.close(one.batches);
                    ExemptionWorld.stop(one.manager);
                });
    }

    static Subscriber subscriber(String id, String serviceClass, int number) {
        return Subscriber.builder(id)
                .serviceClass(serviceClass)
                .attachedAt(Attachment.parse(S1 + "/" + number))
                .prefix(IpPrefix.valueOf("10.0." + number / 250 + "." + number % 250 + "/32"))
                .build();
    }

    Exemption ordered(String id, String subscriber) {
        Exemption one =
                Exemption.builder(id)
                        .subscriber(subscriber)
                        .reason("ordered")
                        .by("bea")
                        .from(NOW.minus(Duration.ofDays(1)))
                        .until(Instant.parse(SUMMER))
                        .build();
        return node.desk.put(one, Expected.any(), Order.console("bea"));
    }

    /** A line of all mail until the summer. */
    static String line(String id, String subscriber) {
        return id + "," + subscriber + ",,," + SUMMER + ",file\n";
    }

    /** Lines of different subscribers from one to another. */
    static String lines(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(i -> line("x" + i, "r" + i))
                .collect(Collectors.joining());
    }
}
