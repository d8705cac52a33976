package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.BOB;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.SECOND;
import static org.postern.device.ControllerWorld.sendsMail;
import static org.postern.device.ControllerWorld.submits;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowRule;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;

/** A device that is to enforce and has nothing yet, when its policy cannot be planned. */
class LastResortTest {
    /** Room for what holds for everybody, but not for the submission server too. */
    private static final String TOO_LITTLE = "{'uplink': [100], 'ruleLimit': 21}";

    private final ControllerWorld world = new ControllerWorld();

    @BeforeEach
    void start() {
        world.startUnenforced();
        world.configure();
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    private void awaitClosed(DeviceId device) {
        Await.until(
                device + " lets submission pass and no mail",
                () -> {
                    List<FlowRule> rules = world.rulesOf(device);
                    return submits(rules, ALICE) && !sendsMail(rules, ALICE);
                });
        assertFalse(sendsMail(world.rulesOf(device), BOB), "nobody is known");
    }

    @Test
    void whereNotEvenWhatHoldsForEverybodyHasRoomANewDeviceIsClosedAndSaysSo() {
        world.configuration.post(FIRST, "postern", TOO_LITTLE);
        world.connect(FIRST);
        world.startEnforcement();
        awaitClosed(FIRST);
        for (List<FlowRule> state : world.flows.history()) {
            assertFalse(sendsMail(state, ALICE), () -> "with " + state);
        }
        assertEquals(DeviceState.DEGRADED, world.status().state());
        String reason = world.status().reason();
        assertTrue(reason.contains("has room for 21 rules (ruleLimit)"), reason);
        assertTrue(reason.contains("direct mail from its access ports is dropped"), reason);
        world.configuration.post(FIRST, "postern", "{'uplink': [100]}");
        world.awaitInForce();
        assertTrue(world.sendsMail(BOB));
    }

    @Test
    void whatWasOpenWhileNobodyAskedForMoreThanTheDriverIsClosed() {
        world.configuration.post(FIRST, "postern", TOO_LITTLE);
        world.connect(FIRST);
        world.drivers.settle(FIRST);
        world.awaitMail(ALICE, true);
        world.startEnforcement();
        awaitClosed(FIRST);
        world.restart();
        assertTrue(world.drivers.floor(FIRST).isPresent(), "known before enforcement starts");
    }

    @Test
    void aDeviceIsClosedWhileNobodyKnowsItsSubscribers() {
        world.connect(FIRST);
        world.subscribers.away = true;
        world.startEnforcement();
        awaitClosed(FIRST);
        assertEquals(DeviceState.DEGRADED, world.status().state());
        world.subscribers.away = false;
        world.awaitInForce();
        assertTrue(world.sendsMail(BOB));
    }

    @Test
    void oneThatComesMeanwhileIsClosedTooAndTheOthersKeepWhatTheyHave() {
        world.enforced();
        world.subscribers.away = true;
        world.connect(SECOND);
        world.configuration.post(SECOND, "postern", "{'uplink': [100]}");
        awaitClosed(SECOND);
        assertTrue(world.sendsMail(BOB));
        Await.until("it is told", () -> world.status().state() == DeviceState.DEGRADED);
        assertTrue(world.status().reason().endsWith("it keeps what it has"));
    }

    @Test
    void aWithdrawnDeviceIsLeftAlone() {
        world.enforced();
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("test"));
        world.subscribers.away = true;
        world.connect(SECOND);
        world.configuration.post(SECOND, "postern", "{'uplink': [100]}");
        awaitClosed(SECOND);
        assertFalse(world.drivers.floor(FIRST).isPresent());
        assertEquals(DeviceState.WITHDRAWN, world.status().state());
    }

    @Test
    void aSwitchThatTurnsOutTooSmallIsClosedTheSame() {
        world.configuration.post(
                world.core.getAppId(FrontTable.POLICY_APPLICATION),
                "postern",
                "{'submissionServers': [{'name': 'smtp.isp.example', 'addresses': ["
                        + IntStream.range(1, 11)
                                .mapToObj(i -> "'198.51.100." + i + "'")
                                .collect(Collectors.joining(", "))
                        + "]}]}");
        world.connect(FIRST);
        world.drivers.settle(FIRST);
        world.awaitMail(ALICE, true);
        world.flows.limitTables(32);
        world.startEnforcement();
        awaitClosed(FIRST);
    }

    @Test
    void whatCannotBePlannedGetsTheDriverAllTheSameWhenItShallEnforce() {
        world.configuration.post(FIRST, "postern", TOO_LITTLE);
        world.network.connect(FIRST, "Open vSwitch", "ovs", 1, 2, 3, ControllerWorld.UPLINK);
        world.startEnforcement();
        String refusal =
                assertThrows(
                                IllegalStateException.class,
                                () -> world.enforcement.enforce(FIRST, Order.console("noc")))
                        .getMessage();
        assertTrue(refusal.contains("has room for 21 rules (ruleLimit)"), refusal);
        awaitClosed(FIRST);
    }
}
