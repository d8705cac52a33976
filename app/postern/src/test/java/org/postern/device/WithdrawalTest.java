package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.BOB;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.SECOND;
import static org.postern.device.ControllerWorld.assertStarts;
import static org.postern.device.ControllerWorld.refusal;
import static org.postern.device.ControllerWorld.submits;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.onosproject.net.config.basics.BasicDeviceConfig;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;

/** Postern taken off a device and put back. */
class WithdrawalTest {
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

    @Test
    void aWithdrawnDeviceHasNothingOfPosternAndStaysSo() {
        world.enforced();
        FlowRule others = world.foreign(FrontTable.FORWARD, 10);
        world.flows.install(others);
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        assertEquals(DeviceState.WITHDRAWN, world.status().state());
        assertEquals(
                "withdrawn by an operator; postern-enforce puts it back", world.status().reason());
        List<FlowRule> forwarding =
                List.of(world.foreign(FrontTable.FORWARD, 10), world.foreign(0, 10));
        assertEquals(forwarding, world.rulesOf(FIRST), "forwarding goes on");
        world.subscribers.setClass("bob", "residential", Order.console("test"));
        world.network.available(FIRST, false);
        world.network.available(FIRST, true);
        world.awaitRulesOfTheSecond();
        assertEquals(forwarding, world.rulesOf(FIRST));
        assertEquals(Optional.empty(), world.drivers.floor(FIRST));
        assertTrue(world.audited("noc withdraw of:0000000000000001").isPresent());
    }

    @Test
    void aWithdrawnDeviceIsNotProgrammedAfterARestartEitherEvenIfSomebodyNamesOurDriver() {
        world.enforced();
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        world.restart();
        world.configuration.post(FIRST, "basic", "{'driver': 'postern-ovs'}");
        world.startEnforcement();
        world.awaitRulesOfTheSecond();
        assertEquals(List.of(), world.rulesOf(FIRST));
        assertEquals(Optional.empty(), world.drivers.floor(FIRST));
        assertEquals(DeviceState.WITHDRAWN, world.status().state());
    }

    @Test
    void aWithdrawnDeviceDoesNotKeepThePolicyFromBeingInForceElsewhere() {
        world.enforced();
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        assertFalse(world.enforcement.isInForce(), "nowhere");
        world.awaitRulesOfTheSecond();
        world.flows.poll();
        assertTrue(world.enforcement.isInForce());
    }

    @Test
    void enforcingPutsAWithdrawnDeviceBackWithThePolicyOfNow() {
        world.enforced();
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        world.subscribers.setClass("bob", "residential", Order.console("test"));
        world.enforcement.enforce(FIRST, Order.console("noc"));
        world.awaitInForce();
        assertEquals("postern-ovs", world.status().driver());
        assertFalse(world.sendsMail(ALICE));
        world.awaitMail(BOB, false);
        assertTrue(submits(world.rulesOf(FIRST), ALICE));
        assertTrue(world.audited("noc enforce of:0000000000000001").isPresent());
    }

    @Test
    void anOrderShowsWhatItMadeOfWhat() {
        world.enforced();
        world.changes.clear();
        world.enforcement.withdraw(FIRST, Optional.of("ovs"), Order.console("noc"));
        world.enforcement.enforce(FIRST, Order.console("noc"));
        assertEquals(
                List.of(
                        "{\"withdrawn\":false,\"driver\":\"postern-ovs\"} {\"withdrawn\":true,\"driver\":\"ovs\"}",
                        "{\"withdrawn\":true,\"driver\":\"ovs\"} {\"withdrawn\":false,\"driver\":\"postern-ovs\"}"),
                world.changes.stream()
                        .map(c -> c.before().orElse("") + " " + c.after().orElse(""))
                        .collect(Collectors.toList()));
    }

    @Test
    void enforcingWhatIsEnforcedAlreadyIsNoOrder() {
        world.enforced();
        world.enforcement.enforce(FIRST, Order.console("noc"));
        world.awaitInForce();
        assertEquals(Optional.empty(), world.audited("noc"));
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        world.audit.clear();
        world.enforcement.enforce(FIRST, Order.console("noc"));
        world.enforcement.enforce(FIRST, Order.console("noc"));
        assertEquals(List.of("noc enforce of:0000000000000001"), List.copyOf(world.audit));
    }

    @Test
    void withdrawingToADriverThatDoesNotExistIsRefusedAndThePolicyStaysInForce() {
        world.enforced();
        Set<FlowRule> before = new HashSet<>(world.rulesOf(FIRST));
        assertEquals(
                "there is no driver \"nosuch\": name one that the command drivers lists",
                refusal(
                        () ->
                                world.enforcement.withdraw(
                                        FIRST, Optional.of("nosuch"), Order.console("noc"))));
        assertEquals(
                Optional.of(
                        "noc not-done withdraw of of:0000000000000001: refused, nothing was changed:"
                                + " there is no driver \"nosuch\": name one that the command drivers lists"),
                world.audited("noc not-done"));
        world.awaitInForce();
        assertEquals(before, new HashSet<>(world.rulesOf(FIRST)));
        world.subscribers.setClass("bob", "residential", Order.console("test"));
        world.awaitMail(BOB, false);
    }

    @Test
    void aRefusedWithdrawalDoesNotPutAWithdrawnDeviceBack() {
        world.enforced();
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        refusal(
                () ->
                        world.enforcement.withdraw(
                                FIRST, Optional.of("nosuch"), Order.console("noc")));
        assertEquals(DeviceState.WITHDRAWN, world.status().state());
        assertEquals("ovs", world.configuration.getConfig(FIRST, BasicDeviceConfig.class).driver());
        world.awaitRulesOfTheSecond();
        assertEquals(List.of(), world.rulesOf(FIRST));
    }

    @Test
    void aRefusedWithdrawalDoesNotNameOurDriverForADeviceThatHasAnother() {
        world.network.connect(FIRST, "Open vSwitch", "ovs", 1, 2, 3, 100);
        world.startEnforcement();
        refusal(
                () ->
                        world.enforcement.withdraw(
                                FIRST, Optional.of("nosuch"), Order.console("noc")));
        assertEquals(DeviceState.UNSUPPORTED, world.status().state());
        assertEquals("ovs", world.status().driver());
    }

    @Test
    void aSwitchThatRefusesAWithdrawalIsToldAndItCanBeRunAgain() {
        world.enforced();
        world.flows.refuse(o -> o.type() == FlowRuleOperation.Type.REMOVE);
        String message =
                assertThrows(
                                IllegalStateException.class,
                                () ->
                                        world.enforcement.withdraw(
                                                FIRST, Optional.empty(), Order.console("noc")))
                        .getMessage();
        assertStarts("the switch did not confirm removing", message);
        assertTrue(message.endsWith("run postern-withdraw again"), message);
        assertStarts(
                "noc not-done withdraw of of:0000000000000001: not finished: the switch did not confirm",
                world.audited("noc not-done").orElseThrow());
        world.flows.refuse(o -> false);
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        assertEquals(List.of(), world.rulesOf(FIRST));
    }

    @Test
    void aWithdrawalThatDidNotFinishIsNotShownAsDone() {
        world.enforced();
        world.flows.refuse(o -> o.type() == FlowRuleOperation.Type.REMOVE);
        assertThrows(
                IllegalStateException.class,
                () -> world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc")));
        Await.until("it is told", () -> world.status().state() == DeviceState.DEGRADED);
        Await.until(
                "and why",
                () ->
                        world.status()
                                .reason()
                                .endsWith("are still there; run postern-withdraw again"));
        assertStarts("withdrawn by an operator, but ", world.status().reason());
        world.flows.refuse(o -> false);
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        assertEquals(DeviceState.WITHDRAWN, world.status().state());
    }

    @Test
    void forwardingThatThePolicyWouldPassByKeepsADeviceFromBeingEnforcedAndIsTold() {
        world.network.connect(FIRST, "Open vSwitch", "ovs", 1, 2, 3, 100);
        world.flows.install(world.foreign(0, 10));
        world.startEnforcement();
        String reason =
                "org.example.somebody forwards by rules in tables 0 to 11, which Postern's go before, and table 12 has none:"
                        + " have them written to table 12 too";
        assertEquals(
                FIRST + ": " + reason,
                refusal(() -> world.enforcement.enforce(FIRST, Order.console("noc"))));
        assertEquals("ovs", world.status().driver());
        world.configuration.post(FIRST, "basic", "{'driver': 'postern-ovs'}");
        assertEquals(DeviceState.DEGRADED, world.status().state());
        assertEquals(reason, world.status().reason());
        world.flows.install(world.foreign(FrontTable.FORWARD, 10));
        world.enforcement.enforce(FIRST, Order.console("noc"));
        world.awaitInForce();
    }

    @Test
    void aSwitchThatOurDriverIsNotForIsNotGivenIt() {
        world.network.connect(FIRST, "OF-DPA", "ofdpa", 1, 2, 3, 100);
        world.startEnforcement();
        assertStarts(
                FIRST + ": postern-ovs is for Open vSwitch, and this is ",
                refusal(() -> world.enforcement.enforce(FIRST, Order.console("noc"))));
        assertEquals(DeviceState.UNSUPPORTED, world.status().state());
    }

    @Test
    void aDeviceThatCannotBeReachedIsNotWithdrawn() {
        world.enforced();
        world.network.available(FIRST, false);
        assertEquals(
                "of:0000000000000001 is not connected: withdraw it when it is, its rules can be removed only then",
                assertThrows(
                                IllegalStateException.class,
                                () ->
                                        world.enforcement.withdraw(
                                                FIRST, Optional.empty(), Order.console("noc")))
                        .getMessage());
        world.network.available(FIRST, true);
        world.network.master(FIRST, false);
        assertEquals(
                "another node is master of of:0000000000000001: run this on elsewhere",
                assertThrows(
                                IllegalStateException.class,
                                () ->
                                        world.enforcement.withdraw(
                                                FIRST, Optional.empty(), Order.console("noc")))
                        .getMessage());
        world.network.master(FIRST, true);
        world.awaitInForce();
        assertEquals(Optional.empty(), world.audited("noc"));
    }

    @Test
    void aDeviceThatWasNeverSeenIsTakenAwayByDeletingAndWithdrawingIt() {
        DeviceId mistyped = DeviceId.deviceId("of:00000000000000aa");
        world.enforced();
        world.configuration.post(mistyped, "postern", "{'uplink': [1]}");
        Await.until("it counts", () -> !world.enforcement.isInForce());
        world.configuration.delete(mistyped, "postern");
        world.enforcement.withdraw(mistyped, Optional.empty(), Order.console("noc"));
        world.awaitInForce();
        assertTrue(world.enforcement.isInForce());
        assertTrue(world.infrastructure.status().isValid());
        assertEquals(1, world.enforcement.devices().size());
    }

    @Test
    void aSenderOnAWithdrawnDeviceThatIsForgottenKeepsItsAnswersOnTheOthers() {
        world.configuration.post(SECOND, "postern", "{'uplink': [100]}");
        world.subscribers.put(
                List.of(
                        ControllerWorld.subscriber("carol", SECOND + "/2")
                                .serviceClass("business")
                                .prefix(IpPrefix.valueOf("10.64.0.3/32"))
                                .build()),
                Order.console("test"));
        world.enforced();
        world.connect(SECOND);
        world.enforcement.withdraw(SECOND, Optional.empty(), Order.console("noc"));
        world.configuration.delete(SECOND, "postern");
        Await.until("it is forgotten", () -> world.enforcement.devices().size() == 1);
        Await.until("its answers pass", () -> ControllerWorld.getsAnswers(world.rulesOf(FIRST), 3));
        world.subscribers.setClass("carol", "residential", Order.console("test"));
        Await.until(
                "as residential it gets none",
                () -> !ControllerWorld.getsAnswers(world.rulesOf(FIRST), 3));
    }

    @Test
    void anUnknownDeviceIsNeitherWithdrawnNorEnforced() {
        world.enforced();
        DeviceId unknown = DeviceId.deviceId("of:0000000000000009");
        String expected =
                "of:0000000000000009 is not an access device; access devices: [of:0000000000000001]";
        assertEquals(
                expected,
                refusal(
                        () ->
                                world.enforcement.withdraw(
                                        unknown, Optional.empty(), Order.console("noc"))));
        assertEquals(
                expected, refusal(() -> world.enforcement.enforce(unknown, Order.console("noc"))));
        assertEquals(Optional.empty(), world.audited("noc"));
    }

    @Test
    void aDeviceWhoseConfigurationIsDeletedStaysEnforcedUntilItIsWithdrawn() {
        world.enforced();
        world.configuration.delete(FIRST, "postern");
        assertEquals(DeviceState.IN_FORCE, world.status().state());
        assertFalse(world.infrastructure.status().isValid());
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        Await.until("it is forgotten", () -> world.enforcement.devices().isEmpty());
        assertEquals(List.of(), world.rulesOf(FIRST));
        assertTrue(world.infrastructure.status().isValid());
    }

    @Test
    void aDeviceWhoseConfigurationIsDeletedIsNotForgottenByAWithdrawalThatDidNotFinish() {
        world.enforced();
        world.configuration.delete(FIRST, "postern");
        refusal(
                () ->
                        world.enforcement.withdraw(
                                FIRST, Optional.of("nosuch"), Order.console("noc")));
        world.awaitInForce();
        world.flows.refuse(o -> o.type() == FlowRuleOperation.Type.REMOVE);
        assertThrows(
                IllegalStateException.class,
                () -> world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc")));
        Await.until("it is told", () -> world.status().state() == DeviceState.DEGRADED);
        world.flows.refuse(o -> false);
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        Await.until("it is forgotten", () -> world.enforcement.devices().isEmpty());
    }

    @Test
    void aSwitchThatTheControllerHasNotSeenSinceItRestartedIsNotWithdrawn() {
        world.enforced();
        world.drivers.nameDriver(FIRST);
        world.restart();
        world.network.remove(FIRST);
        world.startEnforcement();
        assertStarts(
                FIRST + " is not connected",
                assertThrows(
                                IllegalStateException.class,
                                () ->
                                        world.enforcement.withdraw(
                                                FIRST, Optional.empty(), Order.console("noc")))
                        .getMessage());
    }

    @Test
    void aDeviceWhoseConfigurationIsDeletedAfterItWasWithdrawnIsForgotten() {
        world.enforced();
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        world.configuration.delete(FIRST, "postern");
        Await.until("it is forgotten", () -> world.enforcement.devices().isEmpty());
        assertTrue(world.infrastructure.status().isValid());
    }

    @Test
    void aDeviceWhoseConfigurationIsDeletedWhilePosternIsAwayIsForgottenIfItWasWithdrawn() {
        world.enforced();
        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));
        world.stop();
        world.configuration.delete(FIRST, "postern");
        world.startUnenforced();
        world.startEnforcement();
        Await.until("it is forgotten", () -> world.enforcement.devices().isEmpty());
        assertTrue(world.infrastructure.status().isValid());
    }
}
