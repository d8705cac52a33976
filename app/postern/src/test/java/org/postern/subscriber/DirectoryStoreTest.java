package org.postern.subscriber;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.onlab.junit.TestUtils;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.net.DeviceId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Attachment;
import org.postern.policy.Mode;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;

/** What becomes of changes when the store fails, nodes die, and versions differ. */
class DirectoryStoreTest {
    private static final DeviceId FIRST = Isp.FIRST;
    private static final DeviceId SECOND = Isp.SECOND;

    private final FakeStorage storage = new FakeStorage();
    private final FakeCore core = new FakeCore();
    private final Isp isp = new Isp();
    private final List<String> events = new ArrayList<>();
    private final List<String> audit = new ArrayList<>();
    private SubscriberManager manager;

    @BeforeEach
    void start() {
        manager = start(storage, events);
    }

    private SubscriberManager start(FakeStorage from, List<String> told) {
        SubscriberManager started = new SubscriberManager();
        started.coreService = core;
        started.clusterService = new ClusterServiceAdapter();
        started.storageService = from;
        started.infrastructureService = isp;
        started.auditLog =
                (order, change) ->
                        audit.add(order.by() + " " + change.action() + " " + change.text());
        started.exemptionService = ExemptionWorld.start(core, from, started.auditLog);
        TestUtils.setField(started, "eventDispatcher", new TestEventDispatcher());
        started.activate();
        started.addListener(e -> told.add(e.type() + " " + e.subject()));
        return started;
    }

    @AfterEach
    void stop() {
        manager.deactivate();
    }

    private static Subscriber.Builder at(String id, String... attachments) {
        Subscriber.Builder builder = Subscriber.builder(id);
        for (String attachment : attachments) {
            builder.attachedAt(Attachment.parse(attachment));
        }
        return builder;
    }

    private static Subscriber customer(String id, String attachment) {
        return at(id, attachment).build();
    }

    private static String refusal(Executable change) {
        return assertThrows(IllegalArgumentException.class, change).getMessage();
    }

    private Set<String> ids() {
        return manager.subscribers().stream().map(Subscriber::id).collect(Collectors.toSet());
    }

    @Test
    void aBatchThatTheStoreCouldNotTakeDownAsAWholeChangesNothing() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("import"));
        Set<Subscriber> before = Set.copyOf(manager.subscribers());
        storage.failWrites(key -> key.equals("commitment"));
        assertEquals(
                "the store of the cluster failed before the change was complete in it; nothing was changed; see whether"
                        + " most nodes are up (nodes), and try again",
                failure(customer("alice", FIRST + "/2"), customer("bob", FIRST + "/1")));
        storage.failWrites(key -> false);
        assertTrue(
                audit.get(audit.size() - 1)
                        .startsWith(
                                "import not-done put-subscribers: the store of the cluster failed"),
                audit.toString());
        manager.finishImports();
        assertEquals(before, Set.copyOf(manager.subscribers()));
        SubscriberManager next = start(storage.restarted(), new ArrayList<>());
        next.finishImports();
        assertEquals(before, Set.copyOf(next.subscribers()));
        next.deactivate();
    }

    @Test
    void aStoreThatDoesNotAnswerForAMomentFailsNoBatch() {
        AtomicInteger failures = new AtomicInteger();
        storage.failWrites(id -> id.equals("bob") && failures.getAndIncrement() < 3);
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("import"));
        assertEquals(4, failures.get());
        assertTrue(manager.subscriber("bob").isPresent());
    }

    @Test
    void aBatchAtWhichTheStoreFailsHalfWayIsFinishedWhenItAnswersAgain() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("import"));
        storage.failWrites(id -> id.equals("carol"));
        assertEquals(
                "the store of the cluster failed in the middle of the change. It is committed: the rest follows by itself"
                        + " when the store answers again; see whether most nodes are up (nodes)",
                failure(
                        customer("alice", FIRST + "/2"),
                        customer("bob", FIRST + "/1"),
                        customer("carol", FIRST + "/3")));
        assertFalse(manager.subscriber("carol").isPresent());
        assertEquals(
                "another change of many subscribers, ordered by import on node local, is being written; try again when it"
                        + " is done",
                failure(customer("zoe", FIRST + "/4"), customer("yve", FIRST + "/5")));
        storage.failWrites(id -> false);
        manager.finishImports();
        assertEquals(Set.of("alice", "bob", "carol"), ids());
        assertEquals(
                Set.of(Attachment.parse(FIRST + "/2")),
                manager.subscriber("alice").get().attachments());
        assertEquals(
                "postern import-finished the import that import ordered",
                audit.get(audit.size() - 1));
        manager.put(
                List.of(customer("zoe", FIRST + "/4"), customer("yve", FIRST + "/5")),
                Order.console("import"));
        assertEquals(Set.of("alice", "bob", "carol", "zoe", "yve"), ids());
    }

    @Test
    void aBatchOfAControllerThatDiedHalfWayIsFinishedByTheNextOne() {
        storage.failWrites(id -> id.equals("bob"));
        failure(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2"));
        SubscriberManager next = start(storage.restarted(), new ArrayList<>());
        assertFalse(next.subscriber("bob").isPresent());
        next.finishImports();
        assertEquals(
                Set.of("alice", "bob"),
                next.subscribers().stream().map(Subscriber::id).collect(Collectors.toSet()));
        next.deactivate();
    }

    @Test
    void aStoreThatSaysNothingMoreLeavesOpenWhetherABatchIsCommitted() {
        AtomicInteger asked = new AtomicInteger();
        storage.failWrites(
                key -> key.equals("commitment") && asked.getAndIncrement() >= 0 || asked.get() > 0);
        String told = failure(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2"));
        assertTrue(told.contains("did not say whether"), told);
    }

    @Test
    void aCommitmentWhosePartsWereTakenAwayAgainKeepsNoOtherOut() {
        storage.failWrites(id -> id.equals("alice") || id.equals("bob"));
        failure(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2"));
        ConsistentMap<String, byte[]> journal =
                storage.<String, byte[]>consistentMapBuilder().withName("postern-import").build();
        Set.copyOf(journal.keySet()).stream()
                .filter(key -> !key.equals("commitment"))
                .forEach(journal::remove);
        storage.failWrites(id -> false);
        manager.finishImports();
        assertEquals(Set.of(), ids());
        assertEquals(
                "postern not-done the import that import ordered on node local was given up before it was complete"
                        + " in the store: nothing of it is done",
                audit.get(audit.size() - 1));
        manager.put(
                List.of(customer("zoe", FIRST + "/4"), customer("yve", FIRST + "/5")),
                Order.console("import"));
        assertEquals(Set.of("zoe", "yve"), ids());
    }

    @Test
    void whomSomebodyChangedAfterTheImportWasCommittedStaysAsHeIs() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("import"));
        storage.failWrites(id -> id.equals("bob") || id.equals("alice"));
        failure(customer("alice", FIRST + "/3"), customer("bob", FIRST + "/4"));
        storage.failWrites(id -> false);
        manager.quarantine("bob", "quarantined", "spam", Order.console("ada"));
        manager.finishImports();
        assertEquals(
                Set.of(Attachment.parse(FIRST + "/2")),
                manager.subscriber("bob").get().attachments());
        assertTrue(manager.subscriber("bob").get().quarantine().isPresent());
        assertEquals(
                Set.of(Attachment.parse(FIRST + "/3")),
                manager.subscriber("alice").get().attachments());
        assertTrue(
                audit.contains(
                        "postern import-overtaken 1 subscriber was changed by others meanwhile and left: bob"),
                audit.toString());
    }

    @Test
    void whatIsAsItShouldBeIsNeitherWrittenNorAudited() {
        List<Subscriber> all =
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2"));
        manager.put(all, Order.console("import"));
        audit.clear();
        events.clear();
        storage.failWrites(key -> true);
        manager.put(all, Order.console("import"));
        manager.put(List.of(all.get(0)), Order.console("import"));
        assertEquals(List.of(), audit);
        assertEquals(List.of(), events);
    }

    @Test
    void oneChangePutsSomeAndRemovesOthersAndTheirLinesAreFreeAtOnce() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("import"));
        List<Integer> progress = new ArrayList<>();
        manager.apply(
                List.of(customer("bob", FIRST + "/1"), customer("carol", FIRST + "/2")),
                Set.of("alice"),
                manager.directory(),
                Order.console("import"),
                progress::add);
        assertEquals(Set.of("bob", "carol"), ids());
        assertEquals(Set.of(1, 2, 3), Set.copyOf(progress));
        assertEquals(
                "there is no subscriber \"alice\": postern-subscribers lists those that exist",
                refusal(
                        () ->
                                manager.apply(
                                        List.of(customer("dave", FIRST + "/5")),
                                        Set.of("alice"),
                                        manager.directory(),
                                        Order.console("import"),
                                        written -> {})));
    }

    @Test
    void everyNodeListsWhatASubscriberHasInTheOrderOfTheStore() {
        SubscriberManager other = start(storage, new ArrayList<>());
        Subscriber.Builder alice = Subscriber.builder("alice");
        manager.put(
                List.of(
                        alice.attachedAt(Attachment.parse(FIRST + "/1"))
                                .attachedAt(Attachment.parse(FIRST + "/2"))
                                .build()),
                Order.console("operator"));
        storage.loseEvents(true);
        manager.remove("alice", Order.console("operator"));
        Subscriber turned =
                Subscriber.builder("alice")
                        .attachedAt(Attachment.parse(FIRST + "/2"))
                        .attachedAt(Attachment.parse(FIRST + "/1"))
                        .build();
        manager.put(List.of(turned), Order.console("operator"));
        storage.loseEvents(false);
        assertEquals(
                StoredSubscriber.text(turned),
                StoredSubscriber.text(other.stored("alice").orElseThrow()));
        other.deactivate();
    }

    @Test
    void whatAnEventWouldHaveToldThatWasLostIsFoundInTheStore() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("operator"));
        SubscriberManager other = start(storage, new ArrayList<>());
        storage.loseEvents(true);
        other.put(List.of(customer("carol", FIRST + "/3")), Order.console("operator"));
        other.put(List.of(customer("bob", FIRST + "/4")), Order.console("operator"));
        other.remove("alice", Order.console("operator"));
        storage.loseEvents(false);
        assertEquals(Set.of("alice", "bob"), ids());
        events.clear();
        manager.compare();
        assertEquals(Set.of("bob", "carol"), ids());
        assertEquals(
                Set.of(
                        "SUBSCRIBER_ADDED carol(residential at [" + FIRST + "/3])",
                        "SUBSCRIBER_UPDATED bob(residential at [" + FIRST + "/4])",
                        "SUBSCRIBER_REMOVED alice(residential at [" + FIRST + "/1])"),
                Set.copyOf(events));
        manager.put(List.of(customer("dave", FIRST + "/1")), Order.console("operator"));
        other.deactivate();
    }

    @Test
    void whoIsRemovedWhileTheDirectoryIsComparedDoesNotComeBack() {
        List<Subscriber> both =
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2"));
        SubscriberManager other = start(storage, new ArrayList<>());
        other.put(both, Order.console("operator"));
        storage.whileReadingAll(() -> other.remove("alice", Order.console("operator")));
        manager.compare();
        assertEquals(Set.of("bob"), ids());
        manager.compare();
        other.put(both, Order.console("operator"));
        assertEquals(Set.of("alice", "bob"), ids());
        other.deactivate();
    }

    /** Another node does something before the next write of this one. */
    private void meanwhile(Runnable work) {
        storage.beforeWriting(
                () -> {
                    storage.beforeWriting(() -> {});
                    work.run();
                });
    }

    @Test
    void whatTwoNodesGaveToTwoInTheSameMomentIsFoundOnEachUntilOneIsChanged() {
        SubscriberManager other = start(storage, new ArrayList<>());
        Subscriber.Builder bob = at("bob", FIRST + "/1");
        meanwhile(
                () ->
                        other.put(
                                List.of(bob.prefix(IpPrefix.valueOf("10.64.7.8/29")).build()),
                                Order.console("ada")));
        Subscriber alice =
                at("alice", FIRST + "/1").prefix(IpPrefix.valueOf("10.64.7.0/28")).build();
        manager.put(List.of(alice), Order.console("bea"));
        DoubleClaim line = new DoubleClaim("alice", "bob", "attachment " + FIRST + "/1");
        for (SubscriberManager node : List.of(manager, other)) {
            node.lookForDoubles();
            assertEquals(List.of(), node.doubleClaims(), "it may pass");
            node.lookForDoubles();
            assertEquals(2, node.doubleClaims().size(), node.doubleClaims().toString());
            assertTrue(node.doubleClaims().contains(line), node.doubleClaims().toString());
            assertTrue(node.doubleClaims().get(1).what().startsWith("prefix 10.64.7."));
        }
        other.put(List.of(customer("bob", FIRST + "/2")), Order.console("ada"));
        for (SubscriberManager node : List.of(manager, other)) {
            node.lookForDoubles();
            assertEquals(List.of(), node.doubleClaims());
        }
        other.deactivate();
    }

    @Test
    void whatAnEarlierVersionStoredIsBroughtToThePresentSchema() {
        FakeStorage old = new FakeStorage();
        Subscriber alice =
                at("alice", FIRST + "/1/100.7", SECOND + "/2@10.64.7.0/29")
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.7.0/29"))
                        .mac(MacAddress.valueOf("02:00:00:00:00:07"))
                        .mode(Mode.MONITOR)
                        .quarantine(
                                new Quarantine(
                                        "walled-garden",
                                        "spam",
                                        Instant.parse("2026-03-01T08:00:00Z"),
                                        "ada"))
                        .build();
        FormerDirectory.of(old, core).put("alice", new FormerRecord(alice));
        SubscriberManager next = start(old, new ArrayList<>());
        assertEquals(Optional.of(alice), next.subscriber("alice"));
        assertTrue(FormerDirectory.of(old, core).isEmpty());
        next.remove("alice", Order.console("operator"));
        SubscriberManager again = start(old.restarted(), new ArrayList<>());
        assertEquals(Optional.empty(), again.subscriber("alice"));
        next.deactivate();
        again.deactivate();
    }

    @Test
    void theBytesOfSchema1AreUnderstood() {
        assertEquals(
                at("alice", FIRST + "/1").prefix(IpPrefix.valueOf("10.64.7.0/29")).build(),
                FormerDirectory.SERIALIZER
                        .<FormerRecord>decode(FormerDirectory.bytes())
                        .subscriber());
    }

    @Test
    void aDirectoryOfALaterVersionIsRefusedAndLeftAlone() {
        FakeStorage future = new FakeStorage();
        future.<String, Integer>consistentMapBuilder()
                .withName("postern-schemas")
                .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                .build()
                .put("directory", 3);
        assertEquals(
                "the directory of subscribers was written by a later version of Postern (schema 3, this one knows 2):"
                        + " install that version again; nothing was changed",
                assertThrows(IllegalStateException.class, () -> start(future, new ArrayList<>()))
                        .getMessage());
    }

    private String failure(Subscriber... batch) {
        return assertThrows(
                        IllegalStateException.class,
                        () -> manager.put(List.of(batch), Order.console("import")))
                .getMessage();
    }
}
