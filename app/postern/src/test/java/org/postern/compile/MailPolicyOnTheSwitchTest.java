package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.OutboundAction;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.ServiceClass;
import org.postern.policy.SubmissionServer;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;
import org.postern.policy.TruePacket;
import org.postern.policy.TruePacket.Kind;
import org.postern.policy.TruePacket.Piece;

/** Does this packet get out? */
class MailPolicyOnTheSwitchTest {
    private static final Instant LATER = Instant.parse("2030-01-01T00:00:00Z");
    private static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    private static final DeviceId NEXT = DeviceId.deviceId("of:0000000000000002");

    private static final long HOME = 1;
    private static final long SHOP = 2;
    private static final long SHARED = 3;
    private static final long UNLISTED = 5;
    private static final long SERVER = 7;
    private static final long TRANSIT = 8;
    private static final long UPLINK = 9;

    private static final String SUBMISSION = "198.51.100.25";
    private static final String SUBMISSION_6 = "2001:db8:51::25";
    private static final String HOME_HOST = "10.64.0.7";
    private static final String HOME_HOST_6 = "2001:db8:64::7";
    private static final String SHOP_HOST = "10.64.3.2";
    private static final String SHOP_HOST_6 = "2001:db8:64:3::2";
    private static final String VLAN_HOST = "10.64.4.2";
    private static final String FOREIGN = "203.0.113.9";
    private static final String FOREIGN_6 = "2001:db8:f00d::9";

    private static final int TAG = 300;
    private static final MacAddress LODGER_MAC = MacAddress.valueOf("02:00:00:00:00:77");
    private static final ServiceClass UNREACHABLE =
            new ServiceClass("unreachable", OutboundAction.ALLOW, InboundRule.DROP);

    private static final Subscriber HOME_SUBSCRIBER = at("home", DEVICE + "/1").build();

    /** Sends mail itself, known by its prefixes. */
    private static final Subscriber SHOP_SUBSCRIBER =
            at("shop", DEVICE + "/2")
                    .serviceClass("business")
                    .prefix(IpPrefix.valueOf("10.64.3.0/29"))
                    .prefix(IpPrefix.valueOf("2001:db8:64:3::/64"))
                    .build();

    /** Sends mail itself, known by its VLAN on a port it shares. */
    private static final Subscriber VLAN_SUBSCRIBER =
            at("tower-300", DEVICE + "/3/300").serviceClass("business").build();

    private final List<Subscriber> subscribers =
            new ArrayList<>(List.of(HOME_SUBSCRIBER, SHOP_SUBSCRIBER, VLAN_SUBSCRIBER));
    private final List<Suspension> suspensions = new ArrayList<>();
    private final List<AccessDevice> devices = new ArrayList<>(List.of(device(DEVICE)));
    private String defaultClass = "residential";

    private static Subscriber.Builder at(String id, String attachment) {
        return Subscriber.builder(id).attachedAt(Attachment.parse(attachment));
    }

    private static AccessDevice device(DeviceId id) {
        return new AccessDevice(
                id,
                Map.of(
                        PortNumber.portNumber(HOME), PortRole.ACCESS,
                        PortNumber.portNumber(SHOP), PortRole.ACCESS,
                        PortNumber.portNumber(SHARED), PortRole.ACCESS,
                        PortNumber.portNumber(SERVER), PortRole.SERVER,
                        PortNumber.portNumber(TRANSIT), PortRole.TRANSIT,
                        PortNumber.portNumber(UPLINK), PortRole.UPLINK),
                "default");
    }

    private Policy policy() {
        return new Policy(
                new Infrastructure(
                        List.of(
                                new SubmissionServer(
                                        "smtp.isp.example",
                                        Set.of(
                                                IpAddress.valueOf(SUBMISSION),
                                                IpAddress.valueOf(SUBMISSION_6)),
                                        Set.of(25, 465, 587))),
                        List.of(
                                IpPrefix.valueOf("10.64.0.0/16"),
                                IpPrefix.valueOf("2001:db8:64::/48")),
                        List.of(UNREACHABLE),
                        defaultClass),
                devices,
                subscribers,
                suspensions);
    }

    private void assertPasses(TruePacket packet) {
        AccessSwitch tables = AccessSwitch.under(policy(), devices.get(0));
        assertTrue(tables.passes(packet), () -> tables.explain(packet));
    }

    private void assertDropped(TruePacket packet) {
        AccessSwitch tables = AccessSwitch.under(policy(), devices.get(0));
        assertFalse(tables.passes(packet), () -> tables.explain(packet));
    }

    private static TruePacket mail(long inPort, String from, String to) {
        return TruePacket.tcp(inPort, from, 40000, to, 25);
    }

    private static TruePacket reply(long inPort, String from, String to) {
        return TruePacket.tcp(inPort, from, 25, to, 40000);
    }

    @Test
    void residentialSubscriberCannotReachAForeignMailExchanger() {
        assertDropped(mail(HOME, HOME_HOST, FOREIGN));
        assertDropped(mail(HOME, HOME_HOST_6, FOREIGN_6));
        // whatever it says its address is
        assertDropped(mail(HOME, SHOP_HOST, FOREIGN));
    }

    @Test
    void optionsAndAnAtomicFragmentHideNoMail() {
        assertDropped(mail(HOME, HOME_HOST, FOREIGN).extended());
        assertDropped(mail(HOME, HOME_HOST_6, FOREIGN_6).extended());
        assertDropped(mail(HOME, HOME_HOST_6, FOREIGN_6).piece(Piece.ATOMIC));
    }

    @ParameterizedTest
    @ValueSource(ints = {25, 465, 587})
    void everySubscriberReachesTheSubmissionServer(int port) {
        for (long inPort : List.of(HOME, SHOP, SHARED, UNLISTED)) {
            assertPasses(TruePacket.tcp(inPort, HOME_HOST, 40000, SUBMISSION, port));
            assertPasses(TruePacket.tcp(inPort, HOME_HOST_6, 40000, SUBMISSION_6, port));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {465, 587, 80, 443, 1194})
    void everySubscriberReachesEveryOtherPortOfAnyHost(int port) {
        for (long inPort : List.of(HOME, SHOP, SHARED, UNLISTED)) {
            assertPasses(TruePacket.tcp(inPort, HOME_HOST, 40000, FOREIGN, port));
            assertPasses(TruePacket.tcp(inPort, HOME_HOST_6, 40000, FOREIGN_6, port).tagged(TAG));
        }
    }

    @Test
    void port25OfAnotherProtocolIsNotMail() {
        assertPasses(mail(HOME, HOME_HOST, FOREIGN).as(Kind.UDP));
        assertPasses(mail(HOME, HOME_HOST_6, FOREIGN_6).as(Kind.UDP));
        assertPasses(mail(HOME, HOME_HOST, FOREIGN).as(Kind.NEIGHBOUR));
    }

    @Test
    void businessSubscriberSendsMailAndGetsTheAnswers() {
        assertPasses(mail(SHOP, SHOP_HOST, FOREIGN));
        assertPasses(mail(SHOP, SHOP_HOST_6, FOREIGN_6));
        assertPasses(reply(UPLINK, FOREIGN, SHOP_HOST));
        assertPasses(reply(UPLINK, FOREIGN_6, SHOP_HOST_6));
    }

    @Test
    void answersToAResidentialSubscribersSpoofedMailAreDropped() {
        assertDropped(reply(UPLINK, FOREIGN, HOME_HOST));
        assertDropped(reply(UPLINK, FOREIGN_6, HOME_HOST_6));
        assertDropped(reply(SERVER, FOREIGN, HOME_HOST));
    }

    @Test
    void answersFromTheSubmissionServerArrive() {
        assertPasses(reply(UPLINK, SUBMISSION, HOME_HOST));
        assertPasses(reply(SERVER, SUBMISSION_6, HOME_HOST_6));
    }

    @Test
    void answersToThoseOutsideEveryPoolArrive() {
        assertPasses(reply(UPLINK, FOREIGN, "192.0.2.10"));
        assertPasses(reply(UPLINK, FOREIGN_6, "2001:db8:99::1"));
    }

    @Test
    void subscriberIsToldByItsVlanOnAPortItShares() {
        assertPasses(mail(SHARED, VLAN_HOST, FOREIGN).tagged(TAG));
        assertPasses(reply(UPLINK, FOREIGN, VLAN_HOST).tagged(TAG));
        assertDropped(mail(SHARED, VLAN_HOST, FOREIGN));
        assertDropped(mail(SHARED, VLAN_HOST, FOREIGN).tagged(301));
        assertDropped(mail(HOME, VLAN_HOST, FOREIGN).tagged(TAG));
        assertDropped(reply(UPLINK, FOREIGN, VLAN_HOST).tagged(301));
    }

    @Test
    void residentialVlanOfABusinessSubscribersPortStaysResidential() {
        subscribers.add(at("lodger", DEVICE + "/2/200").build());

        assertPasses(mail(SHOP, SHOP_HOST, FOREIGN));
        assertDropped(mail(SHOP, SHOP_HOST, FOREIGN).tagged(200));
        assertPasses(mail(SHOP, SHOP_HOST, FOREIGN).piece(Piece.FIRST));
        assertDropped(mail(SHOP, SHOP_HOST, FOREIGN).tagged(200).piece(Piece.FIRST));
    }

    @Test
    void oneVlanTagChangesNothing() {
        assertDropped(mail(HOME, HOME_HOST, FOREIGN).tagged(100));
        assertDropped(mail(HOME, HOME_HOST_6, FOREIGN_6).tagged(0));
        assertPasses(mail(SHOP, SHOP_HOST, FOREIGN).tagged(100));
        assertPasses(mail(HOME, HOME_HOST, SUBMISSION).tagged(100));
        assertDropped(reply(UPLINK, FOREIGN, HOME_HOST).tagged(100));
    }

    @Test
    void aVlanIsOnesOwnOnlyWhereOneHasIt() {
        devices.add(
                new AccessDevice(
                        NEXT, Map.of(PortNumber.portNumber(UPLINK), PortRole.UPLINK), "default"));
        subscribers.add(
                at("firm", DEVICE + "/4")
                        .attachedAt(Attachment.parse(NEXT + "/1/400"))
                        .serviceClass("business")
                        .build());
        subscribers.add(at("flat", DEVICE + "/6/400").build());

        // VLAN 400 is the flat's here, though the firm has one of that number elsewhere
        assertDropped(reply(UPLINK, FOREIGN, HOME_HOST).tagged(400));
    }

    @ParameterizedTest
    @EnumSource(
            value = Piece.class,
            names = {"FIRST", "SHORT_FIRST", "LATER"})
    void residentialSubscribersTcpFragmentsAreDropped(Piece piece) {
        assertDropped(mail(HOME, HOME_HOST, FOREIGN).piece(piece));
        assertPasses(mail(SHOP, SHOP_HOST, FOREIGN).piece(piece));
        assertPasses(mail(HOME, HOME_HOST, SUBMISSION).piece(piece));
        assertPasses(mail(UPLINK, FOREIGN, HOME_HOST).piece(piece));
    }

    @ParameterizedTest
    @EnumSource(
            value = Piece.class,
            names = {"FIRST", "SHORT_FIRST", "HIDDEN_FIRST"})
    void theBeginningOfResidentialTcpOverIpv6IsDropped(Piece piece) {
        assertDropped(mail(HOME, HOME_HOST_6, FOREIGN_6).piece(piece));
        assertPasses(mail(SHOP, SHOP_HOST_6, FOREIGN_6).piece(piece));
        assertPasses(mail(HOME, HOME_HOST_6, SUBMISSION_6).piece(piece));
    }

    @Test
    void fragmentsOfUdpAndIcmpPass() {
        for (Kind kind : List.of(Kind.UDP, Kind.ECHO)) {
            for (Piece piece : List.of(Piece.FIRST, Piece.LATER)) {
                assertPasses(mail(HOME, HOME_HOST, FOREIGN).as(kind).piece(piece));
                assertPasses(mail(HOME, HOME_HOST_6, FOREIGN_6).as(kind).piece(piece));
            }
        }
    }

    @Test
    void residentialSubscriberCannotReachANeighboursMailServer() {
        assertDropped(mail(HOME, HOME_HOST, SHOP_HOST));
        assertDropped(mail(HOME, HOME_HOST_6, SHOP_HOST_6));
        assertPasses(mail(UPLINK, FOREIGN, SHOP_HOST));
        assertPasses(reply(SHOP, SHOP_HOST, FOREIGN));
    }

    @Test
    void residentialServersPort25StaysReachableFromOutside() {
        assertPasses(mail(UPLINK, FOREIGN, HOME_HOST));
        assertPasses(reply(HOME, HOME_HOST, FOREIGN));
    }

    @Test
    void closedPort25IsReachedByNobody() {
        subscribers.add(
                at("closed", DEVICE + "/4")
                        .serviceClass("unreachable")
                        .prefix(IpPrefix.valueOf("10.64.5.0/24"))
                        .mac(LODGER_MAC)
                        .build());

        assertDropped(mail(UPLINK, FOREIGN, "10.64.5.1"));
        assertDropped(mail(SERVER, SUBMISSION, "10.64.5.1"));
        assertDropped(mail(SHOP, SHOP_HOST, "10.64.5.1"));
        assertDropped(mail(UPLINK, FOREIGN_6, "2001:db8:64:5::1").toMac(LODGER_MAC));
        assertPasses(mail(UPLINK, FOREIGN, HOME_HOST));
        assertPasses(TruePacket.tcp(UPLINK, FOREIGN, 40000, "10.64.5.1", 587));
        // from port 25 to port 25 it is an answer, and still towards its port 25
        assertDropped(TruePacket.tcp(UPLINK, SUBMISSION, 25, "10.64.5.1", 25));
    }

    @Test
    void whoIsUnreachableInAVlanOfItsOwnStillSendsMail() {
        subscribers.add(at("tower-400", DEVICE + "/3/400").serviceClass("unreachable").build());

        assertPasses(mail(SHARED, HOME_HOST, FOREIGN).tagged(400));
        assertDropped(mail(UPLINK, FOREIGN, HOME_HOST).tagged(400));
        assertPasses(reply(UPLINK, FOREIGN, HOME_HOST).tagged(400));
    }

    @Test
    void whereTheDefaultIsUnreachableOnlyThosePermittedAreReached() {
        defaultClass = "unreachable";

        assertDropped(mail(UPLINK, FOREIGN, "10.64.9.9"));
        assertDropped(mail(UPLINK, FOREIGN_6, "2001:db8:64:9::9"));
        assertPasses(mail(UPLINK, FOREIGN, SHOP_HOST));
        assertPasses(mail(UPLINK, FOREIGN, "192.0.2.10"));
        // its outbound rule is the default too
        assertPasses(mail(UNLISTED, "10.64.9.9", FOREIGN));
        assertDropped(mail(HOME, HOME_HOST, FOREIGN));
    }

    @Test
    void portThatNobodyListedIsASubscribersAndClosed() {
        assertDropped(mail(UNLISTED, HOME_HOST, FOREIGN));
        assertDropped(mail(UNLISTED, HOME_HOST_6, FOREIGN_6));
        assertPasses(TruePacket.tcp(UNLISTED, HOME_HOST, 40000, FOREIGN, 443));
    }

    @Test
    void transitPortPassesEverything() {
        assertPasses(mail(TRANSIT, HOME_HOST, FOREIGN));
        assertPasses(reply(TRANSIT, FOREIGN_6, HOME_HOST_6));
        assertPasses(mail(TRANSIT, HOME_HOST, FOREIGN).piece(Piece.FIRST));
    }

    @Test
    void answersToABusinessSubscriberPassTheDevicesOfItsChain() {
        devices.add(device(NEXT));
        subscribers.add(
                at("downstream", NEXT + "/1")
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.6.0/24"))
                        .build());

        assertPasses(reply(UPLINK, FOREIGN, "10.64.6.1"));
        assertDropped(reply(UPLINK, FOREIGN, "10.64.7.1"));

        devices.set(1, new AccessDevice(NEXT, devices.get(1).roles(), "another ring"));
        assertDropped(reply(UPLINK, FOREIGN, "10.64.6.1"));
    }

    @Test
    void suspendedDevicePassesEverything() {
        suspensions.add(Suspension.ofDevice(DEVICE, LATER, "outage", "karaf"));

        assertPasses(mail(HOME, HOME_HOST, FOREIGN));
        assertPasses(mail(UNLISTED, HOME_HOST_6, FOREIGN_6));
        assertPasses(mail(HOME, HOME_HOST_6, FOREIGN_6).piece(Piece.HIDDEN_FIRST));
        assertPasses(reply(UPLINK, FOREIGN, HOME_HOST));
    }

    @Test
    void suspensionOfAnotherDeviceChangesNothingHere() {
        suspensions.add(Suspension.ofDevice(NEXT, LATER, "outage", "karaf"));

        assertDropped(mail(HOME, HOME_HOST, FOREIGN));
        assertDropped(reply(UPLINK, FOREIGN, HOME_HOST));
    }

    @Test
    void suspensionEverywhereIsOfEveryDevice() {
        suspensions.add(Suspension.everywhere(LATER, "outage", "karaf"));

        assertPasses(mail(HOME, HOME_HOST, FOREIGN));
    }

    @Test
    void suspendedClassSendsFreelyAndGetsItsAnswers() {
        subscribers.add(at("closed", DEVICE + "/4").serviceClass("unreachable").build());
        defaultClass = "business";
        assertDropped(mail(HOME, HOME_HOST, FOREIGN));

        suspensions.add(Suspension.ofClass("residential", LATER, "outage", "karaf"));

        assertPasses(mail(HOME, HOME_HOST, FOREIGN));
        assertPasses(mail(HOME, HOME_HOST, FOREIGN).piece(Piece.FIRST));
        assertPasses(reply(UPLINK, FOREIGN, HOME_HOST));
    }

    @Test
    void suspensionOfAClassLeavesTheOthersAsTheyAre() {
        suspensions.add(Suspension.ofClass("business", LATER, "outage", "karaf"));

        assertDropped(mail(HOME, HOME_HOST, FOREIGN));
        assertDropped(mail(HOME, HOME_HOST, FOREIGN).piece(Piece.FIRST));
    }

    @Test
    void attemptsAreCountedBySubscriber() {
        DeviceRules rules = AccessSwitch.compiled(policy(), devices.get(0));
        AccessSwitch tables = AccessSwitch.under(policy(), devices.get(0));

        tables.passes(mail(HOME, HOME_HOST, FOREIGN));
        tables.passes(mail(HOME, HOME_HOST_6, FOREIGN_6));
        tables.passes(mail(UNLISTED, HOME_HOST, FOREIGN));
        // none of these is an attempt
        tables.passes(mail(HOME, HOME_HOST, FOREIGN).piece(Piece.FIRST));
        tables.passes(mail(HOME, HOME_HOST, SUBMISSION));
        tables.passes(mail(SHOP, SHOP_HOST, FOREIGN));

        assertEquals(2, attempts(rules, tables, "home"));
        assertEquals(1, attempts(rules, tables, ""));
        assertEquals(0, attempts(rules, tables, "shop"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/4", "/4/400"})
    void ofTwoSubscribersOnOneAttachmentTheOneThatMayNotSendDecides(String attachment) {
        String port = DEVICE + attachment;
        TruePacket packet = mail(4, HOME_HOST, FOREIGN).tagged(400);
        TruePacket sixth = mail(4, HOME_HOST_6, FOREIGN_6).tagged(400);

        subscribers.add(at("late", port).serviceClass("business").build());
        assertPasses(packet);

        subscribers.add(at("early", port).build());
        assertDropped(packet);
        assertDropped(packet.piece(Piece.FIRST));
        assertDropped(sixth);

        // whichever of them comes first
        subscribers.add(at("zero", port).build());
        assertDropped(packet);
        assertDropped(sixth);
        assertPasses(mail(SHOP, SHOP_HOST, FOREIGN));
    }

    @Test
    void twoSubscribersOnOneAttachmentAreOneRuleAndTheFirstOfThemIsCounted() {
        subscribers.add(at("home-2", DEVICE + "/1").build());
        subscribers.add(at("tower-301", DEVICE + "/3/300").serviceClass("business").build());
        DeviceRules rules = AccessSwitch.compiled(policy(), devices.get(0));
        AccessSwitch tables = AccessSwitch.under(policy(), devices.get(0));

        tables.passes(mail(HOME, HOME_HOST, FOREIGN));

        assertEquals(1, attempts(rules, tables, "home"));
        assertEquals(0, attempts(rules, tables, "home-2"));
        List<RuleKey> keys =
                AccessSwitch.rules(policy(), devices.get(0)).stream()
                        .map(RuleKey::of)
                        .collect(Collectors.toList());
        assertEquals(new HashSet<>(keys).size(), keys.size(), keys.toString());
        assertEquals(keys.size(), rules.size());
    }

    @Test
    void onALineThatTwoHaveMailPassesOnlyIfBothMaySendItWhoeverWasFirst() {
        for (String other : List.of("a-first", "z-last")) {
            Subscriber sender =
                    at(other, DEVICE + "/1")
                            .serviceClass("business")
                            .prefix(IpPrefix.valueOf("10.64.3.8/29"))
                            .build();
            subscribers.remove(HOME_SUBSCRIBER);
            subscribers.add(sender);
            assertTrue(
                    AccessSwitch.under(policy(), devices.get(0))
                            .passes(mail(HOME, HOME_HOST, FOREIGN)));
            subscribers.add(HOME_SUBSCRIBER);
            assertFalse(
                    AccessSwitch.under(policy(), devices.get(0))
                            .passes(mail(HOME, HOME_HOST, FOREIGN)));
            List<FlowRule> rules = AccessSwitch.rules(policy(), devices.get(0));
            Collections.reverse(subscribers);
            assertEquals(rules, AccessSwitch.rules(policy(), devices.get(0)));
            subscribers.remove(sender);
        }
    }

    private static long attempts(DeviceRules rules, AccessSwitch tables, String subscriber) {
        long attempts = 0;
        for (FlowRule rule : rules.floor().rules()) {
            if (rules.counted().containsKey(RuleKey.of(rule))
                    && rules.counted()
                            .get(RuleKey.of(rule))
                            .subscriber()
                            .orElse("")
                            .equals(subscriber)) {
                attempts += tables.packets(rule);
            }
        }
        return attempts;
    }

    @Test
    void ofTwoClassesTheDenialHoldsWhileBothAreInTheSwitch() {
        AccessSwitch tables = AccessSwitch.under(policy(), devices.get(0));
        assertTrue(tables.passes(mail(SHOP, SHOP_HOST, FOREIGN)));

        subscribers.replaceAll(
                s ->
                        s.equals(SHOP_SUBSCRIBER)
                                ? s.toBuilder().serviceClass("residential").build()
                                : s);
        tables.install(AccessSwitch.rules(policy(), devices.get(0)));

        assertFalse(tables.passes(mail(SHOP, SHOP_HOST, FOREIGN)));
    }
}
