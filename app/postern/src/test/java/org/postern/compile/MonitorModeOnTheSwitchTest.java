package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.flow.FlowRule;
import org.postern.drivers.FrontTable;
import org.postern.fakeswitch.Packet;
import org.postern.policy.Counted;
import org.postern.policy.Mode;
import org.postern.policy.PolicyLine;
import org.postern.policy.QuarantineDepth;
import org.postern.policy.ServiceClass;
import org.postern.policy.Verdict;

/** Monitor mode: nothing is dropped, and what would be is counted. */
class MonitorModeOnTheSwitchTest extends ServiceClassesOnTheSwitch {
    private static final long OTHER = 12;

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
                        unreadableArp(),
                        unreadableAdvertisement(),
                        arp(MAC, HERE),
                        arp(MAC, SERVER),
                        arp(GUARDED_MAC, GUARDED_HOST),
                        arp(MAC, GUARDED_HOST),
                        frame().ipv4(SERVER, HERE).tcp(587, 40_000).build(),
                        frame().ipv6("fe80::1", "ff02::1").neighbourAdvertisement(SERVER_6).build(),
                        arp(MAC, PORTAL),
                        frame().ipv4(GUARDED_HOST, FOREIGN).gre().build(),
                        guardedFrame().ipv4(HERE, FOREIGN).gre().build(),
                        guardedFrame().ethernetPayload(0x8864, new byte[46]).build(),
                        to(CONTACT).raw(6, new byte[8]).build(),
                        to(UPDATES).tcp(40_000, 443).build(),
                        to(FOREIGN).icmp(8, 0).build(),
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

    /** What of a packet was counted. */
    private final class Count {
        private final AccessSwitch tables;
        private final List<FlowRule> mail = counting(Counted.MONITORED);
        private final List<FlowRule> other = counting(Counted.MONITORED_OTHER);
        private long mails;
        private long others;

        private Count(AccessSwitch tables) {
            this.tables = tables;
        }

        private Verdict decide(Packet packet, long port) {
            long mailBefore = sum(tables, mail);
            long otherBefore = sum(tables, other);
            Verdict verdict = tables.decide(packet, port);
            mails = sum(tables, mail) - mailBefore;
            others = sum(tables, other) - otherBefore;
            return verdict;
        }

        private String told(Packet packet, long port, AccessSwitch enforcing) {
            return String.format(
                    "counted as mail %d times, as other %d times: %s / %s",
                    mails, others, enforcing.explain(packet, port), tables.explain(packet, port));
        }
    }

    /** Of each packet: counted once if enforcement drops or steers it, else not at all. */
    private void assertMonitorCountsWhatIsHitBy(AccessSwitch enforcing) {
        Count count = new Count(AccessSwitch.under(policy(), device()));
        int hits = 0;
        for (Map.Entry<Long, List<Packet>> each : traffic().entrySet()) {
            long port = each.getKey();
            for (Packet packet : each.getValue()) {
                Verdict verdict = count.decide(packet, port);
                Verdict enforced = enforcing.decide(packet, port);
                assertEquals(Verdict.PASS, verdict, () -> count.told(packet, port, enforcing));
                int expected = enforced.equals(Verdict.PASS) ? 0 : 1;
                assertEquals(
                        expected,
                        count.mails + count.others,
                        () -> count.told(packet, port, enforcing));
                hits += expected;
            }
        }
        assertTrue(hits > 100, "what enforcement hits was among it: " + hits);
    }

    @Test
    void aMonitoredDeviceCountsWhatEnforcementHitsOnceAndDropsNothing() {
        AccessSwitch enforcing = AccessSwitch.under(policy(), device());
        deviceMode = Mode.MONITOR;
        assertMonitorCountsWhatIsHitBy(enforcing);
    }

    @ParameterizedTest
    @EnumSource(QuarantineDepth.class)
    void aMonitoredDeviceCountsWhatAQuarantineHits(QuarantineDepth depth) {
        quarantine(depth == QuarantineDepth.MAIL ? "quarantined" : "walled-garden");
        nextHops.put("quarantine portal", PORTAL_MAC);
        nextHops.put("mx", RELAY_MAC);
        AccessSwitch enforcing = AccessSwitch.under(policy(), device());
        deviceMode = Mode.MONITOR;
        assertMonitorCountsWhatIsHitBy(enforcing);
        AccessSwitch monitoring = AccessSwitch.under(policy(), device());
        monitoring.decide(tcp(FOREIGN, 25), HOME);
        assertEquals(
                List.of("home"),
                AccessSwitch.compiled(policy(), device()).counted().entrySet().stream()
                        .filter(e -> e.getValue().counted().equals(Optional.of(Counted.MONITORED)))
                        .filter(e -> packets(monitoring, e.getKey()) == 1)
                        .flatMap(e -> e.getValue().subscriber().stream())
                        .collect(Collectors.toList()));
    }

    private long packets(AccessSwitch tables, RuleKey key) {
        return AccessSwitch.rules(policy(), device()).stream()
                .filter(rule -> RuleKey.of(rule).equals(key))
                .mapToLong(tables::packets)
                .sum();
    }

    /** What a neighbour is protected from, whoever sends it. */
    private static boolean claimsServer(Packet packet) {
        return Stream.of(
                        arp(MAC, SERVER),
                        arp(MAC, PORTAL),
                        frame().ipv4(SERVER, HERE).tcp(587, 40_000).build(),
                        frame().ipv6("fe80::1", "ff02::1").neighbourAdvertisement(SERVER_6).build())
                .anyMatch(claim -> Arrays.equals(claim.bytes(), packet.bytes()));
    }

    @Test
    void
            aMonitoredSubscriberCountsWhatEnforcementHitsAndNothingOfItIsDroppedButClaimsToBeAServer() {
        subscribers.set(1, subscribers.get(1).toBuilder().serviceClass("watched").build());
        watch = ServiceClass.named("watched").sourceGuard(true).blockTunnels(true).build();
        AccessSwitch enforcing = AccessSwitch.under(policy(), device());
        watch = WATCH;
        Count count = new Count(AccessSwitch.under(policy(), device()));
        int hits = 0;
        for (Packet packet : traffic().get(GUARDED)) {
            boolean passes = count.decide(packet, GUARDED).equals(Verdict.PASS);
            boolean hit = enforcing.decide(packet, GUARDED).denies();
            assertEquals(
                    hit && !claimsServer(packet),
                    count.mails + count.others > 0,
                    () -> count.told(packet, GUARDED, enforcing));
            assertEquals(
                    !claimsServer(packet), passes, () -> count.told(packet, GUARDED, enforcing));
            hits += hit ? 1 : 0;
        }
        assertTrue(hits > 30, "what enforcement hits was among it: " + hits);
    }

    @Test
    void whatMayHideIpIsCountedOfWhoIsMonitoredAndDroppedOfTheNeighbours() {
        subscribers.add(at("port", OTHER).mode(Mode.MONITOR).build());
        subscribers.add(at("vlan", OTHER + "/100").build());
        subscribers.add(at("watched-vlan", OTHER + "/200").mode(Mode.MONITOR).build());
        subscribers.add(at("share", OTHER + "/200@" + GATEWAY).build());
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        Count count = new Count(tables);
        for (Packet packet :
                List.of(ethernet(0x8864), unreadableArp(), unreadableAdvertisement())) {
            assertEquals(Verdict.PASS, count.decide(packet, OTHER));
            assertEquals(1, count.others);
            assertEquals(Verdict.DROP, count.decide(packet, UNLISTED));
            assertEquals(0, count.others);
        }
        Packet inEnforced = frame().vlan(100).ethernetPayload(0x8864, new byte[46]).build();
        assertEquals(Verdict.DROP, count.decide(inEnforced, OTHER));
        assertEquals(0, count.others);
        Packet inWatched = frame().vlan(200).ethernetPayload(0x8864, new byte[46]).build();
        assertEquals(Verdict.PASS, count.decide(inWatched, OTHER));
        assertEquals(1, count.others);
        Packet ofShare =
                Packet.from(GATEWAY)
                        .to(MAC)
                        .vlan(200)
                        .ethernetPayload(0x8864, new byte[46])
                        .build();
        assertEquals(Verdict.DROP, count.decide(ofShare, OTHER));
        assertEquals(0, count.others);
    }

    @Test
    void whereThereIsNoRoomWhatCannotBeReadOfWhoIsMonitoredIsDroppedAndSaidSo() {
        subscribers.add(at("port", OTHER).mode(Mode.MONITOR).build());
        int rules =
                (int)
                        AccessSwitch.rules(policy(), device()).stream()
                                .filter(rule -> FrontTable.tableOf(rule) == FrontTable.CLASSIFY)
                                .count();
        // of the three that let pass what cannot be read
        int room = rules - 1;
        TableSpace space = new TableSpace(OptionalInt.empty(), Map.of(FrontTable.CLASSIFY, room));
        CompactForm form = CompactForm.of(policy(), device(), space);
        assertEquals(
                List.of("missing: what cannot be read of who is monitored is dropped"),
                form.sentences().stream()
                        .filter(told -> told.startsWith("missing"))
                        .collect(Collectors.toList()));
        assertEquals(Set.of(), form.unenforced());
        AccessSwitch tables = AccessSwitch.empty();
        DeviceRules compiled = AccessSwitch.compiled(device(), form);
        tables.install(compiled.floor().rules());
        tables.install(compiled.permits());
        assertEquals(Verdict.DROP, tables.decide(ethernet(0x8864), OTHER));
        assertEquals(Verdict.PASS, tables.decide(tcp(FOREIGN, 25), OTHER));
    }

    @Test
    void whatMayHideIpIsDroppedWherePairsAreToldApartAroundWhomSomebodyIsMonitored() {
        subscribers.add(at("port", OTHER).mode(Mode.MONITOR).build());
        subscribers.add(at("pair", OTHER + "/100.7").build());
        Count count = new Count(AccessSwitch.under(policy(), device()));
        Packet within = frame().vlan(100).ethernetPayload(0x8864, new byte[46]).build();
        assertEquals(Verdict.DROP, count.decide(within, OTHER));
        assertEquals(0, count.others);
        assertEquals(Verdict.PASS, count.decide(ethernet(0x8864), OTHER));
        assertEquals(1, count.others);
    }

    @Test
    void whatMayHideIpIsCountedOfWhoIsMonitoredWithinAQuarantinedPort() {
        subscribers.add(at("vlan", HOME + "/100").mode(Mode.MONITOR).build());
        quarantine("quarantined");
        Count count = new Count(AccessSwitch.under(policy(), device()));
        Packet inVlan = frame().vlan(100).ethernetPayload(0x8864, new byte[46]).build();
        assertEquals(Verdict.PASS, count.decide(inVlan, HOME));
        assertEquals(1, count.others);
        assertEquals(Verdict.DROP, count.decide(ethernet(0x8864), HOME));
        assertEquals(0, count.others);
    }

    @Test
    void aMonitoredSubscribersClaimToBeAServerIsDroppedForItsNeighboursSake() {
        subscribers.add(at("watched", OTHER).mode(Mode.MONITOR).build());
        subscribers.add(at("vlan", OTHER + "/100").build());
        Count count = new Count(AccessSwitch.under(policy(), device()));
        List<Packet> claims =
                List.of(
                        arp(MAC, SERVER),
                        frame().ipv4(SERVER, HERE).tcp(587, 40_000).build(),
                        frame().ipv6("fe80::1", "ff02::1")
                                .neighbourAdvertisement(SERVER_6)
                                .build());
        for (Packet claim : claims) {
            assertEquals(Verdict.DROP, count.decide(claim, OTHER));
            assertEquals(0, count.others, "what counts here is what passed");
            assertEquals(Verdict.DROP, count.decide(claim, UNLISTED));
            assertEquals(0, count.others);
        }
        Packet ofNeighbour = frame().vlan(100).ipv4(SERVER, HERE).tcp(587, 40_000).build();
        assertEquals(Verdict.DROP, count.decide(ofNeighbour, OTHER));
        assertEquals(0, count.others);
    }

    @Test
    void whatIsSaidToBeAMonitoredGuardedSubscribersIsCountedOfItOnce() {
        subscribers.set(1, subscribers.get(1).toBuilder().mode(Mode.MONITOR).build());
        Count count = new Count(AccessSwitch.under(policy(), device()));
        List<Packet> claims =
                List.of(
                        frame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build(),
                        guardedFrame().ipv4(HERE, FOREIGN).tcp(40_000, 443).build(),
                        arp(MAC, GUARDED_HOST),
                        frame().ipv6("fe80::1", "ff02::1")
                                .neighbourAdvertisement(GUARDED_HOST_6)
                                .build());
        for (Packet claim : claims) {
            assertEquals(Verdict.PASS, count.decide(claim, UNLISTED));
            assertEquals(1, count.others, () -> count.tables.explain(claim, UNLISTED));
        }
        Packet own = guardedFrame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build();
        assertEquals(Verdict.PASS, count.decide(own, GUARDED));
        assertEquals(0, count.others);
    }

    @Test
    void whoIsHeldToItsOwnIsSoAlsoWhereItClaimsToBeWhoIsMonitored() {
        subscribers.set(1, subscribers.get(1).toBuilder().mode(Mode.MONITOR).build());
        subscribers.add(
                at("strict", OTHER)
                        .serviceClass("guarded")
                        .prefix(IpPrefix.valueOf("10.64.5.2/32"))
                        .build());
        Count count = new Count(AccessSwitch.under(policy(), device()));
        Packet forged = frame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build();
        assertEquals(Verdict.DROP, count.decide(forged, OTHER));
        assertEquals(0, count.others);
    }

    @Test
    void aClassThatEverybodyIsOfByDefaultCanBeMonitored() {
        byDefault = "watched";
        Count count = new Count(AccessSwitch.under(policy(), device()));
        for (Packet packet :
                List.of(ethernet(0x8864), unreadableArp(), unreadableAdvertisement())) {
            assertEquals(Verdict.PASS, count.decide(packet, UNLISTED));
            assertEquals(1, count.others);
            assertEquals(Verdict.DROP, count.decide(packet, HOME));
            assertEquals(0, count.others);
        }
        assertEquals(Verdict.DROP, count.decide(arp(MAC, SERVER), UNLISTED));
        assertEquals(0, count.others);
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
