package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.core.DefaultApplicationId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.criteria.Criteria;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.Outcome;
import org.postern.fakeswitch.Packet;
import org.postern.policy.AccessDevice;
import org.postern.policy.Chain;
import org.postern.policy.Infrastructure;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.Quarantine;
import org.postern.policy.SingleTable;
import org.postern.policy.SubmissionServer;

/**
 * The policy in one table: who is stopped, who is left to everybody's rules, what is output where.
 */
class SingleTableOnTheSwitchTest extends ServiceClassesOnTheSwitch {
    private static final long NEIGHBOUR = 3;
    private static final String SERVER_MAC = "02:00:00:00:00:51";
    private static final long SERVER_PORT = 7;

    private static final PortNumber HOME_PORT = PortNumber.portNumber(HOME);

    private final Map<MacAddress, PortNumber> via =
            Map.of(MacAddress.valueOf(SERVER_MAC), PortNumber.portNumber(SERVER_PORT));

    private DeviceRules compiled() {
        AccessDevice single =
                SingleTableSwitch.keepingItsDriver(
                        device(), new SingleTable(PortNumber.portNumber(UPLINK), via));
        return SingleTableSwitch.compiled(policy(), single);
    }

    private Outcome fate(long port, Packet packet) {
        FakeSwitch table = FakeSwitch.create();
        table.install(SingleTableSwitch.rules(compiled()));
        return table.forward(packet, port);
    }

    static Packet tcp(String to, int service) {
        return frame(GATEWAY, to, service);
    }

    private static Packet frame(String mac, String to, int service) {
        return Packet.from(MAC).to(mac).ipv4(HERE, to).tcp(40_000, service).build();
    }

    private void dropped(long port, Packet packet) {
        Outcome outcome = fate(port, packet);
        assertTrue(outcome.dropped() && !outcome.matched().isEmpty(), outcome::toString);
    }

    private void leftAlone(long port, Packet packet) {
        assertEquals(List.of(), fate(port, packet).matched());
    }

    private Outcome output(long way, long port, Packet packet) {
        Outcome outcome = fate(port, packet);
        assertEquals(List.of(PortNumber.portNumber(way)), outcome.ports(), outcome::toString);
        return outcome;
    }

    @Test
    void directMailIsDroppedAndEverythingElseIsLeftToForwarding() {
        for (long port : new long[] {HOME, NEIGHBOUR, UNLISTED}) {
            dropped(port, tcp(FOREIGN, 25));
            dropped(port, Packet.from(MAC).to(MAC).ipv6(HERE_6, FOREIGN_6).tcp(40_000, 25).build());
            dropped(port, tcp(FOREIGN, 0));
            leftAlone(port, tcp(FOREIGN, 587));
            leftAlone(port, tcp(FOREIGN, 465));
            leftAlone(port, tcp(SERVER, 587));
        }
        leftAlone(UPLINK, tcp(HERE, 25));
    }

    @Test
    void portTwentyFiveOfASubmissionServerIsOutputToWhereTheFrameIsGoing() {
        output(UPLINK, HOME, tcp(SERVER, 25));
        output(SERVER_PORT, HOME, frame(SERVER_MAC, SERVER, 25));
        dropped(HOME, frame(SERVER_MAC, FOREIGN, 25));
    }

    @Test
    void whoSendsFreelyOnAPortOfItsOwnNeedsNoRuleForIt() {
        subscribers.add(
                at("mta", NEIGHBOUR)
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.0.3/32"))
                        .build());
        leftAlone(NEIGHBOUR, tcp(FOREIGN, 25));
        leftAlone(NEIGHBOUR, tcp(FOREIGN, 0));
        dropped(HOME, tcp(FOREIGN, 25));
    }

    @Test
    void whoSendsFreelyInOneVlanOfAPortIsOutput() {
        subscribers.add(
                at("mta", NEIGHBOUR + "/100")
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.0.3/32"))
                        .build());
        Packet tagged =
                Packet.from(MAC).to(GATEWAY).vlan(100).ipv4(HERE, FOREIGN).tcp(40_000, 25).build();
        assertEquals(
                tagged, output(UPLINK, NEIGHBOUR, tagged).outputs().get(0).frame(), "tag and all");
        dropped(NEIGHBOUR, tcp(FOREIGN, 25));
    }

    @Test
    void redirectedMailIsSteeredAndOutput() {
        nextHops.put("mx", RELAY_MAC);
        subscribers.add(at("steered", NEIGHBOUR).serviceClass("steered").build());
        Outcome outcome = output(UPLINK, NEIGHBOUR, tcp(FOREIGN, 25));
        assertEquals(RELAY_MAC, outcome.outputs().get(0).frame().destination());
        output(UPLINK, NEIGHBOUR, tcp(SERVER, 25));
        assertEquals(
                MacAddress.valueOf(GATEWAY),
                output(UPLINK, NEIGHBOUR, tcp(SERVER, 25)).outputs().get(0).frame().destination(),
                "to the submission server as ever");
        nextHops.clear();
        dropped(NEIGHBOUR, tcp(FOREIGN, 25));
    }

    @Test
    void quarantineIsEnforcedAndItsContactPathOutput() {
        subscribers.add(
                at("ill", NEIGHBOUR)
                        .quarantine(new Quarantine("quarantined", "spam", Instant.EPOCH, "noc"))
                        .build());
        dropped(NEIGHBOUR, tcp(FOREIGN, 587));
        dropped(NEIGHBOUR, tcp(SERVER, 587));
        output(UPLINK, NEIGHBOUR, tcp(CONTACT, 25));
        leftAlone(NEIGHBOUR, tcp(FOREIGN, 443));
    }

    @Test
    void inAWalledGardenWhatIsOpenIsOutputAndTheRestDropped() {
        nextHops.put("quarantine portal", PORTAL_MAC);
        subscribers.add(
                at("ill", NEIGHBOUR)
                        .quarantine(new Quarantine("walled-garden", "spam", Instant.EPOCH, "noc"))
                        .build());
        dropped(NEIGHBOUR, tcp(FOREIGN, 443));
        dropped(NEIGHBOUR, tcp(FOREIGN, 25));
        output(UPLINK, NEIGHBOUR, tcp(UPDATES, 443));
        assertEquals(
                PORTAL_MAC,
                output(UPLINK, NEIGHBOUR, tcp(FOREIGN, 80)).outputs().get(0).frame().destination());
    }

    @Test
    void tunnelsAreDroppedWhereTheClassSaysSo() {
        Packet gre = Packet.from(MAC).to(GATEWAY).ipv4(HERE, FOREIGN).gre().build();
        dropped(SEALED, gre);
        leftAlone(HOME, gre);
    }

    @Test
    void pairsOfVlansAreNotToldNorQuarantinedAndThatIsSaidByName() {
        String none = String.join("\n", compiled().limits());
        assertFalse(none.contains("pairs of VLANs"), none);
        for (int inner = 1; inner <= 7; inner++) {
            subscribers.add(at("pair" + inner, "3/100." + inner).build());
        }
        String told = String.join("\n", compiled().limits());
        assertTrue(
                told.contains("as unknown: pair1; pair2; pair3; pair4; pair5; and 2 more"), told);
        assertFalse(told.contains("NOT quarantined"), told);
        Quarantine quarantine = new Quarantine("quarantined", "spam", Instant.EPOCH, "noc");
        subscribers.replaceAll(
                s -> s.id().startsWith("pair") ? s.toBuilder().quarantine(quarantine).build() : s);
        String jailed = String.join("\n", compiled().limits());
        String all =
                "NOT quarantined where they are attached by a pair of VLANs:"
                        + " pair1; pair2; pair3; pair4; pair5; pair6; pair7";
        assertTrue(jailed.contains(all), jailed);
        Packet submission =
                Packet.from(MAC).to(GATEWAY).vlan(100).ipv4(HERE, FOREIGN).tcp(40_000, 587).build();
        leftAlone(NEIGHBOUR, submission);
        // the same quarantine of whoever has the whole VLAN is no limit
        subscribers.removeIf(s -> s.id().startsWith("pair"));
        subscribers.add(at("tower", "3/100").quarantine(quarantine).build());
        dropped(NEIGHBOUR, submission);
        assertFalse(String.join("\n", compiled().limits()).contains("NOT quarantined"));
    }

    @Test
    void sourcesAreNotGuardedAndThatIsSaid() {
        Packet claim =
                Packet.from(MAC).to(GATEWAY).ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build();
        leftAlone(HOME, claim);
        leftAlone(GUARDED, claim);
        leftAlone(GUARDED, tcp(FOREIGN, 443));
        dropped(GUARDED, tcp(FOREIGN, 25));
        String limits = String.join("\n", compiled().limits());
        assertTrue(limits.contains("sourceGuard does nothing here"), limits);
        assertTrue(limits.contains("claiming them: guarded"), limits);
        subscribers.removeIf(s -> s.id().equals("guarded"));
        assertFalse(String.join("\n", compiled().limits()).contains("sourceGuard"));
    }

    @Test
    void aServersAddressIsNotClaimedFromAnAccessPort() {
        dropped(HOME, Packet.from(MAC).to(GATEWAY).ipv4(SERVER, FOREIGN).tcp(25, 40_000).build());
        dropped(HOME, Packet.from(MAC).to(GATEWAY).ipv4(SERVER, SERVER).tcp(40_000, 25).build());
    }

    @Test
    void aChangeOfOneSubscriberTouchesTheRulesOfItsPortOnly() {
        List<FlowRule> before = SingleTableSwitch.rules(compiled());
        subscribers.add(
                at("mta", NEIGHBOUR + "/100")
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.0.3/32"))
                        .build());
        List<FlowRule> after = new ArrayList<>(SingleTableSwitch.rules(compiled()));
        after.removeAll(before);
        String port = PortNumber.portNumber(NEIGHBOUR).toString();
        for (FlowRule rule : after) {
            assertTrue(rule.selector().toString().contains("IN_PORT:" + port), rule::toString);
        }
    }

    private static long rulesOf(Policy policy, Map<MacAddress, PortNumber> via) {
        AccessDevice single =
                SingleTableSwitch.keepingItsDriver(
                        policy.devices().get(DEVICE),
                        new SingleTable(PortNumber.portNumber(UPLINK), via));
        return SingleTableSwitch.rules(SingleTableSwitch.compiled(policy, single)).stream()
                .filter(r -> r.selector().criteria().contains(Criteria.matchInPort(HOME_PORT)))
                .count();
    }

    private Policy serving(String... addresses) {
        List<SubmissionServer> servers = new ArrayList<>();
        for (String address : addresses) {
            servers.add(
                    new SubmissionServer(address, Set.of(IpAddress.valueOf(address)), Set.of(587)));
        }
        return new Policy(
                new Infrastructure(servers, List.of(), List.of(), "residential"),
                List.of(device()),
                List.of(),
                List.of());
    }

    @Test
    void rulesOfAPortAreAsManyAsTheGuideSays() {
        assertEquals(22, rulesOf(serving(), Map.of()));
        assertEquals(22 + 4, rulesOf(serving(SERVER), Map.of()));
        assertEquals(22 + 5, rulesOf(serving(SERVER_6), Map.of()));
        assertEquals(22 + 9 + 5, rulesOf(serving(SERVER, SERVER_6), via));
    }

    @Test
    void hundredsOfVlansOnAPortAreCompiledWithinTheBand() {
        for (int vlan = 1; vlan <= 500; vlan++) {
            subscribers.add(
                    at("v" + vlan, NEIGHBOUR + "/" + vlan)
                            .serviceClass(vlan % 10 == 0 ? "business" : "residential")
                            .prefix(IpPrefix.valueOf("10.64.7." + vlan % 250 + "/32"))
                            .build());
        }
        List<Integer> priorities =
                SingleTableSwitch.rules(compiled()).stream()
                        .map(FlowRule::priority)
                        .sorted()
                        .collect(Collectors.toList());
        assertTrue(priorities.size() > 600);
        assertTrue(priorities.get(priorities.size() - 1) < 60_100, priorities::toString);
    }

    @Test
    void aChainThatCannotBeFlattenedIsRefusedAndNotHalfWritten() {
        Policy policy = policy();
        AccessDevice single =
                SingleTableSwitch.keepingItsDriver(
                        device(), new SingleTable(PortNumber.portNumber(UPLINK), Map.of()));
        List<PolicyLine> torn =
                PolicyLines.of(policy, single).stream()
                        .filter(l -> l.chain() != Chain.MAIL_OUT)
                        .collect(Collectors.toList());
        assertThrows(
                IllegalStateException.class,
                () ->
                        new SingleTableCompiler(new DefaultApplicationId(2, "org.postern"))
                                .compile(
                                        single,
                                        torn,
                                        new SingleTableLimits(torn),
                                        SingleTableSwitch.PORTS));
    }
}
