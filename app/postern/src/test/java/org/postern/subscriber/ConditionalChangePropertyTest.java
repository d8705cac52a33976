package org.postern.subscriber;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.onlab.junit.TestUtils;
import org.onlab.packet.IpPrefix;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.net.DeviceId;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionManager;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Subscriber;
import org.postern.precondition.Expected;
import org.postern.precondition.StaleException;

/** Two nodes change the same subscriber; one of them depends on what it saw before. */
class ConditionalChangePropertyTest {
    private static final Order ADA = Order.console("ada");
    private static final Order BEA = Order.console("bea");

    /** When the other node does something, as this one sees it. */
    private enum Moment {
        BEFORE_THE_ORDER,
        WHILE_IT_IS_CHECKED,
        WHEN_IT_IS_TAKEN_DOWN,
        BEFORE_IT_IS_WRITTEN
    }

    /** A change that depends on what was seen. */
    private interface Change {
        void make(SubscriberManager node, Expected<Subscriber> expected, Order order);
    }

    private static final Map<String, Change> CHANGES =
            new TreeMap<>(
                    Map.of(
                            "replace",
                            (node, expected, order) ->
                                    node.put(alice("/2").build(), expected, order),
                            "move",
                            (node, expected, order) ->
                                    node.put(alice("/3").build(), expected, order),
                            "class",
                            (node, expected, order) ->
                                    node.setClass("alice", "business", expected, order),
                            "other class",
                            (node, expected, order) ->
                                    node.setClass("alice", "quiet", expected, order),
                            "quarantine",
                            (node, expected, order) ->
                                    node.quarantine(
                                            "alice", "quarantined", "worm", expected, order),
                            "release",
                            (node, expected, order) -> node.release("alice", expected, order),
                            "remove",
                            (node, expected, order) -> node.remove("alice", expected, order)));

    private static Subscriber.Builder alice(String port) {
        return Subscriber.builder("alice")
                .attachedAt(Attachment.parse(Isp.FIRST + port))
                .prefix(IpPrefix.valueOf("10.64.7.0/29"));
    }

    /** A node of the cluster, where something can come between. */
    private static final class Node implements AutoCloseable, InfrastructureService {
        private final Isp isp = new Isp();
        private final List<String> audit = new ArrayList<>();
        private final SubscriberManager manager = new SubscriberManager();
        private Runnable whileChecking = () -> {};
        private Runnable whenTakenDown = () -> {};

        Node(FakeStorage storage) {
            manager.coreService = new FakeCore();
            manager.clusterService = new ClusterServiceAdapter();
            manager.storageService = storage;
            manager.infrastructureService = this;
            manager.auditLog =
                    (order, change) -> {
                        audit.add(order.by() + " " + change.action());
                        once(whenTakenDown, () -> whenTakenDown = () -> {});
                    };
            manager.exemptionService =
                    ExemptionWorld.start(manager.coreService, storage, (order, change) -> {});
            TestUtils.setField(manager, "eventDispatcher", new TestEventDispatcher());
            manager.activate();
        }

        private static void once(Runnable work, Runnable forget) {
            forget.run();
            work.run();
        }

        @Override
        public Infrastructure infrastructure() {
            return isp.infrastructure();
        }

        @Override
        public Map<DeviceId, AccessDevice> devices() {
            once(whileChecking, () -> whileChecking = () -> {});
            return isp.devices();
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

        @Override
        public void close() {
            ExemptionWorld.stop((ExemptionManager) manager.exemptionService);
            manager.deactivate();
        }
    }

    private static <T> T one(List<T> of, Random random) {
        return of.get(random.nextInt(of.size()));
    }

    /** Changes whatever there is; a refusal changes nothing. */
    private static void change(Node node, String name) {
        try {
            CHANGES.get(name).make(node.manager, Expected.any(), BEA);
        } catch (IllegalArgumentException e) {
            // such as a release of who is not quarantined
        }
    }

    private static void at(Moment moment, FakeStorage storage, Node node, Runnable work) {
        switch (moment) {
            case BEFORE_THE_ORDER:
                work.run();
                break;
            case WHILE_IT_IS_CHECKED:
                node.whileChecking = work;
                break;
            case WHEN_IT_IS_TAKEN_DOWN:
                node.whenTakenDown = work;
                break;
            default:
                storage.beforeWriting(
                        () -> {
                            storage.beforeWriting(() -> {});
                            work.run();
                        });
        }
    }

    @Property(tries = 300)
    void changeIsMadeOnlyOfWhatWasSeenWheneverAnotherNodeComesBetween(@ForAll long seed) {
        Random random = new Random(seed);
        List<String> names = List.copyOf(CHANGES.keySet());
        FakeStorage storage = new FakeStorage();
        try (Node here = new Node(storage);
                Node there = new Node(storage)) {
            for (int i = random.nextInt(4); i > 0; i--) {
                change(there, one(names, random));
            }
            Optional<Subscriber> seen = here.manager.stored("alice");
            List<Optional<Subscriber>> found = new ArrayList<>(List.of(seen));
            Moment moment = one(List.of(Moment.values()), random);
            List<String> others = new ArrayList<>();
            for (int i = random.nextInt(3); i > 0; i--) {
                others.add(one(names, random));
            }
            at(
                    moment,
                    storage,
                    here,
                    () -> {
                        others.forEach(name -> change(there, name));
                        found.set(0, there.manager.stored("alice"));
                    });
            String name = one(names, random);
            String what = seen + ": " + name + ", but " + others + " " + moment;
            try {
                CHANGES.get(name).make(here.manager, Expected.asSeen(seen), ADA);
                if (here.audit.isEmpty()) {
                    // what was seen was so already, when it was seen
                    assertEquals(found.get(0), here.manager.stored("alice"), what);
                } else {
                    assertEquals(seen, found.get(0), what);
                    assertEquals(alone(seen, name), undated(here.manager.stored("alice")), what);
                }
            } catch (StaleException e) {
                assertNotEquals(seen, found.get(0), what);
                assertEquals(found.get(0), here.manager.stored("alice"), what);
                assertTrue(
                        here.audit.isEmpty() || here.audit.contains("ada not-done"),
                        what + ": " + here.audit);
            } catch (IllegalArgumentException e) {
                assertEquals(found.get(0), here.manager.stored("alice"), what);
            }
            assertEquals(here.manager.stored("alice"), there.manager.stored("alice"), what);
        }
    }

    /** What a change makes of a subscriber if nobody else is there. */
    private static Optional<String> alone(Optional<Subscriber> subscriber, String name) {
        try (Node node = new Node(new FakeStorage())) {
            subscriber.ifPresent(s -> node.manager.put(List.of(s), BEA));
            CHANGES.get(name).make(node.manager, Expected.any(), ADA);
            return undated(node.manager.stored("alice"));
        }
    }

    /** Without the moment at which a quarantine began. */
    private static Optional<String> undated(Optional<Subscriber> subscriber) {
        return subscriber.map(s -> StoredSubscriber.text(s).replaceAll("\"since\":\"[^\"]*\"", ""));
    }
}
