package org.postern.subscriber;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
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
import org.onosproject.store.service.Serializer;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;

class SubscriberManagerTest {
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
    void whatIsPutIsFoundAndTold() {
        Subscriber alice =
                at("alice", FIRST + "/1", SECOND + "/1/100")
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.7.0/29"))
                        .prefix(IpPrefix.valueOf("2001:db8:7::/48"))
                        .mac(MacAddress.valueOf("02:00:00:00:00:07"))
                        .build();
        manager.put(List.of(alice), Order.console("operator"));
        assertEquals(Optional.of(alice), manager.subscriber("alice"));
        assertEquals(List.of(alice), List.copyOf(manager.subscribers()));
        assertEquals(List.of("SUBSCRIBER_ADDED " + alice), events);
        assertEquals(List.of("operator put-subscribers " + alice), audit);
    }

    @Test
    void aLifeOfASubscriberIsASequenceOfEvents() {
        manager.put(List.of(customer("alice", FIRST + "/1")), Order.console("operator"));
        manager.put(List.of(customer("alice", FIRST + "/2")), Order.console("operator"));
        // what is so already is no event
        manager.setClass("alice", "residential", Order.console("operator"));
        manager.remove("alice", Order.console("operator"));
        assertEquals(
                List.of(
                        "SUBSCRIBER_ADDED alice(residential at [" + FIRST + "/1])",
                        "SUBSCRIBER_UPDATED alice(residential at [" + FIRST + "/2])",
                        "SUBSCRIBER_REMOVED alice(residential at [" + FIRST + "/2])"),
                events);
        assertEquals(Optional.empty(), manager.subscriber("alice"));
    }

    @Test
    void aClassIsChangedAndAuditedWithBothNames() {
        manager.put(
                List.of(at("alice", FIRST + "/1").prefix(IpPrefix.valueOf("10.64.7.0/29")).build()),
                Order.console("operator"));
        Subscriber after = manager.setClass("alice", "business", Order.console("noc"));
        assertEquals("business", after.serviceClass());
        assertEquals(Optional.of(after), manager.subscriber("alice"));
        assertEquals("noc set-class alice from residential to business", audit.get(1));
    }

    @Test
    void aBatchWithOneBadEntryChangesNothing() {
        manager.put(List.of(customer("alice", FIRST + "/1")), Order.console("operator"));
        events.clear();
        audit.clear();
        refusal(
                () ->
                        manager.put(
                                List.of(
                                        customer("bob", FIRST + "/2"),
                                        customer("alice", FIRST + "/4"),
                                        customer("mallory", FIRST + "/100")),
                                Order.console("operator")));
        assertEquals(Set.of("alice"), ids());
        assertEquals(
                Set.of(Attachment.parse(FIRST + "/1")),
                manager.subscriber("alice").get().attachments());
        assertEquals(List.of(), events);
        assertEquals(List.of(), audit);
    }

    @Test
    void aGoodBatchIsPutAsAWhole() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("import"));
        assertEquals(Set.of("alice", "bob"), ids());
        assertEquals(
                List.of(
                        "import put-subscribers 2 subscribers: alice, bob",
                        "import put-subscribers " + manager.subscriber("alice").get(),
                        "import put-subscribers " + manager.subscriber("bob").get()),
                audit);
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
        manager.finishImports();
        assertEquals(before, Set.copyOf(manager.subscribers()));
        SubscriberManager next = start(storage.restarted(), new ArrayList<>());
        next.finishImports();
        assertEquals(before, Set.copyOf(next.subscribers()));
        next.deactivate();
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
                        "postern import-overtaken 1 subscribers were changed by others meanwhile and left as they are: bob"),
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
                                        Order.console("import"),
                                        written -> {})));
    }

    @Test
    void aVersionChangesWithTheSubscriberOnly() {
        assertFalse(manager.version("alice").isPresent());
        manager.put(List.of(customer("alice", FIRST + "/1")), Order.console("operator"));
        long first = manager.version("alice").getAsLong();
        manager.put(List.of(customer("bob", FIRST + "/2")), Order.console("operator"));
        assertEquals(first, manager.version("alice").getAsLong());
        manager.put(List.of(customer("alice", FIRST + "/3")), Order.console("operator"));
        assertTrue(manager.version("alice").getAsLong() > first);
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

    /** As Postern's version of schema 1 wrote it, byte for byte. */
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

    @Test
    void aBatchMayMoveAnAttachmentFromOneToAnother() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("import"));
        manager.put(
                List.of(customer("alice", FIRST + "/2"), customer("bob", FIRST + "/1")),
                Order.console("import"));
        assertEquals(
                Set.of(Attachment.parse(FIRST + "/1")),
                manager.subscriber("bob").get().attachments());
    }

    @Test
    void aSubscriberNamedTwiceInABatchIsRefused() {
        assertEquals(
                "subscriber alice is named twice",
                refusal(
                        () ->
                                manager.put(
                                        List.of(
                                                customer("alice", FIRST + "/1"),
                                                customer("alice", FIRST + "/2")),
                                        Order.console("import"))));
    }

    @Test
    void aClassThatDoesNotExistIsRefusedWithThoseThatDo() {
        String expected =
                "there is no class \"gold\": use one of business, quarantined, quiet,"
                        + " residential, walled-garden";
        assertEquals(
                expected,
                refusal(
                        () ->
                                manager.put(
                                        List.of(
                                                at("alice", FIRST + "/1")
                                                        .serviceClass("gold")
                                                        .build()),
                                        Order.console("operator"))));
        manager.put(List.of(customer("alice", FIRST + "/1")), Order.console("operator"));
        assertEquals(
                expected,
                refusal(() -> manager.setClass("alice", "gold", Order.console("operator"))));
        assertEquals("residential", manager.subscriber("alice").get().serviceClass());
    }

    @Test
    void anUnknownSubscriberIsRefusedAndItIsSaidHowToFindThoseThatExist() {
        String expected =
                "there is no subscriber \"nobody\": postern-subscribers lists those that exist";
        assertEquals(
                expected,
                refusal(
                        () ->
                                manager.setClass(
                                        "nobody", "residential", Order.console("operator"))));
        assertEquals(expected, refusal(() -> manager.remove("nobody", Order.console("operator"))));
        assertEquals(List.of(), events);
        assertEquals(List.of(), audit);
    }

    @Test
    void anAttachmentToADeviceThatIsNoAccessDeviceIsRefused() {
        assertEquals(
                "subscriber alice: of:0000000000000009 is not an access device; configure its port roles first."
                        + " Access devices: [of:0000000000000001, of:0000000000000002]",
                refusal(
                        () ->
                                manager.put(
                                        List.of(customer("alice", "of:0000000000000009/1")),
                                        Order.console("operator"))));
    }

    @Test
    void anAttachmentToAPortOfAnotherRoleIsRefusedWithTheRole() {
        Map<Integer, String> roles = Map.of(100, "uplink", 90, "transit", 80, "server");
        roles.forEach(
                (port, role) ->
                        assertEquals(
                                "subscriber alice: port "
                                        + port
                                        + " of of:0000000000000001 is not an access port but "
                                        + role,
                                refusal(
                                        () ->
                                                manager.put(
                                                        List.of(
                                                                customer(
                                                                        "alice",
                                                                        FIRST + "/" + port)),
                                                        Order.console("operator")))));
    }

    @Test
    void anAttachmentOfSomebodyElseIsRefusedInTheNameOfTheOneThatAsks() {
        manager.put(
                List.of(customer("zoe", FIRST + "/1"), customer("bob", FIRST + "/2/100")),
                Order.console("operator"));
        assertEquals(
                "subscriber alice: attachment of:0000000000000001/1 belongs to subscriber zoe already;"
                        + " take it from there first",
                refusal(
                        () ->
                                manager.put(
                                        List.of(customer("alice", FIRST + "/1")),
                                        Order.console("operator"))));
        assertEquals(
                "subscriber alice: attachment of:0000000000000001/2/100 belongs to subscriber bob already;"
                        + " take it from there first",
                refusal(
                        () ->
                                manager.put(
                                        List.of(customer("alice", FIRST + "/2/100")),
                                        Order.console("operator"))));
    }

    @Test
    void aKnownSubscriberThatTakesSomebodyElsesAttachmentIsTheOneRefused() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/2")),
                Order.console("operator"));
        // both ways: the order in which a store lists subscribers is its own
        assertEquals(
                "subscriber alice: attachment of:0000000000000001/2 belongs to subscriber bob already;"
                        + " take it from there first",
                refusal(
                        () ->
                                manager.put(
                                        List.of(customer("alice", FIRST + "/2")),
                                        Order.console("operator"))));
        assertEquals(
                "subscriber bob: attachment of:0000000000000001/1 belongs to subscriber alice already;"
                        + " take it from there first",
                refusal(
                        () ->
                                manager.put(
                                        List.of(customer("bob", FIRST + "/1")),
                                        Order.console("operator"))));
    }

    @Test
    void oneVlanOfAPortThatIsSomebodyElsesIsNotTheSameAttachment() {
        manager.put(
                List.of(customer("alice", FIRST + "/1"), customer("bob", FIRST + "/1/100")),
                Order.console("operator"));
        assertEquals(Set.of("alice", "bob"), ids());
    }

    @Test
    void aMacOfSomebodyElseIsRefused() {
        MacAddress mac = MacAddress.valueOf("02:00:00:00:00:07");
        manager.put(List.of(at("bob", FIRST + "/1").mac(mac).build()), Order.console("operator"));
        assertEquals(
                "subscriber alice: MAC 02:00:00:00:00:07 belongs to subscriber bob already; take it from there first",
                refusal(
                        () ->
                                manager.put(
                                        List.of(at("alice", FIRST + "/2").mac(mac).build()),
                                        Order.console("operator"))));
    }

    @Test
    void prefixesOfDifferentSubscribersDoNotOverlapInAnyWay() {
        manager.put(
                List.of(
                        at("bob", FIRST + "/1")
                                .prefix(IpPrefix.valueOf("10.64.7.0/24"))
                                .prefix(IpPrefix.valueOf("2001:db8:7::/48"))
                                .build()),
                Order.console("operator"));
        for (String taken :
                List.of(
                        "10.64.7.0/24",
                        "10.64.0.0/16",
                        "10.64.7.128/25",
                        "10.64.7.255/32",
                        "2001:db8::/32",
                        "2001:db8:7:ffff::/64")) {
            assertEquals(
                    "subscriber alice: prefix "
                            + taken
                            + " or a part of it belongs to subscriber bob already; take it from there first",
                    refusal(
                            () ->
                                    manager.put(
                                            List.of(
                                                    at("alice", FIRST + "/2")
                                                            .prefix(IpPrefix.valueOf(taken))
                                                            .build()),
                                            Order.console("operator"))));
        }
        manager.put(
                List.of(
                        at("alice", FIRST + "/2")
                                .prefix(IpPrefix.valueOf("10.64.8.0/24"))
                                .prefix(IpPrefix.valueOf("2001:db8:8::/48"))
                                .build()),
                Order.console("operator"));
        assertEquals(Set.of("alice", "bob"), ids());
    }

    @Test
    void oneSubscriberMayHaveAWideAndANarrowPrefixAndBothStayItsOwn() {
        manager.put(
                List.of(
                        at("bob", FIRST + "/1")
                                .prefix(IpPrefix.valueOf("10.64.7.16/28"))
                                .prefix(IpPrefix.valueOf("10.64.7.0/24"))
                                .build()),
                Order.console("operator"));
        for (String taken : List.of("10.64.7.16/28", "10.64.7.1/32")) {
            assertTrue(
                    refusal(
                                    () ->
                                            manager.put(
                                                    List.of(
                                                            at("alice", FIRST + "/2")
                                                                    .prefix(IpPrefix.valueOf(taken))
                                                                    .build()),
                                                    Order.console("operator")))
                            .contains("belongs to subscriber bob"));
        }
    }

    @Test
    void aSendingSubscriberInThePoolsNeedsAnIdentification() {
        String expected =
                "subscriber alice cannot have class business: packets from port 25 (the answers to its mail) could not be"
                        + " told from those to its neighbours in the pools; give it a prefix, a MAC address or a VLAN of its own"
                        + " first";
        manager.put(List.of(customer("alice", FIRST + "/1")), Order.console("operator"));
        assertEquals(
                expected,
                refusal(() -> manager.setClass("alice", "business", Order.console("operator"))));
        assertEquals("residential", manager.subscriber("alice").get().serviceClass());
        manager.put(
                List.of(
                        at("alice", FIRST + "/1")
                                .mac(MacAddress.valueOf("02:00:00:00:00:07"))
                                .build()),
                Order.console("operator"));
        assertEquals(
                "business",
                manager.setClass("alice", "business", Order.console("operator")).serviceClass());
    }

    @Test
    void aVlanIdentifiesOnlyIfItIsNobodyElses() {
        manager.put(
                List.of(at("alice", FIRST + "/1/100").serviceClass("business").build()),
                Order.console("operator"));
        assertTrue(
                refusal(
                                () ->
                                        manager.put(
                                                List.of(
                                                        at("bob", FIRST + "/2/100")
                                                                .serviceClass("business")
                                                                .build()),
                                                Order.console("operator")))
                        .startsWith("subscriber bob cannot have class business"));
    }

    @Test
    void aVlanThatAloneTellsASenderApartIsNotGivenToANeighbour() {
        manager.put(
                List.of(
                        at("alice", FIRST + "/1/100").serviceClass("business").build(),
                        customer("bob", FIRST + "/2")),
                Order.console("operator"));
        String expected =
                ": VLAN 100 is what tells subscriber alice of class business from its neighbours; give alice a prefix or a"
                        + " MAC address first, or ";
        // on the same device, and on one that is chained with it
        for (String taken : List.of(FIRST + "/2/100", SECOND + "/1/100")) {
            assertEquals(
                    "subscriber bob" + expected + "bob another VLAN",
                    refusal(
                            () ->
                                    manager.put(
                                            List.of(customer("bob", taken)),
                                            Order.console("operator"))));
            assertEquals(
                    "subscriber carol" + expected + "carol another VLAN",
                    refusal(
                            () ->
                                    manager.put(
                                            List.of(
                                                    customer("zoe", FIRST + "/3/300"),
                                                    customer("carol", taken)),
                                            Order.console("import"))));
        }
        assertEquals(Set.of("alice", "bob"), ids());
    }

    @Test
    void aVlanMayBeSharedWithThoseWhoNeedItNotOrHaveMore() {
        manager.put(
                List.of(
                        customer("alice", FIRST + "/1/100"),
                        at("shop", FIRST + "/2/200")
                                .serviceClass("business")
                                .mac(MacAddress.valueOf("02:00:00:00:00:07"))
                                .build(),
                        at("firm", FIRST + "/3/300")
                                .serviceClass("business")
                                .prefix(IpPrefix.valueOf("10.64.7.0/29"))
                                .build()),
                Order.console("operator"));
        manager.put(
                List.of(at("bob", FIRST + "/4/100", FIRST + "/4/200", FIRST + "/4/300").build()),
                Order.console("operator"));
        assertEquals(Set.of("alice", "shop", "firm", "bob"), ids());
    }

    @Test
    void whoWasNotToldApartBeforeKeepsNobodyOut() {
        isp.infrastructure = new Infrastructure(List.of(), List.of(), List.of(), "residential");
        manager.put(
                List.of(
                        at("alice", FIRST + "/1/100").serviceClass("business").build(),
                        customer("bob", FIRST + "/2/100")),
                Order.console("operator"));
        isp.infrastructure = new Isp().infrastructure;
        manager.put(List.of(customer("carol", FIRST + "/3/100")), Order.console("operator"));
        manager.put(List.of(customer("bob", FIRST + "/4/100")), Order.console("operator"));
        assertEquals(Set.of("alice", "bob", "carol"), ids());
    }

    @Test
    void aSenderThatMovesOutOfItsVlanInTheSameChangeLeavesItToTheNext() {
        manager.put(
                List.of(at("alice", FIRST + "/1/100").serviceClass("business").build()),
                Order.console("operator"));
        manager.put(
                List.of(
                        at("alice", FIRST + "/1/101").serviceClass("business").build(),
                        at("bob", FIRST + "/1/100").serviceClass("business").build()),
                Order.console("import"));
        assertEquals(Set.of("alice", "bob"), ids());
    }

    @Test
    void aSubscriberThatReceivesNoMailNeedsAnIdentificationToo() {
        assertTrue(
                refusal(
                                () ->
                                        manager.put(
                                                List.of(
                                                        at("alice", FIRST + "/1")
                                                                .serviceClass("quiet")
                                                                .build()),
                                                Order.console("operator")))
                        .startsWith(
                                "subscriber alice cannot have class quiet: packets to its port 25"));
    }

    @Test
    void withoutPoolsASendingSubscriberNeedsNoIdentification() {
        isp.infrastructure = new Infrastructure(List.of(), List.of(), List.of(), "residential");
        manager.put(
                List.of(at("alice", FIRST + "/1").serviceClass("business").build()),
                Order.console("operator"));
        assertEquals("business", manager.subscriber("alice").get().serviceClass());
    }

    @Test
    void subscribersSurviveARestartOfTheController() {
        Subscriber alice =
                at("alice", FIRST + "/1", FIRST + "/2/100")
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.7.0/29"))
                        .prefix(IpPrefix.valueOf("2001:db8:7::/48"))
                        .mac(MacAddress.valueOf("02:00:00:00:00:07"))
                        .build();
        manager.put(List.of(alice, customer("bob", FIRST + "/3")), Order.console("operator"));
        SubscriberManager next = start(storage.restarted(), new ArrayList<>());
        assertEquals(Optional.of(alice), next.subscriber("alice"));
        assertEquals(2, next.subscribers().size());
        assertTrue(
                refusal(
                                () ->
                                        next.put(
                                                List.of(customer("carol", FIRST + "/3")),
                                                Order.console("operator")))
                        .contains("belongs to subscriber bob"));
        next.deactivate();
    }

    @Test
    void anotherNodeIsToldOfChangesToo() {
        List<String> elsewhere = new ArrayList<>();
        SubscriberManager other = start(storage, elsewhere);
        manager.put(List.of(customer("alice", FIRST + "/1")), Order.console("operator"));
        assertEquals(events, elsewhere);
        assertEquals(1, elsewhere.size());
        other.deactivate();
    }

    @Test
    void stoppingKeepsTheDirectoryAndTellsNothingMore() {
        manager.put(List.of(customer("alice", FIRST + "/1")), Order.console("operator"));
        SubscriberManager other = start(storage, new ArrayList<>());
        manager.deactivate();
        other.put(List.of(customer("bob", FIRST + "/2")), Order.console("operator"));
        assertEquals(1, events.size());
        assertEquals(2, other.subscribers().size());
        manager.activate();
        other.deactivate();
    }
}
