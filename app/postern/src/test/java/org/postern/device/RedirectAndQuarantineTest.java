package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.BOB;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.refusal;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.flow.FlowRule;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.Outcome;
import org.postern.fakeswitch.Packet;
import org.postern.policy.Mode;
import org.postern.policy.Subscriber;

/** Relays that come and go, quarantines and monitor mode, as far as the switch. */
class RedirectAndQuarantineTest {
    private static final long CAROL = 3;
    private static final MacAddress GATEWAY = MacAddress.valueOf("02:00:00:00:00:64");
    private static final MacAddress RELAY = MacAddress.valueOf("02:00:00:00:00:25");
    private static final MacAddress STANDBY = MacAddress.valueOf("02:00:00:00:00:26");
    private static final MacAddress PORTAL = MacAddress.valueOf("02:00:00:00:00:80");
    private static final String FOREIGN = "203.0.113.9";
    private static final String DEVICE = "{'uplink': [100], 'access': [1, 2, 3]}";

    private final ControllerWorld world = new ControllerWorld();

    @BeforeEach
    void start() {
        world.startUnenforced();
        world.configure();
        network();
    }

    /** Configures the ISP with a relay, a portal and some more classes. */
    private void network() {
        world.configuration.post(
                world.permitOwner,
                "postern",
                "{'submissionServers': [{'name': 'smtp.isp.example', 'addresses': ['198.51.100.25']}],"
                        + " 'pools': ['10.64.0.0/16'],"
                        + " 'relays': [{'name': 'mx', 'addresses': ['10.64.0.25']},"
                        + " {'name': 'tagged', 'addresses': ['10.64.0.26'], 'vlans': [100]}],"
                        + " 'quarantine': {'portal': {'addresses': ['10.64.0.80']}, 'contact': ['192.0.2.64/28']},"
                        + " 'classes': [{'name': 'steered', 'outbound': 'redirect', 'relay': 'mx'},"
                        + " {'name': 'lenient', 'outbound': 'redirect', 'relay': 'mx', 'fallback': 'allow'},"
                        + " {'name': 'in-vlan', 'outbound': 'redirect', 'relay': 'tagged'},"
                        + " {'name': 'watched', 'mode': 'monitor'}]}");
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    private Subscriber.Builder carol(String serviceClass) {
        return ControllerWorld.subscriber("carol", FIRST + "/3")
                .serviceClass(serviceClass)
                .prefix(IpPrefix.valueOf("10.64.0.3/32"));
    }

    private void put(Subscriber.Builder subscriber) {
        world.subscribers.put(List.of(subscriber.build()), Order.console("test"));
    }

    /** Where a packet of a port to a host elsewhere goes at layer 2; empty if it is dropped. */
    private static Optional<MacAddress> goes(Collection<FlowRule> rules, long port, int service) {
        FakeSwitch tables = FakeSwitch.endingAt(FrontTable.FORWARD);
        tables.install(
                rules.stream()
                        .filter(r -> r.deviceId().equals(FIRST))
                        .filter(FrontTable::isPolicyTable)
                        .collect(Collectors.toList()));
        Outcome outcome =
                tables.forward(
                        Packet.from("02:00:00:00:00:0" + port)
                                .to(GATEWAY)
                                .ipv4("10.64.0." + port, FOREIGN)
                                .tcp(40_000, service)
                                .build(),
                        port);
        return outcome.forwarded() ? Optional.of(outcome.frame().destination()) : Optional.empty();
    }

    private void await(long port, int service, MacAddress where) {
        Await.until(
                "packets from port " + port + " to " + service + " go to " + where,
                () -> goes(world.rulesOf(FIRST), port, service).equals(Optional.ofNullable(where)));
    }

    private void relayAt(MacAddress mac) {
        world.nextHops.set(mac == null ? Map.of() : Map.of("mx", mac));
    }

    private void assertNeverSentDirectly(int before, long port) {
        List<?> states =
                world.flows.history().stream()
                        .skip(before)
                        .filter(state -> goes(state, port, 25).equals(Optional.of(GATEWAY)))
                        .collect(Collectors.toList());
        assertEquals(0, states.size(), "states in which direct mail got out");
    }

    @Test
    void nothingIsRedirectedToARelayThatIsRefusedAndNothingGetsOutInstead() {
        put(carol("lenient"));
        relayAt(RELAY);
        world.enforced();
        await(CAROL, 25, RELAY);
        int before = world.flows.history().size();

        world.nextHops.refuse("mx");
        await(CAROL, 25, null);
        world.awaitInForce();
        assertNeverSentDirectly(before, CAROL);
        assertEquals(Optional.of(GATEWAY), goes(world.rulesOf(FIRST), CAROL, 587));

        // also while it is away: the fallback is for relays that may be used
        relayAt(null);
        world.awaitInForce();
        await(CAROL, 25, null);
        assertNeverSentDirectly(before, CAROL);

        relayAt(RELAY);
        world.nextHops.refuse();
        await(CAROL, 25, RELAY);
        assertNeverSentDirectly(before, CAROL);
    }

    @Test
    void mailOfARedirectingClassIsDroppedWhileTheRelayIsAwayAndNeverGetsOut() {
        put(carol("steered"));
        world.enforced();
        int before = world.flows.history().size();
        assertEquals(Optional.empty(), goes(world.rulesOf(FIRST), CAROL, 25));
        relayAt(RELAY);
        await(CAROL, 25, RELAY);
        relayAt(STANDBY);
        await(CAROL, 25, STANDBY);
        relayAt(null);
        await(CAROL, 25, null);
        relayAt(RELAY);
        await(CAROL, 25, RELAY);
        world.awaitInForce();
        assertNeverSentDirectly(before, CAROL);
        assertEquals(Optional.of(GATEWAY), goes(world.rulesOf(FIRST), CAROL, 587));
        assertFalse(world.sendsMail(ALICE));
        assertTrue(world.sendsMail(BOB));
    }

    @Test
    void aClassThatFallsBackToAllowSendsWhileTheRelayIsAway() {
        put(carol("lenient"));
        world.enforced();
        await(CAROL, 25, GATEWAY);
        relayAt(RELAY);
        await(CAROL, 25, RELAY);
        relayAt(null);
        await(CAROL, 25, GATEWAY);
        world.awaitInForce();
    }

    @Test
    void anotherRelayThatGoesChangesNothing() {
        put(carol("steered"));
        world.enforced();
        relayAt(RELAY);
        await(CAROL, 25, RELAY);
        world.nextHops.set(Map.of("mx", RELAY, "tagged", STANDBY));
        world.nextHops.set(Map.of("mx", RELAY));
        world.awaitRulesOfTheSecond();
        assertEquals(Optional.of(RELAY), goes(world.rulesOf(FIRST), CAROL, 25));
    }

    @Test
    void aSwitchThatConnectsAgainSteersAsBefore() {
        put(carol("steered"));
        relayAt(RELAY);
        world.enforced();
        int before = world.flows.history().size();
        world.network.available(FIRST, false);
        world.awaitState(DeviceState.OFFLINE);
        world.network.available(FIRST, true);
        world.awaitInForce();
        await(CAROL, 25, RELAY);
        assertNeverSentDirectly(before, CAROL);
    }

    @Test
    void aSubscriberInAnotherVlanThanTheRelayCannotBeRedirected() {
        String why = "are not in one layer-2 network";
        String untagged = refusal(() -> put(carol("in-vlan")));
        assertTrue(untagged.contains(why) && untagged.contains("relay tagged"), untagged);
        Subscriber.Builder tagged =
                ControllerWorld.subscriber("carol", FIRST + "/3/200").serviceClass("in-vlan");
        String other = refusal(() -> put(tagged));
        assertTrue(other.contains(why) && other.contains(FIRST + "/3/200"), other);
        String steered =
                refusal(
                        () ->
                                put(
                                        ControllerWorld.subscriber("carol", FIRST + "/3/100")
                                                .serviceClass("steered")));
        assertTrue(steered.contains("relay mx, which is untagged,"), steered);
        put(carol("residential"));
        assertTrue(
                refusal(() -> world.subscribers.setClass("carol", "in-vlan", Order.console("test")))
                        .contains(why));
        put(ControllerWorld.subscriber("carol", FIRST + "/3/100").serviceClass("in-vlan"));
        assertEquals("in-vlan", world.subscribers.subscriber("carol").get().serviceClass());
    }

    @Test
    void aQuarantineReachesTheSwitchAndARelease() {
        world.enforced();
        world.subscribers.quarantine("bob", "quarantined", "sends spam", Order.console("noc"));
        await(BOB, 25, null);
        await(BOB, 587, null);
        await(BOB, 80, GATEWAY);
        world.awaitInForce();
        assertEquals(Optional.of(GATEWAY), goes(world.rulesOf(FIRST), ALICE, 587));
        world.subscribers.release("bob", Order.console("noc"));
        await(BOB, 25, GATEWAY);
        await(BOB, 587, GATEWAY);
        world.awaitInForce();
    }

    @Test
    void aWalledGardenLeadsToThePortalWhileThatIsThere() {
        world.nextHops.set(Map.of("quarantine portal", PORTAL));
        world.enforced();
        world.subscribers.quarantine("bob", "walled-garden", "sends spam", Order.console("noc"));
        await(BOB, 80, PORTAL);
        assertEquals(Optional.empty(), goes(world.rulesOf(FIRST), BOB, 443));
        assertEquals(Optional.empty(), goes(world.rulesOf(FIRST), BOB, 25));
        world.nextHops.set(Map.of());
        await(BOB, 80, null);
        // from one depth to the other
        world.subscribers.quarantine("bob", "quarantined", "sends spam", Order.console("noc"));
        await(BOB, 443, GATEWAY);
        assertEquals(Optional.empty(), goes(world.rulesOf(FIRST), BOB, 587));
        world.subscribers.release("bob", Order.console("noc"));
        await(BOB, 25, GATEWAY);
    }

    @Test
    void aResidentialSubscriberSendsNoMailWhileItIsQuarantinedAndReleased() {
        world.enforced();
        int before = world.flows.history().size();
        world.subscribers.quarantine("alice", "walled-garden", "worm", Order.console("noc"));
        await(ALICE, 443, null);
        world.subscribers.quarantine("alice", "quarantined", "worm", Order.console("noc"));
        await(ALICE, 443, GATEWAY);
        world.subscribers.release("alice", Order.console("noc"));
        await(ALICE, 587, GATEWAY);
        world.awaitInForce();
        assertNeverSentDirectly(before, ALICE);
    }

    @Test
    void aQuarantineSurvivesARestartOfTheController() {
        world.enforced();
        world.subscribers.quarantine("bob", "quarantined", "sends spam", Order.console("noc"));
        await(BOB, 587, null);
        world.restart();
        world.startEnforcement();
        world.awaitInForce();
        assertEquals(Optional.empty(), goes(world.rulesOf(FIRST), BOB, 587));
        assertEquals("sends spam", quarantineOf("bob"));
    }

    private String quarantineOf(String subscriber) {
        return world.enforcement
                .policy()
                .subscribers()
                .get(subscriber)
                .quarantine()
                .orElseThrow()
                .reason();
    }

    @Test
    void ofAMonitoredDeviceNothingIsDroppedUntilItIsEnforced() {
        world.subscribers.quarantine("bob", "walled-garden", "sends spam", Order.console("noc"));
        world.enforced();
        await(BOB, 443, null);
        world.configuration.post(FIRST, "postern", DEVICE.replace("}", ", 'mode': 'monitor'}"));
        await(ALICE, 25, GATEWAY);
        await(BOB, 443, GATEWAY);
        world.awaitInForce();
        world.configuration.post(FIRST, "postern", DEVICE);
        await(ALICE, 25, null);
        await(BOB, 443, null);
        world.awaitInForce();
    }

    @Test
    void ofAMonitoredSubscriberNothingIsDroppedAndItsNeighbourIsFilteredAsEver() {
        put(carol("residential").mode(Mode.MONITOR));
        world.enforced();
        await(CAROL, 25, GATEWAY);
        assertFalse(world.sendsMail(ALICE));
        put(carol("residential"));
        await(CAROL, 25, null);
        world.awaitInForce();
    }

    @Test
    void ofAMonitoredClassNothingIsDroppedUntilItIsEnforced() {
        put(carol("watched"));
        world.enforced();
        await(CAROL, 25, GATEWAY);
        world.subscribers.quarantine("carol", "quarantined", "spam", Order.console("noc"));
        await(CAROL, 25, null);
        world.subscribers.release("carol", Order.console("noc"));
        await(CAROL, 25, GATEWAY);
        world.configuration.post(
                world.permitOwner,
                "postern",
                "{'pools': ['10.64.0.0/16'], 'classes': [{'name': 'watched', 'mode': 'enforce'}]}");
        await(CAROL, 25, null);
        world.awaitInForce();
    }
}
