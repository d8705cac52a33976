package org.postern.exemption;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.postern.audit.AuditLog;
import org.postern.audit.Order;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Exemption;

/** The line of a subscriber that stays away may become another customer's. */
class MissingSubscriberTest {
    private static final Instant START = Instant.parse("2026-03-01T08:00:00Z");
    private static final AuditLog AUDIT = (order, change) -> {};

    private final FakeStorage storage = new FakeStorage();

    private ExemptionManager after(Duration time) {
        Clock clock = Clock.fixed(START.plus(time), ZoneOffset.UTC);
        return ExemptionWorld.start(new FakeCore(), storage, AUDIT, clock, () -> 0);
    }

    private void compareAfter(Duration time) {
        ExemptionManager other = after(time);
        other.compare();
        ExemptionWorld.stop(other);
    }

    @Test
    void whoStaysAwayIsNotAwaitedForEver() {
        ExemptionManager manager = after(Duration.ZERO);
        ExemptionWorld.put(
                manager,
                Exemption.builder("ex-1")
                        .subscriber("alice")
                        .reason("own mail server")
                        .by("ada")
                        .from(START)
                        .until(START.plus(Duration.ofDays(90)))
                        .build());
        manager.await(Set.of("alice"), new Order("sadis", Order.Interface.DIRECTORY));
        compareAfter(ExemptionManager.MISSING);
        assertTrue(manager.exemption("ex-1").isPresent());
        compareAfter(ExemptionManager.MISSING.plusSeconds(1));
        assertFalse(manager.exemption("ex-1").isPresent());
        assertEquals(Set.of(), manager.awaited());
        ExemptionWorld.stop(manager);
    }
}
