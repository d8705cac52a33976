package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
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
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Policy;
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

    /** In a thousand tries, so often at least. */
    private static final int CROWDED_TIMES = 3;

    /** Tables of which each is crowded often enough, with a form that has room. */
    private static final List<Integer> CROWDED =
            List.of(
                    FrontTable.CLASSIFY,
                    FrontTable.TAG_PAIRS,
                    FrontTable.MAIL_OUT,
                    FrontTable.FRAGMENTS,
                    FrontTable.MAIL_IN,
                    FrontTable.INBOUND,
                    FrontTable.QUARANTINE,
                    FrontTable.WALLED_GARDEN,
                    FrontTable.MAC_GUARD,
                    FrontTable.GUARD);

    /** Of these, those that few policies have more than their last rule in. */
    private static final List<Integer> RARE = CROWDED.subList(6, CROWDED.size());

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
        private final List<Integer> order = new ArrayList<>(CROWDED);
        private final List<Integer> less = new ArrayList<>();

        private Shortage(Random random) {
            if (random.nextBoolean()) {
                int most = LOWEST_LIMIT + random.nextInt(HIGHEST_LIMIT - LOWEST_LIMIT);
                limit = OptionalInt.of(most);
                return;
            }
            limit = OptionalInt.empty();
            Collections.shuffle(order, random);
            Integer first = RARE.get(random.nextInt(RARE.size()));
            order.remove(first);
            order.add(0, first);
            for (int i = 0; i <= random.nextInt(3); i++) {
                less.add(random.nextInt(LITTLE));
            }
        }

        private TableSpace in(Scenario scenario) {
            Map<Integer, Long> whole = rulesByTable(scenario.rules());
            Map<Integer, Integer> learnt = new HashMap<>();
            // of the tables that have more than their last rule
            Iterator<Integer> fewer = less.iterator();
            for (int table : order) {
                long rules = whole.getOrDefault(table, 0L);
                if (rules > 1 && fewer.hasNext()) {
                    learnt.put(table, (int) Math.max(1, rules - fewer.next()));
                }
            }
            return new TableSpace(limit, learnt);
        }

        @Override
        public String toString() {
            return "limit " + limit + ", of " + order + " less by " + less;
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
                    whole.forEach(
                            (table, count) ->
                                    Statistics.label("of table " + table)
                                            .collect(count > space.of(table) ? "crowded" : "room"));
                    assertEquals(fits, f.isWhole());
                    assertEquals(fits, f.sentences().isEmpty());
                    rulesByTable(AccessSwitch.compiled(scenario.device(), f))
                            .forEach(
                                    (table, count) ->
                                            assertTrue(
                                                    count <= space.of(table),
                                                    () -> count + " in table " + table));
                });
        CROWDED.forEach(
                table ->
                        Statistics.label("of table " + table)
                                .coverage(
                                        c ->
                                                c.check("crowded")
                                                        .count(times -> times >= CROWDED_TIMES)));
        for (String kind : List.of("whole", "uncounted", "closed", "unenforced", "none")) {
            Statistics.label("form").coverage(c -> c.check(kind).percentage(share -> share > 0.1));
        }
    }

    /** What is refused when the configuration is read must never have been possible. */
    @Property(tries = 300)
    void withLessRoomThanTheLastResortNeedsThereIsNoForm(@ForAll("scenarios") Scenario scenario) {
        int needed = LastResort.rulesNeeded(scenario.device());
        assertThrows(
                TableSpaceException.class,
                () -> CompactForm.of(scenario.policy(), scenario.device(), limit(needed - 1)));
        CompactForm.of(
                new Policy(Infrastructure.EMPTY, List.of(scenario.device()), List.of(), List.of()),
                scenario.device(),
                limit(scenario.device().mode() == Mode.ENFORCE ? needed : needed + 3));
    }

    private static TableSpace limit(int rules) {
        return new TableSpace(OptionalInt.of(rules), Map.of());
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

    /** Of whom a form says it does not enforce all, it still drops direct mail. */
    private static boolean isHeldTo(CompactForm form, Scenario scenario, TruePacket packet) {
        List<PolicyLine> path =
                PolicyLines.explain(
                        PolicyLines.of(scenario.policy(), scenario.device()), packet.seen());
        Chain last = Iterables.getLast(path).chain();
        return last == Chain.MAIL_OUT
                || last == Chain.FRAGMENTS
                || path.stream()
                        .flatMap(line -> line.subscriber().stream())
                        .noneMatch(form.unenforced()::contains);
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
