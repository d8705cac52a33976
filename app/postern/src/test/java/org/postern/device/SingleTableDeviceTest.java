package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.BOB;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.UPLINK;
import static org.postern.device.ControllerWorld.refusal;

import com.google.common.collect.ImmutableList;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.driver.pipeline.DefaultSingleTablePipeline;
import org.onosproject.net.flow.FlowRule;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.Outcome;
import org.postern.fakeswitch.Packet;
import org.postern.policy.Backend;

/** A device that keeps its driver, with the policy in its one table. */
class SingleTableDeviceTest {
    private static final long STRANGER = 7;

    private final ControllerWorld world = new ControllerWorld();

    @BeforeEach
    void start() {
        world.network.driver("default", "", DefaultSingleTablePipeline.class);
        world.startUnenforced();
        world.configure();
        world.configuration.post(
                FIRST, "postern", "{'uplink': [100], 'access': [1, 2], 'backend': 'single-table'}");
        world.network.connect(FIRST, "Some Switch", "ovs", 1, 2, 3, UPLINK);
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    private void enforced() {
        world.startEnforcement();
        world.awaitInForce();
    }

    private Outcome fate(long port, int service) {
        FakeSwitch table = FakeSwitch.create();
        table.install(world.rulesOf(FIRST));
        return table.forward(
                Packet.from("02:00:00:00:00:0" + port)
                        .to("02:00:00:00:00:64")
                        .ipv4("10.64.0." + port, "203.0.113.9")
                        .tcp(40_000, service)
                        .build(),
                port);
    }

    private boolean stopsMail(long port) {
        Outcome outcome = fate(port, 25);
        return outcome.dropped() && !outcome.matched().isEmpty();
    }

    @Test
    void rulesAreAllPosternsOwnInTableZeroAndTheDriverStays() {
        enforced();
        assertEquals("ovs", world.status().driver());
        assertEquals(Backend.SINGLE_TABLE, world.status().backend());
        for (FlowRule rule : world.rulesOf(FIRST)) {
            assertEquals(world.permitOwner.id(), rule.appId());
            assertEquals(FrontTable.CLASSIFY, FrontTable.tableOf(rule));
        }
        assertTrue(stopsMail(ALICE));
        assertTrue(stopsMail(3), "a port that nobody named is a subscriber's");
        assertTrue(fate(BOB, 25).matched().isEmpty(), "business mail is left to forwarding");
        assertTrue(fate(ALICE, 587).matched().isEmpty());
        assertEquals(Optional.empty(), world.drivers.floor(FIRST));
    }

    @Test
    void whatOneTableDoesNotDoIsInTheStatus() {
        enforced();
        String limits = String.join("\n", world.status().limits());
        assertTrue(limits.contains("until ONOS has restored them"), limits);
        assertTrue(
                limits.contains("a port that appears is open until its rules are there"), limits);
        assertTrue(limits.contains("from port 25 to pool 10.64.0.0/16"), limits);
    }

    @Test
    void aPortThatAppearsGetsItsRules() {
        enforced();
        assertFalse(stopsMail(STRANGER));
        world.network.addPort(FIRST, STRANGER);
        Await.until("mail of the new port is stopped", () -> stopsMail(STRANGER));
    }

    @Test
    void rulesOfOthersInTheSameTableAreNoConcernUnlessTheyStandAbove() {
        enforced();
        world.flows.install(world.foreign(0, 10));
        world.awaitInForce();
        assertEquals(List.of(), world.status().foreignRules());
        world.flows.install(world.foreign(0, 60_500));
        world.awaitState(DeviceState.DEGRADED);
        assertEquals(1, world.status().foreignRules().size());
    }

    @Test
    void whatIsTakenAwayIsPutBack() {
        enforced();
        FlowRule denial = fate(ALICE, 25).matched().get(0);
        world.flows.lose(denial::equals);
        Await.until("it is put back", () -> stopsMail(ALICE));
        Await.until("that is told", () -> world.status().driftRepaired() == 1);
    }

    @Test
    void aChangeOfClassIsFollowedAndNothingOfTheOldIsLeft() {
        enforced();
        Set<FlowRule> before = Set.copyOf(world.rulesOf(FIRST));
        world.subscribers.setClass("bob", "residential", Order.console("test"));
        Await.until("bob's mail is stopped", () -> stopsMail(BOB));
        world.subscribers.setClass("bob", "business", Order.console("test"));
        Await.until("bob's mail is left alone", () -> fate(BOB, 25).matched().isEmpty());
        world.awaitInForce();
        assertEquals(before, Set.copyOf(world.rulesOf(FIRST)));
    }

    @Test
    void suspensionTakesTheRulesAwayAndResumingPutsThemBack() {
        enforced();
        int all = world.rulesOf(FIRST).size();
        world.enforcement.suspendDevice(
                FIRST, Duration.ofMinutes(5), "outage", Order.console("noc"));
        Await.until("mail passes", () -> !stopsMail(ALICE));
        assertEquals(DeviceState.SUSPENDED, world.status().state());
        world.enforcement.resume("device " + FIRST, Order.console("noc"));
        Await.until("mail is stopped", () -> stopsMail(ALICE));
        world.awaitInForce();
        assertEquals(all, world.rulesOf(FIRST).size());
    }

    @Test
    void deactivationLeavesTheRulesAndTheNextStartFindsThem() {
        enforced();
        Set<FlowRule> rules = Set.copyOf(world.rulesOf(FIRST));
        world.stopEnforcement();
        assertEquals(rules, Set.copyOf(world.rulesOf(FIRST)));
        enforced();
        assertEquals(rules, Set.copyOf(world.rulesOf(FIRST)));
    }

    @Test
    void withdrawalTakesOutputsAwayBeforeDenialsAndEnforcingPutsAllBack() {
        enforced();
        Set<FlowRule> rules = Set.copyOf(world.rulesOf(FIRST));
        assertEquals(
                "driver default: a device with backend single-table keeps the driver it has; leave --driver out",
                refusal(
                        () ->
                                world.enforcement.withdraw(
                                        FIRST, Optional.of("default"), Order.console("noc"))));
        world.awaitInForce();
        int begun = world.flows.history().size();
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        assertEquals(List.of(), world.rulesOf(FIRST));
        assertEquals(DeviceState.WITHDRAWN, world.status().state());
        outputsStandAboveAllDenials(begun, rules);
        assertEquals("ovs", world.status().driver());
        world.enforcement.enforce(FIRST, Order.console("noc"));
        world.awaitInForce();
        assertEquals(rules, Set.copyOf(world.rulesOf(FIRST)));
    }

    @Test
    void denialsComeBeforeWhatIsOutput() {
        enforced();
        outputsStandAboveAllDenials(0, Set.copyOf(world.rulesOf(FIRST)));
    }

    /** While there is a rule that outputs, there are all that deny. */
    private void outputsStandAboveAllDenials(int since, Set<FlowRule> rules) {
        Set<FlowRule> denials =
                rules.stream().filter(DeviceView::drops).collect(Collectors.toSet());
        boolean seen = false;
        boolean partial = false;
        List<ImmutableList<FlowRule>> history = world.flows.history();
        for (List<FlowRule> state : history.subList(since, history.size())) {
            Set<FlowRule> there =
                    state.stream()
                            .filter(r -> r.deviceId().equals(FIRST))
                            .collect(Collectors.toSet());
            boolean outputs = there.stream().anyMatch(r -> !DeviceView.drops(r));
            assertTrue(!outputs || there.containsAll(denials), () -> "in " + there);
            seen |= outputs;
            partial |= !outputs && !there.isEmpty();
        }
        assertTrue(partial, "there were denials alone");
        assertTrue(seen || since > 0, "the way to the submission server");
    }
}
