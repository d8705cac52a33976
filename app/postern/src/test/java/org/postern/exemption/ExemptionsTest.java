package org.postern.exemption;

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
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.postern.audit.AuditLog;
import org.postern.audit.Order;
import org.postern.fakecontroller.FakeClock;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Attachment;
import org.postern.policy.Exemption;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.precondition.Expected;
import org.postern.precondition.StaleException;
import org.postern.subscriber.DoubleClaim;
import org.postern.subscriber.SubscriberListener;
import org.postern.subscriber.SubscriberService;

class ExemptionsTest {
    private static final Instant START = Instant.parse("2026-03-01T08:00:00Z");
    private static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    private static final Order ADA = Order.console("ada");

    private Instant wall = START;
    private long nanos;
    private final FakeStorage storage = new FakeStorage();
    private final FakeCore core = new FakeCore();
    private final List<String> audit = new ArrayList<>();
    private final List<String> events = new ArrayList<>();
    private Subscribers subscribers = Subscribers.NONE;
    private ExemptionManager manager;
    private ExemptionDesk desk;

    /** A clock that somebody may set. */
    private final Clock clock = new FakeClock(() -> wall);

    @BeforeEach
    void start() {
        manager = manager(storage);
        manager.addListener(e -> events.add(e.type() + " " + e.subject().id()));
        desk = desk(manager);
        subscribers =
                Subscribers.of(
                        List.of(
                                subscriber("alice", 1)
                                        .prefix(IpPrefix.valueOf("10.64.0.1/32"))
                                        .build(),
                                subscriber("bob", 2)
                                        .prefix(IpPrefix.valueOf("10.64.0.2/32"))
                                        .build(),
                                subscriber("carol", 3).build()));
    }

    private ExemptionManager manager(FakeStorage from) {
        return ExemptionWorld.start(
                core,
                from,
                (order, change) ->
                        audit.add(order.by() + " " + change.action() + " " + change.text()),
                clock,
                () -> nanos);
    }

    private ExemptionDesk desk(ExemptionManager over) {
        ExemptionDesk made = new ExemptionDesk(clock);
        made.exemptions = over;
        made.subscriberService = new Directory();
        made.infrastructureService = new Network(DEVICE);
        made.auditLog =
                (order, change) ->
                        audit.add(
                                order.by()
                                        + " "
                                        + change.action()
                                        + " "
                                        + change.subject()
                                        + ": "
                                        + change.reason());
        return made;
    }

    @AfterEach
    void stop() {
        manager.deactivate();
    }

    private static Subscriber.Builder subscriber(String id, int port) {
        return Subscriber.builder(id).attachedAt(Attachment.parse(DEVICE + "/" + port));
    }

    private Exemption.Builder exemption(String id, String subscriber, Duration length) {
        return Exemption.builder(id)
                .subscriber(subscriber)
                .reason("own mail server")
                .ticket("HD-1234")
                .by("ada")
                .from(wall)
                .until(wall.plus(length));
    }

    private static String refusal(Executable change) {
        return assertThrows(IllegalArgumentException.class, change).getMessage();
    }

    private Set<String> inForce() {
        return manager.inForce().stream().map(Exemption::id).collect(Collectors.toSet());
    }

    private void pass(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
        manager.watch();
    }

    @Test
    void anExemptionIsInForceFromItsBeginningToItsEndAndTheClusterIsWarnedBefore() {
        Exemption later =
                exemption("ex-1", "alice", Duration.ofDays(41))
                        .from(wall.plus(Duration.ofDays(1)))
                        .destination(IpPrefix.valueOf("192.0.2.0/24"))
                        .note("sendingHost", "mx.shop.example")
                        .build();
        desk.put(later, ADA);
        assertEquals(Set.of(), inForce());
        assertEquals(ExemptionState.PENDING, manager.stateOf(later));
        pass(Duration.ofDays(1));
        assertEquals(Set.of("ex-1"), inForce());
        assertEquals(Optional.of(later), manager.exemption("ex-1"));
        pass(Duration.ofDays(32));
        assertEquals(ExemptionState.IN_FORCE, manager.stateOf(later));
        pass(Duration.ofDays(1));
        assertEquals(ExemptionState.ENDING, manager.stateOf(later));
        assertEquals(Set.of("ex-1"), inForce());
        pass(Duration.ofDays(7));
        assertEquals(Set.of(), inForce());
        assertEquals(
                List.of(
                        "EXEMPTION_PUT ex-1",
                        "EXEMPTION_BEGUN ex-1",
                        "EXEMPTION_ENDING ex-1",
                        "EXEMPTION_ENDED ex-1"),
                events);
        assertEquals(
                List.of(
                        "ada exempt alice: own mail server",
                        "postern exemption-ending " + later,
                        "postern exemption-ended " + later),
                audit);
    }

    @Test
    void whatTheClusterTellsItTellsOnceOnHoweverManyNodes() {
        ExemptionManager other = manager(storage);
        desk.put(exemption("ex-1", "alice", Duration.ofHours(4)).build(), ADA);
        wall = wall.plus(Duration.ofHours(3));
        manager.watch();
        other.watch();
        wall = wall.plus(Duration.ofHours(1));
        other.watch();
        manager.watch();
        assertEquals(3, audit.size(), audit.toString());
        assertEquals(Set.of(), Set.copyOf(other.inForce()));
        other.deactivate();
    }

    @Test
    void anExemptionEndsOnTheOtherNodesWhenTheOneThatSetItIsGoneAndAfterARestart() {
        ExemptionManager other = manager(storage);
        desk.put(exemption("ex-1", "alice", Duration.ofHours(4)).build(), ADA);
        manager.deactivate();
        assertEquals(1, other.inForce().size());
        wall = wall.plus(Duration.ofHours(4));
        other.watch();
        assertEquals(0, other.inForce().size());
        assertTrue(audit.get(audit.size() - 1).startsWith("postern exemption-ended ex-1"));
        ExemptionManager next = manager(storage.restarted());
        assertEquals(0, next.inForce().size());
        assertEquals(1, next.exemptions().size());
        next.deactivate();
        other.deactivate();
        manager = manager(storage);
    }

    @Test
    void aClockThatIsSetBackMakesNoExemptionLonger() {
        desk.put(exemption("ex-1", "alice", Duration.ofHours(4)).build(), ADA);
        manager.watch();
        wall = wall.minus(Duration.ofDays(30)).plus(Duration.ofHours(4));
        nanos += Duration.ofHours(4).toNanos();
        manager.watch();
        assertEquals(Set.of(), inForce());
    }

    @Test
    void aClockThatIsAheadForAMomentEndsAnExemptionOnlyForThatMoment() {
        desk.put(exemption("ex-1", "alice", Duration.ofDays(40)).build(), ADA);
        manager.watch();
        wall = wall.plus(Duration.ofDays(2000));
        manager.watch();
        manager.watch();
        assertEquals(Set.of(), inForce());
        wall = wall.minus(Duration.ofDays(2000));
        manager.watch();
        assertEquals(Set.of("ex-1"), inForce());
        assertTrue(audit.stream().anyMatch(a -> a.contains("exemption-goes-on")), audit.toString());
        pass(Duration.ofDays(40));
        assertEquals(Set.of(), inForce());
    }

    @Test
    void aNodeWhoseClockIsBehindDoesNotReopenWhatAnotherSawEnd() {
        Exemption exemption = exemption("ex-1", "alice", Duration.ofHours(4)).build();
        desk.put(exemption, ADA);
        pass(Duration.ofHours(4));
        wall = wall.minus(Duration.ofHours(3));
        ExemptionManager late = manager(storage);
        late.watch();
        late.watch();
        assertEquals(ExemptionState.ENDED, late.stateOf(exemption));
        assertEquals(2, audit.size(), audit.toString());
        late.deactivate();
    }

    @Test
    void everyNodeIsToldOfAnEndThatAnotherMarkedFirst() {
        ExemptionManager other = manager(storage);
        List<String> told = new ArrayList<>();
        other.addListener(e -> told.add(e.type().toString()));
        desk.put(exemption("ex-1", "alice", Duration.ofHours(4)).build(), ADA);
        wall = wall.plus(Duration.ofHours(4));
        manager.watch();
        assertEquals(List.of("EXEMPTION_PUT"), told);
        other.watch();
        assertEquals(List.of("EXEMPTION_PUT", "EXEMPTION_ENDED"), told);
        other.deactivate();
    }

    @Test
    void aMomentBeyondAllReasonIsRefusedAndStopsNothing() {
        assertTrue(
                refusal(
                                () ->
                                        desk.put(
                                                exemption("ex-1", "alice", Duration.ofDays(1))
                                                        .from(wall.plus(Duration.ofDays(330_000)))
                                                        .until(wall.plus(Duration.ofDays(330_001)))
                                                        .build(),
                                                ADA))
                        .contains("is too far: it begins within 400 days"));
        // one that is stored all the same
        ExemptionWorld.put(
                manager,
                exemption("ex-2", "alice", Duration.ofDays(330_001))
                        .from(wall.plus(Duration.ofDays(330_000)))
                        .build());
        desk.put(exemption("ex-3", "bob", Duration.ofDays(1)).build(), ADA);
        manager.watch();
        assertEquals(Set.of("ex-3"), inForce());
        desk.revoke("ex-2", "mistyped", ADA);
    }

    @Test
    void aRevocationWhoseEventWasLostIsFoundInTheStore() {
        ExemptionManager other = manager(storage);
        desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA);
        storage.loseEvents(true);
        desk.revoke("ex-1", "moved", ADA);
        storage.loseEvents(false);
        assertEquals(1, other.inForce().size());
        other.compare();
        assertEquals(0, other.inForce().size());
        other.deactivate();
    }

    @Test
    void whatEndedIsKeptForAWhileAndCanBeRenewed() {
        desk.put(exemption("ex-1", "alice", Duration.ofHours(4)).build(), ADA);
        pass(Duration.ofHours(4));
        pass(Duration.ofDays(89));
        Exemption renewed =
                desk.renew(
                        "ex-1",
                        wall.plus(Duration.ofDays(30)),
                        Optional.of("still there"),
                        Order.console("bea"));
        assertEquals("bea", renewed.by());
        assertEquals("still there", renewed.reason());
        assertEquals(Set.of("ex-1"), inForce());
        pass(Duration.ofDays(30));
        pass(Duration.ofDays(91));
        assertEquals(List.of(), List.copyOf(manager.exemptions()));
    }

    @Test
    void aRevokedExemptionIsGoneAndWhyIsAudited() {
        desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA);
        desk.revoke("ex-1", "moved out", Order.console("bea"));
        assertEquals(Set.of(), inForce());
        assertEquals("bea revoke-exemption alice: moved out", audit.get(1));
        assertEquals(
                "there is no exemption \"ex-1\": postern-exemptions lists those that exist",
                refusal(() -> desk.revoke("ex-1", "again", ADA)));
    }

    @Test
    void theSameAgainChangesNothing() {
        Exemption exemption = exemption("ex-1", "alice", Duration.ofDays(4)).build();
        desk.put(exemption, ADA);
        long version = manager.version("ex-1");
        desk.put(exemption, ADA);
        assertEquals(version, manager.version("ex-1"));
        assertEquals(1, audit.size());
    }

    @Test
    void whoIsNoMoreHasNoExemptionForWhoGetsTheIdentifierNext() {
        desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA);
        desk.put(exemption("ex-2", "bob", Duration.ofDays(4)).build(), ADA);
        manager.endOf(Set.of("alice", "zoe"), Order.console("bea"));
        assertEquals(Set.of("ex-2"), inForce());
        assertTrue(audit.get(2).startsWith("bea revoke-exemption ex-1(alice"), audit.get(2));
    }

    @Test
    void whatWaitsForItsSubscriberHasNoEffectAndGoesOnWhenThatIsBack() {
        desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA);
        Exemption kept = manager.exemption("ex-1").get();
        manager.await(Set.of("alice", "bob"), Order.console("sadis"));
        ExemptionManager other = manager(storage);
        for (ExemptionManager node : List.of(manager, other)) {
            assertEquals(ExemptionState.WAITING, node.stateOf(kept));
            assertEquals(Set.of("alice"), node.awaited());
            assertEquals(List.of(), node.inForce());
        }
        events.clear();
        other.goOn(Set.of("alice", "bob"), Order.console("sadis"));
        assertEquals(List.of("EXEMPTION_BEGUN ex-1"), events);
        assertEquals(ExemptionState.IN_FORCE, manager.stateOf(kept));
        assertEquals(
                List.of("sadis exemption-waits " + kept, "sadis exemption-goes-on " + kept),
                audit.subList(1, 3));
        manager.goOn(Set.of("alice"), Order.console("sadis"));
        assertEquals(3, audit.size());
        other.deactivate();
    }

    @Test
    void whatWaitsEndsWhenItWouldAndIsForgottenAsAnyOther() {
        desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA);
        manager.await(Set.of("alice"), ADA);
        pass(Duration.ofDays(3));
        manager.watch();
        assertEquals(2, audit.size(), "nobody is warned of its end");
        pass(Duration.ofDays(1));
        manager.watch();
        assertEquals(
                ExemptionState.ENDED, manager.stateOf(manager.exemption("ex-1").orElseThrow()));
        assertTrue(audit.get(2).startsWith("postern exemption-ended"), audit.get(2));
        pass(ExemptionManager.KEPT.plusSeconds(1));
        manager.watch();
        manager.compare();
        assertEquals(Set.of(), manager.awaited());
        assertEquals(Set.of(), manager(storage).awaited());
    }

    @Test
    void whatCannotBeIsRefusedWithTheReason() {
        assertEquals(
                "exemption ex-1: there is no subscriber \"zoe\": postern-subscribers lists those that exist",
                refusal(() -> desk.put(exemption("ex-1", "zoe", Duration.ofDays(4)).build(), ADA)));
        assertEquals(
                "exemption ex-1: until 2026-03-01T07:59:00Z is over already: give a later moment",
                refusal(
                        () ->
                                desk.put(
                                        exemption("ex-1", "alice", Duration.ofMinutes(-1))
                                                .from(wall.minus(Duration.ofDays(1)))
                                                .build(),
                                        ADA)));
        assertTrue(
                refusal(
                                () ->
                                        desk.put(
                                                exemption("ex-1", "alice", Duration.ofDays(401))
                                                        .build(),
                                                ADA))
                        .contains("is too far: an exemption lasts 400 days at most"));
        assertTrue(
                refusal(
                                () ->
                                        desk.put(
                                                exemption("ex-1", "alice", Duration.ofDays(1))
                                                        .serviceClass("gold")
                                                        .build(),
                                                ADA))
                        .startsWith("there is no class \"gold\""));
        assertTrue(
                refusal(
                                () ->
                                        desk.put(
                                                exemption("ex-1", "alice", Duration.ofDays(1))
                                                        .serviceClass("quarantined")
                                                        .build(),
                                                ADA))
                        .contains("is a quarantine"));
        assertFalse(manager.exemption("ex-1").isPresent());
        assertEquals(List.of(), audit);
    }

    @Test
    void whoCannotBeToldFromTheNeighboursIsNotExempted() {
        assertTrue(
                refusal(() -> desk.put(exemption("ex-1", "carol", Duration.ofDays(4)).build(), ADA))
                        .contains("carol"));
        assertEquals(Set.of(), inForce());
    }

    @Test
    void twoClassesOrAllMailTwiceForTheSameTimeAreRefused() {
        desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA);
        assertTrue(
                refusal(() -> desk.put(exemption("ex-2", "alice", Duration.ofDays(9)).build(), ADA))
                        .contains("for the same time: renew or revoke that one"));
        desk.put(
                exemption("ex-3", "alice", Duration.ofDays(9))
                        .from(wall.plus(Duration.ofDays(4)))
                        .build(),
                ADA);
        desk.put(
                exemption("ex-4", "alice", Duration.ofDays(4)).serviceClass("business").build(),
                ADA);
        assertTrue(
                refusal(
                                () ->
                                        desk.put(
                                                exemption("ex-5", "alice", Duration.ofDays(1))
                                                        .serviceClass("residential")
                                                        .build(),
                                                ADA))
                        .contains("for the same time"));
    }

    @Test
    void anIdentifierOfAnothersExemptionIsNotTakenOver() {
        desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA);
        assertTrue(
                refusal(() -> desk.put(exemption("ex-1", "bob", Duration.ofDays(4)).build(), ADA))
                        .contains("that of an exemption of subscriber alice"));
    }

    @Test
    void aChangeOnAnotherNodeAtTheSameMomentIsSeen() {
        ExemptionManager other = manager(storage);
        ExemptionDesk elsewhere = desk(other);
        storage.beforeWriting(
                () -> {
                    storage.beforeWriting(() -> {});
                    elsewhere.put(exemption("ex-1", "bob", Duration.ofDays(4)).build(), ADA);
                });
        assertTrue(
                refusal(() -> desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA))
                        .contains("that of an exemption of subscriber bob"));
        assertEquals("bob", manager.exemption("ex-1").orElseThrow().subscriber());
        assertTrue(
                audit.contains(
                        "ada not-done alice: another node was quicker; what is tried again has its own entry"),
                audit.toString());
        other.deactivate();
    }

    /** Another node does something after this one has planned a change, before it writes. */
    private void meanwhile(Consumer<ExemptionDesk> other) {
        ExemptionDesk elsewhere = desk(manager(storage));
        AuditLog usual = desk.auditLog;
        desk.auditLog =
                (order, change) -> {
                    usual.record(order, change);
                    if (desk.auditLog != usual) {
                        desk.auditLog = usual;
                        other.accept(elsewhere);
                        elsewhere.exemptions.deactivate();
                    }
                };
    }

    @Test
    void changeOfWhatAnotherNodeChangedMeanwhileIsNotMade() {
        Exemption seen = exemption("ex-1", "alice", Duration.ofDays(4)).build();
        desk.put(seen, Expected.absent(), ADA);
        List<Consumer<Expected<Exemption>>> changes =
                List.of(
                        expected -> desk.put(seen.toBuilder().ticket("1").build(), expected, ADA),
                        expected ->
                                desk.renew(
                                        "ex-1",
                                        wall.plus(Duration.ofDays(9)),
                                        Optional.empty(),
                                        expected,
                                        ADA),
                        expected -> desk.revoke("ex-1", "moved", expected, ADA));
        for (Consumer<Expected<Exemption>> change : changes) {
            Optional<Exemption> before = desk.stored("ex-1");
            Exemption other = seen.toBuilder().ticket("2" + changes.indexOf(change)).build();
            meanwhile(there -> there.put(other, Order.console("bea")));
            String stale =
                    assertThrows(StaleException.class, () -> change.accept(Expected.asSeen(before)))
                            .getMessage();
            assertTrue(stale.startsWith("exemption ex-1 is not as it was seen"), stale);
            assertTrue(stale.contains("It is: {\"id\":\"ex-1\""), stale);
            assertTrue(stale.contains("\"ticket\":\"" + other.ticket() + "\""), stale);
            assertEquals(Optional.of(other), desk.stored("ex-1"));
        }
        meanwhile(there -> there.revoke("ex-1", "left", Order.console("bea")));
        assertThrows(
                StaleException.class,
                () -> changes.get(0).accept(Expected.asSeen(desk.stored("ex-1"))));
        assertEquals(Optional.empty(), desk.stored("ex-1"));
        meanwhile(there -> there.put(seen, Order.console("bea")));
        assertThrows(StaleException.class, () -> changes.get(0).accept(Expected.absent()));
        assertEquals(Optional.of(seen), desk.stored("ex-1"));
    }

    @Test
    void renewalKeepsWhatAnotherNodeChangesAtTheSameMoment() {
        desk.put(exemption("ex-1", "alice", Duration.ofDays(4)).build(), ADA);
        Exemption other =
                exemption("ex-1", "alice", Duration.ofDays(4)).ticket("HD-2").by("bea").build();
        meanwhile(there -> there.put(other, Order.console("bea")));
        Instant until = wall.plus(Duration.ofDays(9));
        Exemption after = desk.renew("ex-1", until, Optional.empty(), ADA);
        assertEquals("HD-2", after.ticket());
        assertEquals(until, after.until());
        assertEquals(Optional.of(after), desk.stored("ex-1"));
    }

    @Test
    void whatTheClusterHasToldOfAnExemptionIsNoChangeOfIt() {
        Exemption seen = exemption("ex-1", "alice", Duration.ofDays(8)).build();
        desk.put(seen, ADA);
        pass(Duration.ofDays(7));
        assertEquals(ExemptionState.ENDING, manager.stateOf(seen));
        Instant until = wall.plus(Duration.ofDays(9));
        desk.renew("ex-1", until, Optional.empty(), Expected.asSeen(Optional.of(seen)), ADA);
        assertEquals(until, manager.exemption("ex-1").orElseThrow().until());
    }

    /** The subscribers there are. */
    private final class Directory implements SubscriberService {
        @Override
        public List<DoubleClaim> doubleClaims() {
            return List.of();
        }

        @Override
        public Subscribers directory() {
            return subscribers;
        }

        @Override
        public void addListener(SubscriberListener listener) {}

        @Override
        public void removeListener(SubscriberListener listener) {}
    }
}
