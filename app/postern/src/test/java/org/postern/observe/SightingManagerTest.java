package org.postern.observe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.fakecontroller.Await;
import org.postern.fakecontroller.FakeHosts;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.PortRole;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.subscriber.DoubleClaim;
import org.postern.subscriber.SubscriberEvent;
import org.postern.subscriber.SubscriberListener;
import org.postern.subscriber.SubscriberService;

class SightingManagerTest {
    private static final DeviceId ACCESS = DeviceId.deviceId("of:0000000000000001");
    private static final String HOME = ACCESS + "/1";
    private static final String ELSEWHERE = ACCESS + "/2";
    private static final String UPLINK = ACCESS + "/100";
    private static final String MAC = "02:00:00:00:00:01";
    private static final String OTHER = "02:00:00:00:00:02";

    private final FakeHosts hosts = new FakeHosts();
    private final Registered registered = new Registered();
    private final ByteArrayOutputStream told = new ByteArrayOutputStream();
    private final PrintStream before = System.err;
    private SightingManager manager;

    /** A directory that a test changes. */
    private static final class Registered implements SubscriberService {
        private final List<SubscriberListener> listeners = new CopyOnWriteArrayList<>();
        private volatile Subscribers now = Subscribers.NONE;

        private void put(Subscriber subscriber) {
            now = now.with(subscriber);
            tell(SubscriberEvent.Type.SUBSCRIBER_ADDED, subscriber);
        }

        private void remove(Subscriber subscriber) {
            now = now.without(subscriber.id());
            tell(SubscriberEvent.Type.SUBSCRIBER_REMOVED, subscriber);
        }

        private void tell(SubscriberEvent.Type type, Subscriber subscriber) {
            listeners.forEach(l -> l.event(new SubscriberEvent(type, subscriber)));
        }

        @Override
        public List<DoubleClaim> doubleClaims() {
            return List.of();
        }

        @Override
        public Subscribers directory() {
            return now;
        }

        @Override
        public void addListener(SubscriberListener listener) {
            listeners.add(listener);
        }

        @Override
        public void removeListener(SubscriberListener listener) {
            listeners.remove(listener);
        }
    }

    /** One access switch. */
    private static final class Configured implements InfrastructureService {
        @Override
        public Infrastructure infrastructure() {
            return Infrastructure.EMPTY;
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
            throw new UnsupportedOperationException();
        }

        @Override
        public void removeListener(InfrastructureListener listener) {
            throw new UnsupportedOperationException();
        }
    }

    @BeforeEach
    void start() {
        // what the operator reads in the log
        System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
        manager = new SightingManager();
        manager.hostService = hosts;
        manager.infrastructureService = new Configured();
        manager.subscriberService = registered;
        manager.activate();
    }

    @AfterEach
    void stop() {
        manager.deactivate();
        System.setErr(before);
        assertFalse(hosts.hasListeners());
        assertEquals(List.of(), registered.listeners);
    }

    private static Subscriber.Builder subscriber(String id, String... places) {
        Subscriber.Builder builder = Subscriber.builder(id);
        Stream.of(places).map(Attachment::parse).forEach(builder::attachedAt);
        return builder;
    }

    private static Subscriber alice() {
        return subscriber("alice", HOME).mac(MacAddress.valueOf(MAC)).build();
    }

    private static List<String> texts(List<Sighting> sightings) {
        return sightings.stream().map(Sighting::toString).collect(Collectors.toList());
    }

    private List<String> warnings() {
        return told.toString(StandardCharsets.UTF_8)
                .lines()
                .filter(line -> line.contains("WARN") && line.contains("somebody claims"))
                .collect(Collectors.toList());
    }

    /** What comes after has everything behind it that ONOS told before. */
    private void settle() {
        String marker = "02:00:00:00:ff:" + String.format("%02x", warnings().size());
        registered.put(subscriber("marker", ACCESS + "/9").mac(MacAddress.valueOf(marker)).build());
        int already = warnings().size();
        hosts.learn(marker, "10.64.9.9", ACCESS + "/8");
        Await.until("the marker is warned of", () -> warnings().size() > already);
        Await.until("all of it", () -> warnings().get(warnings().size() - 1).contains("marker"));
    }

    private long warningsOf(String id) {
        return warnings().stream().filter(w -> w.contains("of subscriber " + id + " ")).count();
    }

    @Test
    void hostsAtThePortAreTheSubscribersWhateverTheirAddress() {
        hosts.learn(MAC, "10.64.0.1", HOME);
        hosts.learn(OTHER, "10.64.0.2", HOME);
        hosts.learn("02:00:00:00:00:03", "10.64.0.3", ELSEWHERE);
        assertEquals(
                List.of(MAC + " [10.64.0.1] at " + HOME, OTHER + " [10.64.0.2] at " + HOME),
                texts(manager.at(subscriber("alice", HOME).build())));
        assertEquals(List.of(), manager.at(subscriber("bob", ACCESS + "/3").build()));
    }

    @Test
    void hostsAreToldFromNeighboursByVlanPairPrefixAndMac() {
        hosts.learn(MAC, "10.64.0.1", VlanId.vlanId((short) 100), VlanId.NONE, HOME);
        hosts.learn(OTHER, "10.64.0.2", VlanId.vlanId((short) 200), VlanId.vlanId((short) 7), HOME);
        Map.of(
                        HOME + "/100", MAC,
                        HOME + "/200", OTHER,
                        HOME + "/200.7", OTHER,
                        HOME + "@10.64.0.0/31", MAC,
                        HOME + "@" + OTHER, OTHER)
                .forEach(
                        (place, mac) ->
                                assertEquals(
                                        List.of(MacAddress.valueOf(mac)),
                                        manager.at(subscriber("alice", place).build()).stream()
                                                .map(Sighting::mac)
                                                .collect(Collectors.toList()),
                                        place));
        for (String place : List.of(HOME + "/300", HOME + "/200.8", HOME + "@10.64.9.0/24")) {
            assertEquals(List.of(), manager.at(subscriber("alice", place).build()), place);
        }
        assertEquals(
                List.of(HOME + "/100", HOME + "/200.7"),
                manager.at(subscriber("alice", HOME).build()).stream()
                        .map(s -> s.where().toString())
                        .collect(Collectors.toList()));
    }

    @Test
    void aRegisteredMacAtAnotherAccessPortIsAStrayAndAtHomeOrOutsideItIsNot() {
        hosts.learn(MAC, "10.64.0.1", HOME);
        assertEquals(List.of(), manager.strays(alice()));
        hosts.learn(MAC, "10.64.0.1", ELSEWHERE);
        assertEquals(List.of(MAC + " [10.64.0.1] at " + ELSEWHERE), texts(manager.strays(alice())));
        assertEquals(List.of(), manager.at(alice()));
        hosts.learn(MAC, "10.64.0.1", UPLINK);
        assertEquals(List.of(), manager.strays(alice()));
    }

    @Test
    void aRegisteredAddressAtAnotherAccessPortIsAStray() {
        Subscriber one = subscriber("alice", HOME).prefix(IpPrefix.valueOf("10.64.0.1/32")).build();
        Subscriber many =
                subscriber("bob", HOME).prefix(IpPrefix.valueOf("2001:db8:1::/48")).build();
        hosts.learn(MAC, "10.64.0.1", ELSEWHERE);
        hosts.learn(OTHER, "2001:db8:1::5", ELSEWHERE);
        assertEquals(1, manager.strays(one).size());
        assertEquals(1, manager.strays(many).size());
        assertEquals(OTHER, manager.strays(many).get(0).mac().toString().toLowerCase());
        assertEquals(
                List.of(),
                manager.strays(
                        subscriber("zoe", HOME).prefix(IpPrefix.valueOf("10.65.0.0/16")).build()));
    }

    @Test
    void anotherVlanOfTheSamePortIsAnotherPlace() {
        Subscriber alice = subscriber("alice", HOME + "/100").mac(MacAddress.valueOf(MAC)).build();
        hosts.learn(MAC, "10.64.0.1", VlanId.vlanId((short) 101), VlanId.NONE, HOME);
        assertEquals(1, manager.strays(alice).size());
        hosts.learn(MAC, "10.64.0.1", VlanId.vlanId((short) 100), VlanId.NONE, HOME);
        assertEquals(List.of(), manager.strays(alice));
    }

    @Test
    void whoMovesIsWarnedOfOnceForEachPlace() {
        registered.put(alice());
        hosts.learn(MAC, "10.64.0.1", HOME);
        settle();
        assertEquals(0, warningsOf("alice"));
        for (int i = 0; i < 20; i++) {
            hosts.learn(MAC, "10.64.0.1", ELSEWHERE);
            settle();
            hosts.learn(MAC, "10.64.0.1", HOME);
        }
        settle();
        assertEquals(1, warningsOf("alice"), warnings()::toString);
        assertFalse(warnings().get(0).contains("Exception"));
        hosts.learn(MAC, "10.64.0.1", ACCESS + "/3");
        settle();
        assertEquals(2, warningsOf("alice"));
    }

    @Test
    void anAddressWithinAPrefixIsItsOwnersUntilTheDirectorySaysOtherwise() {
        Subscriber alice =
                subscriber("alice", HOME).prefix(IpPrefix.valueOf("10.64.8.0/29")).build();
        registered.put(alice);
        hosts.learn(MAC, "10.64.8.5", ELSEWHERE);
        settle();
        assertEquals(1, warningsOf("alice"));
        registered.remove(alice);
        hosts.learn(OTHER, "10.64.8.6", ELSEWHERE);
        settle();
        assertEquals(1, warningsOf("alice"));
        registered.put(alice);
        hosts.learn(OTHER, "10.64.8.6", ACCESS + "/3");
        settle();
        assertEquals(2, warningsOf("alice"));
    }
}
