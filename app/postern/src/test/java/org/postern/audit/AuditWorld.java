package org.postern.audit;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.onlab.packet.IpAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.postern.fakecontroller.FakeClock;
import org.postern.fakecontroller.FakeContext;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;

/** Nodes that keep one audit log, and what they keep. */
abstract class AuditWorld {
    static final Order ADA = Order.console("ada");
    static final Order BOB = new Order("bob", Order.Interface.REST);
    static final Order RADIUS = new Order("radius", Order.Interface.REST);
    static final Order SADIS = new Order("sadis", Order.Interface.DIRECTORY);
    static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123Z");

    final FakeStorage storage = new FakeStorage();
    Instant now = NOON;

    /** What a node runs; work that is put off is done when the test says so. */
    final class Node extends AuditManager {
        final List<Runnable> putOff;

        private Node(String name, FakeStorage on, List<Runnable> putOff) {
            super(
                    new FakeClock(() -> now),
                    new ScheduledThreadPoolExecutor(0) {
                        @Override
                        public void execute(Runnable work) {
                            work.run();
                        }

                        @Override
                        public ScheduledFuture<?> schedule(Runnable work, long delay, TimeUnit u) {
                            putOff.add(work);
                            return null;
                        }
                    });
            this.putOff = putOff;
            coreService = new FakeCore();
            storageService = on;
            componentConfigService = new ComponentConfigAdapter();
            clusterService =
                    new ClusterServiceAdapter() {
                        @Override
                        public ControllerNode getLocalNode() {
                            return new DefaultControllerNode(
                                    new NodeId(name), IpAddress.valueOf("192.0.2.1"));
                        }
                    };
        }
    }

    Node node(String name, FakeStorage on, Object... properties) {
        Node node = new Node(name, on, new ArrayList<>());
        node.activate(FakeContext.of(properties));
        return node;
    }

    static Change suspension(int number) {
        return Change.of("suspend", "s" + number, "s" + number + " for a minute").because("why");
    }

    static List<String> subjects(List<AuditEntry> entries) {
        return entries.stream().map(AuditEntry::subject).collect(Collectors.toList());
    }

    static List<Long> numbers(List<AuditEntry> entries) {
        return entries.stream().map(AuditEntry::number).collect(Collectors.toList());
    }

    static List<AuditEntry> all(AuditService audit) {
        return audit.entries(AuditQuery.all().oldestFirst().build()).entries();
    }

    static List<AuditEntry> exported(AuditService audit, AuditQuery query) {
        List<AuditEntry> all = new ArrayList<>();
        audit.export(query, all::add);
        return all;
    }

    /** A store's map as somebody else sees it. */
    static <K, V> ConsistentMap<K, V> map(FakeStorage storage, String name) {
        return storage.<K, V>consistentMapBuilder()
                .withName(name)
                .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                .build();
    }

    /** Entries that others name, and that cannot have gone by themselves. */
    static List<Long> lost(List<AuditEntry> kept) {
        Map<String, List<AuditEntry>> shares =
                kept.stream().collect(Collectors.groupingBy(AuditEntry::share));
        return shares.values().stream()
                .flatMap(
                        share ->
                                share.stream()
                                        .filter(e -> e.previous().orElse(0) > numbers(share).get(0))
                                        .map(e -> e.previous().getAsLong())
                                        .filter(number -> !numbers(share).contains(number)))
                .collect(Collectors.toList());
    }

    static List<AuditEntry> kept(AuditService audit) {
        return audit.entries(AuditQuery.all().oldestFirst().limit(1000).build()).entries();
    }
}
