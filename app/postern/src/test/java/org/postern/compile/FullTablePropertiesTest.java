package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
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
import org.onosproject.net.flow.FlowRule;
import org.postern.drivers.FrontTable;
import org.postern.policy.RandomPolicies;
import org.postern.policy.TruePacket;

/** What holds while a floor is laid into a switch that connects and whose tables may be full. */
class FullTablePropertiesTest {
    /** In which no match means pass. */
    private static final List<Integer> PASSING =
            List.of(FrontTable.MAC_GUARD, FrontTable.GUARD, FrontTable.TUNNELS);

    @Provide
    Arbitrary<Scenario> scenarios() {
        return Arbitraries.randomValue(Scenario::of);
    }

    private static List<FlowRule> inOrder(Scenario scenario) {
        return scenario.rules().floor().stagesForFullTables().stream()
                .flatMap(List::stream)
                .collect(Collectors.toList());
    }

    @Property(tries = 300)
    void noBeginningOfItPassesWhatTheWholeDrops(@ForAll("scenarios") Scenario scenario) {
        scenario.eachPacket(
                (some, packet) -> {
                    List<FlowRule> floor = inOrder(some);
                    int laid = some.choices().pick(upTo(floor.size()));
                    AccessSwitch part = AccessSwitch.empty();
                    part.install(floor.subList(0, laid));
                    assertTrue(
                            some.wholeSwitch().letsOut(packet) || !part.letsOut(packet),
                            () -> laid + " rules let out: " + part.explain(packet));
                });
    }

    private static List<Integer> upTo(int most) {
        List<Integer> all = new ArrayList<>();
        for (int i = 0; i <= most; i++) {
            all.add(i);
        }
        return all;
    }

    @Property(tries = 300)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void whereGuardsAreFullSubmissionPassesAsEver(@ForAll("scenarios") Scenario scenario) {
        RandomPolicies choose = scenario.choices();
        Map<Integer, Integer> room = new HashMap<>();
        PASSING.forEach(table -> room.put(table, choose.pick(List.of(1, 2, 3, 5, 8))));
        List<FlowRule> taken = new ArrayList<>();
        Map<Integer, Set<FlowRule>> tables = new HashMap<>();
        for (FlowRule rule : inOrder(scenario)) {
            int table = FrontTable.tableOf(rule);
            Set<FlowRule> there = tables.computeIfAbsent(table, t -> new HashSet<>());
            if (there.size() < room.getOrDefault(table, Integer.MAX_VALUE)) {
                there.add(rule);
                taken.add(rule);
            }
        }
        boolean full = taken.size() < scenario.rules().floor().rules().size();
        Statistics.label("guards").collect(full ? "full" : "with room");
        taken.addAll(scenario.rules().permits());
        AccessSwitch limited = AccessSwitch.empty();
        limited.install(taken);
        for (int i = 0; i < scenario.packets().size(); i++) {
            TruePacket packet = choose.submission(scenario.device());
            assertTrue(
                    !scenario.wholeSwitch().passes(packet) || limited.passes(packet),
                    () -> packet + limited.explain(packet));
        }
        Statistics.label("guards").coverage(c -> c.check("full").percentage(share -> share > 5));
    }
}
