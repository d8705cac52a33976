package org.postern.exemption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.StorageException;
import org.postern.audit.AuditLog;
import org.postern.audit.Order;
import org.postern.fakecontroller.FakeClock;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Exemption;

/** The line of a subscriber that stays away may become another customer's. */
class MissingSubscriberTest {
    private static final Instant START = Instant.parse("2026-03-01T08:00:00Z");
    private static final AuditLog AUDIT = (order, change) -> {};

    private final FakeStorage storage = new FakeStorage();

    private final Order sadis = new Order("sadis", Order.Interface.DIRECTORY);
    private Instant wall = START;
    private long nanos;
    private ExemptionManager manager;

    private final Clock clock = new FakeClock(() -> wall);

    private ExemptionManager node() {
        return ExemptionWorld.start(new FakeCore(), storage, AUDIT, clock, () -> nanos);
    }

    @BeforeEach
    void start() {
        manager = node();
        ExemptionWorld.put(
                manager,
                Exemption.builder("ex-1")
                        .subscriber("alice")
                        .reason("own mail server")
                        .by("ada")
                        .from(START)
                        .until(START.plus(Duration.ofDays(90)))
                        .build());
        manager.await(Set.of("alice"), sadis);
    }

    @AfterEach
    void stop() {
        ExemptionWorld.stop(manager);
    }

    private void pass(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
    }

    private boolean waitsAfterComparison() {
        manager.compare();
        assertEquals(manager.exemption("ex-1").isPresent(), manager.awaited().contains("alice"));
        return manager.exemption("ex-1").isPresent();
    }

    @Test
    void whoStaysAwayIsNotAwaitedForEver() {
        pass(ExemptionManager.MISSING);
        assertTrue(waitsAfterComparison());
        pass(Duration.ofSeconds(1));
        assertFalse(waitsAfterComparison());
    }

    @Test
    void aClockThatIsSetForwardEndsNoWaiting() {
        wall = wall.plus(ExemptionManager.MISSING.multipliedBy(30));
        pass(ExemptionManager.MISSING.minusSeconds(1));
        assertTrue(waitsAfterComparison());
        pass(Duration.ofSeconds(1));
        assertFalse(waitsAfterComparison());
    }

    @Test
    void theDayBeginsAnewWithARestartAndWheneverItIsMissedAgain() {
        Duration most = ExemptionManager.MISSING.minusSeconds(1);
        pass(most);
        manager.await(Set.of("alice"), sadis);
        pass(most);
        assertTrue(waitsAfterComparison());
        ExemptionWorld.stop(manager);
        manager = node();
        pass(most);
        assertTrue(waitsAfterComparison());
        pass(Duration.ofSeconds(1));
        assertFalse(waitsAfterComparison());
    }

    @Test
    void aClockThatIsSetLetsNothingGoOnThatMayBeAboutToBeRemoved() {
        wall = wall.plus(Duration.ofHours(1));
        pass(Duration.ofSeconds(59));
        manager.goOnIfThere(id -> true, sadis);
        assertEquals(Set.of("alice"), manager.awaited());
        pass(Duration.ofSeconds(1));
        manager.goOnIfThere(id -> true, sadis);
        assertEquals(Set.of(), manager.awaited());
    }

    @Test
    void nothingGoesOnOfWhichTheAuditCouldNotTakeDownThatItDoes() {
        AuditLog failing =
                (order, change) -> {
                    if (change.action().equals("exemption-goes-on")) {
                        throw new StorageException("no quorum");
                    }
                };
        ExemptionManager other =
                ExemptionWorld.start(new FakeCore(), storage, failing, clock, () -> nanos);
        pass(Duration.ofMinutes(2));
        assertThrows(StorageException.class, () -> other.goOn(Set.of("alice"), sadis));
        assertThrows(StorageException.class, () -> other.goOnIfThere(id -> true, sadis));
        assertEquals(Set.of("alice"), manager.awaited());
        ExemptionWorld.stop(other);
    }

    @Test
    void anUnreadableMarkStopsNoNodeAndWhoHasItWaits() {
        ConsistentMap<String, String> marks =
                storage.<String, String>consistentMapBuilder()
                        .withName("postern-exemptions-waiting")
                        .build();
        marks.put("alice", "since yesterday");
        marks.put("bob", "");
        ExemptionManager other = node();
        for (ExemptionManager one : List.of(manager, other)) {
            one.compare();
            assertEquals(ExemptionState.WAITING, one.stateOf(one.exemption("ex-1").orElseThrow()));
        }
        pass(Duration.ofHours(23));
        manager.compare();
        assertTrue(manager.exemption("ex-1").isPresent(), "a day from when it was read");
        pass(Duration.ofHours(2));
        manager.compare();
        assertFalse(manager.exemption("ex-1").isPresent());
        ExemptionWorld.stop(other);
    }
}
