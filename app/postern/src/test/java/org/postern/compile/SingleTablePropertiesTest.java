package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;
import org.onlab.packet.MacAddress;
import org.onosproject.net.flow.FlowRule;
import org.postern.drivers.FrontTable;
import org.postern.fakeswitch.Outcome;
import org.postern.policy.AccessDevice;
import org.postern.policy.PacketHeader;
import org.postern.policy.PacketMatch;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.PortRole;
import org.postern.policy.RandomPolicies;
import org.postern.policy.Subscriber;
import org.postern.policy.TruePacket;

/** One table under random policies: it does what the lines say, or says that it does not. */
class SingleTablePropertiesTest {
    @Provide
    Arbitrary<Scenario> scenarios() {
        return Arbitraries.randomValue(Scenario::of);
    }

    /** The rules of a scenario's device, if it had one table. */
    private static final class Single {
        private final Scenario scenario;
        private final AccessDevice device;
        private final List<PolicyLine> lines;
        private final DeviceRules rules;
        private final SingleTableSwitch whole;

        private Single(Scenario scenario) {
            this.scenario = scenario;
            device = SingleTableSwitch.keepingItsDriver(scenario.device());
            lines = PolicyLines.of(scenario.policy(), device);
            rules = SingleTableSwitch.compiled(scenario.policy(), device);
            whole = SingleTableSwitch.with(rules);
        }

        private List<PolicyLine> unguarded() {
            return lines.stream()
                    .filter(line -> !SingleTableLimits.isGuard(line))
                    .collect(Collectors.toList());
        }

        private PolicyLine last(PacketHeader seen) {
            return Iterables.getLast(PolicyLines.explain(lines, seen));
        }

        private PortRole role(TruePacket packet) {
            return device.roleOf(packet.inPort());
        }

        /** Whether the status says that such packets are not dropped. */
        private boolean isBeyondLimits(TruePacket packet) {
            PacketHeader seen = packet.seen();
            boolean namesNoType =
                    PolicyLines.explain(lines, seen).stream()
                            .noneMatch(line -> line.match().etherType().isPresent());
            return SingleTableLimits.isGuard(last(seen))
                    || namesNoType
                            && IngressPaths.TOLD.stream()
                                    .map(PacketMatch.ANY::etherType)
                                    .noneMatch(type -> type.matches(seen))
                    || OneTable.of(
                                    IngressPaths.of(new ChainLines(unguarded()), packet.inPort()),
                                    role(packet) == PortRole.ACCESS,
                                    device.singleTable().orElseThrow())
                            .unexpressed()
                            .stream()
                            .anyMatch(path -> path.match().matches(seen));
        }
    }

    /** Where the lines have a packet steered. */
    private static Optional<MacAddress> nextHop(List<PolicyLine> path) {
        return path.stream().flatMap(line -> line.verdict().nextHop().stream()).findFirst();
    }

    @Property(tries = 500)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void whatTheLinesDenyIsDroppedOrALimitAndWhatTheyPassIsLeftAloneOrOutput(
            @ForAll("scenarios") Scenario scenario) {
        Single single = new Single(scenario);
        for (TruePacket packet : scenario.packets()) {
            List<PolicyLine> path = PolicyLines.explain(single.lines, packet.seen());
            Outcome outcome = single.whole.outcome(packet);
            boolean alone = outcome.matched().isEmpty();
            if (Iterables.getLast(path).verdict().denies()) {
                boolean limit = single.isBeyondLimits(packet);
                assertTrue(
                        single.whole.drops(packet) || limit,
                        () -> told(single, packet, path, outcome));
                Statistics.label("denied").collect(limit ? "limit" : "dropped");
                continue;
            }
            Statistics.label("passed").collect(alone ? "left alone" : "output");
            Optional<MacAddress> nextHop = nextHop(path);
            boolean output =
                    outcome.ports()
                            .equals(
                                    List.of(
                                            single.device
                                                    .singleTable()
                                                    .orElseThrow()
                                                    .wayTo(
                                                            Optional.of(
                                                                    nextHop.orElse(
                                                                            packet.frame()
                                                                                    .destination())))));
            assertTrue(
                    alone && !nextHop.isPresent() || output,
                    () -> told(single, packet, path, outcome));
            if (output) {
                assertEquals(
                        nextHop.orElse(packet.frame().destination()),
                        outcome.outputs().get(0).frame().destination(),
                        () -> told(single, packet, path, outcome));
                assertEquals(
                        PortRole.ACCESS,
                        single.role(packet),
                        () -> "where it goes is not known " + told(single, packet, path, outcome));
            }
        }
        Statistics.label("denied")
                .coverage(c -> c.check("dropped").percentage(share -> share > 50));
        Statistics.label("denied").coverage(c -> c.check("limit").percentage(share -> share > 0.1));
        Statistics.label("passed").coverage(c -> c.check("output").percentage(share -> share > 1));
    }

    private static String told(
            Single single, TruePacket packet, List<PolicyLine> path, Outcome outcome) {
        return packet
                + "\nlines: "
                + path
                + "\nswitch: "
                + outcome
                + "\nlimits: "
                + single.rules.limits()
                + "\n"
                + single.scenario;
    }

    @Property(tries = 300)
    void everyRuleIsItsOwnAndWithinTheBandOfTableZero(@ForAll("scenarios") Scenario scenario) {
        Single single = new Single(scenario);
        Set<RuleKey> keys = new HashSet<>();
        for (FlowRule rule : SingleTableSwitch.rules(single.rules)) {
            assertTrue(keys.add(RuleKey.of(rule)), () -> "twice: " + rule);
            assertEquals(FrontTable.CLASSIFY, FrontTable.tableOf(rule));
            assertTrue(
                    rule.priority() >= FrontTable.PRIORITY_BASE
                            && rule.priority()
                                    < FrontTable.PRIORITY_BASE + SingleTableCompiler.BAND,
                    () -> "priority of " + rule);
            assertEquals(null, rule.treatment().tableTransition());
        }
        assertTrue(keys.containsAll(single.rules.counted().keySet()));
    }

    @Property(tries = 300)
    void anyPartOfTheRulesOpensOnlyWhatItsMissingDenialsDrop(
            @ForAll("scenarios") Scenario scenario) {
        Single single = new Single(scenario);
        RandomPolicies choose = scenario.choices();
        List<FlowRule> some = choose.some(SingleTableSwitch.rules(single.rules));
        SingleTableSwitch partial = new SingleTableSwitch();
        partial.install(choose.shuffled(some));
        for (TruePacket packet : scenario.packets()) {
            if (single.whole.drops(packet) && !partial.drops(packet)) {
                FlowRule denial = single.whole.outcome(packet).matched().get(0);
                assertFalse(some.contains(denial), () -> denial + " is there");
            }
        }
    }

    @Property(tries = 100)
    void aChangeOfClassNeverReusesACounter(@ForAll("scenarios") Scenario scenario) {
        RandomPolicies choose = scenario.choices();
        for (Subscriber subscriber : scenario.policy().subscribers().values()) {
            Scenario after =
                    scenario.withPolicy(
                            PolicyPropertiesTest.withClass(
                                    scenario.policy(), subscriber, choose.className()));
            DeviceRules old = new Single(scenario).rules;
            DeviceRules now = new Single(after).rules;
            Map<RuleKey, FlowRule> there = new HashMap<>();
            SingleTableSwitch.rules(now).forEach(rule -> there.put(RuleKey.of(rule), rule));
            old.counted()
                    .forEach(
                            (key, line) -> {
                                PolicyLine counting = now.counted().get(key);
                                assertTrue(
                                        !there.containsKey(key)
                                                || counting != null
                                                        && counting.counted().equals(line.counted())
                                                        && counting.subscriber()
                                                                .equals(line.subscriber()),
                                        () -> line + " became " + there.get(key));
                            });
        }
    }

    @Property(tries = 200)
    void whatIsDroppedBeforeAndAfterAChangeIsDroppedThroughout(
            @ForAll("scenarios") Scenario scenario) {
        RandomPolicies choose = scenario.choices();
        Single before = new Single(scenario);
        Single after =
                new Single(
                        scenario.withPolicy(
                                PolicyPropertiesTest.changed(scenario.policy(), choose)));
        List<TruePacket> dropped = new ArrayList<>();
        for (TruePacket packet : scenario.packets()) {
            if (before.whole.drops(packet) && after.whole.drops(packet)) {
                dropped.add(packet);
            }
        }
        SingleTableSwitch changing = SingleTableSwitch.with(before.rules);
        // DeviceProgrammer's order
        for (FlowRule rule : after.rules.floor().rules()) {
            changing.install(List.of(rule));
        }
        List<FlowRule> changes = new ArrayList<>(choose.shuffled(after.rules.permits()));
        for (FlowRule rule : changes) {
            changing.install(List.of(rule));
            dropped.forEach(packet -> assertTrue(changing.drops(packet), () -> "after " + rule));
        }
        Set<FlowRule> wanted = new HashSet<>(SingleTableSwitch.rules(after.rules));
        List<FlowRule> leaving = new ArrayList<>(choose.shuffled(before.rules.permits()));
        leaving.addAll(choose.shuffled(before.rules.floor().rules()));
        leaving.removeIf(wanted::contains);
        for (FlowRule rule : leaving) {
            changing.remove(List.of(rule));
            dropped.forEach(packet -> assertTrue(changing.drops(packet), () -> "without " + rule));
        }
    }
}
