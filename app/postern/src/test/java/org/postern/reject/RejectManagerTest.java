package org.postern.reject;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.packet.OutboundPacket;
import org.onosproject.net.packet.PacketProcessor;
import org.postern.compile.PuntRule;
import org.postern.compile.RejectMeters;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeFlowStore;
import org.postern.fakecontroller.FakeMeters;
import org.postern.fakecontroller.FakePackets;
import org.postern.policy.RejectRates;

class RejectManagerTest {
    private static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    private static final ConnectPoint PORT = new ConnectPoint(DEVICE, PortNumber.portNumber(3));
    private static final Set<String> ALICE = Set.of(RejectMeters.purposeOf(Optional.of("alice")));

    private final FakeCore core = new FakeCore();
    private final FakePackets packets = new FakePackets();
    private final FakeMeters meters = new FakeMeters();
    private final FakeFlowStore flows = new FakeFlowStore();
    private final AtomicLong now = new AtomicLong();
    private final ApplicationId owner = core.registerApplication("org.postern");
    private final RejectManager manager = new RejectManager(now::get);
    private final Optional<Long> cookie = anyOf(DEVICE);

    private Optional<Long> anyOf(DeviceId device) {
        return PuntRule.cookies(device, owner).stream().findAny();
    }

    @BeforeEach
    void start() {
        manager.coreService = core;
        manager.packetService = packets;
        manager.meterService = meters;
        manager.flowRuleService = flows;
        manager.activate();
        meters.offer(DEVICE, 100, 100);
    }

    @AfterEach
    void stop() {
        manager.deactivate();
        flows.close();
    }

    @Test
    void rejectedSynIsAnsweredOutOfItsPortAndForwardedByNobody() {
        byte[] syn = new Segment().frame();

        assertTrue(packets.receive(PORT, syn, cookie));

        OutboundPacket sent = packets.sent().get(0);
        assertEquals(DEVICE, sent.sendThrough());
        assertEquals("[OUTPUT:3]", sent.treatment().allInstructions().toString());
        assertArrayEquals(TcpReset.to(syn).orElseThrow(), sent.data().array());
        assertEquals(1, manager.rejected(DEVICE));
    }

    @Test
    void nobodyThatForwardsIsAskedBefore() {
        assertEquals(PacketProcessor.advisor(0), packets.first());
    }

    @Test
    void everythingElseIsLeftToOthers() {
        byte[] syn = new Segment().frame();
        Optional<Long> elsewhere = anyOf(DeviceId.deviceId("of:0000000000000002"));

        assertFalse(packets.receive(PORT, syn, Optional.empty()), "no rule is known");
        assertFalse(packets.receive(PORT, syn, Optional.of(7L)), "another rule: mail allowed");
        assertFalse(packets.receive(PORT, syn, elsewhere), "another device's rule");
        assertEquals(List.of(), packets.sent());
    }

    @Test
    void whatGetsNoAnswerIsNotForwardedEither() {
        Segment reset = new Segment();
        reset.flags = Segment.RST;

        assertTrue(packets.receive(PORT, reset.frame(), cookie));
        assertTrue(packets.receive(PORT, new byte[20], cookie), "no packet that ONOS can read");
        assertTrue(packets.receive(PORT, new byte[0], cookie));
        assertEquals(List.of(), packets.sent());
        assertEquals(0, manager.rejected(DEVICE));
    }

    @Test
    void stoppedManagerAnswersNothing() {
        manager.deactivate();

        assertFalse(packets.receive(PORT, new Segment().frame(), cookie));
        manager.activate();
    }

    @Test
    void listenersHearOfMetersThatComeAndGo() {
        AtomicInteger heard = new AtomicInteger();
        manager.addListener(heard::incrementAndGet);
        manager.require(DEVICE, ALICE, RejectRates.USUAL);
        manager.keep(d -> true);
        assertEquals(0, heard.get());

        meters.poll();

        assertEquals(2, heard.get(), "alice's and the device's");
        assertTrue(manager.require(DEVICE, ALICE, RejectRates.USUAL).ofDevice().isPresent());
        assertEquals(List.of(), manager.warnings(DEVICE));
    }

    @Test
    void switchThatDoesNotKeepToItsMetersIsToldAndNothingIsRejectedThere() {
        AtomicInteger heard = new AtomicInteger();
        manager.require(DEVICE, ALICE, RejectRates.USUAL);
        manager.keep(d -> true);
        meters.poll();
        manager.addListener(heard::incrementAndGet);
        flood(10_000);

        manager.keep(d -> true);

        assertEquals(RejectMeters.NONE, manager.require(DEVICE, ALICE, RejectRates.USUAL));
        assertEquals(1, heard.get(), "so that its rules are taken away");
        String warning = manager.warnings(DEVICE).get(0);
        assertTrue(warning.contains("does not keep to its meters"), warning);

        RejectMeters other = manager.require(DEVICE, ALICE, new RejectRates(5, 5, 200));
        assertTrue(other.ofDevice().isPresent(), "with other rates it may try again");
    }

    @Test
    void switchThatKeepsToItsMetersIsNotSuspected() {
        manager.require(DEVICE, ALICE, RejectRates.USUAL);
        manager.keep(d -> true);
        meters.poll();
        for (int i = 0; i < 10; i++) {
            // what was saved up, and the rate
            flood(200 + 5 * 200);
            manager.keep(d -> true);
        }

        assertEquals(List.of(), manager.warnings(DEVICE));
        assertTrue(manager.require(DEVICE, ALICE, RejectRates.USUAL).ofDevice().isPresent());
    }

    /** As many packets come in five seconds. */
    private void flood(int count) {
        byte[] syn = new Segment().frame();
        for (int i = 0; i < count; i++) {
            packets.receive(PORT, syn, cookie);
        }
        now.addAndGet(Duration.ofSeconds(5).toNanos());
    }
}
