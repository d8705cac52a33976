package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.BOB;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.SECOND;
import static org.postern.device.ControllerWorld.assertStarts;
import static org.postern.device.ControllerWorld.getsAnswers;
import static org.postern.device.ControllerWorld.submits;

import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.pi.model.PiTableId;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;
import org.postern.observe.AttemptCount;

/** What becomes of the rules of switches, and of mail through them, as things happen to them. */
class EnforcementManagerTest {
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
    void aConnectedSwitchGetsThePolicyOfItsSubscribers() {
        world.enforced();
        assertFalse(world.sendsMail(ALICE));
        assertTrue(world.sendsMail(BOB));
        assertTrue(getsAnswers(world.rulesOf(FIRST), BOB));
        assertFalse(getsAnswers(world.rulesOf(FIRST), ALICE));
        assertTrue(submits(world.rulesOf(FIRST), ALICE));
    }

    @Test
    void aSwitchThatConnectsLaterGetsItThen() {
        world.startEnforcement();
        world.awaitState(DeviceState.OFFLINE);
        world.connect(FIRST);
        world.awaitInForce();
        assertTrue(world.sendsMail(BOB));
    }

    @Test
    void aChangeOfClassChangesWhatTheSwitchDoes() {
        world.enforced();
        world.subscribers.setClass("bob", "residential", Order.console("test"));
        world.awaitMail(BOB, false);
        world.subscribers.setClass("bob", "business", Order.console("test"));
        world.awaitMail(BOB, true);
        world.subscribers.remove("bob", Order.console("test"));
        world.awaitMail(BOB, false);
    }

    @Test
    void aChangeOfConfigurationDoesToo() {
        world.enforced();
        world.configuration.post(
                world.permitOwner, "postern", "{'defaultClass': 'business', 'pools': []}");
        world.awaitMail(3, true);
        assertFalse(world.sendsMail(ALICE));
    }

    @Test
    void aPolicyIsInForceOnlyOnceItsRulesWereSeenInTheSwitch() {
        world.connect(FIRST);
        world.startEnforcement();
        Await.until(
                "the switch confirms",
                () ->
                        world.status().rulesPresent() > 0
                                && world.status().reason().contains("seen"));
        DeviceStatus confirmed = world.status();
        assertEquals(DeviceState.PROGRAMMING, confirmed.state());
        assertEquals(confirmed.rulesDesired(), confirmed.rulesPresent());
        assertEquals(0, confirmed.rulesVerified());
        assertEquals(
                confirmed.rulesDesired()
                        + " rules are confirmed, but were not seen in the last two polls",
                confirmed.reason());
        assertFalse(world.enforcement.isInForce());
        world.flows.poll();
        DeviceStatus seen = world.status();
        assertEquals(DeviceState.IN_FORCE, seen.state());
        assertEquals(seen.rulesDesired(), seen.rulesVerified());
        assertEquals("", seen.reason());
        assertTrue(world.enforcement.isInForce());
        assertEquals(world.rulesOf(FIRST).size(), seen.rulesDesired());
    }

    @Test
    void rulesThatWereNotSeenForTwoPollsAreNotVerifiedAnyMore() {
        world.enforced();
        world.flows.poll(Instant.now().minusSeconds(20));
        assertEquals(DeviceState.PROGRAMMING, world.status().state());
        assertEquals(0, world.status().rulesVerified());
        assertFalse(world.enforcement.isInForce());
    }

    @Test
    void theMomentAStateBeganIsKeptAsLongAsItLasts() {
        world.enforced();
        Instant since = world.status().since();
        world.flows.poll();
        assertEquals(since, world.status().since());
        world.network.available(FIRST, false);
        assertFalse(world.status().since().isBefore(since));
        assertEquals(DeviceState.OFFLINE, world.status().state());
    }

    @Test
    void aConfirmationThatIsOnItsWayIsToldAsSuch() {
        world.flows.hold();
        world.connect(FIRST);
        world.startEnforcement();
        Await.until("the pass is on its way", () -> world.flows.waiting() > 0);
        assertEquals(DeviceState.PROGRAMMING, world.status().state());
        assertEquals("rules are on their way to the switch", world.status().reason());
        world.flows.release();
        world.awaitInForce();
    }

    @Test
    void anotherNodesSwitchIsNotProgrammedUntilItIsOurs() {
        world.connect(FIRST);
        world.network.master(FIRST, false);
        world.startEnforcement();
        world.awaitRulesOfTheSecond();
        assertEquals(List.of(), world.rulesOf(FIRST));
        assertEquals(DeviceState.NOT_MASTER, world.status().state());
        assertEquals("master is elsewhere", world.status().reason());
        assertFalse(world.enforcement.isInForce(), "nowhere");
        world.flows.poll();
        assertTrue(world.enforcement.isInForce(), "on the second, the only one that is ours");
        world.network.master(FIRST, true);
        world.awaitInForce();
    }

    @Test
    void aSwitchThatIsNotConnectedIsNotProgrammedAndItIsSaidWhy() {
        world.startEnforcement();
        world.awaitRulesOfTheSecond();
        assertEquals(List.of(), world.rulesOf(FIRST));
        assertEquals(DeviceState.OFFLINE, world.status().state());
        assertEquals("never connected to this controller", world.status().reason());
        world.connect(FIRST);
        world.network.available(FIRST, false);
        assertEquals(
                "not connected; the switch goes on with the rules it has", world.status().reason());
    }

    @Test
    void aSwitchWithoutTheFrontTableIsNotProgrammedAndItIsSaidWhatToDo() {
        world.network.connect(FIRST, "Open vSwitch", "ovs", 1, 2, 3, 100);
        world.startEnforcement();
        world.awaitRulesOfTheSecond();
        assertEquals(List.of(), world.rulesOf(FIRST));
        assertEquals(DeviceState.UNSUPPORTED, world.status().state());
        assertEquals("ovs", world.status().driver());
        assertEquals(
                "driver ovs cannot put the policy in front of forwarding; postern-enforce names postern-ovs, or set"
                        + " basic.driver to it",
                world.status().reason());
        world.enforcement.enforce(FIRST, Order.console("test"));
        assertEquals("postern-ovs", world.status().driver());
        world.awaitInForce();
    }

    @Test
    void hardwareThatTheDriverIsNotForIsToldSo() {
        world.network.connect(FIRST, "AS5712", "default", 1, 2, 3, 100);
        world.startEnforcement();
        assertEquals(DeviceState.UNSUPPORTED, world.status().state());
        assertEquals(
                "driver default cannot put the policy in front of forwarding; postern-ovs is for Open vSwitch, and this is"
                        + " Nicira, Inc. AS5712",
                world.status().reason());
        assertFalse(world.enforcement.isInForce());
    }

    @Test
    void aPipelineWithoutNumberedTablesIsUnsupportedAndHidesNoOther() {
        world.network.connect(FIRST, "Tofino", "default", 1);
        world.flows.install(
                DefaultFlowRule.builder()
                        .forDevice(FIRST)
                        .forTable(PiTableId.of("ingress.acl"))
                        .withPriority(10)
                        .fromApp(world.somebody)
                        .makePermanent()
                        .build());
        world.startEnforcement();
        world.awaitRulesOfTheSecond();
        assertEquals(DeviceState.UNSUPPORTED, world.status().state());
        assertEquals(List.of(), world.status().foreignRules());
    }

    @Test
    void stoppingTakesNothingAwayAndStartingAgainChangesNothing() {
        world.enforced();
        Set<FlowRule> before = new HashSet<>(world.rulesOf(FIRST));
        int batches = world.flows.batches();
        world.stopEnforcement();
        assertEquals(before, new HashSet<>(world.rulesOf(FIRST)));
        world.startEnforcement();
        world.awaitInForce();
        assertEquals(before, new HashSet<>(world.rulesOf(FIRST)));
        assertEquals(batches, world.flows.batches());
    }

    @Test
    void afterARestartOfTheControllerThePolicyIsProgrammedAgainFromWhatIsStored() {
        world.enforced();
        Set<FlowRule> before = new HashSet<>(world.rulesOf(FIRST));
        world.restart();
        assertTrue(world.drivers.floor(FIRST).isPresent(), "known before enforcement starts");
        world.startEnforcement();
        world.awaitInForce();
        assertEquals(before, new HashSet<>(world.rulesOf(FIRST)));
    }

    @Test
    void theTimeThatTheControllerWasAwayIsToldAsUnverified() {
        Instant away = Instant.now().minusSeconds(300);
        world.verifiedAt(FIRST, away);
        world.enforced();
        DeviceStatus.Unverified span = world.status().unverified().get();
        assertEquals(away.toEpochMilli(), span.from().toEpochMilli());
        assertFalse(span.to().isBefore(away.plusSeconds(300)));
        assertStarts("the controller or Postern was away", span.reason());
    }

    @Test
    void aDeviceThatWasVerifiedAllAlongHasNoSuchTime() {
        world.enforced();
        world.flows.poll();
        assertEquals(Optional.empty(), world.status().unverified());
    }

    @Test
    void theMomentOfVerificationSurvivesARestart() {
        world.enforced();
        world.restart();
        assertTrue(
                new EnforcementStore(world.storage, world.permitOwner).verified(FIRST).isPresent());
    }

    @Test
    void aRuleThatSomebodyTakesAwayIsPutBackAtOnceAndCounted() {
        world.enforced();
        FlowRule permit = world.aPermit();
        world.flows.lose(permit::equals);
        Await.until("it is back", () -> world.rulesOf(FIRST).contains(permit));
        Await.until("it is counted", () -> world.status().driftRepaired() == 1);
        world.awaitInForce();
    }

    @Test
    void aRuleThatGoesSilentlyIsPutBackAtTheNextLook() {
        world.enforced();
        FlowRule permit = world.aPermit();
        world.flows.loseSilently(permit::equals);
        Await.until("it is back", () -> world.rulesOf(FIRST).contains(permit));
        Await.until("it is counted", () -> world.status().driftRepaired() == 1);
    }

    @Test
    void whatASwitchLostWhileItWasAwayIsPutBackAndIsNotDrift() {
        world.enforced();
        Set<FlowRule> before = new HashSet<>(world.rulesOf(FIRST));
        world.network.available(FIRST, false);
        world.flows.loseSilently(r -> true);
        assertEquals(DeviceState.OFFLINE, world.status().state());
        world.network.available(FIRST, true);
        world.awaitInForce();
        assertEquals(before, new HashSet<>(world.rulesOf(FIRST)));
        assertEquals(0, world.status().driftRepaired());
    }

    @Test
    void rulesThatTheSwitchRefusesAreToldAndTriedAgain() {
        world.flows.refuse(o -> o.type() == FlowRuleOperation.Type.ADD);
        world.connect(FIRST);
        world.startEnforcement();
        world.awaitState(DeviceState.DEGRADED);
        assertStarts("the switch did not confirm adding", world.status().reason());
        world.flows.refuse(o -> false);
        world.awaitInForce();
    }

    @Test
    void anUplinkThatDoesNotExistIsToldAsSuch() {
        world.enforced();
        world.configuration.post(FIRST, "postern", "{'uplink': [100, 101], 'server': [80]}");
        Await.until(
                "it is told",
                () -> world.status().reason().startsWith("uplink port 101 does not exist"));
        assertEquals(DeviceState.DEGRADED, world.status().state());
        assertEquals(
                "uplink port 101 does not exist on the switch; correct the configuration of the device",
                world.status().reason());
    }

    @Test
    void aForeignRuleAbovePolicyIsToldAsDegradingAndNeverRemoved() {
        world.enforced();
        FlowRule foreign = world.foreign(0, 65_000);
        world.flows.install(foreign);
        world.flows.poll();
        DeviceStatus status = world.status();
        assertEquals(DeviceState.DEGRADED, status.state());
        assertEquals(
                "1 rules of other applications stand in the way of the policy; see foreign rules",
                status.reason());
        assertEquals(1, status.foreignRules().size());
        assertEquals("org.example.somebody", status.foreignRules().get(0).application());
        assertEquals(65_000, status.foreignRules().get(0).priority());
        assertFalse(world.enforcement.isInForce());
        world.subscribers.setClass("bob", "residential", Order.console("test"));
        world.awaitMail(BOB, false);
        assertTrue(world.rulesOf(FIRST).contains(foreign));
        world.flows.loseSilently(foreign::equals);
        world.awaitInForce();
    }

    @Test
    void aRuleThatSomebodyTakesOverIsTakenBackAtOnce() {
        world.enforced();
        FlowRule denial =
                world.rulesOf(FIRST).stream()
                        .filter(
                                r ->
                                        r.selector()
                                                .criteria()
                                                .toString()
                                                .equals("[IN_PORT:" + ALICE + "]"))
                        .findFirst()
                        .get();
        int before = world.flows.batches();
        world.flows.applyFlowRules(
                DefaultFlowRule.builder()
                        .forDevice(FIRST)
                        .forTable(denial.table())
                        .withPriority(denial.priority())
                        .withSelector(denial.selector())
                        .withTreatment(
                                DefaultTrafficTreatment.builder()
                                        .transition(FrontTable.FORWARD)
                                        .build())
                        .fromApp(world.somebody)
                        .makePermanent()
                        .build());
        // theirs is one batch, the answer to it another
        Await.until(
                "it is ours again",
                () -> world.flows.batches() >= before + 2 && !world.sendsMail(ALICE));
        assertEquals(
                world.floorOwner.id(), world.flows.getFlowEntry(denial).appId(), "whose it is");
    }

    @Test
    void aForeignRuleBelowThePolicyIsAWarningOnly() {
        world.enforced();
        world.flows.install(world.foreign(0, 40_000), world.foreign(FrontTable.FORWARD, 65_000));
        world.flows.poll();
        DeviceStatus status = world.status();
        assertEquals(DeviceState.IN_FORCE, status.state());
        assertEquals(1, status.foreignRules().size(), "FORWARD is theirs");
        assertEquals(
                List.of(
                        "org.example.somebody writes rules to table 0; below the policy, they shadow forwarding only"),
                status.warnings());
    }

    @Test
    void anAccessPortThatCarriesALinkIsAWarning() {
        world.network.link(FIRST + "/3", SECOND + "/100");
        world.enforced();
        assertEquals(
                List.of(
                        "port 3 carries a link to of:0000000000000002 but is treated as access: configure it as transit"
                                + " or uplink"),
                world.status().warnings());
    }

    @Test
    void aSubscriberWhoseClassIsNoMoreIsAWarningAndHasTheDefaultClass() {
        world.configuration.post(
                world.permitOwner,
                "postern",
                "{'classes': [{'name': 'gold', 'outbound': 'allow'}]}");
        world.subscribers.setClass("bob", "gold", Order.console("test"));
        world.enforced();
        assertTrue(world.sendsMail(BOB));
        world.configuration.post(world.permitOwner, "postern", "{}");
        world.awaitMail(BOB, false);
        assertEquals(
                List.of(
                        "subscriber bob is of class gold, which does not exist any more: it has the default class"),
                world.status().warnings());
    }

    @Test
    void aChangeThatFoundTheStoreAwayIsToldAndMadeUpForByItself() {
        world.enforced();
        world.subscribers.away = true;
        world.configuration.post(FIRST, "postern", "{'uplink': [100], 'access': [1, 2]}");
        Await.until("it is told", () -> world.status().state() == DeviceState.DEGRADED);
        assertStarts("the policy could not be planned: ", world.status().reason());
        assertFalse(world.enforcement.isInForce());
        assertFalse(world.sendsMail(ALICE));
        assertTrue(world.sendsMail(BOB));
        world.subscribers.away = false;
        world.awaitInForce();
    }

    @Test
    void aStoreThatIsAwayWhenPosternStartsIsWaitedFor() {
        world.connect(FIRST);
        world.subscribers.away = true;
        world.startEnforcement();
        assertFalse(world.enforcement.isInForce());
        world.subscribers.away = false;
        world.awaitInForce();
    }

    @Test
    void aSenderThatIsToldApartInOneFamilyOnlyIsAWarning() {
        world.configuration.post(
                world.permitOwner, "postern", "{'pools': ['10.64.0.0/16', '2001:db8:64::/48']}");
        world.enforced();
        Await.until("it is told", () -> !world.status().warnings().isEmpty());
        assertEquals(
                List.of(
                        "subscriber bob cannot be told from its neighbours over IPv6: there the answers to its mail are"
                                + " dropped; if it uses IPv6, give it an IPv6 prefix, a MAC address or a VLAN of its own"),
                world.status().warnings());
        assertTrue(getsAnswers(world.rulesOf(FIRST), BOB));
    }

    @Test
    void aSubscriberOnAPortThatIsNoAccessPortAnyMoreIsAWarningForItIsNotFilteredThere() {
        world.enforced();
        Map.of(
                        "uplink",
                        "'uplink': [100, 1]",
                        "transit",
                        "'uplink': [100], 'transit': [1]",
                        "server",
                        "'uplink': [100], 'server': [1]")
                .forEach(
                        (role, roles) -> {
                            world.configuration.post(FIRST, "postern", "{" + roles + "}");
                            world.awaitMail(ALICE, true);
                            assertEquals(
                                    List.of(
                                            "subscriber alice is attached to port 1, which is configured as "
                                                    + role
                                                    + ": its class is not enforced there; attach it to an access"
                                                    + " port (postern-subscriber-add --replace) or correct the"
                                                    + " configuration of the device"),
                                    world.status().warnings());
                            world.configuration.post(FIRST, "postern", "{'uplink': [100]}");
                            world.awaitMail(ALICE, false);
                        });
        assertEquals(List.of(), world.status().warnings());
    }

    @Test
    void withoutAnAccessDeviceNothingIsInForce() {
        ControllerWorld empty = new ControllerWorld();
        empty.startUnenforced();
        empty.startEnforcement();
        assertEquals(List.of(), empty.enforcement.devices());
        assertFalse(empty.enforcement.isInForce());
        empty.stop();
    }

    @Test
    void attemptsAreThoseOfTheSubscribersClassOfNow() {
        world.enforced();
        countAtPort1(40);
        assertEquals(40, world.attemptsOf("alice"));
        assertEquals(0, world.attemptsOf("bob"));
        assertEquals("alice", world.enforcement.attempts().get(0).subscriber().get());
        countAtPort1(41);
        List<AttemptCount> some = world.enforcement.attemptsOf(Set.of("alice", "nobody"));
        assertEquals(41, some.get(0).packets(), "counters are read");
        assertEquals(List.of(), world.enforcement.attemptsOf(Set.of("bob")));
        assertEquals(DeviceState.IN_FORCE, world.enforcement.device(FIRST).orElseThrow().state());
        assertFalse(world.enforcement.device(DeviceId.deviceId("of:00000000000000ff")).isPresent());
        world.subscribers.put(
                List.of(
                        ControllerWorld.subscriber("alice", FIRST + "/1")
                                .serviceClass("business")
                                .prefix(IpPrefix.valueOf("10.64.0.1/32"))
                                .build()),
                Order.console("test"));
        world.awaitMail(ALICE, true);
        assertEquals(0, world.attemptsOf("alice"));
        world.subscribers.setClass("alice", "residential", Order.console("test"));
        world.awaitMail(ALICE, false);
        world.awaitInForce();
        countAtPort1(2);
        assertEquals(2, world.attemptsOf("alice"));
    }

    @Test
    void aClassThatDropsAsTheFormerDidCountsAnew() {
        world.configuration.post(world.permitOwner, "postern", "{'classes': [{'name': 'strict'}]}");
        world.enforced();
        countAtPort1(40);
        assertEquals(40, world.attemptsOf("alice"));
        world.subscribers.setClass("alice", "strict", Order.console("test"));
        Await.until("it counts anew", () -> world.attemptsOf("alice") == 0);
        // the change may be noticed once more, a moment later: then it counts from there
        AtomicLong shown = new AtomicLong(40);
        Await.until(
                "three more are three",
                () -> {
                    countAtPort1(shown.addAndGet(3));
                    return world.attemptsOf("alice") == 3;
                });
    }

    private void countAtPort1(long packets) {
        FlowRule denial =
                world.rulesOf(FIRST).stream()
                        .filter(r -> r.selector().criteria().toString().equals("[IN_PORT:1]"))
                        .findFirst()
                        .orElseThrow(() -> new AssertionError("port 1 has no rule"));
        world.flows.count(denial, packets, 60);
    }
}
