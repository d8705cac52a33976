package org.postern.submission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.net.DeviceId;
import org.postern.fakecontroller.Await;
import org.postern.fakecontroller.FakeClock;
import org.postern.fakecontroller.FakeContext;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.Remediation;
import org.postern.policy.SubmissionServer;
import org.postern.probe.Verdict;
import org.postern.submission.ScriptedServers.Manner;

class SubmissionGuardTest {
    private static final String SMTP = "192.0.2.25";
    private static final String MX = "192.0.2.26";
    private static final NextHop RELAY =
            new NextHop("mx", Set.of(IpAddress.valueOf(MX)), null, Set.of());

    private final FakeStorage storage = new FakeStorage();
    private volatile Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private volatile long nanos;
    private final FakeClock clock = new FakeClock(() -> now);
    private final ScriptedServers servers = new ScriptedServers(clock);
    private final List<String> audit = Collections.synchronizedList(new ArrayList<>());
    private final Configured configured = new Configured();
    private final List<Node> nodes = new ArrayList<>();
    private final Set<String> up = ConcurrentHashMap.newKeySet();

    {
        up.addAll(List.of("n1", "n2"));
    }

    /** The cluster as a node sees it: n1 and n2, of which some are up. */
    private final class Cluster extends ClusterServiceAdapter {
        private final String own;

        private Cluster(String own) {
            this.own = own;
        }

        private ControllerNode node(String name) {
            return new DefaultControllerNode(new NodeId(name), IpAddress.valueOf("192.0.2.1"));
        }

        @Override
        public ControllerNode getLocalNode() {
            return node(own);
        }

        @Override
        public Set<ControllerNode> getNodes() {
            return Set.of(node("n1"), node("n2"));
        }

        @Override
        public ControllerNode.State getState(NodeId id) {
            return up.contains(id.id()) ? ControllerNode.State.READY : null;
        }
    }

    /** An infrastructure that a test sets. */
    private static final class Configured implements InfrastructureService {
        private final List<InfrastructureListener> listeners = new CopyOnWriteArrayList<>();
        private volatile Infrastructure now = Infrastructure.EMPTY;

        private void set(Stream<String> submission, NextHop... relays) {
            now =
                    new Infrastructure(
                            submission
                                    .map(
                                            address ->
                                                    new SubmissionServer(
                                                            "smtp",
                                                            Set.of(IpAddress.valueOf(address)),
                                                            Set.of(587)))
                                    .collect(Collectors.toList()),
                            List.of(),
                            List.of(),
                            "residential",
                            List.of(relays),
                            Remediation.NONE);
            listeners.forEach(l -> l.event(null));
        }

        @Override
        public Infrastructure infrastructure() {
            return now;
        }

        @Override
        public Map<DeviceId, AccessDevice> devices() {
            return Map.of();
        }

        @Override
        public ConfigurationStatus status() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addListener(InfrastructureListener listener) {
            listeners.add(listener);
        }

        @Override
        public void removeListener(InfrastructureListener listener) {
            listeners.remove(listener);
        }
    }

    /** A node of the cluster. */
    private final class Node extends SubmissionGuard {
        private final List<String> events = Collections.synchronizedList(new ArrayList<>());

        private Node(String name) {
            this(name, servers.prober());
        }

        private Node(String name, Prober prober) {
            super(clock, () -> nanos, prober);
            coreService = new FakeCore();
            storageService = storage;
            componentConfigService = new ComponentConfigAdapter();
            infrastructureService = configured;
            auditLog = (order, change) -> audit.add(change.action() + " " + change.text());
            eventDispatcher = new TestEventDispatcher();
            clusterService = new Cluster(name);
            activate(null);
            addListener(e -> events.add(e.type() + " " + e.alarm().kind().text()));
            nodes.add(this);
        }

        private Instant at() {
            return findings().values().iterator().next().map(Finding::at).orElse(Instant.MIN);
        }

        private Verdict verdict() {
            return findings().values().iterator().next().map(Finding::verdict).orElse(null);
        }
    }

    @AfterEach
    void stop() throws IOException {
        nodes.forEach(Node::deactivate);
        servers.close();
    }

    private void pass(Duration time) {
        now = now.plus(time);
        nanos += time.toNanos();
    }

    private static void await(String what, BooleanSupplier condition) {
        Await.until(what, condition);
    }

    @Test
    void serverIsProbedAndWhatWasFoundIsToldOnEveryNode() {
        servers.set(SMTP, 587, Manner.ENFORCING);
        configured.set(Stream.of(SMTP));
        Node first = new Node("n1");
        Node second = new Node("n2");

        await("the first look", () -> first.verdict() == Verdict.ENFORCED);
        await("that it is told", () -> second.verdict() == Verdict.ENFORCED);
        assertEquals(1, servers.connections.get());
        assertEquals(List.of(), first.events);
    }

    @Test
    void serverThatStopsEnforcingRaisesAnAlarmOnEveryNodeAndInTheAuditOnce() {
        servers.set(SMTP, 587, Manner.ENFORCING);
        configured.set(Stream.of(SMTP));
        Node first = new Node("n1");
        Node second = new Node("n2");
        await("the first look", () -> first.verdict() == Verdict.ENFORCED);

        servers.set(SMTP, 587, Manner.OPEN);
        pass(Duration.ofMinutes(59));
        first.look();
        assertEquals(Verdict.ENFORCED, first.verdict());
        pass(Duration.ofMinutes(1));
        first.look();
        await("the second look", () -> first.verdict() == Verdict.RELAY_SUSPECTED);

        await("its audit", () -> audit.size() == 1);
        assertEquals(List.of("ALARM_RAISED not-enforced"), first.events);
        await("its event", () -> second.events.equals(List.of("ALARM_RAISED not-enforced")));
        assertTrue(
                audit.get(0)
                        .startsWith(
                                "alarm-raised submission server smtp (192.0.2.25) port 587:"
                                        + " not-enforced: relay-suspected: "),
                audit.toString());

        servers.set(SMTP, 587, Manner.ENFORCING);
        pass(Duration.ofMinutes(60));
        first.look();
        await("the third look", () -> first.verdict() == Verdict.ENFORCED);
        await("its audit", () -> audit.size() == 2);
        assertEquals(
                List.of("ALARM_RAISED not-enforced", "ALARM_CLEARED not-enforced"), second.events);
    }

    @Test
    void serverThatIsAwayIsTriedAgainAfterAMinuteBeforeThatIsAnAlarm() {
        configured.set(Stream.of(SMTP));
        Node node = new Node("n1");
        await("the first look", () -> node.verdict() == Verdict.CLOSED);
        assertEquals(List.of(), node.events);

        pass(Duration.ofSeconds(60));
        node.look();
        await("the alarm", () -> node.events.equals(List.of("ALARM_RAISED down")));
        servers.set(SMTP, 587, Manner.ENFORCING);
        pass(Duration.ofMinutes(4));
        node.look();
        pass(Duration.ofMinutes(1));
        node.look();
        await("the end of the alarm", () -> node.events.contains("ALARM_CLEARED down"));
        assertEquals(3, servers.connections.get());
    }

    @Test
    void onlyOneNodeProbesAndAnotherGoesOnWhenItIsGone() {
        servers.set(SMTP, 587, Manner.ENFORCING);
        configured.set(Stream.of(SMTP));
        Node second = new Node("n2");
        second.look();
        assertEquals(0, servers.connections.get());

        up.remove("n1");
        second.look();
        await("the first look", () -> second.verdict() == Verdict.ENFORCED);
        up.add("n1");
        Node first = new Node("n1");
        first.look();
        second.look();
        assertEquals(1, servers.connections.get());
        pass(Duration.ofMinutes(60));
        second.look();
        assertEquals(1, servers.connections.get());
        first.look();
        await("the next look", () -> servers.connections.get() == 2);
    }

    @Test
    void relayThatTakesMailFromAnybodyIsRefusedUntilItDoesNot() throws InterruptedException {
        servers.set(MX, 25, Manner.OPEN);
        configured.set(Stream.of(), RELAY);
        Node first = new Node("n1");
        Node second = new Node("n2");
        assertTrue(second.refusalOf(RELAY).orElseThrow().contains("was not looked at yet"));
        await("the first look", () -> second.events.size() == 1);
        String why = second.refusalOf(RELAY).orElseThrow();
        assertTrue(
                why.startsWith("mx (192.0.2.26 port 25) was not seen to demand authentication, "),
                why);

        // what does not answer has not been mended
        servers.down(MX, 25);
        first.lookNow();
        pass(Duration.ofMinutes(1));
        first.lookNow();
        assertTrue(second.refusalOf(RELAY).isPresent());
        assertEquals(List.of("ALARM_RAISED not-enforced", "ALARM_RAISED down"), second.events);

        servers.set(MX, 25, Manner.ENFORCING);
        second.lookNow();
        assertEquals(Optional.empty(), first.refusalOf(RELAY));
        assertEquals(Optional.empty(), second.refusalOf(RELAY));
        List<String> told = List.copyOf(audit);
        assertEquals(
                List.of("next-hop-refused", "next-hop-accepted"),
                told.stream()
                        .map(line -> line.split(" ")[0])
                        .filter(action -> action.startsWith("next-hop"))
                        .collect(Collectors.toList()));
    }

    @Test
    void relayThatIsSaidToDemandNothingIsNotRefusedAndOpenStillIfThatIsTakenBack() {
        servers.set(MX, 25, Manner.OPEN);
        configured.set(Stream.of(), RELAY);
        Node node = new Node("n1");
        await("the alarm", () -> audit.size() == 2 && node.events.size() == 1);

        NextHop allowed = RELAY.allowingUnauthenticated();
        configured.set(Stream.of(), allowed);
        node.look();
        assertEquals(Optional.empty(), node.refusalOf(allowed));
        assertEquals(Map.of(), node.findings());
        configured.set(Stream.of(), RELAY);
        node.look();
        assertTrue(node.refusalOf(RELAY).isPresent());
        assertEquals(1, servers.connections.get());

        configured.set(Stream.of(), allowed);
        pass(Duration.ofDays(1));
        node.look();
        // the guard's own thread may look at the same time, and takes it down too
        await("the end of the alarm", () -> audit.size() >= 3);
        assertTrue(audit.get(2).startsWith("alarm-over relay mx"), audit.toString());
        assertEquals(
                List.of("ALARM_RAISED not-enforced", "ALARM_CLEARED not-enforced"), node.events);
    }

    @Test
    void relayOfWhichNothingCanBeSaidIsRefusedUntilItWasLookedAt() {
        servers.set(MX, 25, Manner.BUSY);
        configured.set(Stream.of(), RELAY);
        Node node = new Node("n1");
        assertTrue(node.refusalOf(RELAY).isPresent());
        await("the first look", () -> node.verdict() == Verdict.INCONCLUSIVE);

        assertFalse(node.refusalOf(RELAY).isPresent());
    }

    @Test
    void whatWasFoundSurvivesARestart() {
        servers.set(MX, 25, Manner.OPEN);
        configured.set(Stream.of(), RELAY);
        Node before = new Node("n1");
        await("the refusal", () -> before.refusalOf(RELAY).isPresent());
        nodes.remove(before);
        before.deactivate();

        assertTrue(new Node("n2").refusalOf(RELAY).isPresent());
    }

    /** Sets properties; what the log says of it. */
    private static String told(Node node, String... words) {
        PrintStream before = System.err;
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        System.setErr(new PrintStream(said, true, StandardCharsets.UTF_8));
        try {
            node.modified(FakeContext.of((Object[]) words));
        } finally {
            System.setErr(before);
        }
        return said.toString(StandardCharsets.UTF_8);
    }

    @Test
    void intervalThatIsChangedHoldsAtOnceAndABadOneIsRefusedWhileTheFormerHolds() {
        servers.set(SMTP, 587, Manner.ENFORCING);
        configured.set(Stream.of(SMTP));
        Node node = new Node("n1");
        await("the first look", () -> node.verdict() == Verdict.ENFORCED);
        assertEquals(60, node.interval());

        assertEquals("", told(node, "probeInterval", "5"));
        for (String bad : List.of("1441", "-1", "often")) {
            String told = told(node, "probeInterval", bad);
            assertEquals(5, node.interval(), bad);
            String named = "probeInterval " + bad + " is not a number from 0 to 1440: 5 holds";
            assertTrue(told.contains(named), told);
        }
        pass(Duration.ofMinutes(5));
        node.look();
        await("the second look", () -> node.at().equals(now));

        assertEquals("", told(node, "probeInterval", "0"));
        pass(Duration.ofDays(1));
        node.look();
        // whoever has been probed a minute ago would not be now
        pass(Duration.ofMinutes(1));
        assertEquals("", told(node));
        assertEquals(60, node.interval());
        node.look();
        await("the third look", () -> node.at().equals(now));
        assertEquals(3, servers.connections.get());
    }

    @Test
    void noticeThatIsChangedHoldsAtTheNextLookAndABadOneIsRefusedWhileTheFormerHolds()
            throws InterruptedException {
        Watched watched = new Watched(Watched.Kind.SERVER, "smtp", IpAddress.valueOf(SMTP), 587);
        Prober certified =
                new Prober(servers::probe) {
                    @Override
                    Observation look(Watched of, String recipient, String localRecipient) {
                        return Looks.look(
                                now,
                                Verdict.ENFORCED,
                                "so it said",
                                true,
                                now.plus(Duration.ofDays(30)),
                                null);
                    }
                };
        configured.set(Stream.of(SMTP));
        Node node = new Node("n1", certified);
        node.lookNow();
        assertEquals(List.of(), node.findings().get(watched).orElseThrow().alarms());

        assertEquals("", told(node, "certificateNotice", "31"));
        String refused = told(node, "certificateNotice", "366");
        assertTrue(
                refused.contains("certificateNotice 366 is not a number from 0 to 365: 31 holds"),
                refused);
        node.lookNow();
        assertEquals(List.of("ALARM_RAISED certificate-expires"), node.events);

        told(node, "certificateNotice", "29");
        node.lookNow();
        assertEquals("ALARM_CLEARED certificate-expires", node.events.get(1));
    }

    @Test
    void recipientsThatAreChangedAreTriedAndBadOnesAreRefusedWhileTheFormerAreTried()
            throws InterruptedException {
        servers.set(MX, 25, Manner.EXCHANGING);
        configured.set(Stream.of(), RELAY);
        Node node = new Node("n1");
        node.lookNow();
        assertEquals(Set.of("postern-probe@elsewhere.invalid", "postmaster@mx"), tried());

        String[] good = {"probeRecipient", "a@elsewhere.example", "probeLocalRecipient", "b@mx"};
        assertEquals("", told(node, good));
        node.lookNow();
        assertEquals(Set.of("a@elsewhere.example", "b@mx"), tried());

        String told = told(node, "probeRecipient", "nobody", "probeLocalRecipient", "<b@mx>");
        assertTrue(told.contains("probeRecipient: "), told);
        assertTrue(told.contains("\"a@elsewhere.example\" holds"), told);
        assertTrue(told.contains("probeLocalRecipient: "), told);
        assertTrue(told.contains("\"b@mx\" holds"), told);
        node.lookNow();
        assertEquals(Set.of("a@elsewhere.example", "b@mx"), tried());

        assertEquals("", told(node, "probeRecipient", "", "probeLocalRecipient", " "));
        node.lookNow();
        // what it took last is asked for until it is refused, and guessed again then
        assertEquals(Set.of("postern-probe@elsewhere.invalid", "b@mx"), tried());
        servers.set(MX, 25, Manner.ENFORCING);
        node.lookNow();
        servers.set(MX, 25, Manner.EXCHANGING);
        tried();
        node.lookNow();
        assertEquals(Set.of("postern-probe@elsewhere.invalid", "postmaster@mx"), tried());
    }

    private Set<String> tried() {
        Set<String> tried = Set.copyOf(servers.recipients);
        servers.recipients.clear();
        return tried;
    }

    @Test
    void nodeWhoseClockIsBehindProbesAllTheSame() {
        servers.set(SMTP, 587, Manner.ENFORCING);
        configured.set(Stream.of(SMTP));
        Node node = new Node("n1");
        await("the first look", () -> node.verdict() == Verdict.ENFORCED);

        now = now.minus(Duration.ofDays(400));
        pass(Duration.ofMinutes(1));
        node.look();
        await("the next look", () -> servers.connections.get() == 2);
    }
}
