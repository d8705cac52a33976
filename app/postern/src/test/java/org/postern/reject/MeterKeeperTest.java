package org.postern.reject;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.meter.Band;
import org.onosproject.net.meter.DefaultBand;
import org.onosproject.net.meter.DefaultMeterRequest;
import org.onosproject.net.meter.Meter;
import org.onosproject.net.meter.MeterCellId;
import org.onosproject.net.meter.MeterId;
import org.onosproject.net.meter.MeterRequest;
import org.postern.compile.RejectMeters;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeMeters;
import org.postern.policy.RejectRates;

class MeterKeeperTest {
    private static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    private static final String ALICE = RejectMeters.purposeOf(Optional.of("alice"));
    private static final String BOB = RejectMeters.purposeOf(Optional.of("bob"));

    private final FakeCore core = new FakeCore();
    private final ApplicationId owner = core.registerApplication("org.postern");
    private final FakeMeters meters = new FakeMeters();
    private final Set<MeterId> named = new HashSet<>();
    private final AtomicLong now = new AtomicLong();
    private MeterKeeper keeper = newKeeper();

    @BeforeEach
    void switchWithRoom() {
        meters.offer(DEVICE, 100, 100);
    }

    private MeterKeeper newKeeper() {
        return new MeterKeeper(meters, owner, d -> Set.copyOf(named), now::get);
    }

    private RejectMeters require(String... purposes) {
        return keeper.require(DEVICE, Set.of(purposes), RejectRates.USUAL);
    }

    /** What happens in five seconds, in which ONOS polls. */
    private void look() {
        now.addAndGet(Duration.ofSeconds(5).toNanos());
        keeper.keep(List.of(DEVICE));
        meters.poll();
    }

    private static MeterId of(RejectMeters meters, String subscriber) {
        return meters.of(Optional.of(subscriber)).orElseThrow();
    }

    @Test
    void meterIsNamedOnlyWhenTheSwitchHasIt() {
        assertEquals(RejectMeters.NONE, require(ALICE));

        keeper.keep(List.of(DEVICE));
        assertEquals(RejectMeters.NONE, require(ALICE), "asked for, not confirmed");

        meters.poll();
        RejectMeters ready = require(ALICE);
        assertNotEquals(of(ready, "alice"), ready.ofDevice().orElseThrow());
        assertEquals(Optional.empty(), ready.of(Optional.of("bob")));
        assertEquals(Optional.empty(), ready.of(Optional.empty()));
    }

    @Test
    void everySubscriberAndTheDeviceHasAMeterOfItsOwnAndTheUnregisteredShareOne() {
        require(ALICE, BOB, RejectMeters.UNREGISTERED);
        look();
        RejectMeters ready = require(ALICE, BOB, RejectMeters.UNREGISTERED);

        assertEquals(
                4,
                Set.of(
                                of(ready, "alice"),
                                of(ready, "bob"),
                                ready.of(Optional.empty()).orElseThrow(),
                                ready.ofDevice().orElseThrow())
                        .size());
    }

    @Test
    void metersDropAboveTheirRatesInPackets() {
        keeper.require(DEVICE, Set.of(ALICE), new RejectRates(5, 7, 50));
        look();

        RejectMeters ready = keeper.require(DEVICE, Set.of(ALICE), new RejectRates(5, 7, 50));
        assertBand(5, 7, of(ready, "alice"));
        assertBand(50, 50, ready.ofDevice().orElseThrow());
    }

    private void assertBand(long rate, long burst, MeterId id) {
        Meter meter = meters.getMeter(DEVICE, (MeterCellId) id);
        Band band = meter.bands().iterator().next();
        assertEquals(1, meter.bands().size());
        assertEquals(Meter.Unit.PKTS_PER_SEC, meter.unit());
        assertTrue(meter.isBurst());
        assertEquals(Band.Type.DROP, band.type());
        assertEquals(rate, band.rate());
        assertEquals(burst, band.burst());
    }

    @Test
    void whatIsThereIsNotAskedForAgain() {
        require(ALICE, BOB);
        look();
        int requests = meters.requests();
        for (int i = 0; i < 5; i++) {
            look();
        }

        assertEquals(requests, meters.requests());
        assertEquals(3, meters.inSwitch(DEVICE).size());
    }

    @Test
    void newControllerFindsItsMetersAgain() {
        require(ALICE, BOB);
        look();
        RejectMeters before = require(ALICE, BOB);
        int requests = meters.requests();

        keeper = newKeeper();

        assertEquals(before, require(ALICE, BOB), "each is still whose it was");
        look();
        assertEquals(requests, meters.requests());
    }

    @Test
    void switchThatRestartedGetsItsMetersBack() {
        require(ALICE);
        look();
        RejectMeters before = require(ALICE);
        meters.lose(DEVICE);
        look();

        assertEquals(2, meters.inSwitch(DEVICE).size());
        assertEquals(before, require(ALICE));
    }

    @Test
    void meterThatSomebodyRemovedIsMadeAnew() {
        require(ALICE);
        look();
        MeterId lost = of(require(ALICE), "alice");
        meters.withdraw(someRequest(), (MeterCellId) lost);
        meters.poll();
        assertEquals(Optional.empty(), require(ALICE).of(Optional.of("alice")));

        look();

        assertTrue(require(ALICE).of(Optional.of("alice")).isPresent());
    }

    private MeterRequest someRequest() {
        return DefaultMeterRequest.builder()
                .forDevice(DEVICE)
                .fromApp(owner)
                .withBands(
                        List.of(DefaultBand.builder().ofType(Band.Type.DROP).withRate(1).build()))
                .remove();
    }

    @Test
    void meterGoesWhenNobodyNeedsItAndNoRuleNamesIt() {
        require(ALICE, BOB);
        look();
        RejectMeters ready = require(ALICE, BOB);
        named.add(of(ready, "alice"));
        named.add(of(ready, "bob"));
        named.add(ready.ofDevice().orElseThrow());
        require(BOB);
        look();
        look();
        look();
        assertEquals(3, meters.inSwitch(DEVICE).size(), "a rule still names alice's");

        named.remove(of(ready, "alice"));
        look();
        assertEquals(3, meters.inSwitch(DEVICE).size(), "a rule may be on its way");
        look();

        assertEquals(2, meters.inSwitch(DEVICE).size());
        assertEquals(of(ready, "bob"), of(require(BOB), "bob"), "bob keeps his");
    }

    @Test
    void nothingIsLeftWhenNothingIsRejectedAnyMore() {
        require(ALICE);
        look();
        require();
        assertTrue(keeper.devices().contains(DEVICE), "it has still some of ours");
        look();
        look();

        assertEquals(Set.of(), meters.inSwitch(DEVICE));
        assertFalse(keeper.devices().contains(DEVICE));
    }

    @Test
    void metersOfOthersAreLeftAlone() {
        meters.submit(
                DefaultMeterRequest.builder()
                        .forDevice(DEVICE)
                        .fromApp(core.registerApplication("org.example"))
                        .withUnit(Meter.Unit.KB_PER_SEC)
                        .withBands(
                                List.of(
                                        DefaultBand.builder()
                                                .ofType(Band.Type.DROP)
                                                .withRate(1)
                                                .build()))
                        .add());
        look();
        look();
        look();

        assertEquals(1, meters.inSwitch(DEVICE).size());
    }

    @Test
    void whileRatesChangeTheOldMeterHolds() {
        RejectRates faster = new RejectRates(20, 20, 400);
        require(ALICE);
        look();
        RejectMeters old = require(ALICE);
        named.add(of(old, "alice"));
        named.add(old.ofDevice().orElseThrow());

        assertEquals(old, keeper.require(DEVICE, Set.of(ALICE), faster));
        look();
        RejectMeters changed = keeper.require(DEVICE, Set.of(ALICE), faster);
        assertBand(20, 20, of(changed, "alice"));
        assertBand(400, 400, changed.ofDevice().orElseThrow());
        look();
        look();
        assertEquals(4, meters.inSwitch(DEVICE).size(), "the rules name the old ones");

        named.clear();
        named.add(of(changed, "alice"));
        named.add(changed.ofDevice().orElseThrow());
        look();
        look();
        assertEquals(2, meters.inSwitch(DEVICE).size());
        assertEquals(changed, keeper.require(DEVICE, Set.of(ALICE), faster));
    }

    @Test
    void ofTwoMetersForOneSubscriberTheFirstStays() {
        require(ALICE);
        look();
        RejectMeters first = require(ALICE);
        // made by another node that did not see the first ones yet
        Meter twin = meters.getMeter(DEVICE, (MeterCellId) of(first, "alice"));
        meters.submit(
                DefaultMeterRequest.builder()
                        .forDevice(DEVICE)
                        .fromApp(owner)
                        .withUnit(twin.unit())
                        .burst()
                        .withBands(twin.bands())
                        .withAnnotations(twin.annotations())
                        .add());
        meters.poll();
        assertEquals(3, meters.inSwitch(DEVICE).size());

        look();
        look();

        assertEquals(2, meters.inSwitch(DEVICE).size());
        assertEquals(first, require(ALICE));
    }

    @Test
    void switchWithoutMetersIsSaidSoAndNotAskedAllTheTime() {
        meters.offer(DEVICE, 0, 0);
        require(ALICE);
        look();

        String shortage = keeper.shortage(DEVICE).orElseThrow();
        assertTrue(shortage.contains("the switch has no meters"), shortage);
        assertTrue(shortage.contains("dropped without a reset"), shortage);
        assertEquals(RejectMeters.NONE, require(ALICE));
        int requests = meters.requests();
        look();
        look();
        assertEquals(requests, meters.requests());

        meters.offer(DEVICE, 100, 100);
        for (int i = 0; i < 12; i++) {
            look();
        }
        assertTrue(require(ALICE).of(Optional.of("alice")).isPresent(), "and tried again");
        assertEquals(Optional.empty(), keeper.shortage(DEVICE));
    }

    @Test
    void switchWithTooFewMetersRejectsForAsManyAsItCan() {
        meters.offer(DEVICE, 100, 2);
        require(ALICE, BOB);
        look();
        RejectMeters ready = require(ALICE, BOB);

        assertTrue(ready.ofDevice().isPresent(), "without it the others would be of no use");
        assertEquals(
                1,
                (ready.of(Optional.of("alice")).isPresent() ? 1 : 0)
                        + (ready.of(Optional.of("bob")).isPresent() ? 1 : 0));
        String shortage = keeper.shortage(DEVICE).orElseThrow();
        assertTrue(shortage.contains("1 of 2 senders have no meter"), shortage);
        assertTrue(shortage.contains("OUT_OF_METERS"), shortage);

        // what ONOS would send again for ever is withdrawn, and asked for again
        for (int i = 0; i < 9; i++) {
            look();
        }
        assertEquals(2, meters.getMeters(DEVICE).size());
        meters.offer(DEVICE, 100, 3);
        for (int i = 0; i < 20; i++) {
            look();
        }
        assertEquals(3, require(ALICE, BOB).toString().split(",").length);
        assertEquals(Optional.empty(), keeper.shortage(DEVICE));
    }

    @Test
    void meterThatNobodyEverConfirmsIsSaidSo() {
        keeper.require(DEVICE, Set.of(ALICE), RejectRates.USUAL);
        for (int i = 0; i < 9; i++) {
            now.addAndGet(Duration.ofSeconds(5).toNanos());
            keeper.keep(List.of(DEVICE));
        }

        String shortage = keeper.shortage(DEVICE).orElseThrow();
        assertTrue(shortage.contains("does not confirm"), shortage);
    }

    @Test
    void otherNodesDevicesAreLeftToThem() {
        require(ALICE);
        keeper.keep(List.of());
        meters.poll();

        assertEquals(Set.of(), meters.inSwitch(DEVICE));
    }
}
