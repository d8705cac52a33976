package org.postern.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowEntry;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.postern.compile.DeviceRules;
import org.postern.compile.FrontTableCompiler;
import org.postern.compile.RuleKey;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.FakeStorage;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.OutboundAction;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLines;
import org.postern.policy.PortRole;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

class AttemptLedgerTest {
    private static final DeviceId SWITCH = DeviceId.deviceId("of:0000000000000001");
    private static final DeviceId NEIGHBOUR = DeviceId.deviceId("of:0000000000000002");
    private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
    private static final int POLL = 5;

    private FakeStorage storage = new FakeStorage();
    private AttemptLedger ledger = open();
    private Instant now = NOON;

    private static Subscriber customer(String id, String serviceClass, String... attachments) {
        Subscriber.Builder builder = Subscriber.builder(id).serviceClass(serviceClass);
        Arrays.stream(attachments).map(Attachment::parse).forEach(builder::attachedAt);
        return builder.build();
    }

    /** The rules of a device where the given subscribers are attached. */
    private static DeviceRules rules(DeviceId device, Subscriber... subscribers) {
        AccessDevice access =
                new AccessDevice(
                        device, Map.of(PortNumber.portNumber(100), PortRole.UPLINK), "default");
        Infrastructure infrastructure =
                new Infrastructure(
                        List.of(),
                        List.of(),
                        List.of(new ServiceClass("strict", OutboundAction.DROP, InboundRule.ALLOW)),
                        "residential");
        Policy policy =
                new Policy(infrastructure, List.of(access), List.of(subscribers), List.of());
        return new FrontTableCompiler(
                        new DefaultApplicationId(1, FrontTable.APPLICATION),
                        new DefaultApplicationId(2, FrontTable.POLICY_APPLICATION))
                .compile(device, PolicyLines.of(policy, access));
    }

    private static FlowRule counting(DeviceRules rules, String attachment) {
        return rules.floor().rules().stream()
                .filter(r -> rules.counted().containsKey(RuleKey.of(r)))
                .filter(
                        r ->
                                attachment.isEmpty()
                                        ? r.selector().criteria().isEmpty()
                                        : r.selector()
                                                .criteria()
                                                .toString()
                                                .equals("[IN_PORT:" + attachment + "]"))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no counting rule at " + attachment));
    }

    private static FlowEntry shows(FlowRule rule, long packets, long life) {
        return new DefaultFlowEntry(
                rule, FlowEntry.FlowEntryState.ADDED, life, packets, packets * 60);
    }

    private AttemptLedger open() {
        return new AttemptLedger(
                AttemptBaselines.stored(
                        storage, new DefaultApplicationId(2, FrontTable.POLICY_APPLICATION)));
    }

    /** The controller restarts; the switches do not. */
    private void restart() {
        storage = storage.restarted();
        ledger = open();
    }

    /** A poll arrives: the counters of the given ports (0 for everybody unknown). */
    private void poll(DeviceRules rules, long... portsAndPackets) {
        List<FlowEntry> entries = new ArrayList<>();
        for (int i = 0; i < portsAndPackets.length; i += 2) {
            String port = portsAndPackets[i] == 0 ? "" : String.valueOf(portsAndPackets[i]);
            entries.add(shows(counting(rules, port), portsAndPackets[i + 1], 60));
        }
        now = now.plusSeconds(POLL);
        ledger.read(rules.floor().device(), rules.counted(), entries, now);
    }

    private List<String> counts() {
        return ledger.counts().stream()
                .map(c -> c.subscriber().orElse("unknown") + " " + c.packets())
                .collect(Collectors.toList());
    }

    @Test
    void attemptsAreCountedBySubscriberTheMostFirst() {
        DeviceRules rules =
                rules(
                        SWITCH,
                        customer("alice", "residential", SWITCH + "/1"),
                        customer("bob", "residential", SWITCH + "/2"),
                        customer("carol", "residential", SWITCH + "/3"));
        poll(rules, 1, 3, 2, 40, 3, 0);
        assertEquals(List.of("bob 40", "alice 3"), counts());
        poll(rules, 1, 50, 2, 41, 3, 0);
        assertEquals(List.of("alice 50", "bob 41"), counts());
    }

    @Test
    void attemptsOfNobodyKnownAreCountedByDevice() {
        poll(rules(SWITCH), 0, 7);
        poll(rules(NEIGHBOUR), 0, 9);
        assertEquals(List.of("unknown 9", "unknown 7"), counts());
        assertEquals(NEIGHBOUR, ledger.counts().get(0).device());
        assertEquals(Optional.empty(), ledger.counts().get(0).subscriber());
    }

    @Test
    void attachmentsOfOneSubscriberToADeviceAreAddedUp() {
        DeviceRules rules =
                rules(SWITCH, customer("alice", "residential", SWITCH + "/1", SWITCH + "/2"));
        poll(rules, 1, 3, 2, 4);
        assertEquals(List.of("alice 7"), counts());
    }

    @Test
    void attachmentsOfOneSubscriberToSeveralDevicesAreToldByDevice() {
        Subscriber alice = customer("alice", "residential", SWITCH + "/1", NEIGHBOUR + "/1");
        poll(rules(SWITCH, alice), 1, 3);
        poll(rules(NEIGHBOUR, alice), 1, 4);
        assertEquals(List.of("alice 4", "alice 3"), counts());
    }

    @Test
    void whatIsAskedOfSomeSubscribersAndDevicesIsNotOfOthers() {
        Subscriber alice = customer("alice", "residential", SWITCH + "/1", NEIGHBOUR + "/1");
        Subscriber bob = customer("bob", "residential", SWITCH + "/2");
        poll(rules(SWITCH, alice, bob), 1, 3, 2, 4);
        poll(rules(NEIGHBOUR, alice), 1, 5);
        assertEquals(2, ledger.counts(Set.of(SWITCH, NEIGHBOUR), Set.of("alice")).size());
        List<AttemptCount> some = ledger.counts(Set.of(SWITCH), Set.of("alice", "zoe"));
        assertEquals(1, some.size());
        assertEquals(3, some.get(0).packets());
        assertEquals(List.of(), ledger.counts(Set.of(NEIGHBOUR), Set.of("bob")));
    }

    @Test
    void aSwitchThatRestartedGoesOnFromWhereItWas() {
        DeviceRules rules = rules(SWITCH, customer("alice", "residential", SWITCH + "/1"));
        poll(rules, 1, 100);
        poll(rules, 1, 2);
        poll(rules, 1, 5);
        assertEquals(List.of("alice 105"), counts());
    }

    @Test
    void aRuleThatAPollLeavesOutKeepsItsCount() {
        DeviceRules rules = rules(SWITCH, customer("alice", "residential", SWITCH + "/1"));
        poll(rules, 1, 100);
        poll(rules);
        assertEquals(List.of("alice 100"), counts());
        poll(rules, 1, 101);
        assertEquals(List.of("alice 101"), counts());
    }

    @Test
    void aRuleThatWasPutBackButNotSeenYetIsNotARestart() {
        DeviceRules rules = rules(SWITCH, customer("alice", "residential", SWITCH + "/1"));
        poll(rules, 1, 100);
        // ONOS shows nought until the next poll; Open vSwitch kept the counter
        ledger.read(
                SWITCH,
                rules.counted(),
                List.of(
                        new DefaultFlowEntry(
                                counting(rules, "1"), FlowEntry.FlowEntryState.PENDING_ADD)),
                now);
        poll(rules, 1, 103);
        assertEquals(List.of("alice 103"), counts());
    }

    @Test
    void aClassBeginsAtNought() {
        DeviceRules before = rules(SWITCH, customer("alice", "residential", SWITCH + "/1"));
        poll(before, 1, 100);
        poll(rules(SWITCH, customer("alice", "business", SWITCH + "/1")));
        assertEquals(List.of(), counts());
        poll(before, 1, 4);
        assertEquals(List.of("alice 4"), counts());
        assertEquals(NOON.plusSeconds(3 * POLL - 60), ledger.counts().get(0).since());
    }

    @Test
    void anotherClassThatDropsTooBeginsAtNought() {
        poll(rules(SWITCH, customer("alice", "residential", SWITCH + "/1")), 1, 100);
        DeviceRules strict = rules(SWITCH, customer("alice", "strict", SWITCH + "/1"));
        // the rule is the same, so the switch goes on counting
        poll(strict, 1, 102);
        assertEquals(List.of(), counts());
        poll(strict, 1, 105);
        assertEquals(List.of("alice 3"), counts());
        assertEquals(NOON.plusSeconds(2 * POLL), ledger.counts().get(0).since());
    }

    @Test
    void aClassThatWasChangedAndBackBetweenTwoLooksBeginsAtNought() {
        DeviceRules rules = rules(SWITCH, customer("alice", "residential", SWITCH + "/1"));
        poll(rules, 1, 100);
        ledger.startAnew("alice", now);
        // its rule was made anew by then, or not: both are nought
        poll(rules, 1, 0);
        assertEquals(List.of(), counts());
        poll(rules, 1, 2);
        assertEquals(List.of("alice 2"), counts());
        ledger.startAnew("alice", now);
        poll(rules, 1, 2);
        assertEquals(List.of(), counts());
        restart();
        poll(rules, 1, 5);
        assertEquals(List.of("alice 3"), counts());
    }

    @Test
    void whoGetsTheAttachmentOfAnotherDoesNotInheritItsAttempts() {
        poll(rules(SWITCH, customer("alice", "residential", SWITCH + "/1")), 1, 100);
        DeviceRules after = rules(SWITCH, customer("bob", "residential", SWITCH + "/1"));
        poll(after, 1, 100);
        assertEquals(List.of(), counts());
        poll(after, 1, 101);
        assertEquals(List.of("bob 1"), counts());
    }

    @Test
    void aRestartOfTheControllerChargesNobodyWithTheAttemptsOfAnother() {
        poll(rules(SWITCH, customer("alice", "residential", SWITCH + "/1")), 1, 100);
        DeviceRules after = rules(SWITCH, customer("bob", "residential", SWITCH + "/1"));
        poll(after, 1, 100);
        poll(after, 1, 103);
        restart();
        poll(after, 1, 104);
        assertEquals(List.of("bob 4"), counts());
        assertEquals(NOON.plusSeconds(2 * POLL), ledger.counts().get(0).since());
    }

    @Test
    void aSwitchThatRestartedHasNothingToBeSubtractedAnyMore() {
        poll(rules(SWITCH, customer("alice", "residential", SWITCH + "/1")), 1, 100);
        DeviceRules after = rules(SWITCH, customer("bob", "residential", SWITCH + "/1"));
        poll(after, 1, 100);
        poll(after, 1, 7);
        restart();
        poll(after, 1, 150);
        assertEquals(List.of("bob 150"), counts());
    }

    @Test
    void aSwitchThatRestartedWhileTheControllerWasAwayIsCountedFromNought() {
        poll(rules(SWITCH, customer("alice", "residential", SWITCH + "/1")), 1, 100);
        DeviceRules after = rules(SWITCH, customer("bob", "residential", SWITCH + "/1"));
        poll(after, 1, 100);
        restart();
        poll(after, 1, 9);
        assertEquals(List.of("bob 9"), counts());
    }

    @Test
    void theTimesAreThoseOfTheRuleAndOfTheLastIncrease() {
        DeviceRules rules = rules(SWITCH, customer("alice", "residential", SWITCH + "/1"));
        poll(rules, 1, 0);
        poll(rules, 1, 6);
        poll(rules, 1, 6);
        AttemptCount alice = ledger.counts().get(0);
        assertEquals(NOON.plusSeconds(POLL - 60), alice.since());
        assertEquals(Optional.of(NOON.plusSeconds(2 * POLL)), alice.last());
    }

    @Test
    void rulesThatDoNotCountAttemptsArePassedOver() {
        DeviceRules rules = rules(SWITCH, customer("alice", "business", SWITCH + "/1"));
        List<FlowEntry> busy =
                rules.permits().stream().map(r -> shows(r, 1_000, 60)).collect(Collectors.toList());
        ledger.read(SWITCH, rules.counted(), busy, NOON);
        assertEquals(List.of(), counts());
    }

    @Test
    void aDeviceThatIsNoMoreIsForgotten() {
        poll(rules(SWITCH), 0, 7);
        poll(rules(NEIGHBOUR), 0, 9);
        ledger.retain(Set.of(SWITCH));
        assertEquals(List.of("unknown 7"), counts());
    }
}
