package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.flow.FlowRule;
import org.postern.fakeswitch.Packet;
import org.postern.policy.Counted;
import org.postern.policy.Mode;
import org.postern.policy.PolicyLine;
import org.postern.policy.QuarantineDepth;
import org.postern.policy.Verdict;

/** Monitor mode: nothing is dropped, and what would be is counted. */
class MonitorModeOnTheSwitchTest extends ServiceClassesOnTheSwitch {
    /** What a network carries, lawful and not, by the port it comes in. */
    private static Map<Long, List<Packet>> traffic() {
        List<Packet> packets = new ArrayList<>(List.of(tunnels()));
        for (int port : new int[] {25, 53, 80, 443, 465, 587}) {
            packets.addAll(List.of(tcp(port, FOREIGN, FOREIGN_6, SERVER, SERVER_6, CONTACT)));
            packets.add(udp(FOREIGN, port));
            packets.add(guardedFrame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, port).build());
            packets.add(frame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, port).build());
        }
        packets.addAll(
                List.of(
                        laterFragment(FOREIGN, 6),
                        laterFragment(FOREIGN_6, 6),
                        laterFragment(FOREIGN, 17),
                        hiddenUpperLayer(),
                        ethernet(0x8864),
                        ethernet(0x8847),
                        ethernet(0x888e),
                        arp(MAC, HERE),
                        arp(MAC, SERVER),
                        arp(GUARDED_MAC, GUARDED_HOST),
                        arp(MAC, GUARDED_HOST),
                        frame().ipv4(SERVER, HERE).tcp(587, 40_000).build(),
                        frame().ipv6("fe80::1", "ff02::1").neighbourAdvertisement(SERVER_6).build(),
                        frame().vlan(7).vlan(8).ipv4(HERE, FOREIGN).tcp(40_000, 25).build()));
        Map<Long, List<Packet>> traffic = new LinkedHashMap<>();
        for (long port : new long[] {HOME, GUARDED, SEALED, UNLISTED}) {
            traffic.put(port, packets);
        }
        traffic.put(
                UPLINK,
                List.of(
                        frame().ipv4(FOREIGN, HERE).tcp(25, 40_000).build(),
                        frame().ipv6(FOREIGN_6, HERE_6).tcp(25, 40_000).build(),
                        frame().ipv4(SERVER, HERE).tcp(25, 40_000).build(),
                        frame().ipv4(FOREIGN, HERE).tcp(443, 40_000).build()));
        return traffic;
    }

    /** The rules that count, by what they count. */
    private List<FlowRule> counting(Counted... kinds) {
        Map<RuleKey, PolicyLine> lines = AccessSwitch.compiled(policy(), device()).counted();
        return AccessSwitch.rules(policy(), device()).stream()
                .filter(rule -> lines.containsKey(RuleKey.of(rule)))
                .filter(rule -> Set.of(kinds).contains(lines.get(RuleKey.of(rule)).counted().get()))
                .collect(Collectors.toList());
    }

    private static long sum(AccessSwitch tables, List<FlowRule> counting) {
        return counting.stream().mapToLong(tables::packets).sum();
    }

    private long counted(AccessSwitch tables, Counted... kinds) {
        return sum(tables, counting(kinds));
    }

    /**
     * Of each packet: counted if, and only if, enforcement drops it. One that offends in two ways,
     * direct mail with a forged source for instance, is counted for both.
     */
    private void assertMonitorCountsWhatIsDroppedBy(AccessSwitch enforcing) {
        AccessSwitch monitoring = AccessSwitch.under(policy(), device());
        List<FlowRule> mail = counting(Counted.MONITORED);
        List<FlowRule> other = counting(Counted.MONITORED_OTHER);
        int dropped = 0;
        for (Map.Entry<Long, List<Packet>> each : traffic().entrySet()) {
            long port = each.getKey();
            for (Packet packet : each.getValue()) {
                long mailBefore = sum(monitoring, mail);
                long otherBefore = sum(monitoring, other);
                assertEquals(
                        Verdict.PASS,
                        monitoring.decide(packet, port),
                        () -> monitoring.explain(packet, port));
                long mails = sum(monitoring, mail) - mailBefore;
                long others = sum(monitoring, other) - otherBefore;
                boolean denied = enforcing.decide(packet, port).denies();
                assertTrue(
                        mails <= 1 && denied == (mails + others > 0),
                        () ->
                                String.format(
                                        "counted as mail %d times, as other %d times: %s / %s",
                                        mails,
                                        others,
                                        enforcing.explain(packet, port),
                                        monitoring.explain(packet, port)));
                dropped += denied ? 1 : 0;
            }
        }
        assertTrue(dropped > 100, "what enforcement drops was among it: " + dropped);
    }

    @Test
    void aMonitoredDeviceCountsWhatEnforcementDropsAndDropsNothing() {
        AccessSwitch enforcing = AccessSwitch.under(policy(), device());
        deviceMode = Mode.MONITOR;
        assertMonitorCountsWhatIsDroppedBy(enforcing);
    }

    @Test
    void onAMonitoredDeviceQuarantinesDoNothing() {
        quarantine("walled-garden");
        deviceMode = Mode.MONITOR;
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        for (Packet packet : traffic().get(HOME)) {
            assertEquals(Verdict.PASS, tables.decide(packet, HOME));
        }
    }

    @Test
    void directMailOfAMonitoredSubscriberIsCountedAsItsOwnAttempts() {
        subscribers.set(
                0,
                at("home", HOME)
                        .prefix(IpPrefix.valueOf("10.64.0.0/28"))
                        .mode(Mode.MONITOR)
                        .build());
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        for (Packet packet : tcp(25, FOREIGN, FOREIGN_6, SERVER)) {
            assertEquals(Verdict.PASS, tables.decide(packet, HOME));
        }
        assertEquals(Verdict.DROP, tables.decide(tcp(FOREIGN, 25), UNLISTED));
        assertEquals(2, counted(tables, Counted.MONITORED));
        assertEquals(1, counted(tables, Counted.ATTEMPT));
        assertEquals(Verdict.PASS, tables.decide(laterFragment(FOREIGN, 6), HOME));
        assertEquals(1, counted(tables, Counted.MONITORED_OTHER));
    }

    @Test
    void ofAMonitoredClassGuardsAndTunnelsAreCountedToo() {
        subscribers.set(1, subscribers.get(1).toBuilder().serviceClass("watched").build());
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        List<Packet> denied =
                List.of(
                        guardedFrame().ipv4(HERE, FOREIGN).tcp(40_000, 443).build(),
                        guardedFrame().ipv4(GUARDED_HOST, FOREIGN).gre().build(),
                        arp(GUARDED_MAC, HERE));
        for (Packet packet : denied) {
            assertEquals(
                    Verdict.PASS,
                    tables.decide(packet, GUARDED),
                    () -> tables.explain(packet, GUARDED));
        }
        assertEquals(denied.size(), counted(tables, Counted.MONITORED_OTHER));
        Packet own = guardedFrame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build();
        assertEquals(Verdict.PASS, tables.decide(own, GUARDED));
        assertEquals(denied.size(), counted(tables, Counted.MONITORED_OTHER));
    }

    @ParameterizedTest
    @EnumSource(QuarantineDepth.class)
    void attemptsOfWhoIsQuarantinedAreCounted(QuarantineDepth depth) {
        quarantine(depth == QuarantineDepth.MAIL ? "quarantined" : "walled-garden");
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        for (Packet packet : tcp(25, FOREIGN, FOREIGN_6, SERVER)) {
            assertEquals(Verdict.DROP, tables.decide(packet, HOME));
        }
        assertEquals(Verdict.PASS, tables.decide(tcp(CONTACT, 25), HOME));
        assertEquals(Verdict.DROP, tables.decide(tcp(FOREIGN, 587), HOME));
        assertEquals(3, counted(tables, Counted.ATTEMPT));
    }

    @Test
    void onlyTheLinesOfWhoIsMeantAreAboutSomebody() {
        quarantine("quarantined");
        List<String> named =
                AccessSwitch.compiled(policy(), device()).counted().values().stream()
                        .flatMap(line -> line.subscriber().stream())
                        .distinct()
                        .sorted()
                        .collect(Collectors.toList());
        assertEquals(List.of("guarded", "home", "sealed"), named);
    }
}
