package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.BOB;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.refusal;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.net.DeviceId;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.Await;
import org.postern.policy.Exemption;
import org.postern.policy.Suspension;

/** Enforcement set aside: opened on order, closed by itself. */
class BreakGlassTest {
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
    void aSuspensionOfADeviceOpensItAndTheStatusSaysSo() {
        world.enforced();
        Suspension suspension =
                world.enforcement.suspendDevice(
                        FIRST, Duration.ofHours(1), " mx1 is down ", Order.console("noc"));
        world.awaitMail(ALICE, true);
        assertEquals("mx1 is down", suspension.reason());
        assertEquals(DeviceState.SUSPENDED, world.status().state());
        assertEquals(suspension.toString(), world.status().reason());
        assertFalse(world.enforcement.isInForce());
        assertEquals("noc suspend " + suspension, world.audited("noc suspend").get());
    }

    @Test
    void aSuspensionEndsByItself() {
        world.enforced();
        int before = world.flows.history().size();
        Suspension suspension =
                world.enforcement.suspendDevice(
                        FIRST, Duration.ofSeconds(3), "mx1 is down", Order.console("noc"));
        Await.until("its end is audited", () -> world.audited("postern susp").isPresent());
        assertEquals(
                "postern suspension-expired " + suspension, world.audited("postern susp").get());
        world.awaitMail(ALICE, false);
        world.awaitInForce();
        assertTrue(world.sendsMail(BOB));
        assertEquals(List.of(), world.enforcement.policy().suspensions());
        assertTrue(
                world.flows.history().stream()
                        .skip(before)
                        .anyMatch(state -> ControllerWorld.sendsMail(state, ALICE)),
                "it was open in between");
    }

    @Test
    void aSuspensionEndsEvenWhileTheStoreDoesNotAnswer() {
        world.enforced();
        world.enforcement.suspendDevice(
                FIRST, Duration.ofSeconds(2), "mx1 is down", Order.console("noc"));
        world.awaitMail(ALICE, true);
        world.subscribers.away = true;
        world.awaitMail(ALICE, false);
    }

    @Test
    void anExemptionEndsEvenWhileTheStoreDoesNotAnswer() {
        world.enforced();
        Instant now = Instant.now();
        ExemptionWorld.put(
                world.exemptions,
                Exemption.builder("ex-1")
                        .subscriber("alice")
                        .reason("own mail server")
                        .by("noc")
                        .from(now)
                        .until(now.plusSeconds(4))
                        .build());
        world.awaitMail(ALICE, true);
        world.subscribers.away = true;
        world.awaitMail(ALICE, false);
    }

    @Test
    void aSuspensionEverywhereOpensUntilItIsResumed() {
        world.enforced();
        world.enforcement.suspendEverywhere(Duration.ofHours(1), "outage", Order.console("noc"));
        world.awaitMail(ALICE, true);
        world.enforcement.resume("everywhere", Order.console("noc"));
        world.awaitMail(ALICE, false);
        world.awaitInForce();
        assertTrue(world.audited("noc resume everywhere").isPresent());
    }

    @Test
    void aSuspensionOfAClassOpensForItsSubscribersAlone() {
        world.configuration.post(
                world.permitOwner,
                "postern",
                "{'pools': ['10.64.0.0/16'], 'classes': [{'name': 'strict'}]}");
        world.subscribers.put(
                List.of(
                        ControllerWorld.subscriber("carol", FIRST + "/3")
                                .serviceClass("strict")
                                .build()),
                Order.console("test"));
        world.enforced();
        world.enforcement.suspendClass(
                "strict", Duration.ofHours(1), "outage", Order.console("noc"));
        world.awaitMail(3, true);
        assertFalse(world.sendsMail(ALICE));
        world.awaitInForce();
        assertFalse(world.enforcement.isInForce(), "every rule is in force, and carol sends mail");
        world.enforcement.resume("class strict", Order.console("noc"));
        world.awaitMail(3, false);
        world.awaitInForce();
        assertTrue(world.enforcement.isInForce());
    }

    @Test
    void aSuspensionSurvivesARestartAndOneThatEndedMeanwhileDoesNot() {
        world.enforced();
        world.enforcement.suspendClass(
                "residential", Duration.ofSeconds(1), "short", Order.console("noc"));
        world.enforcement.suspendDevice(FIRST, Duration.ofHours(1), "long", Order.console("noc"));
        world.restart();
        Await.until(
                "the short one is over",
                () ->
                        new EnforcementStore(world.storage, world.permitOwner)
                                .suspensions().stream()
                                        .anyMatch(s -> s.until().isBefore(Instant.now())));
        world.startEnforcement();
        assertEquals(
                "device of:0000000000000001",
                world.enforcement.policy().suspensions().get(0).scope());
        assertEquals(1, world.enforcement.policy().suspensions().size());
        world.awaitMail(ALICE, true);
        Await.until(
                "the other is audited",
                () -> world.audited("postern suspension-expired class residential").isPresent());
    }

    @Test
    void aSuspensionThatIsNotAcceptableIsRefusedAndNothingIsSuspended() {
        world.enforced();
        EnforcementManager enforcement = world.enforcement;
        String bounds = " is not acceptable: enforcement is suspended for 1 second to 24 hours";
        assertEquals(
                "duration PT0.999S" + bounds,
                refusal(
                        () ->
                                enforcement.suspendEverywhere(
                                        Duration.ofMillis(999), "x", Order.console("noc"))));
        assertEquals(
                "duration PT24H0.001S" + bounds,
                refusal(
                        () ->
                                enforcement.suspendEverywhere(
                                        Duration.ofHours(24).plusMillis(1),
                                        "x",
                                        Order.console("noc"))));
        for (String reason : new String[] {null, "", "  ", "x".repeat(201), "a\nb"}) {
            assertEquals(
                    "give a reason of 1 to 200 characters in one line; it is audited",
                    refusal(
                            () ->
                                    enforcement.suspendEverywhere(
                                            Duration.ofHours(1), reason, Order.console("noc"))));
        }
        assertEquals(
                "of:0000000000000009 is not an access device; access devices: [of:0000000000000001]",
                refusal(
                        () ->
                                enforcement.suspendDevice(
                                        DeviceId.deviceId("of:0000000000000009"),
                                        Duration.ofHours(1),
                                        "x",
                                        Order.console("noc"))));
        assertEquals(
                "there is no class \"gold\": use one of business, quarantined, residential, walled-garden",
                refusal(
                        () ->
                                enforcement.suspendClass(
                                        "gold", Duration.ofHours(1), "x", Order.console("noc"))));
        assertEquals(
                "nothing is suspended as \"everywhere\"; in force: []",
                refusal(() -> enforcement.resume("everywhere", Order.console("noc"))));
        assertEquals(List.of(), enforcement.policy().suspensions());
        assertEquals(Optional.empty(), world.audited("noc"));
    }
}
