package org.postern.exemption;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postern.audit.Order;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Exemption;

/** What each node of a cluster knows of what the store has. */
class ExemptionStoreTest {
    private static final Instant START = Instant.parse("2026-03-01T08:00:00Z");
    private static final Order SADIS = new Order("sadis", Order.Interface.DIRECTORY);

    private final FakeStorage storage = new FakeStorage();
    private ExemptionManager first;
    private ExemptionManager second;

    private static ExemptionManager start(FakeStorage from) {
        Clock clock = Clock.fixed(START, ZoneOffset.UTC);
        return ExemptionWorld.start(new FakeCore(), from, (order, change) -> {}, clock, () -> 0);
    }

    @BeforeEach
    void start() {
        first = start(storage);
        second = start(storage);
        ExemptionWorld.put(first, exemption("ex-1", "alice"));
        ExemptionWorld.put(first, exemption("ex-2", "bob"));
    }

    @AfterEach
    void stop() {
        ExemptionWorld.stop(first);
        ExemptionWorld.stop(second);
    }

    private static Exemption exemption(String id, String subscriber) {
        return Exemption.builder(id)
                .subscriber(subscriber)
                .reason("own mail server")
                .by("ada")
                .from(START)
                .until(START.plus(Duration.ofDays(90)))
                .build();
    }

    private static Set<String> inForce(ExemptionManager node) {
        return node.inForce().stream().map(Exemption::id).collect(Collectors.toSet());
    }

    @Test
    void whatIsRevokedWhileANodeComparesDoesNotComeBackThere() {
        storage.whileReadingAll(() -> first.write("ex-1", first.version("ex-1"), Optional.empty()));
        second.compare();
        assertEquals(Set.of("ex-2"), inForce(second));
        second.compare();
        ExemptionWorld.put(first, exemption("ex-1", "alice"));
        assertEquals(Set.of("ex-1", "ex-2"), inForce(second), "the same again is another one");
    }

    @Test
    void whatGoesOnWhileANodeComparesDoesNotWaitThereAgain() {
        first.await(Set.of("alice"), SADIS);
        assertEquals(Set.of("ex-2"), inForce(second));
        // all exemptions are read first, then all marks
        storage.whileReadingAll(
                () -> storage.whileReadingAll(() -> first.goOn(Set.of("alice"), SADIS)));
        second.compare();
        assertEquals(Set.of("ex-1", "ex-2"), inForce(second));
    }
}
