package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Iterables;
import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;
import org.onlab.packet.VlanId;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.criteria.IPCriterion;
import org.postern.drivers.FrontTable;
import org.postern.policy.Chain;
import org.postern.policy.Exemption;
import org.postern.policy.NaiveEvaluator;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.RandomPolicies;
import org.postern.policy.Subscriber;
import org.postern.policy.TruePacket;
import org.postern.policy.Verdict;

/**
 * What holds for every policy and every packet. Each scenario has 40 packets, so the first property
 * compares 60,000 pairs of policy and packet in three forms, and each of the others at least
 * 12,000. A failing run prints its seed; {@code @Property(seed = "…")} repeats it.
 */
class PolicyPropertiesTest {
    /** What every provider of OpenFlow rules encodes, and encodes exactly. */
    private static final Set<Criterion.Type> ENCODABLE =
            ImmutableSet.of(
                    Criterion.Type.IN_PORT,
                    Criterion.Type.METADATA,
                    Criterion.Type.ETH_DST,
                    Criterion.Type.ETH_TYPE,
                    Criterion.Type.VLAN_VID,
                    Criterion.Type.IP_PROTO,
                    Criterion.Type.IPV4_SRC,
                    Criterion.Type.IPV4_DST,
                    Criterion.Type.IPV6_SRC,
                    Criterion.Type.IPV6_DST,
                    Criterion.Type.TCP_SRC,
                    Criterion.Type.TCP_DST,
                    Criterion.Type.UDP_DST,
                    Criterion.Type.ETH_SRC,
                    Criterion.Type.ICMPV6_TYPE,
                    Criterion.Type.IPV6_ND_TARGET,
                    Criterion.Type.ARP_OP,
                    Criterion.Type.ARP_SPA,
                    Criterion.Type.ARP_SHA);

    /** Chains that tell pairs of tags and decide nothing themselves. */
    private static final EnumSet<Chain> PAIRED =
            EnumSet.of(Chain.PAIRED_MAIL, Chain.PAIRED_FRAGMENTS, Chain.PAIRED_OTHERS);

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Arbitraries.randomValue(Scenario::of);
    }

    @Property(tries = 1500)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void theEvaluatorTheLinesAndTheSwitchAgree(@ForAll("scenarios") Scenario scenario) {
        AccessSwitch whole = scenario.wholeSwitch();
        NaiveEvaluator evaluator = new NaiveEvaluator(scenario.policy(), scenario.device());
        List<PolicyLine> lines = PolicyLines.of(scenario.policy(), scenario.device());
        boolean agreed = true;
        for (TruePacket packet : scenario.packets()) {
            Verdict expected = evaluator.decide(packet);
            List<PolicyLine> path = PolicyLines.explain(lines, packet.seen());
            agreed &=
                    forwarding(expected).equals(whole.decide(packet))
                            && expected.equals(linesSay(lines, packet));
            Statistics.label("decided in").collect(Iterables.getLast(path).chain());
            path.stream()
                    .filter(line -> PAIRED.contains(line.chain()))
                    .flatMap(line -> line.match().customerVlan().map(v -> toldBy(line, v)).stream())
                    .forEach(told -> Statistics.label("told by").collect(told));
            Statistics.label("decided").collect(kind(expected));
            path.stream()
                    .filter(line -> line.reason().contains("exempt"))
                    .forEach(line -> Statistics.label("by exemption").collect(line.chain()));
        }
        if (!agreed) {
            scenario.eachPacket(PolicyPropertiesTest::agree);
        }
        // if hardly any packet got as far as a chain, the comparison would say little of it
        for (Chain chain : PAIRED) {
            for (VlanId inner : List.of(VlanId.ANY, VlanId.NONE)) {
                Statistics.label("told by")
                        .coverage(c -> c.check(chain + " " + inner).count(number -> number > 10));
            }
        }
        for (Chain chain : EnumSet.complementOf(PAIRED)) {
            Statistics.label("decided in")
                    .coverage(c -> c.check(chain).percentage(share -> share > 0.1));
        }
        for (Chain chain : List.of(Chain.MAIL_OUT, Chain.FRAGMENTS, Chain.MAIL_IN)) {
            Statistics.label("by exemption")
                    .coverage(c -> c.check(chain).count(number -> number > 10));
        }
        Statistics.label("decided").coverage(c -> c.check("drop").percentage(share -> share > 5));
        for (String kind : List.of("steered", "reject")) {
            Statistics.label("decided")
                    .coverage(c -> c.check(kind).percentage(share -> share > 0.2));
        }
    }

    /** An inner tag, whichever, or that there is none. */
    private static String toldBy(PolicyLine line, VlanId inner) {
        return line.chain() + " " + (inner.equals(VlanId.NONE) ? inner : VlanId.ANY);
    }

    private static String kind(Verdict verdict) {
        return verdict.nextHop().isPresent() ? "steered" : verdict.toString();
    }

    /** What the lines say: the last word, and where the packet was steered on the way. */
    private static Verdict linesSay(List<PolicyLine> lines, TruePacket packet) {
        Verdict said = Verdict.PASS;
        for (PolicyLine line : PolicyLines.explain(lines, packet.seen())) {
            Verdict verdict = line.verdict();
            if (verdict.denies()) {
                return verdict;
            }
            if (verdict.nextHop().isPresent()) {
                said = Verdict.PASS.steeredTo(verdict.nextHop().get());
            }
        }
        return said;
    }

    /** To the tables alone a reject is a drop. */
    private static Verdict forwarding(Verdict verdict) {
        return verdict.denies() ? Verdict.DROP : verdict;
    }

    private static void agree(Scenario scenario, TruePacket packet) {
        Verdict expected = new NaiveEvaluator(scenario.policy(), scenario.device()).decide(packet);
        assertEquals(
                expected,
                linesSay(PolicyLines.of(scenario.policy(), scenario.device()), packet),
                "what the lines say");
        assertEquals(
                forwarding(expected),
                scenario.wholeSwitch().decide(packet),
                "what the switch does");
    }

    /**
     * The lasting floor is what a switch has at every moment: it is laid in order before the switch
     * is announced, and remembered. Of everything else any subset may be missing.
     */
    @Property(tries = 300)
    void noSubsetOfTheRulesOnTheLastingFloorPassesWhatTheWholeDrops(
            @ForAll("scenarios") Scenario scenario) {
        scenario.eachPacket(
                (some, packet) -> {
                    List<FlowRule> lasting = some.rules().floor().lasting();
                    List<FlowRule> others = new ArrayList<>(some.rules().floor().rules());
                    others.removeAll(lasting);
                    others.addAll(some.rules().permits());
                    RandomPolicies choose = some.choices();
                    List<FlowRule> rules = new ArrayList<>(lasting);
                    rules.addAll(choose.some(others));
                    AccessSwitch partial = AccessSwitch.empty();
                    partial.install(choose.shuffled(rules));
                    assertTrue(
                            some.wholeSwitch().letsOut(packet) || !partial.letsOut(packet),
                            () -> "let out by a part of the rules: " + partial.explain(packet));
                });
    }

    @Property(tries = 300)
    void noBeginningOfTheFloorPassesWhatTheWholeDrops(@ForAll("scenarios") Scenario scenario) {
        scenario.eachPacket(
                (some, packet) -> {
                    if (some.wholeSwitch().letsOut(packet)) {
                        return;
                    }
                    RandomPolicies choose = some.choices();
                    AccessSwitch growing = AccessSwitch.empty();
                    growing.install(choose.shuffled(choose.some(some.rules().permits())));
                    for (List<FlowRule> stage : some.rules().floor().stages(rule -> true)) {
                        // within a stage no barrier says which comes first
                        for (FlowRule rule : choose.shuffled(stage)) {
                            growing.install(List.of(rule));
                            staysDropped(growing, packet, rule);
                        }
                    }
                });
    }

    @Property(tries = 300)
    void submissionToAnyHostPassesButInQuarantineOrFromAForgedSource(
            @ForAll("scenarios") Scenario scenario) {
        AccessSwitch whole = scenario.wholeSwitch();
        RandomPolicies choose = scenario.choices();
        List<PolicyLine> lines = PolicyLines.of(scenario.policy(), scenario.device());
        for (int i = 0; i < scenario.packets().size(); i++) {
            TruePacket packet = choose.submission(scenario.device());
            PolicyLine last = Iterables.getLast(PolicyLines.explain(lines, packet.seen()));
            assertTrue(
                    whole.passes(packet)
                            || isQuarantine(last.chain())
                            || isForged(last)
                            || packet.isOpaque(),
                    () -> packet + "\n" + whole.explain(packet));
        }
    }

    private static boolean isQuarantine(Chain chain) {
        return chain == Chain.QUARANTINE || chain == Chain.WALLED_GARDEN;
    }

    /** In somebody else's name: a subscriber's in the guards, a server's in CLASSIFY. */
    private static boolean isForged(PolicyLine last) {
        return last.chain() == Chain.GUARD
                || last.chain() == Chain.MAC_GUARD
                || last.chain() == Chain.CLASSIFY
                        && (last.match().source().isPresent()
                                || last.match().sourceMac().isPresent());
    }

    @Property(tries = 300)
    void whatIsNeitherMailNorATcpFragmentPassesButInQuarantineFromAForgedSourceOrHidden(
            @ForAll("scenarios") Scenario scenario) {
        AccessSwitch whole = scenario.wholeSwitch();
        List<PolicyLine> lines = PolicyLines.of(scenario.policy(), scenario.device());
        for (TruePacket packet : scenario.packets()) {
            boolean hidden = packet.piece() == TruePacket.Piece.HIDDEN_FIRST;
            boolean inOnePiece =
                    packet.piece() == TruePacket.Piece.WHOLE
                            || packet.piece() == TruePacket.Piece.ATOMIC;
            boolean mail = packet.speaksTcp(25) || packet.speaksTcp(0);
            boolean tcp = packet.isTcp();
            if (hidden || mail || tcp && !inOnePiece) {
                continue;
            }
            PolicyLine last = Iterables.getLast(PolicyLines.explain(lines, packet.seen()));
            assertTrue(
                    whole.passes(packet)
                            || isQuarantine(last.chain())
                            || isForged(last)
                            || last.chain() == Chain.TUNNELS
                            || packet.isOpaque()
                            || last.match().arpSender().isPresent()
                            || last.match().neighbourTarget().isPresent(),
                    () -> packet + "\n" + whole.explain(packet));
        }
    }

    @Property(tries = 500)
    void linesOfOneRankThatOverlapAgree(@ForAll("scenarios") Scenario scenario) {
        Map<Object, List<PolicyLine>> ranks =
                PolicyLines.of(scenario.policy(), scenario.device()).stream()
                        .collect(Collectors.groupingBy(line -> List.of(line.chain(), line.rank())));
        for (List<PolicyLine> lines : ranks.values()) {
            for (int i = 0; i < lines.size(); i++) {
                for (PolicyLine other : lines.subList(i + 1, lines.size())) {
                    PolicyLine line = lines.get(i);
                    assertTrue(
                            line.verdict().equals(other.verdict())
                                    || line.match().and(other.match()).isEmpty(),
                            () -> line + " against " + other);
                }
            }
        }
    }

    @Property(tries = 500)
    void everyRuleIsItsOwnAndCanBeEncoded(@ForAll("scenarios") Scenario scenario) {
        Set<RuleKey> keys = new HashSet<>();
        for (FlowRule rule : AccessSwitch.rules(scenario.policy(), scenario.device())) {
            assertTrue(keys.add(RuleKey.of(rule)), () -> "twice: " + rule);
            assertTrue(FrontTable.isPolicyTable(rule), () -> "not in a table of ours: " + rule);
            for (Criterion criterion : rule.selector().criteria()) {
                assertTrue(ENCODABLE.contains(criterion.type()), () -> "criterion of " + rule);
                if (criterion instanceof IPCriterion) {
                    assertNotEquals(
                            0,
                            ((IPCriterion) criterion).ip().prefixLength(),
                            () -> "matches every address: " + rule);
                }
            }
        }
        assertEquals(scenario.rules().size(), keys.size());
    }

    @Property(tries = 500)
    void aChangeOfClassNeverReusesACounter(@ForAll("scenarios") Scenario scenario) {
        RandomPolicies choose = scenario.choices();
        for (Subscriber subscriber : scenario.policy().subscribers().values()) {
            Policy after = withClass(scenario.policy(), subscriber, choose.className());
            sameKeySameCount(scenario, scenario.withPolicy(after));
            sameKeySameCount(scenario.withPolicy(after), scenario);
        }
    }

    @Property(tries = 500)
    void anExemptionNeverReusesACounter(@ForAll("scenarios") Scenario scenario) {
        Policy policy = scenario.policy();
        List<Exemption> others = scenario.choices().exemptions(policy.subscribers().values());
        Scenario after = scenario.withPolicy(policy.toBuilder().exemptions(others).build());
        sameKeySameCount(scenario, after);
        sameKeySameCount(after, scenario);
    }

    private static void sameKeySameCount(Scenario before, Scenario after) {
        Map<RuleKey, PolicyLine> counting = before.rules().counted();
        Map<RuleKey, PolicyLine> countingAfter = after.rules().counted();
        Map<RuleKey, FlowRule> rules = new HashMap<>();
        AccessSwitch.rules(after.policy(), after.device())
                .forEach(rule -> rules.put(RuleKey.of(rule), rule));
        counting.forEach(
                (key, line) -> {
                    if (rules.containsKey(key)) {
                        PolicyLine now = countingAfter.get(key);
                        assertTrue(
                                now != null
                                        && now.counted().equals(line.counted())
                                        && now.subscriber().equals(line.subscriber()),
                                () -> line + " counted by a rule that became " + rules.get(key));
                    }
                });
    }

    @Property(tries = 300)
    void whatIsDroppedBeforeAndAfterAChangeIsDroppedThroughout(
            @ForAll("scenarios") Scenario scenario) {
        scenario.eachPacket(
                (before, packet) -> {
                    RandomPolicies choose = before.choices();
                    if (before.wholeSwitch().letsOut(packet)) {
                        return;
                    }
                    Scenario after = before.withPolicy(changed(before.policy(), choose));
                    if (after.wholeSwitch().letsOut(packet)) {
                        return;
                    }
                    List<FlowRule> wanted = AccessSwitch.rules(after.policy(), after.device());
                    AccessSwitch changing = AccessSwitch.under(before.policy(), before.device());
                    // DeviceProgrammer's order: the new floor as it is laid, new permits, then old
                    // permits away, then what is left of the old floor
                    for (FlowRule rule : wanted) {
                        changing.install(List.of(rule));
                        staysDropped(changing, packet, rule);
                    }
                    List<FlowRule> leaving = choose.shuffled(before.rules().permits());
                    // in the order of FrontTableManager.trim: a barrier between two stages
                    for (List<FlowRule> stage :
                            Lists.reverse(before.rules().floor().stages(rule -> true))) {
                        leaving.addAll(choose.shuffled(stage));
                    }
                    leaving.removeAll(wanted);
                    for (FlowRule rule : leaving) {
                        changing.remove(List.of(rule));
                        staysDropped(changing, packet, rule);
                    }
                });
    }

    private static void staysDropped(AccessSwitch partial, TruePacket packet, FlowRule last) {
        assertFalse(
                partial.letsOut(packet),
                () -> "let out after " + last + ": " + partial.explain(packet));
    }

    static Policy withClass(Policy policy, Subscriber subscriber, String serviceClass) {
        Map<String, Subscriber> all = new HashMap<>(policy.subscribers());
        all.put(subscriber.id(), subscriber.toBuilder().serviceClass(serviceClass).build());
        return policy.toBuilder().subscribers(all.values()).build();
    }

    /** A policy in which somebody has another class, or everybody other exemptions. */
    static Policy changed(Policy policy, RandomPolicies choose) {
        List<Subscriber> all = new ArrayList<>(policy.subscribers().values());
        return all.isEmpty() || choose.pick(List.of(true, false))
                ? policy.toBuilder().exemptions(choose.exemptions(all)).build()
                : withClass(policy, choose.pick(all), choose.className());
    }
}
