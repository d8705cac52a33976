package org.postern.steering;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.fakecontroller.Await;
import org.postern.fakecontroller.FakeConfiguration;
import org.postern.fakecontroller.FakeHosts;
import org.postern.fakecontroller.FakeNetwork;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.PortRole;
import org.postern.policy.Remediation;
import org.postern.submission.Finding;
import org.postern.submission.SubmissionListener;
import org.postern.submission.SubmissionService;
import org.postern.submission.Watched;

class NextHopTrackerTest {
    private static final DeviceId ACCESS = DeviceId.deviceId("of:0000000000000001");
    private static final DeviceId CORE = DeviceId.deviceId("of:0000000000000009");
    private static final String UPLINK = ACCESS + "/100";
    private static final String SUBSCRIBER = ACCESS + "/3";
    private static final String IP = "192.0.2.25";
    private static final String IP6 = "2001:db8:2::25";
    private static final String MAC = "02:00:00:00:00:25";
    private static final String OTHER = "02:00:00:00:00:26";
    private static final NextHop RELAY = hop("mx", null, IP, IP6);

    private final FakeHosts hosts = new FakeHosts();
    private final FakeNetwork network = new FakeNetwork(new FakeConfiguration());
    private final Configured configured = new Configured();
    private final List<String> audit = Collections.synchronizedList(new ArrayList<>());
    private final AtomicInteger told = new AtomicInteger();
    private final Refusals refusals = new Refusals();
    private NextHopTracker tracker;

    /** What is known of relays, which a test sets. */
    private static final class Refusals implements SubmissionService {
        private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
        private final Map<String, String> refused = new ConcurrentHashMap<>();

        private void refuse(String relay, String why) {
            refused.put(relay, why);
            listeners.forEach(Runnable::run);
        }

        private void accept(String relay) {
            refused.remove(relay);
            listeners.forEach(Runnable::run);
        }

        @Override
        public Optional<String> refusalOf(NextHop relay) {
            return Optional.ofNullable(refused.get(relay.name()));
        }

        @Override
        public void listen(Runnable listener) {
            listeners.add(listener);
        }

        @Override
        public void forget(Runnable listener) {
            listeners.remove(listener);
        }

        @Override
        public Map<Watched, Optional<Finding>> findings() {
            throw new UnsupportedOperationException();
        }

        @Override
        public Map<Watched, Optional<Finding>> lookNow() {
            throw new UnsupportedOperationException();
        }

        @Override
        public int interval() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void addListener(SubmissionListener listener) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void removeListener(SubmissionListener listener) {
            throw new UnsupportedOperationException();
        }
    }

    /** An infrastructure whose next hops a test sets, and one access device. */
    private static final class Configured implements InfrastructureService {
        private final List<InfrastructureListener> listeners = new CopyOnWriteArrayList<>();
        private final AtomicInteger asked = new AtomicInteger();
        private volatile Infrastructure now = relays(RELAY);

        private static Infrastructure relays(NextHop... relays) {
            return new Infrastructure(
                    List.of(),
                    List.of(),
                    List.of(),
                    "residential",
                    List.of(relays),
                    Remediation.NONE);
        }

        private void set(Infrastructure next) {
            now = next;
            listeners.forEach(l -> l.event(null));
        }

        @Override
        public Infrastructure infrastructure() {
            asked.incrementAndGet();
            return now;
        }

        @Override
        public Map<DeviceId, AccessDevice> devices() {
            return Map.of(
                    ACCESS,
                    new AccessDevice(
                            ACCESS,
                            Map.of(PortNumber.portNumber(100), PortRole.UPLINK),
                            "default"));
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

    private static NextHop hop(String name, String mac, String... addresses) {
        return new NextHop(
                name,
                Stream.of(addresses).map(IpAddress::valueOf).collect(Collectors.toSet()),
                mac == null ? null : MacAddress.valueOf(mac),
                Set.of());
    }

    @BeforeEach
    void connect() {
        network.driver("ovs", "");
        network.connect(ACCESS, "Open vSwitch", "ovs", 1, 3, 100, 101);
        network.connect(CORE, "Open vSwitch", "ovs", 1, 2);
    }

    private void start() {
        tracker = new NextHopTracker();
        tracker.hostService = hosts;
        tracker.deviceService = network.devices();
        tracker.infrastructureService = configured;
        tracker.submissionService = refusals;
        tracker.auditLog = (order, change) -> audit.add(change.action() + " " + change.text());
        tracker.listen(told::incrementAndGet);
        tracker.activate();
    }

    @AfterEach
    void stop() {
        if (tracker != null) {
            tracker.deactivate();
        }
    }

    private static Map<String, MacAddress> at(String mac) {
        return Map.of("mx", MacAddress.valueOf(mac));
    }

    private void await(Map<String, MacAddress> expected) {
        Await.until(expected + " is reachable", () -> tracker.reachable().equals(expected));
    }

    /**
     * Waits until everything that happened before was looked at: looks come one after the other.
     */
    private void settle() {
        int before = configured.asked.get();
        configured.listeners.forEach(l -> l.event(null));
        Await.until("a look", () -> configured.asked.get() > before);
        tracker.deactivate();
        Map<String, MacAddress> last = tracker.reachable();
        tracker.activate();
        assertEquals(last, tracker.reachable());
    }

    @Test
    void aRelayThatIsKnownAlreadyIsReachableFromTheStart() {
        hosts.learn(MAC, IP, UPLINK);
        start();
        assertEquals(at(MAC), tracker.reachable());
        assertEquals(Optional.empty(), tracker.problemOf(RELAY));
    }

    @Test
    void aRelayIsLearntByAnyOfItsAddresses() {
        start();
        assertEquals(Map.of(), tracker.reachable());
        assertTrue(
                tracker.problemOf(RELAY).get().startsWith("mx is not among ONOS's hosts"),
                tracker.problemOf(RELAY).toString());
        assertTrue(tracker.problemOf(RELAY).get().contains(IP));
        hosts.learn(MAC, IP6, UPLINK);
        await(at(MAC));
        Await.until("it is told", () -> told.get() == 1);
        assertEquals(List.of("next-hop-lost", "next-hop-reachable"), actions());
        assertTrue(audit.get(0).endsWith("; the fallback holds"), audit.toString());
        assertTrue(audit.get(1).startsWith("next-hop-reachable mx"), audit.toString());
        assertTrue(audit.get(1).endsWith(" at " + MAC.toUpperCase()), audit.toString());
    }

    @Test
    void aRelayWhosePortGoesDownIsLostAndComesBackByItself() {
        hosts.learn(MAC, IP, CORE + "/1");
        start();
        network.port(CORE, 1, false);
        await(Map.of());
        assertEquals(
                Optional.of("mx is known, but its port is down or it is gone: see to its link"),
                tracker.problemOf(RELAY));
        network.port(CORE, 1, true);
        await(at(MAC));
        Await.until("all is told", () -> told.get() == 3);
        assertEquals(
                List.of("next-hop-reachable", "next-hop-lost", "next-hop-reachable"), actions());
        assertTrue(audit.get(1).endsWith("the fallback holds"), audit.toString());
    }

    private List<String> actions() {
        return List.copyOf(audit).stream().map(a -> a.split(" ")[0]).collect(Collectors.toList());
    }

    @Test
    void aRelayThatTakesMailFromAnybodyIsRefusedUntilItDoesNot() {
        hosts.learn(MAC, IP, UPLINK);
        start();
        assertEquals(Set.of(), tracker.refused());
        int before = told.get();

        refusals.refuse("mx", "mx takes mail without authentication");
        Await.until("the refusal", () -> tracker.refused().equals(Set.of("mx")));
        // where it is still counts: nobody else may claim to be it
        assertEquals(Map.of("mx", MacAddress.valueOf(MAC)), tracker.reachable());
        assertEquals(Optional.of("mx takes mail without authentication"), tracker.problemOf(RELAY));
        Await.until("who listens", () -> told.get() == before + 1);

        refusals.accept("mx");
        Await.until("its end", () -> tracker.refused().isEmpty());
        assertEquals(Optional.empty(), tracker.problemOf(RELAY));
        Await.until("who listens", () -> told.get() == before + 2);
    }

    @Test
    void aRelayThatOnosRemovesIsLost() {
        hosts.learn(MAC, IP, UPLINK);
        start();
        hosts.forget(MAC);
        await(Map.of());
        hosts.learn(MAC, IP, UPLINK);
        await(at(MAC));
    }

    @Test
    void whereAStandbyTakesOverItsMacHolds() {
        hosts.learn(MAC, IP, CORE + "/1");
        start();
        hosts.learn(OTHER, IP, CORE + "/2");
        await(at(OTHER));
        hosts.learn(MAC, IP, CORE + "/1");
        await(at(MAC));
        // and the one that is left, without another word of it
        network.port(CORE, 1, false);
        await(at(OTHER));
        Await.until("each change is told once", () -> told.get() == 4);
        assertEquals(Set.of("next-hop-reachable"), new HashSet<>(actions()));
    }

    @Test
    void ofSeveralLocationsOneThatIsUpIsEnough() {
        hosts.learn(MAC, IP, CORE + "/1", CORE + "/2");
        start();
        network.port(CORE, 1, false);
        settle();
        assertEquals(at(MAC), tracker.reachable());
        network.port(CORE, 2, false);
        await(Map.of());
    }

    @Test
    void aPortThatTheSwitchDoesNotHaveIsDown() {
        hosts.learn(MAC, IP, CORE + "/7");
        start();
        assertEquals(Map.of(), tracker.reachable());
    }

    @Test
    void aSwitchThatHasLostItsControllerGoesOnForwarding() {
        hosts.learn(MAC, IP, CORE + "/1");
        start();
        network.available(CORE, false);
        settle();
        assertEquals(at(MAC), tracker.reachable());
        assertEquals(1, told.get());
    }

    @Test
    void aConfiguredMacThatOnosNeverSawIsTakenToBeReachable() {
        configured.now = Configured.relays(hop("mx", MAC));
        start();
        assertEquals(at(MAC), tracker.reachable());
    }

    @Test
    void aConfiguredMacThatWasSeenIsLostWhenItGoes() {
        configured.now = Configured.relays(hop("mx", MAC));
        start();
        hosts.learn(MAC, "192.0.2.99", CORE + "/1");
        settle();
        hosts.forget(MAC);
        await(Map.of());
        assertEquals(
                Optional.of("mx is known, but its port is down or it is gone: see to its link"),
                tracker.problemOf(hop("mx", MAC)));
        hosts.learn(MAC, "192.0.2.99", CORE + "/1");
        await(at(MAC));
        network.port(CORE, 1, false);
        await(Map.of());
    }

    @Test
    void aConfiguredMacThatASubscriberForgesIsNotTakenForSeen() {
        configured.now = Configured.relays(hop("mx", MAC));
        start();
        hosts.learn(MAC, "10.64.0.7", SUBSCRIBER);
        settle();
        hosts.forget(MAC);
        settle();
        assertEquals(at(MAC), tracker.reachable());
    }

    @Test
    void aSubscriberThatClaimsARelaysAddressDoesNotGetTheMail() {
        start();
        hosts.learn(OTHER, IP, SUBSCRIBER);
        settle();
        assertEquals(Map.of(), tracker.reachable());
        String problem = tracker.problemOf(RELAY).get();
        assertEquals(
                "mx is claimed from an access port only, which is not believed ("
                        + OTHER.toUpperCase()
                        + " at "
                        + SUBSCRIBER
                        + "): give its port another role, or its mac",
                problem);
        hosts.learn(MAC, IP, UPLINK);
        await(at(MAC));
        hosts.learn(OTHER, IP, SUBSCRIBER);
        settle();
        assertEquals(at(MAC), tracker.reachable());
    }

    @Test
    void aFrameForgedWithARelaysMacDoesNotBringAboutTheFallback() {
        hosts.learn(MAC, IP, UPLINK);
        start();
        hosts.learn(MAC, IP, SUBSCRIBER);
        settle();
        assertEquals(at(MAC), tracker.reachable());
    }

    @Test
    void statisticsOfPortsAreNotLookedAt() {
        start();
        settle();
        int before = configured.asked.get();
        for (int i = 0; i < 100; i++) {
            network.statistics(ACCESS);
        }
        network.port(ACCESS, 1, false);
        Await.until("a look", () -> configured.asked.get() > before);
        settle();
        // the port's, and those of settling
        assertTrue(configured.asked.get() <= before + 4, "looks: " + configured.asked.get());
    }

    @Test
    void whatDoesNotConcernNextHopsIsToldToNobody() {
        hosts.learn(MAC, IP, UPLINK);
        start();
        hosts.learn("02:00:00:00:00:07", "10.64.0.7", SUBSCRIBER);
        network.port(ACCESS, 3, false);
        configured.set(Configured.relays(RELAY));
        settle();
        assertEquals(1, told.get());
        assertEquals(List.of("next-hop-reachable"), actions());
    }

    @Test
    void onosAsksForTheAddressesThatAreConfigured() {
        start();
        assertEquals(
                Set.of(IpAddress.valueOf(IP), IpAddress.valueOf(IP6)),
                new HashSet<>(hosts.monitored()));
        configured.set(Configured.relays(hop("mx", null, IP), hop("help", null, "192.0.2.80")));
        Await.until("help is asked for", () -> hosts.monitored().contains(address("192.0.2.80")));
        Await.until("the former is not", () -> !hosts.monitored().contains(address(IP6)));
        assertTrue(hosts.monitored().contains(address(IP)));
    }

    private static IpAddress address(String ip) {
        return IpAddress.valueOf(ip);
    }

    @Test
    void theRemediationPortalIsFollowedToo() {
        configured.now =
                new Infrastructure(
                        List.of(),
                        List.of(),
                        List.of(),
                        "residential",
                        List.of(),
                        new Remediation(
                                hop("quarantine portal", null, "192.0.2.80"),
                                List.of(),
                                List.of(),
                                List.of()));
        start();
        hosts.learn(MAC, "192.0.2.80", UPLINK);
        await(Map.of("quarantine portal", MacAddress.valueOf(MAC)));
    }

    @Test
    void aNextHopThatIsNotConfiguredAnyMoreIsForgotten() {
        hosts.learn(MAC, IP, UPLINK);
        start();
        configured.set(Configured.relays());
        await(Map.of());
        Await.until("nothing is asked for", () -> hosts.monitored().isEmpty());
        assertEquals(List.of("next-hop-reachable"), actions());
    }

    @Test
    void aListenerThatFailsKeepsNobodyElseFromBeingTold() {
        start();
        tracker.listen(
                () -> {
                    throw new IllegalStateException("a test");
                });
        AtomicInteger later = new AtomicInteger();
        tracker.listen(later::incrementAndGet);
        hosts.learn(MAC, IP, UPLINK);
        Await.until("the one after it is told", () -> later.get() == 1);
        hosts.forget(MAC);
        Await.until("and again", () -> later.get() == 2);
        await(Map.of());
    }

    @Test
    void aListenerMayWaitForSomebodyWhoAsksTheTracker() {
        start();
        List<Map<String, MacAddress>> heard = new CopyOnWriteArrayList<>();
        tracker.listen(
                () -> {
                    // as the planner, which asks on a thread of its own
                    Thread asking = new Thread(() -> heard.add(tracker.reachable()));
                    asking.start();
                    try {
                        asking.join(10_000);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        hosts.learn(MAC, IP, UPLINK);
        Await.until("it was told", () -> heard.size() == 1);
        assertEquals(List.of(at(MAC)), heard);
    }

    @Test
    void whoDoesNotListenAnyMoreIsNotTold() {
        start();
        AtomicInteger former = new AtomicInteger();
        Runnable listener = former::incrementAndGet;
        tracker.listen(listener);
        tracker.forget(listener);
        hosts.learn(MAC, IP, UPLINK);
        Await.until("others are told", () -> told.get() == 1);
        assertEquals(0, former.get());
    }

    @Test
    void stoppingLeavesNothingBehind() {
        start();
        assertTrue(hosts.hasListeners());
        assertFalse(hosts.monitored().isEmpty());
        tracker.deactivate();
        assertFalse(hosts.hasListeners());
        assertEquals(Set.of(), new HashSet<>(hosts.monitored()));
        assertEquals(List.of(), configured.listeners);
        hosts.learn(MAC, IP, UPLINK);
        network.port(ACCESS, 1, false);
        assertEquals(Map.of(), tracker.reachable());
        tracker = null;
    }

    @Test
    void manyHostsAtOnceEndInWhatIsSo() throws InterruptedException {
        start();
        Thread subscribers =
                new Thread(
                        () -> {
                            for (int i = 0; i < 500; i++) {
                                hosts.learn(
                                        "02:00:00:01:"
                                                + String.format("%02x", i / 256)
                                                + ":"
                                                + String.format("%02x", i % 256),
                                        "10.64.1." + i % 250,
                                        SUBSCRIBER);
                            }
                        });
        subscribers.start();
        for (int i = 0; i < 100; i++) {
            hosts.learn(MAC, IP, UPLINK);
            hosts.forget(MAC);
        }
        subscribers.join();
        hosts.learn(MAC, IP, UPLINK);
        await(at(MAC));
        settle();
        assertEquals(at(MAC), tracker.reachable());
        long reachable = actions().stream().filter("next-hop-reachable"::equals).count();
        long lost = actions().stream().filter("next-hop-lost"::equals).count();
        // it was not there at first, and came back after each loss
        assertEquals(reachable, lost);
    }
}
