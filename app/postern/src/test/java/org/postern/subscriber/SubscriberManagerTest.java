package org.postern.subscriber;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import org.postern.audit.Order;
import org.postern.exemption.ExemptionManager;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Attachment;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;
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
    void whoGetsAnIdentifierAnewDoesNotGetTheExemptionOfWhoHadIt() {
        Instant now = Instant.now();
        ExemptionWorld.put(
                (ExemptionManager) manager.exemptionService,
                Exemption.builder("ex-1")
                        .subscriber("alice")
                        .reason("left by who had the name")
                        .by("ada")
                        .from(now)
                        .until(now.plusSeconds(3600))
                        .build());
        manager.put(
                List.of(at("alice", FIRST + "/1").prefix(IpPrefix.valueOf("10.64.7.0/29")).build()),
                Order.console("operator"));
        assertEquals(0, manager.exemptionService.exempted().size());
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

    /** As Postern's version of schema 1 wrote it, byte for byte. */
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
