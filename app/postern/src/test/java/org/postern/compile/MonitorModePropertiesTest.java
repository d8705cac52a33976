package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.statistics.Statistics;
import net.jqwik.api.statistics.StatisticsReport;
import org.onosproject.net.flow.FlowRule;
import org.postern.policy.AccessDevice;
import org.postern.policy.Counted;
import org.postern.policy.Mode;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.TruePacket;
import org.postern.policy.Verdict;

/** Under random policies: what a monitored device counts is what enforcement would have hit. */
class MonitorModePropertiesTest {
    @Provide
    Arbitrary<Scenario> scenarios() {
        return Arbitraries.randomValue(Scenario::of);
    }

    private static AccessDevice in(Mode mode, AccessDevice device) {
        return new AccessDevice(
                        device.id(), device.roles(), device.chain(), mode, device.etherTypes())
                .withOuterTag(device.outerTag());
    }

    /** The same policy, in which this device alone may be monitored. */
    private static Scenario with(Mode mode, Scenario scenario) {
        Policy policy = scenario.policy();
        List<AccessDevice> devices = new ArrayList<>();
        for (AccessDevice device : policy.devices().values()) {
            boolean same = device.id().equals(scenario.device().id());
            devices.add(in(same ? mode : Mode.ENFORCE, device));
        }
        return scenario.withPolicy(policy.toBuilder().devices(devices).build());
    }

    private static boolean isAnybodyMonitored(Policy policy) {
        return policy.infrastructure().defaultClass().mode() == Mode.MONITOR
                || policy.subscribers().values().stream().anyMatch(policy::isMonitored);
    }

    @Property(tries = 300)
    @StatisticsReport(StatisticsReport.StatisticsReportMode.OFF)
    void aMonitoredDeviceCountsOnceWhatEnforcementHitsAndPassesEverything(
            @ForAll("scenarios") Scenario scenario) {
        if (isAnybodyMonitored(scenario.policy())) {
            return;
        }
        Scenario enforced = with(Mode.ENFORCE, scenario);
        Counters counters = new Counters(with(Mode.MONITOR, scenario));
        for (TruePacket packet : scenario.packets()) {
            boolean hit = isHit(enforced, packet);
            Statistics.label("hit").collect(hit);
            if (counters.countOf(packet) != (hit ? 1 : 0)) {
                enforced.eachPacket(MonitorModePropertiesTest::isCountedOnceIfHit);
            }
        }
        Statistics.label("hit").coverage(c -> c.check(true).percentage(share -> share > 5));
    }

    private static boolean isHit(Scenario enforced, TruePacket packet) {
        return !enforced.wholeSwitch().decide(packet).equals(Verdict.PASS);
    }

    private static void isCountedOnceIfHit(Scenario enforced, TruePacket packet) {
        Scenario monitored = with(Mode.MONITOR, enforced);
        assertEquals(
                isHit(enforced, packet) ? 1 : 0,
                new Counters(monitored).countOf(packet),
                () -> "counted " + monitored.wholeSwitch().explain(packet));
    }

    /** A monitored switch and its rules that count. */
    private static final class Counters {
        private final AccessSwitch tables;
        private final List<FlowRule> counting;

        private Counters(Scenario monitored) {
            tables = monitored.wholeSwitch();
            counting =
                    AccessSwitch.rules(monitored.policy(), monitored.device()).stream()
                            .filter(rule -> isMonitored(monitored, rule))
                            .collect(Collectors.toList());
        }

        private static boolean isMonitored(Scenario monitored, FlowRule rule) {
            PolicyLine line = monitored.rules().counted().get(RuleKey.of(rule));
            return line != null && line.counted().filter(Counted::isMonitored).isPresent();
        }

        /** How often a packet is counted; it passes as it is. */
        private long countOf(TruePacket packet) {
            long before = sum();
            assertTrue(tables.letsOut(packet), () -> "monitored: " + tables.explain(packet));
            return sum() - before;
        }

        private long sum() {
            return counting.stream().mapToLong(tables::packets).sum();
        }
    }
}
