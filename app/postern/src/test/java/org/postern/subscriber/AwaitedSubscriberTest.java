package org.postern.subscriber;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.junit.TestUtils;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.StorageException;
import org.postern.audit.Order;
import org.postern.bulk.NothingChangedException;
import org.postern.exemption.ExemptionManager;
import org.postern.exemption.ExemptionState;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.FakeClock;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Attachment;
import org.postern.policy.Exemption;
import org.postern.policy.Subscriber;
import org.postern.precondition.Expected;
import org.postern.precondition.StaleException;

/** Subscribers that a directory of the ISP takes away for a while, on two nodes. */
class AwaitedSubscriberTest {
    private static final Order SADIS = new Order("sadis", Order.Interface.DIRECTORY);
    private static final Order ADA = Order.console("ada");

    private final List<String> audit = new ArrayList<>();
    private final FakeStorage storage = new FakeStorage();
    private final Instant began = Instant.now();
    private Instant now = began;

    /** A clock that goes on when it is told. */
    private final Clock clock = new FakeClock(() -> now);

    /** Whether the log does not take changes of subscribers. */
    private boolean refusing;

    private SubscriberManager first;
    private SubscriberManager second;

    private SubscriberManager start(FakeStorage from) {
        SubscriberManager started = new SubscriberManager();
        started.coreService = new FakeCore();
        started.clusterService = new ClusterServiceAdapter();
        started.storageService = from;
        started.infrastructureService = new Isp();
        started.auditLog =
                (order, change) -> {
                    if (refusing && change.action().equals("put-subscribers")) {
                        throw new StorageException("no quorum");
                    }
                    audit.add(change.text());
                };
        started.exemptionService =
                ExemptionWorld.start(
                        started.coreService,
                        from,
                        started.auditLog,
                        clock,
                        () -> Duration.between(began, now).toNanos());
        TestUtils.setField(started, "eventDispatcher", new TestEventDispatcher());
        started.activate();
        return started;
    }

    @BeforeEach
    void start() {
        first = start(storage);
        second = start(storage);
        first.put(List.of(at("alice", 1), at("bob", 2), at("carol", 3)), SADIS);
        for (String id : List.of("alice", "bob", "carol")) {
            ExemptionWorld.put(
                    (ExemptionManager) first.exemptionService,
                    Exemption.builder("of-" + id)
                            .subscriber(id)
                            .reason("own mail server")
                            .by("ada")
                            .from(now)
                            .until(now.plus(Duration.ofDays(90)))
                            .build());
        }
    }

    @AfterEach
    void stop() {
        for (SubscriberManager node : List.of(first, second)) {
            node.deactivate();
            ExemptionWorld.stop((ExemptionManager) node.exemptionService);
        }
    }

    private static Subscriber at(String id, int port) {
        return Subscriber.builder(id).attachedAt(Attachment.parse(Isp.FIRST + "/" + port)).build();
    }

    private static String state(SubscriberManager node, String id) {
        ExemptionManager exemptions = (ExemptionManager) node.exemptionService;
        return exemptions
                .exemption("of-" + id)
                .map(exemptions::stateOf)
                .map(ExemptionState::name)
                .orElse("GONE");
    }

    @Test
    void noNodeTakesThemForThoseOfSomebodyWhoIsNoMore() {
        first.remove("alice", SADIS);
        first.apply(Set.of(), Set.of("bob", "carol"), first.directory(), SADIS, n -> {});
        for (SubscriberManager node : List.of(second, first)) {
            node.compare();
            for (String id : List.of("alice", "bob", "carol")) {
                assertEquals("WAITING", state(node, id));
            }
        }
        second.put(List.of(at("bob", 2), at("carol", 3)), SADIS);
        assertEquals("WAITING", state(first, "alice"));
        assertEquals("IN_FORCE", state(first, "bob"));
        assertEquals("IN_FORCE", state(second, "carol"));
    }

    @Test
    void whoIsRemovedByAnybodyElseLosesThem() {
        first.remove("alice", ADA);
        second.apply(Set.of(), Set.of("bob", "carol"), second.directory(), ADA, n -> {});
        for (String id : List.of("alice", "bob", "carol")) {
            assertEquals("GONE", state(first, id));
        }
    }

    @Test
    void aRemovalThatFailedIsMadeUpForByTheNextComparison() {
        storage.failWrites(key -> key.equals("alice") && first.exemptionService.isAwaited("alice"));
        assertThrows(StorageException.class, () -> first.remove("alice", SADIS));
        storage.failWrites(key -> false);
        assertEquals("WAITING", state(first, "alice"));
        now = now.plus(Duration.ofSeconds(61));
        second.compare();
        assertEquals("IN_FORCE", state(first, "alice"));
    }

    @Test
    void whoCouldNotBeRemovedHasThemAtOnce() {
        AtomicInteger failures = new AtomicInteger();
        storage.failWrites(
                key ->
                        key.equals("alice")
                                && state(first, "alice").equals("WAITING")
                                && failures.getAndIncrement() == 0);
        assertThrows(StorageException.class, () -> first.remove("alice", SADIS));
        assertEquals("IN_FORCE", state(second, "alice"));
        storage.failWrites("commitment"::equals);
        assertThrows(
                NothingChangedException.class,
                () ->
                        first.apply(
                                Set.of(),
                                Set.of("bob", "carol"),
                                first.directory(),
                                SADIS,
                                n -> {}));
        storage.failWrites(key -> false);
        assertEquals("IN_FORCE", state(second, "bob"));
        assertEquals("IN_FORCE", state(second, "carol"));
    }

    @Test
    void whoseRemovalCouldNotBeTakenDownHasThemAtOnce() {
        refusing = true;
        assertThrows(
                StorageException.class,
                () ->
                        first.apply(
                                Set.of(),
                                Set.of("alice", "bob"),
                                first.directory(),
                                SADIS,
                                n -> {}));
        refusing = false;
        assertTrue(first.subscriber("alice").isPresent());
        assertEquals("IN_FORCE", state(second, "alice"));
        assertEquals("IN_FORCE", state(second, "bob"));
    }

    @Test
    void whoseMarkTheStoreDidNotConfirmHasThemAtOnceIfItIsNotRemoved() {
        storage.failWrites("bob"::equals);
        assertThrows(
                StorageException.class,
                () ->
                        first.apply(
                                Set.of(),
                                Set.of("alice", "bob"),
                                first.directory(),
                                SADIS,
                                n -> {}));
        storage.failWrites(key -> false);
        assertEquals("IN_FORCE", state(second, "alice"));
        assertEquals("IN_FORCE", state(second, "bob"));
    }

    /** Another node does something once a change of many is decided, before any is written. */
    private void meanwhile(Runnable work) {
        storage.failWrites(
                key -> {
                    if (key.equals("commitment")) {
                        storage.failWrites(any -> false);
                        work.run();
                    }
                    return false;
                });
    }

    /** One that is told from others by its MAC. */
    private static Subscriber moved(String id, int port) {
        return at(id, port).toBuilder()
                .mac(MacAddress.valueOf(String.format("02:00:00:00:00:%02d", port)))
                .build();
    }

    @Test
    void whoStaysSinceAnotherNodeChangedItKeepsThem() {
        for (Order order : List.of(SADIS, ADA)) {
            meanwhile(
                    () -> {
                        second.quarantine("alice", "quarantined", "worm", ADA);
                        second.release("alice", ADA);
                    });
            assertEquals(
                    Set.of("alice"),
                    first.apply(
                            Set.of(),
                            Set.of("alice", order == ADA ? "carol" : "bob"),
                            first.directory(),
                            order,
                            n -> {}));
            assertTrue(first.subscriber("alice").isPresent());
            assertEquals("IN_FORCE", state(first, "alice"), order.toString());
        }
        assertEquals("WAITING", state(first, "bob"));
        assertEquals("GONE", state(first, "carol"));
    }

    @Test
    void whoIsRemovedWhileAnImportWouldChangeItWaitsOn() {
        meanwhile(() -> second.remove("alice", SADIS));
        assertEquals(
                Set.of("alice"),
                first.apply(
                        List.of(moved("alice", 11), moved("bob", 12)),
                        Set.of(),
                        first.directory(),
                        ADA,
                        n -> {}));
        assertFalse(first.subscriber("alice").isPresent());
        assertEquals("WAITING", state(first, "alice"));
        assertEquals("IN_FORCE", state(first, "bob"));
    }

    @Test
    void whoComesBackBeforeAnotherIsImportedUnderItsIdentifierKeepsThem() {
        first.apply(Set.of(), Set.of("alice", "bob"), first.directory(), SADIS, n -> {});
        meanwhile(() -> second.put(List.of(at("alice", 1)), SADIS));
        assertEquals(
                Set.of("alice"),
                first.apply(
                        List.of(moved("alice", 11), moved("bob", 12)),
                        Set.of(),
                        first.directory(),
                        ADA,
                        n -> {}));
        assertEquals("IN_FORCE", state(first, "alice"));
        assertEquals("GONE", state(first, "bob"));
    }

    @Test
    void whoeverFinishesAnImportEndsThoseOfWhoHadTheIdentifierBefore() {
        first.apply(Set.of(), Set.of("alice", "bob"), first.directory(), SADIS, n -> {});
        storage.failWrites(
                key ->
                        key.equals("bob")
                                || key.equals("of-bob")
                                || key.equals("alice") && state(second, "alice").equals("GONE"));
        assertThrows(
                IllegalStateException.class,
                () -> first.put(List.of(at("alice", 1), at("bob", 2)), ADA));
        storage.failWrites(key -> false);
        second.finishImports();
        for (String id : List.of("alice", "bob")) {
            assertTrue(second.subscriber(id).isPresent());
            assertEquals("GONE", state(first, id));
        }
    }

    @Test
    void whoIsNotRemovedSinceAnotherNodeChangedItHasThemAtOnce() {
        Optional<Subscriber> seen = first.stored("alice");
        storage.beforeWriting(
                () -> {
                    storage.beforeWriting(() -> {});
                    second.quarantine("alice", "quarantined", "worm", ADA);
                });
        assertThrows(
                StaleException.class, () -> first.remove("alice", Expected.asSeen(seen), SADIS));
        assertEquals("IN_FORCE", state(second, "alice"));
    }

    @Test
    void theyWaitOnWhenAnotherCouldNotBeRegisteredUnderTheirIdentifier() {
        first.apply(Set.of(), Set.of("alice", "bob"), first.directory(), SADIS, n -> {});
        storage.failWrites("alice"::equals);
        assertThrows(StorageException.class, () -> second.put(List.of(at("alice", 1)), ADA));
        storage.failWrites("commitment"::equals);
        List<Subscriber> both = List.of(at("alice", 1), at("bob", 2));
        assertThrows(NothingChangedException.class, () -> second.put(both, ADA));
        storage.failWrites(key -> false);
        for (String id : List.of("alice", "bob")) {
            assertEquals("WAITING", state(first, id));
        }
        second.put(both, ADA);
        for (String id : List.of("alice", "bob")) {
            assertEquals("GONE", state(first, id));
        }
    }

    @Test
    void noStrangerGetsThemThoughTheNodeThatRegisteredHimIsGone() {
        first.apply(Set.of(), Set.of("alice", "bob"), first.directory(), SADIS, n -> {});
        // second registers alice anew, and is gone before it can end what waits
        storage.failWrites(key -> key.toString().startsWith("of-"));
        second.put(List.of(at("alice", 1)), ADA);
        storage.failWrites(key -> false);
        now = now.plus(Duration.ofSeconds(61));
        first.compare();
        assertEquals("GONE", state(first, "alice"));
        assertEquals("WAITING", state(first, "bob"));
    }

    @Test
    void noStrangerGetsThemThoughTheStoreFailsWhenTheyAreToEnd() {
        first.apply(Set.of(), Set.of("alice", "bob"), first.directory(), SADIS, n -> {});
        storage.failWrites(key -> key.toString().startsWith("of-"));
        second.put(List.of(at("alice", 1), at("bob", 2)), ADA);
        assertTrue(second.subscriber("alice").isPresent());
        for (String id : List.of("alice", "bob")) {
            assertEquals("WAITING", state(first, id));
        }
        storage.failWrites(key -> false);
        second.finishImports();
        for (String id : List.of("alice", "bob")) {
            assertEquals("GONE", state(first, id));
        }
    }

    @Test
    void aChangeThatIsMadeIsNoFailureThoughTheStoreFailsForTheirExemptions() {
        first.remove("alice", SADIS);
        storage.failWrites(
                key ->
                        key.equals("of-bob")
                                || key.equals("alice") && first.subscriber("alice").isPresent());
        second.put(List.of(at("alice", 1)), SADIS);
        second.remove("bob", ADA);
        assertEquals("WAITING", state(first, "alice"));
        assertFalse(first.subscriber("bob").isPresent());
        second.finishImports();
        assertEquals("WAITING", state(first, "alice"), "the store fails still");
        storage.failWrites(key -> false);
        second.finishImports();
        assertEquals("IN_FORCE", state(first, "alice"));
        assertEquals("GONE", state(first, "bob"));
    }

    /** Another node compares itself with the store when one is to be written for this time. */
    private void compareBeforeWrite(int number) {
        storage.beforeWriting(
                () -> {
                    if (number > 1) {
                        compareBeforeWrite(number - 1);
                    } else {
                        storage.beforeWriting(() -> {});
                        second.compare();
                    }
                });
    }

    @Test
    void aComparisonBetweenTheMarkAndTheRemovalEndsNothing() {
        compareBeforeWrite(2);
        first.remove("alice", SADIS);
        assertTrue(first.exemptionService.isAwaited("alice"));
        second.compare();
        assertEquals("WAITING", state(first, "alice"));
        // one that an earlier removal left behind
        storage.failWrites(key -> key.equals("bob") && first.exemptionService.isAwaited("bob"));
        assertThrows(StorageException.class, () -> first.remove("bob", SADIS));
        storage.failWrites(key -> false);
        now = now.plus(Duration.ofMinutes(5));
        compareBeforeWrite(2);
        first.remove("bob", SADIS);
        second.compare();
        assertEquals("WAITING", state(first, "bob"));
    }

    @Test
    void whoIsThereButNotUnderstoodKeepsThem() {
        storage.<String, String>consistentMapBuilder()
                .withName("postern-directory")
                .build()
                .put("alice", "{}");
        assertFalse(first.subscriber("alice").isPresent(), "whatever it was before");
        SubscriberManager third = start(storage);
        assertFalse(third.subscriber("alice").isPresent());
        third.compare();
        assertEquals("IN_FORCE", state(first, "alice"));
        Subscriber alice =
                at("alice", 1).toBuilder().prefix(IpPrefix.valueOf("10.64.0.1/32")).build();
        for (SubscriberManager node : List.of(first, third)) {
            assertEquals(
                    "subscriber alice is stored but not understood: replace it"
                            + " (postern-subscriber-add --replace) or remove it",
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> node.put(alice, Expected.absent(), ADA))
                            .getMessage());
        }
        assertTrue(third.isUnreadable("alice"));
        assertFalse(third.isUnreadable("bob"));
        third.put(alice, Expected.any(), ADA);
        assertFalse(first.isUnreadable("alice"));
        assertTrue(
                audit.get(audit.size() - 1)
                        .endsWith(", in place of alice, which was not understood: {}"),
                audit.toString());
        assertEquals(alice, first.subscriber("alice").orElseThrow());
        assertEquals("IN_FORCE", state(first, "alice"));
        third.deactivate();
        ExemptionWorld.stop((ExemptionManager) third.exemptionService);
    }

    @Test
    void whoIsNotUnderstoodIsRemovedWithItsExemptions() {
        ConsistentMap<String, String> directory =
                storage.<String, String>consistentMapBuilder()
                        .withName("postern-directory")
                        .build();
        directory.put("alice", "{}");
        first.put(List.of(at("dora", 1)), ADA);
        first.remove("alice", ADA);
        assertTrue(
                audit.stream().anyMatch(e -> e.endsWith("alice, which was not understood: {}")),
                audit.toString());
        assertFalse(directory.containsKey("alice"));
        assertEquals("GONE", state(second, "alice"));
        assertThrows(IllegalArgumentException.class, () -> second.remove("alice", ADA));
        second.put(at("alice", 4), Expected.absent(), ADA);
        assertEquals(at("alice", 4), first.subscriber("alice").orElseThrow());
    }
}
