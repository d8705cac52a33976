package org.postern.fakeswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;

/**
 * Holds the fake switch against the real one: the same rules and the same frames, given to Open
 * vSwitch as bytes. Needs a running Open vSwitch whose run directory (with {@code db.sock} in it)
 * {@code POSTERN_OVS_RUNDIR} names, as environment variable or system property, and the right to
 * make network interfaces; skipped otherwise. {@code POSTERN_TRACE_SEED} (environment) chooses
 * other random rules and frames.
 */
class OvsTraceComparisonTest {
    private static final int RULE_SETS = 30;
    private static final int FRAMES_PER_SET = 100;
    private static final int EXACT_FRAMES = 1000;

    /** Differences shown when the test fails; each comes with its whole trace. */
    private static final int SHOWN = 3;

    private static final List<IpAddress> ADDRESSES =
            List.of(
                            "10.64.0.7",
                            "10.64.3.9",
                            "203.0.113.9",
                            "198.51.100.25",
                            "2001:db8:64::7",
                            "2001:db8:64:9::1")
                    .stream()
                    .map(IpAddress::valueOf)
                    .collect(Collectors.toCollection(ArrayList::new));

    private static final List<MacAddress> MACS =
            List.of(
                            "02:00:00:00:00:01",
                            "02:00:00:00:00:02",
                            "02:00:00:00:00:03",
                            "33:33:00:00:00:01")
                    .stream()
                    .map(MacAddress::valueOf)
                    .collect(Collectors.toUnmodifiableList());

    static {
        ADDRESSES.add(IpAddress.valueOf("2001:db8:51::25"));
        ADDRESSES.add(IpAddress.valueOf("fe80::1"));
    }

    private static OvsBridge bridge;
    private static ExecutorService executor;
    private static long seed;

    /** Before each test and not before all, so that each is reported as skipped. */
    @BeforeEach
    void findOpenVSwitch() {
        String directory =
                System.getProperty("POSTERN_OVS_RUNDIR", System.getenv("POSTERN_OVS_RUNDIR"));
        Assumptions.assumeTrue(
                directory != null && !directory.isEmpty(),
                "POSTERN_OVS_RUNDIR names no running Open vSwitch: nothing compared");
        if (bridge != null) {
            return;
        }
        bridge = OvsBridge.create(Path.of(directory));
        executor = Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
        String given = System.getenv("POSTERN_TRACE_SEED");
        seed = given == null ? 1 : Long.parseLong(given);
        System.out.println("Comparing with " + bridge.version() + ", seed " + seed);
    }

    @AfterAll
    static void removeBridge() {
        if (bridge != null) {
            bridge.lookBehindTags(1);
            bridge.close();
            executor.shutdownNow();
        }
    }

    /** One frame on one port, and what was seen of it. */
    private static final class Probe {
        private final Packet packet;
        private final int inPort;
        private final int vlanLimit;
        private final Outcome outcome;
        private final Future<String> trace;

        Probe(Packet packet, int inPort, int vlanLimit, FakeSwitch fake) {
            this.packet = packet;
            this.inPort = inPort;
            this.vlanLimit = vlanLimit;
            this.outcome = fake.forward(packet, inPort);
            this.trace = executor.submit(() -> bridge.trace(packet, inPort));
        }

        /** Returns how the two differ; empty if they agree. */
        String difference(List<FlowRule> rules) throws InterruptedException, ExecutionException {
            OvsTrace real = OvsTrace.parse(trace.get(), packet, vlanLimit);
            OvsTrace fake = OvsTrace.of(outcome, rules, packet, vlanLimit);
            return real.equals(fake)
                    ? ""
                    : String.format(
                            "%nin_port=%d %s%nfake: %s%nreal: %s%n%s",
                            inPort, packet, fake, real, trace.get());
        }
    }

    @ParameterizedTest(name = "vlan-limit {0}")
    @ValueSource(ints = {1, 2})
    void everyFrameMeetsTheSameRulesAndLeavesAlikeOnBothSwitches(int vlanLimit) throws Exception {
        bridge.lookBehindTags(vlanLimit);
        Random random = new Random(seed);
        RandomRules ruleSets = new RandomRules(random, ADDRESSES, MACS);
        RandomPackets packets = new RandomPackets(random, ADDRESSES, MACS);
        List<String> differences = new ArrayList<>();
        List<Probe> all = new ArrayList<>();
        for (int set = 0; set < RULE_SETS; set++) {
            List<FlowRule> rules = ruleSets.next();
            FakeSwitch fake = FakeSwitch.create();
            fake.lookBehindTags(vlanLimit);
            fake.install(rules);
            installOnBridge(rules);
            List<Probe> probes = new ArrayList<>();
            for (int i = 0; i < FRAMES_PER_SET; i++) {
                int port = 1 + random.nextInt(OvsBridge.PORTS);
                probes.add(new Probe(packets.next(), port, vlanLimit, fake));
            }
            for (Probe probe : probes) {
                differences.add(probe.difference(rules));
            }
            all.addAll(probes);
        }
        assertNoDifference(differences);
        assertCovers(all, vlanLimit);
    }

    @ParameterizedTest(name = "vlan-limit {0}")
    @ValueSource(ints = {1, 2})
    void everyFieldOfEveryFrameIsReadAlike(int vlanLimit) throws Exception {
        bridge.lookBehindTags(vlanLimit);
        RandomPackets packets = new RandomPackets(seed + 1, ADDRESSES, MACS);
        FakeSwitch fake = FakeSwitch.create();
        fake.lookBehindTags(vlanLimit);
        List<FlowRule> rules = new ArrayList<>();
        List<Packet> frames = new ArrayList<>();
        for (int i = 0; i < EXACT_FRAMES; i++) {
            // A source address of its own, so that only its own rule can match.
            Packet frame = packets.next().withSource(MacAddress.valueOf(0x020000010000L + i));
            frames.add(frame);
            rules.add(
                    RandomRules.rule(
                            0,
                            10,
                            RandomRules.everythingIn(FlowKey.parse(frame, vlanLimit)),
                            DefaultTrafficTreatment.emptyTreatment()));
        }
        fake.install(rules);
        installOnBridge(rules);
        List<String> differences = new ArrayList<>();
        List<Probe> probes =
                frames.stream()
                        .map(frame -> new Probe(frame, 1, vlanLimit, fake))
                        .collect(Collectors.toList());
        for (Probe probe : probes) {
            assertEquals(1, probe.outcome.matched().size());
            differences.add(probe.difference(rules));
        }
        assertNoDifference(differences);
    }

    @Test
    void aReplacedRuleKeepsItsCounters() {
        Packet syn =
                Packet.from(MACS.get(0))
                        .to(MACS.get(1))
                        .ipv4("10.64.0.7", "203.0.113.9")
                        .tcp(40000, 25)
                        .build();
        FlowRule before =
                RandomRules.rule(
                        0,
                        10,
                        RandomRules.everythingIn(FlowKey.parse(syn)),
                        DefaultTrafficTreatment.builder().drop().build());
        FlowRule after =
                RandomRules.rule(
                        0,
                        10,
                        before.selector(),
                        DefaultTrafficTreatment.builder().transition(1).build());
        FakeSwitch fake = FakeSwitch.create();
        fake.install(List.of(before));
        installOnBridge(List.of(before));
        fake.forward(syn, 1);
        bridge.send(syn, 1);
        fake.install(List.of(after));
        bridge.addFlows(OvsText.flow(after, 2) + "\n");
        fake.forward(syn, 1);
        bridge.send(syn, 1);

        String counters =
                "n_packets=" + fake.packets(after) + ", n_bytes=" + fake.bytes(after) + ",";
        assertEquals("n_packets=2, n_bytes=108,", counters);
        List<String> flows = bridge.dumpFlows();
        assertEquals(1, flows.size());
        assertTrue(
                flows.get(0).contains(counters) && flows.get(0).contains("cookie=0x2"),
                flows.get(0));
    }

    private static void installOnBridge(List<FlowRule> rules) {
        StringBuilder flows = new StringBuilder();
        for (int i = 0; i < rules.size(); i++) {
            flows.append(OvsText.flow(rules.get(i), i + 1)).append('\n');
        }
        bridge.replaceFlows(flows.toString());
        assertEquals(rules.size(), bridge.dumpFlows().size(), "rules on the bridge");
    }

    private static void assertNoDifference(List<String> differences) {
        List<String> real =
                differences.stream().filter(d -> !d.isEmpty()).collect(Collectors.toList());
        System.out.println(
                differences.size() + " frames compared, " + real.size() + " differences");
        assertTrue(
                real.isEmpty(),
                () ->
                        real.size()
                                + " differences, among them "
                                + real.subList(0, Math.min(SHOWN, real.size())));
    }

    /**
     * A comparison that never saw the interesting frames, or always the same verdict, would prove
     * nothing.
     */
    private static void assertCovers(List<Probe> probes, int vlanLimit) {
        assertMany("dropped", probes.stream().filter(p -> p.outcome.dropped()).count());
        assertMany("forwarded", probes.stream().filter(p -> p.outcome.forwarded()).count());
        assertMany(
                "in three tables",
                probes.stream().filter(p -> p.outcome.matched().size() > 2).count());
        assertMany(
                "rewritten",
                probes.stream().filter(p -> !p.outcome.frame().equals(p.packet)).count());
        List<FlowKey> keys =
                probes.stream()
                        .map(p -> FlowKey.parse(p.packet, vlanLimit))
                        .collect(Collectors.toList());
        assertMany(
                "an outer tag put back",
                probes.stream()
                        .filter(p -> p.outcome.matched().stream().anyMatch(RandomRules::pushes))
                        .count());
        assertMany("tagged", keys.stream().filter(FlowKey::tagged).count());
        assertMany(
                "tagged twice",
                keys.stream()
                        .filter(k -> k.taggedTwice() || k.etherType() == FrameParser.VLAN)
                        .count());
        assertMany("to port 25", keys.stream().filter(k -> k.destinationPort() == 25).count());
        for (int family : new int[] {FrameParser.IPV4, FrameParser.IPV6}) {
            List<FlowKey> ip =
                    keys.stream().filter(k -> k.etherType() == family).collect(Collectors.toList());
            assertMany(
                    "first fragments",
                    ip.stream().filter(k -> k.fragment() && !k.laterFragment()).count());
            assertMany("later fragments", ip.stream().filter(FlowKey::laterFragment).count());
        }
    }

    private static void assertMany(String what, long count) {
        System.out.println(what + ": " + count);
        assertTrue(count >= 30, what + ": only " + count);
    }
}
