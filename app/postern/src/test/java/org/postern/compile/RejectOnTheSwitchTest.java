package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.instructions.Instructions.MeterInstruction;
import org.onosproject.net.meter.MeterId;
import org.postern.drivers.FrontTable;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.FlowKey;
import org.postern.fakeswitch.Outcome;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.OutboundAction;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.PortRole;
import org.postern.policy.RandomPolicies;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.policy.TruePacket;
import org.postern.policy.Verdict;

/** Rejecting as a switch does it: with all meters, with some, with none, with rules missing. */
class RejectOnTheSwitchTest {
    private static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    private static final FrontTableCompiler COMPILER =
            new FrontTableCompiler(
                    new DefaultApplicationId(1, FrontTable.APPLICATION),
                    new DefaultApplicationId(2, FrontTable.POLICY_APPLICATION));

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Arbitraries.randomValue(Scenario::of);
    }

    private static List<PolicyLine> lines(Scenario scenario) {
        return PolicyLines.of(scenario.policy(), scenario.device());
    }

    private static Outcome outcome(FakeSwitch tables, TruePacket packet) {
        tables.lookBehindTags(packet.tagsSeen());
        return tables.forward(packet.frame(), packet.inPort());
    }

    /**
     * One that is steered to a relay does not: where a permit is missing, its line has the default.
     */
    private static boolean getsThere(Outcome outcome, TruePacket packet) {
        return outcome.reachedTable().isPresent()
                && outcome.frame().destination().equals(packet.frame().destination());
    }

    private static FakeSwitch switchWith(Stream<FlowRule> rules) {
        FakeSwitch tables = FakeSwitch.endingAt(FrontTable.FORWARD);
        tables.install(rules.collect(Collectors.toList()));
        return tables;
    }

    @Property(tries = 500)
    void whatIsRejectedGoesToTheControllerAndNowhereElse(@ForAll("scenarios") Scenario scenario) {
        List<PolicyLine> lines = lines(scenario);
        Map<String, MeterId> meters = AccessSwitch.meters(lines);
        DeviceRules rules =
                COMPILER.compile(scenario.device().id(), lines, new RejectMeters(meters));
        FakeSwitch tables =
                switchWith(Stream.concat(rules.floor().rules().stream(), rules.permits().stream()));
        for (TruePacket packet : scenario.packets()) {
            PolicyLine last = Iterables.getLast(PolicyLines.explain(lines, packet.seen()));
            Outcome outcome = outcome(tables, packet);
            if (!last.verdict().equals(Verdict.REJECT)) {
                assertEquals(List.of(), outcome.ports(), () -> packet + " " + last);
                assertEquals(last.verdict().denies(), outcome.dropped(), () -> packet + " " + last);
                continue;
            }
            assertEquals(List.of(PortNumber.CONTROLLER), outcome.ports(), () -> packet + "");
            assertTrue(outcome.reachedTable().isEmpty(), "not to others' rules as well");
            assertEquals(
                    List.of(
                            meters.get(RejectMeters.purposeOf(last.subscriber())),
                            meters.get(RejectMeters.DEVICE)),
                    outcome.matched().stream()
                            .flatMap(rule -> rule.treatment().meters().stream())
                            .map(MeterInstruction::meterId)
                            .collect(Collectors.toList()),
                    "the sender's meter first, then the device's");
            assertTrue(
                    PuntRule.cookies(scenario.device().id(), owner())
                            .contains(Iterables.getLast(outcome.matched()).id().value()));
            assertEquals(
                    PuntRule.PORT,
                    FlowKey.parse(outcome.outputs().get(0).frame()).destinationPort(),
                    "no mail, whoever gets it");
        }
    }

    private static DefaultApplicationId owner() {
        return new DefaultApplicationId(2, FrontTable.POLICY_APPLICATION);
    }

    /** A switch refuses rules without their meter; ONOS restores rules in any order. */
    @Property(tries = 500)
    void withoutItsMeterOrAnyOfTheRulesWhatIsRejectedIsDropped(
            @ForAll("scenarios") Scenario scenario) {
        RandomPolicies choices = scenario.choices();
        List<PolicyLine> lines = lines(scenario);
        Map<String, MeterId> some = new HashMap<>(AccessSwitch.meters(lines));
        some.keySet().retainAll(choices.some(List.copyOf(some.keySet())));
        RejectMeters meters = new RejectMeters(some);
        DeviceRules rules = COMPILER.compile(scenario.device().id(), lines, meters);
        FakeSwitch whole =
                switchWith(Stream.concat(rules.floor().rules().stream(), rules.permits().stream()));
        FakeSwitch partial =
                switchWith(
                        Stream.concat(
                                rules.floor().rules().stream(),
                                choices.some(rules.permits()).stream()));
        for (TruePacket packet : scenario.packets()) {
            PolicyLine last = Iterables.getLast(PolicyLines.explain(lines, packet.seen()));
            if (last.verdict().denies()) {
                boolean metered =
                        last.verdict().equals(Verdict.REJECT)
                                && meters.of(last.subscriber()).isPresent();
                assertEquals(!metered, outcome(whole, packet).dropped(), () -> packet + " " + last);
                assertFalse(
                        getsThere(outcome(partial, packet), packet),
                        () -> packet + " reaches others' rules, " + last);
            }
        }
    }

    @Test
    void withoutTheDevicesMeterNoneIsOfUse() {
        Map<String, MeterId> all =
                new HashMap<>(
                        AccessSwitch.meters(
                                PolicyLines.of(policy(2, OutboundAction.REJECT), device())));
        all.remove(RejectMeters.DEVICE);

        DeviceRules rules =
                COMPILER.compile(
                        DEVICE,
                        PolicyLines.of(policy(2, OutboundAction.REJECT), device()),
                        new RejectMeters(all));

        assertTrue(rules.permits().stream().allMatch(r -> r.treatment().meters().isEmpty()));
        assertTrue(
                rules.permits().stream()
                        .noneMatch(r -> FrontTable.tableOf(r) == FrontTable.REJECT));
    }

    @Test
    void rejectingCostsARuleForEachAttachmentAndTwoForTheDeviceMoreThanDropping() {
        int dropping = size(policy(50, OutboundAction.DROP));

        assertEquals(dropping + 50 + 2, size(policy(50, OutboundAction.REJECT)));
        assertEquals(51, AccessSwitch.meters(lines(policy(50, OutboundAction.REJECT))).size());
    }

    private static List<PolicyLine> lines(Policy policy) {
        return PolicyLines.of(policy, device());
    }

    private static int size(Policy policy) {
        return AccessSwitch.metered(policy, device()).size();
    }

    private static AccessDevice device() {
        return new AccessDevice(
                DEVICE, Map.of(PortNumber.portNumber(1000), PortRole.UPLINK), "default");
    }

    /** So many subscribers of a class with this action, and a default class that drops. */
    private static Policy policy(int subscribers, OutboundAction action) {
        ServiceClass own = ServiceClass.named("own").outbound(action).build();
        List<Subscriber> all =
                IntStream.rangeClosed(1, subscribers)
                        .mapToObj(
                                n ->
                                        Subscriber.builder("s" + n)
                                                .serviceClass("own")
                                                .attachedAt(Attachment.parse(DEVICE + "/" + n))
                                                .build())
                        .collect(Collectors.toCollection(ArrayList::new));
        return new Policy(
                new Infrastructure(List.of(), List.of(), List.of(own), "residential"),
                List.of(device()),
                all,
                List.of());
    }

    @Test
    void everybodyNotRegisteredSharesAMeter() {
        Policy policy =
                new Policy(
                        new Infrastructure(
                                List.of(),
                                List.of(),
                                List.of(
                                        ServiceClass.named("own")
                                                .outbound(OutboundAction.REJECT)
                                                .build()),
                                "own"),
                        List.of(device()),
                        List.of(),
                        List.of());

        assertEquals(
                Set.of(RejectMeters.purposeOf(Optional.empty())),
                FrontTableCompiler.metersOf(lines(policy)));
    }
}
