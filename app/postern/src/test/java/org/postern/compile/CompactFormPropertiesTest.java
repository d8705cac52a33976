package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;
import org.onosproject.net.flow.FlowRule;
import org.postern.drivers.FrontTable;
import org.postern.policy.Chain;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.RandomPolicies;
import org.postern.policy.TruePacket;

/** What holds for every policy, every packet and every limit of rules in a table. */
class CompactFormPropertiesTest {
    private static final int LOWEST_LIMIT = 20;
    private static final int HIGHEST_LIMIT = 70;

    /** Rules that a table may hold less than there are. */
    private static final int LITTLE = 5;

    private static final List<Chain> OFTEN_CROWDED =
            List.of(Chain.MAIL_OUT, Chain.FRAGMENTS, Chain.MAIL_IN, Chain.INBOUND);

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Arbitraries.randomValue(Scenario::of);
    }

    /** A limit for all tables, or some that hold a few rules less than there are. */
    @Provide
    Arbitrary<Shortage> shortages() {
        return Arbitraries.randomValue(Shortage::new);
    }

    /** How much too little room there is. */
    private static final class Shortage {
        private final OptionalInt limit;
        private final Map<Integer, Integer> less = new HashMap<>();

        private Shortage(Random random) {
            if (random.nextBoolean()) {
                int most = LOWEST_LIMIT + random.nextInt(HIGHEST_LIMIT - LOWEST_LIMIT);
                limit = OptionalInt.of(most);
                return;
            }
            limit = OptionalInt.empty();
            for (int i = 0; i <= random.nextInt(3); i++) {
                Chain chain = OFTEN_CROWDED.get(random.nextInt(OFTEN_CROWDED.size()));
                less.put(FrontTableCompiler.tableOf(chain), random.nextInt(LITTLE));
            }
        }

        private TableSpace in(Scenario scenario) {
            Map<Integer, Long> whole = rulesByTable(scenario.rules());
            Map<Integer, Integer> learnt = new HashMap<>();
            less.forEach(
                    (table, fewer) ->
                            learnt.put(
                                    table,
                                    Math.max(1, (int) (whole.getOrDefault(table, 1L) - fewer))));
            return new TableSpace(limit, learnt);
        }

        @Override
        public String toString() {
            return "limit " + limit + ", less by table " + less;
        }
    }

    private static Map<Integer, Long> rulesByTable(DeviceRules rules) {
        return Stream.concat(rules.floor().rules().stream(), rules.permits().stream())
                .collect(Collectors.groupingBy(FrontTable::tableOf, Collectors.counting()));
    }

    private static Optional<CompactForm> formOf(Scenario scenario, Shortage shortage) {
        try {
            return Optional.of(
                    CompactForm.of(scenario.policy(), scenario.device(), shortage.in(scenario)));
        } catch (TableSpaceException e) {
            return Optional.empty();
        }
    }

    @Property(tries = 1000)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void everyTableHoldsAtMostItsLimitAndNothingIsLeftOutWithoutNeed(
            @ForAll("scenarios") Scenario scenario, @ForAll("shortages") Shortage shortage) {
        Optional<CompactForm> form = formOf(scenario, shortage);
        Statistics.label("form").collect(form.map(CompactFormPropertiesTest::kind).orElse("none"));
        TableSpace space = shortage.in(scenario);
        Map<Integer, Long> whole = rulesByTable(scenario.rules());
        boolean fits =
                whole.entrySet().stream().allMatch(e -> e.getValue() <= space.of(e.getKey()));
        form.ifPresent(
                f -> {
                    assertEquals(fits, f.isWhole());
                    assertEquals(fits, f.sentences().isEmpty());
                    rulesByTable(AccessSwitch.compiled(scenario.device(), f))
                            .forEach(
                                    (table, count) ->
                                            assertTrue(
                                                    count <= space.of(table),
                                                    () -> count + " in table " + table));
                });
        for (String kind : List.of("whole", "uncounted", "closed", "unenforced", "none")) {
            Statistics.label("form").coverage(c -> c.check(kind).percentage(share -> share > 0.1));
        }
    }

    private static String kind(CompactForm form) {
        if (!form.unenforced().isEmpty()) {
            return "unenforced";
        }
        return form.isWhole() ? "whole" : form.isIncomplete() ? "closed" : "uncounted";
    }

    private static List<FlowRule> rules(Scenario scenario, CompactForm form) {
        DeviceRules compiled = AccessSwitch.compiled(scenario.device(), form);
        List<FlowRule> all = new ArrayList<>(compiled.floor().rules());
        all.addAll(compiled.permits());
        return all;
    }

    @Property(tries = 600)
    void whatTheWholeDropsTheCompactFormDropsToo(
            @ForAll("scenarios") Scenario scenario, @ForAll("shortages") Shortage shortage) {
        scenario.eachPacket(
                (some, packet) ->
                        formOf(some, shortage)
                                .filter(form -> isHeldTo(form, some, packet))
                                .ifPresent(
                                        form -> {
                                            AccessSwitch compact = AccessSwitch.empty();
                                            compact.install(rules(some, form));
                                            assertTrue(
                                                    some.wholeSwitch().letsOut(packet)
                                                            || !compact.letsOut(packet),
                                                    () ->
                                                            form.sentences()
                                                                    + " let out: "
                                                                    + compact.explain(packet));
                                        }));
    }

    /** A form that says it does not enforce all still drops direct mail. */
    private static boolean isHeldTo(CompactForm form, Scenario scenario, TruePacket packet) {
        if (form.unenforced().isEmpty()) {
            return true;
        }
        PolicyLine last =
                Iterables.getLast(
                        PolicyLines.explain(
                                PolicyLines.of(scenario.policy(), scenario.device()),
                                packet.seen()));
        return last.chain() == Chain.MAIL_OUT || last.chain() == Chain.FRAGMENTS;
    }

    @Property(tries = 150)
    void noSubsetOfACompactFormOnItsLastingFloorPassesWhatTheWholeDrops(
            @ForAll("scenarios") Scenario scenario, @ForAll("shortages") Shortage shortage) {
        scenario.eachPacket(
                (some, packet) ->
                        formOf(some, shortage)
                                .filter(form -> isHeldTo(form, some, packet))
                                .ifPresent(form -> anySubsetHolds(some, form, packet)));
    }

    private static void anySubsetHolds(Scenario some, CompactForm form, TruePacket packet) {
        DeviceRules compiled = AccessSwitch.compiled(some.device(), form);
        List<FlowRule> lasting = compiled.floor().lasting();
        List<FlowRule> others = new ArrayList<>(compiled.floor().rules());
        others.removeAll(lasting);
        others.addAll(compiled.permits());
        RandomPolicies choose = some.choices();
        List<FlowRule> rules = new ArrayList<>(lasting);
        rules.addAll(choose.some(others));
        AccessSwitch partial = AccessSwitch.empty();
        partial.install(choose.shuffled(rules));
        assertTrue(
                some.wholeSwitch().letsOut(packet) || !partial.letsOut(packet),
                () -> form.sentences() + " let out by a part: " + partial.explain(packet));
    }

    @Property(tries = 300)
    void submissionPassesWhereTheWholeLetsItPass(
            @ForAll("scenarios") Scenario scenario, @ForAll("shortages") Shortage shortage) {
        Optional<CompactForm> form = formOf(scenario, shortage);
        if (form.isEmpty()) {
            return;
        }
        AccessSwitch compact = AccessSwitch.empty();
        compact.install(rules(scenario, form.get()));
        RandomPolicies choose = scenario.choices();
        for (int i = 0; i < scenario.packets().size(); i++) {
            TruePacket packet = choose.submission(scenario.device());
            // a forged source that passes only because it is monitored, or enforcement suspended
            boolean permitted =
                    PolicyLines.explain(
                                    PolicyLines.of(scenario.policy(), scenario.device()),
                                    packet.seen())
                            .stream()
                            .anyMatch(line -> !line.isFloor() || line.counted().isPresent());
            Statistics.label("submission").collect(permitted ? "by a permit" : "as ever");
            assertTrue(
                    !scenario.wholeSwitch().passes(packet) || compact.passes(packet) || permitted,
                    () -> form.get().sentences() + "\n" + packet + compact.explain(packet));
        }
        Statistics.label("submission")
                .coverage(c -> c.check("as ever").percentage(share -> share > 50));
    }
}
