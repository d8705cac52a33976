package org.postern.exemption;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.postern.audit.AuditLog;
import org.postern.audit.Order;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.Attachment;
import org.postern.policy.Exemption;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.subscriber.DoubleClaim;
import org.postern.subscriber.SubscriberListener;
import org.postern.subscriber.SubscriberService;

/** Nodes of one cluster whose clocks do not agree. */
class ExemptionClocksTest {
    private static final Instant START = Instant.parse("2026-03-01T08:00:00Z");
    private static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    private static final Duration YEAR = Duration.ofDays(365);
    private static final Order ADA = Order.console("ada");

    private final List<String> audit = new ArrayList<>();
    private final AuditLog auditLog =
            (order, change) -> audit.add(order.by() + " " + change.action());
    private FakeStorage storage = new FakeStorage();
    private Node right;
    private final Exemption exemption =
            Exemption.builder("ex-1")
                    .subscriber("alice")
                    .reason("own mail server")
                    .by("ada")
                    .from(START)
                    .until(START.plus(Duration.ofDays(40)))
                    .build();

    /** A node with a clock of its own. */
    private final class Node extends Clock {
        private Instant now;
        private long nanos;
        private final ExemptionManager manager;
        private final ExemptionDesk desk = new ExemptionDesk(this);

        private Node(Instant now) {
            this.now = now;
            manager = ExemptionWorld.start(new FakeCore(), storage, auditLog, this, () -> nanos);
            desk.exemptions = manager;
            desk.subscriberService = new Alice();
            desk.infrastructureService = new Network(DEVICE);
            desk.auditLog = auditLog;
        }

        private void pass(Duration time) {
            now = now.plus(time);
            nanos += time.toNanos();
        }

        private ExemptionState state() {
            return manager.stateOf(exemption);
        }

        @Override
        public Instant instant() {
            return now;
        }

        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }
    }

    private static final class Alice implements SubscriberService {
        @Override
        public List<DoubleClaim> doubleClaims() {
            return List.of();
        }

        @Override
        public Subscribers directory() {
            return Subscribers.of(
                    List.of(
                            Subscriber.builder("alice")
                                    .attachedAt(Attachment.parse(DEVICE + "/1"))
                                    .prefix(IpPrefix.valueOf("10.64.0.1/32"))
                                    .build()));
        }

        @Override
        public void addListener(SubscriberListener listener) {}

        @Override
        public void removeListener(SubscriberListener listener) {}
    }

    @BeforeEach
    void start() {
        right = new Node(START);
        ExemptionWorld.put(right.manager, exemption);
    }

    @AfterEach
    void stop() {
        ExemptionWorld.stop(right.manager);
    }

    @Test
    void aNodeThatBootsAYearAheadEndsNothingOnTheOthers() {
        Node ahead = new Node(START.plus(YEAR));
        ahead.manager.watch();
        assertEquals(ExemptionState.ENDED, ahead.state());
        assertEquals(ExemptionState.IN_FORCE, right.state());
        for (int second = 0; second < 5; second++) {
            right.manager.watch();
            ahead.manager.watch();
        }
        assertEquals(List.of("postern exemption-ended", "postern exemption-goes-on"), audit);
        ExemptionWorld.stop(ahead.manager);
        Node repaired = new Node(START);
        repaired.manager.watch();
        assertEquals(ExemptionState.IN_FORCE, repaired.state());
        for (Node node : List.of(right, repaired)) {
            node.pass(Duration.ofDays(40));
            node.manager.watch();
            assertEquals(ExemptionState.ENDED, node.state());
        }
        assertEquals(3, audit.size(), audit.toString());
        ExemptionWorld.stop(repaired.manager);
    }

    @Test
    void whatANodeEndedThatBootedAYearAheadGoesOnAfterItsRestart() {
        ExemptionWorld.stop(right.manager);
        right = new Node(START.plus(YEAR));
        right.manager.watch();
        ExemptionWorld.stop(right.manager);
        storage = storage.restarted();
        right = new Node(START);
        assertEquals(ExemptionState.IN_FORCE, right.state());
        right.manager.watch();
        assertEquals(List.of("postern exemption-ended", "postern exemption-goes-on"), audit);
    }

    /** By a node whose clock went ahead until the end, and that is gone since. */
    private void endHereBeforeItsTime() {
        Node ahead = new Node(exemption.until().minusSeconds(1));
        ahead.pass(Duration.ofSeconds(1));
        ahead.manager.watch();
        ExemptionWorld.stop(ahead.manager);
        assertEquals(ExemptionState.ENDED, right.state(), "it may be this one that is behind");
    }

    @Test
    void whatWasEndedBeforeItsTimeHoldsAgainWhenItIsPutOrRenewedAsItWas() {
        endHereBeforeItsTime();
        right.desk.put(exemption, ADA);
        assertEquals(ExemptionState.IN_FORCE, right.state());
        endHereBeforeItsTime();
        right.desk.renew("ex-1", exemption.until(), Optional.empty(), ADA);
        assertEquals(ExemptionState.IN_FORCE, right.state());
        right.desk.put(exemption, ADA);
        assertEquals(
                List.of(
                        "postern exemption-ended",
                        "ada change-exemption",
                        "postern exemption-ended",
                        "ada change-exemption"),
                audit,
                "what holds is not written again");
    }
}
