package org.postern.submission;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.onlab.packet.IpAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.net.DeviceId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;
import org.postern.fakecontroller.FakeClock;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.Remediation;
import org.postern.probe.Probe;
import org.postern.probe.Verdict;
import org.postern.submission.ScriptedServers.Manner;

/** The guard among looks out of order, stores of other versions, and servers that half answer. */
@Timeout(120)
class HostileGuardTest {
    private static final String MX = "192.0.2.26";
    private static final NextHop RELAY =
            new NextHop("mx", Set.of(IpAddress.valueOf(MX)), null, Set.of());
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
    private static final Duration NOTICE = Duration.ofDays(21);

    private final FakeStorage storage = new FakeStorage();
    private final FakeClock clock = new FakeClock(() -> NOW);
    private final ScriptedServers servers = new ScriptedServers(clock);
    private final List<Node> nodes = new ArrayList<>();
    private final Infrastructure infrastructure =
            new Infrastructure(
                    List.of(),
                    List.of(),
                    List.of(),
                    "residential",
                    List.of(RELAY),
                    Remediation.NONE);

    private final class Configured implements InfrastructureService {
        @Override
        public Infrastructure infrastructure() {
            return infrastructure;
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
            // nothing changes
        }

        @Override
        public void removeListener(InfrastructureListener listener) {
            // nothing changes
        }
    }

    private final class Node extends SubmissionGuard {
        private Node() {
            this(servers.prober());
        }

        private Node(Prober prober) {
            super(clock, () -> 0, prober);
            coreService = new FakeCore();
            storageService = storage;
            componentConfigService = new ComponentConfigAdapter();
            infrastructureService = new Configured();
            auditLog = (order, change) -> {};
            eventDispatcher = new TestEventDispatcher();
            clusterService =
                    new ClusterServiceAdapter() {
                        @Override
                        public ControllerNode getLocalNode() {
                            return new DefaultControllerNode(
                                    new NodeId("n1"), IpAddress.valueOf("192.0.2.1"));
                        }

                        @Override
                        public Set<ControllerNode> getNodes() {
                            return Set.of(getLocalNode());
                        }
                    };
            activate(null);
            nodes.add(this);
        }
    }

    @AfterEach
    void stop() throws IOException {
        nodes.forEach(Node::deactivate);
        servers.close();
    }

    private <V> ConsistentMap<String, V> map(String name) {
        return storage.<String, V>consistentMapBuilder()
                .withName(name)
                .withApplicationId(
                        new FakeCore().registerApplication(FrontTable.POLICY_APPLICATION))
                .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                .build();
    }

    private static Watched watched(Watched.Kind kind) {
        return new Watched(kind, "mx.isp.example", IpAddress.valueOf(MX), 25);
    }

    private static Observation look(int minute, Verdict verdict) {
        return Looks.look(
                NOW.plus(Duration.ofMinutes(minute)),
                verdict,
                "so it said",
                verdict.kind() == Verdict.Kind.SOUND,
                null,
                null);
    }

    private static Finding after(Watched watched, Observation... looks) {
        Optional<Finding> known = Optional.empty();
        for (Observation look : looks) {
            known = Optional.of(Finding.after(watched, known, look, NOTICE));
        }
        return known.orElseThrow();
    }

    /** Looks at a server that says whatever. */
    private static Observation look(
            Watched.Kind kind, String localRecipient, UnaryOperator<String> answers)
            throws Exception {
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread server = new Thread(() -> serve(listening, answers), "hostile server");
            server.setDaemon(true);
            server.start();
            return new Prober(
                            () ->
                                    Probe.builder()
                                            .connector(
                                                    (socket, address, timeout) ->
                                                            socket.connect(
                                                                    listening
                                                                            .getLocalSocketAddress())))
                    .look(watched(kind), "postern-probe@elsewhere.invalid", localRecipient);
        }
    }

    private static void serve(ServerSocket listening, UnaryOperator<String> answers) {
        try (Socket socket = listening.accept()) {
            BufferedReader in =
                    new BufferedReader(
                            new InputStreamReader(
                                    socket.getInputStream(), StandardCharsets.US_ASCII));
            say(socket, "220 ready");
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                say(socket, line.equals("QUIT") ? "221 bye" : answers.apply(line));
            }
        } catch (IOException e) {
            return; // the probe went
        }
    }

    private static void say(Socket socket, String reply) throws IOException {
        socket.getOutputStream().write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    private static Set<Alarm.Kind> kinds(Finding finding) {
        return finding.alarms().stream().map(Alarm::kind).collect(Collectors.toSet());
    }

    /** Another node finds the relay open while a look goes on that finds it sound. */
    @Test
    void lookThatBeganEarlierDoesNotMendWhatALaterOneHasSeen() throws Exception {
        servers.set(MX, 25, Manner.ENFORCING);
        ConsistentMap<String, String> map = map("postern-submission");
        String open = after(watched(Watched.Kind.RELAY), look(0, Verdict.RELAY_SUSPECTED)).stored();
        AtomicInteger looks = new AtomicInteger();
        Node slow =
                new Node(
                        servers.prober(
                                () -> {
                                    if (looks.incrementAndGet() == 1) {
                                        map.put("relay " + MX + " 25", open);
                                    } else {
                                        servers.set(MX, 25, Manner.OPEN);
                                    }
                                }));
        Await.until("it looks again", () -> looks.get() == 2);
        slow.lookNow();
        assertTrue(slow.refusalOf(RELAY).isPresent(), "an older look has accepted an open relay");
        assertTrue(map.get("relay " + MX + " 25").value().contains("relay-suspected"));
    }

    /** "450 Domain not found" elsewhere and 250 for its own: nothing was seen of relaying. */
    @Test
    void mailExchangerThatWasSeenToRelayIsNotMendedByTakingMailForItsOwn() throws Exception {
        Observation own =
                look(
                        Watched.Kind.SERVER,
                        "",
                        line ->
                                line.contains("elsewhere")
                                        ? "450 4.1.2 Recipient address rejected: Domain not found"
                                        : "250 ok");
        assertEquals(Verdict.LOCAL_UNAUTH, own.verdict());
        Finding finding =
                after(watched(Watched.Kind.SERVER), look(0, Verdict.RELAY_SUSPECTED), own);
        assertEquals(Set.of(Alarm.Kind.NOT_ENFORCED), kinds(finding));
    }

    /** Its own address was guessed, and taken; then it demands authentication of everybody. */
    @Test
    void relayWhoseOwnWasGuessedIsMendedWhenThatIsRefused() throws Exception {
        AtomicReference<String> rcpt = new AtomicReference<>("554 5.7.1 Relay access denied");
        List<String> asked = new CopyOnWriteArrayList<>();
        try (ServerSocket listening = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            Thread server =
                    new Thread(
                            () -> {
                                while (!listening.isClosed()) {
                                    serve(
                                            listening,
                                            line -> {
                                                if (!line.startsWith("RCPT")) {
                                                    return "250 ok";
                                                }
                                                asked.add(line);
                                                return line.contains("@mx>")
                                                                && rcpt.get().startsWith("554")
                                                        ? "250 ok"
                                                        : rcpt.get();
                                            });
                                }
                            });
            server.setDaemon(true);
            server.start();
            Node node =
                    new Node(
                            new Prober(
                                    () ->
                                            Probe.builder()
                                                    .patient()
                                                    .connector(
                                                            (socket, address, timeout) ->
                                                                    socket.connect(
                                                                            listening
                                                                                    .getLocalSocketAddress()))));
            node.lookNow();
            assertTrue(node.refusalOf(RELAY).orElseThrow().contains("local-unauth"));
            rcpt.set("530 5.7.0 Authentication required");
            node.lookNow();
            assertEquals("RCPT TO:<postmaster@mx>", asked.get(asked.size() - 1));
            assertEquals(Optional.empty(), node.refusalOf(RELAY));
        }
    }

    /** A version with the same schema that knows more verdicts, or one byte that is wrong. */
    @Test
    void openRelayWhoseFindingIsNotUnderstoodAnyMoreIsNotAccepted() throws Exception {
        servers.set(MX, 25, Manner.OPEN);
        Node node = new Node();
        Await.until("the first look", () -> node.findings().values().iterator().next().isPresent());
        assertTrue(node.refusalOf(RELAY).isPresent());
        ConsistentMap<String, String> map = map("postern-submission");
        String key = map.keySet().iterator().next();
        servers.down(MX, 25);
        map.put(
                key,
                map.get(key)
                        .value()
                        .replace("\"verdict\":\"relay-suspected\"", "\"verdict\":\"of-later\""));
        assertTrue(node.refusalOf(RELAY).isPresent(), "mail is redirected to an open relay");
        // also of a node that never understood it, and by a look that sees nothing
        Node started = new Node();
        started.lookNow();
        assertTrue(started.refusalOf(RELAY).isPresent(), "mail is redirected to an open relay");
        servers.set(MX, 25, Manner.ENFORCING);
        started.lookNow();
        assertEquals(Optional.empty(), started.refusalOf(RELAY));
    }

    @Test
    void findingsOfALaterVersionAreNotWrittenOver() throws Exception {
        this.<Integer>map("postern-schemas").put("submission", Finding.SCHEMA + 1);
        ConsistentMap<String, String> map = map("postern-submission");
        map.put("relay " + MX + " 25", "what a later version has written");
        servers.set(MX, 25, Manner.ENFORCING);
        Node node = new Node();
        try {
            node.lookNow();
        } catch (IllegalStateException e) {
            // refused: as good
        }
        assertEquals("what a later version has written", map.get("relay " + MX + " 25").value());
    }

    @Test
    void serverThatIsAwayAndNotJudgedByTurnsIsAnAlarmOneDay() {
        Observation[] looks = new Observation[48];
        for (int i = 0; i < looks.length; i++) {
            looks[i] = look(60 * i, i % 2 == 0 ? Verdict.FILTERED : Verdict.INCONCLUSIVE);
        }
        assertTrue(
                !kinds(after(watched(Watched.Kind.SERVER), looks)).isEmpty(),
                "not once reached in two days, and no alarm");
    }

    /** It takes mail for isp.example from anybody; "postmaster@mx.isp.example" is a guess. */
    @Test
    void relayThatWasSeenOpenForItsOwnIsNotMendedByAGuessOfAnotherAddress() throws Exception {
        UnaryOperator<String> exchanger =
                line ->
                        line.startsWith("RCPT") && !line.contains("<info@isp.example>")
                                ? "554 5.7.1 <x@y>: Relay access denied"
                                : "250 ok";
        Observation open = look(Watched.Kind.RELAY, "info@isp.example", exchanger);
        assertEquals(Verdict.LOCAL_UNAUTH, open.verdict());
        Observation guess = look(Watched.Kind.RELAY, "", exchanger);
        Finding alone = after(watched(Watched.Kind.RELAY), guess);
        Finding both = after(watched(Watched.Kind.RELAY), open, guess);
        assertTrue(
                both.notEnforced().isPresent(),
                "probeLocalRecipient was unset, and the open relay is accepted: "
                        + both.verdict().text());
        assertTrue(
                !alone.alarms().isEmpty() || alone.reason().contains("was not seen"),
                alone.reason());
    }
}
