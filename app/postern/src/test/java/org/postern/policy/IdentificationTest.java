package org.postern.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;

/** Who can be told apart from the neighbours in packets towards subscribers. */
class IdentificationTest {
    private static final ServiceClass UNREACHABLE =
            new ServiceClass("unreachable", OutboundAction.DROP, InboundRule.DROP);
    private static final List<IpPrefix> POOLS = List.of(IpPrefix.valueOf("10.64.0.0/16"));
    private static final List<IpPrefix> BOTH_POOLS =
            List.of(IpPrefix.valueOf("10.64.0.0/16"), IpPrefix.valueOf("2001:db8:64::/48"));

    private static final Subscriber NEIGHBOUR =
            at("neighbour", "of:0000000000000001/1/200").build();

    @Test
    void businessSubscriberInAPoolNeedsAPrefixAMacOrAVlanOfItsOwn() {
        Subscriber.Builder nobody = at("shop", "of:0000000000000001/2").serviceClass("business");

        assertEquals(
                Optional.of(
                        "subscriber shop cannot have class business: packets from port 25 (the answers to its"
                                + " mail) could not be told from those to its neighbours in the pools; give it a"
                                + " prefix, a MAC address or a VLAN of its own first"),
                flaw("residential", POOLS, nobody.build()));
        assertFlawless(nobody.build().toBuilder().prefix(IpPrefix.valueOf("10.64.3.0/29")).build());
        assertFlawless(
                nobody.build().toBuilder().mac(MacAddress.valueOf("02:00:00:00:00:07")).build());
        assertFlawless(at("shop", "of:0000000000000001/2/300").serviceClass("business").build());
    }

    private static void assertFlawless(Subscriber subscriber) {
        assertEquals(Optional.empty(), flaw("residential", POOLS, subscriber));
    }

    @Test
    void aVlanSharedWithANeighbourTellsNobodyApart() {
        Subscriber shop = at("shop", "of:0000000000000001/2/200").serviceClass("business").build();

        assertTrue(flaw("residential", POOLS, shop).isPresent());
    }

    @Test
    void aVlanMustTellTheSubscriberApartWhereverItIsAttached() {
        Subscriber shop =
                at("shop", "of:0000000000000001/2/300")
                        .attachedAt(Attachment.parse("of:0000000000000002/2"))
                        .serviceClass("business")
                        .build();

        assertTrue(flaw("residential", POOLS, shop).isPresent());
    }

    @Test
    void aVlanUsedOnADeviceThatIsNotChainedIsStillOnesOwn() {
        Subscriber shop = at("shop", "of:0000000000000002/2/200").serviceClass("business").build();

        assertFlawless(shop);
    }

    @Test
    void withoutPoolsNoAnswerIsDroppedSoNothingIsNeeded() {
        Subscriber shop = at("shop", "of:0000000000000001/2").serviceClass("business").build();

        assertEquals(Optional.empty(), flaw("residential", List.of(), shop));
    }

    @Test
    void anInnerVlanTellsNobodyApartOnTheWayInAndLeavesTheOuterOneToNobody() {
        Subscriber shop =
                at("shop", "of:0000000000000001/2/300.7").serviceClass("business").build();
        assertTrue(flaw("residential", POOLS, shop).isPresent());
        assertFlawless(shop.toBuilder().prefix(IpPrefix.valueOf("10.64.3.0/29")).build());
        assertFlawless(shop.toBuilder().mac(MacAddress.valueOf("02:00:00:00:00:07")).build());
        Policy policy = policy("residential", POOLS, shop);
        assertTrue(Identification.on(policy, device(1)).vlansOf(shop).isEmpty());
    }

    @Test
    void aPairOfVlansCannotBeGuardedAndThatIsSaid() {
        Subscriber shop =
                at("shop", "of:0000000000000001/2/300.7")
                        .serviceClass("guarded")
                        .prefix(IpPrefix.valueOf("10.64.3.0/29"))
                        .build();
        assertEquals(
                Optional.of(
                        "subscriber shop cannot have class guarded: attachment of:0000000000000001/2/300.7 is a"
                                + " pair of VLANs, whose sources are not guarded; use a class without"
                                + " sourceGuard, or give it a VLAN of its own"),
                flaw("residential", POOLS, shop));
    }

    @Test
    void aPairOfVlansCannotBeRedirectedAndThatIsSaid() {
        Subscriber shop = at("shop", "of:0000000000000001/2/300.7").serviceClass("steered").build();
        String flaw = flaw("residential", POOLS, shop).orElse("none");
        assertTrue(
                flaw.contains("attachment of:0000000000000001/2/300.7 and relay mx")
                        && flaw.contains("a relay has one tag at most: use a class that drops"),
                flaw);
    }

    @Test
    void residentialSubscriberNeedsNothing() {
        assertFlawless(at("home", "of:0000000000000001/2").build());
    }

    @Test
    void subscriberWhosePort25IsClosedMustBeToldApart() {
        Subscriber closed =
                at("closed", "of:0000000000000001/2").serviceClass("unreachable").build();

        String flaw = flaw("residential", POOLS, closed).orElse("none");

        assertTrue(flaw.contains("packets to its port 25 could not be told"), flaw);
    }

    @Test
    void subscriberWhosePort25IsOpenMustBeToldApartWhereTheDefaultIsClosed() {
        Subscriber open = at("open", "of:0000000000000001/2").build();

        String flaw = flaw("unreachable", POOLS, open).orElse("none");

        assertTrue(flaw.contains("packets to its port 25 could not be told"), flaw);
        assertEquals(Optional.empty(), flaw("unreachable", List.of(), open));
    }

    @Test
    void aSendingSubscriberWithPrefixesOfOneFamilyGetsNoAnswersInTheOtherAndThatIsSaid() {
        Subscriber shop = shopWith("10.64.3.0/29").build();

        assertEquals(Optional.empty(), flaw("residential", BOTH_POOLS, shop));
        assertEquals(
                Optional.of(
                        "subscriber shop cannot be told from its neighbours over IPv6: there the answers to its mail"
                                + " are dropped; if it uses IPv6, give it an IPv6 prefix, a MAC address or a VLAN of its"
                                + " own"),
                caveat("residential", BOTH_POOLS, shop));
        String other =
                caveat("residential", BOTH_POOLS, shopWith("2001:db8:64:3::/64").build())
                        .orElse("none");
        assertTrue(other.contains("over IPv4:") && other.contains("an IPv4 prefix"), other);
    }

    @Test
    void whoIsToldApartInBothFamiliesHasNoCaveat() {
        Subscriber shop = shopWith("10.64.3.0/29").build();

        assertUncaveated(
                BOTH_POOLS,
                shopWith("10.64.3.0/29").prefix(IpPrefix.valueOf("2001:db8:64:3::/64")).build());
        assertUncaveated(
                BOTH_POOLS,
                shopWith("10.64.3.0/29").mac(MacAddress.valueOf("02:00:00:00:00:07")).build());
        assertUncaveated(
                BOTH_POOLS,
                at("shop", "of:0000000000000001/2/300")
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.3.0/29"))
                        .build());
        // no IPv6 answers are dropped where no IPv6 pool is
        assertUncaveated(POOLS, shop);
        assertUncaveated(List.of(), shop);
        assertUncaveated(BOTH_POOLS, shop.toBuilder().serviceClass("residential").build());
        // this one has a flaw
        assertUncaveated(
                BOTH_POOLS, at("shop", "of:0000000000000001/2").serviceClass("business").build());
    }

    private static void assertUncaveated(List<IpPrefix> pools, Subscriber subscriber) {
        assertEquals(Optional.empty(), caveat("residential", pools, subscriber));
    }

    @Test
    void aVlanSharedWithANeighbourTellsNobodyApartInTheOtherFamilyEither() {
        Subscriber shop =
                at("shop", "of:0000000000000001/2/200")
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.3.0/29"))
                        .build();

        assertTrue(caveat("residential", BOTH_POOLS, shop).isPresent());
    }

    @Test
    void port25ThatShallBeClosedStaysOpenInTheOtherFamilyAndThatIsSaid() {
        Subscriber closed = shopWith("10.64.3.0/29").serviceClass("unreachable").build();

        for (List<IpPrefix> pools : List.of(BOTH_POOLS, List.<IpPrefix>of())) {
            String caveat = caveat("residential", pools, closed).orElse("none");
            assertTrue(caveat.contains("over IPv6: there its port 25 stays reachable;"), caveat);
        }
        // closed for everybody in the pools
        assertEquals(Optional.empty(), caveat("unreachable", BOTH_POOLS, closed));
    }

    @Test
    void port25ThatShallBeOpenIsClosedInTheOtherFamilyWhereTheDefaultIsClosedAndThatIsSaid() {
        String caveat =
                caveat("unreachable", BOTH_POOLS, shopWith("10.64.3.0/29").build()).orElse("none");

        assertTrue(
                caveat.contains(
                        "there the answers to its mail are dropped and its port 25 is not reachable;"),
                caveat);
    }

    private static Exemption.Builder exemption() {
        return Exemption.builder("e-1")
                .subscriber("shop")
                .reason("own mail server")
                .by("karaf")
                .from(Instant.EPOCH)
                .until(Instant.EPOCH.plusSeconds(1));
    }

    private static Policy exempting(List<IpPrefix> pools, Subscriber shop, Exemption exemption) {
        return policy("residential", pools, shop).toBuilder()
                .exemptions(List.of(exemption))
                .build();
    }

    private static Exemption to(String... destinations) {
        Exemption.Builder exemption = exemption();
        for (String destination : destinations) {
            exemption.destination(IpPrefix.valueOf(destination));
        }
        return exemption.build();
    }

    @Test
    void whoIsExemptedNeedsAPrefixAMacOrAVlanOfItsOwnAsWhoSends() {
        Subscriber nobody = at("shop", "of:0000000000000001/2").build();
        for (Exemption exemption : List.of(to("192.0.2.25/32"), exemption().build())) {
            assertEquals(
                    Optional.of(
                            "subscriber shop cannot have exemption e-1: packets from port 25 (the answers to its"
                                    + " mail) could not be told from those to its neighbours in the pools;"
                                    + " give it a prefix, a MAC address or a VLAN of its own first"),
                    Identification.flaw(exempting(POOLS, nobody, exemption), nobody));
            Subscriber told =
                    nobody.toBuilder().mac(MacAddress.valueOf("02:00:00:00:00:07")).build();
            assertEquals(
                    Optional.empty(), Identification.flaw(exempting(POOLS, told, exemption), told));
            assertEquals(
                    Optional.empty(),
                    Identification.flaw(exempting(List.of(), nobody, exemption), nobody));
        }
    }

    @Test
    void whoIsGivenAClassByExemptionIsToldWhichAndByWhat() {
        Subscriber nobody = at("shop", "of:0000000000000001/2").build();
        String flaw =
                Identification.flaw(
                                exempting(
                                        POOLS,
                                        nobody,
                                        exemption().serviceClass("business").build()),
                                nobody)
                        .orElse("none");
        assertTrue(flaw.contains("cannot have class business by exemption e-1: packets"), flaw);
        Subscriber sender = nobody.toBuilder().serviceClass("business").build();
        String own =
                Identification.flaw(exempting(POOLS, sender, exemption().build()), sender)
                        .orElse("none");
        assertTrue(own.contains("cannot have class business: packets"), own);
        Subscriber pair = at("shop", "of:0000000000000001/2/300.7").build();
        String guarded =
                Identification.flaw(
                                exempting(POOLS, pair, exemption().serviceClass("guarded").build()),
                                pair)
                        .orElse("none");
        assertTrue(
                guarded.contains("cannot have class guarded by exemption e-1: attachment"),
                guarded);
    }

    @Test
    void anExemptSubscriberWithPrefixesOfOneFamilyHasACaveatIfADestinationIsOfTheOther() {
        Subscriber shop = shopWith("10.64.3.0/29").serviceClass("residential").build();
        String six =
                Identification.caveat(exempting(BOTH_POOLS, shop, to("2001:db8::25/128")), shop)
                        .orElse("none");
        assertTrue(
                six.contains(
                        "over IPv6: there the answers to its mail, by exemption e-1, are dropped;"),
                six);
        assertEquals(
                Optional.empty(),
                Identification.caveat(exempting(BOTH_POOLS, shop, to("192.0.2.25/32")), shop));
        assertTrue(
                Identification.caveat(exempting(BOTH_POOLS, shop, exemption().build()), shop)
                        .isPresent());
    }

    @Test
    void aNeighbourThatTakesAnExemptSubscribersVlanIsToldSo() {
        Subscriber shop = at("shop", "of:0000000000000001/2/300").build();
        Policy before = exempting(POOLS, shop, to("192.0.2.25/32"));
        Subscriber taker =
                NEIGHBOUR.toBuilder()
                        .attachedAt(Attachment.parse("of:0000000000000001/1/300"))
                        .build();
        Policy after = before.toBuilder().subscribers(List.of(taker, shop)).build();
        assertEquals(
                Optional.of(
                        "subscriber neighbour: VLAN 300 is what tells subscriber shop with exemption e-1 from its"
                                + " neighbours; give shop a prefix or a MAC address first, or neighbour"
                                + " another VLAN"),
                Identification.loss(before, after, Set.of("neighbour")));
        Policy unexempted = after.toBuilder().exemptions(List.of()).build();
        assertEquals(
                Optional.empty(), Identification.loss(unexempted, unexempted, Set.of("neighbour")));
    }

    private static Subscriber.Builder shopWith(String prefix) {
        return at("shop", "of:0000000000000001/2")
                .serviceClass("business")
                .prefix(IpPrefix.valueOf(prefix));
    }

    private static Subscriber.Builder at(String id, String attachment) {
        return Subscriber.builder(id).attachedAt(Attachment.parse(attachment));
    }

    private static Optional<String> flaw(
            String defaultClass, List<IpPrefix> pools, Subscriber subscriber) {
        return Identification.flaw(policy(defaultClass, pools, subscriber), subscriber);
    }

    private static Optional<String> caveat(
            String defaultClass, List<IpPrefix> pools, Subscriber subscriber) {
        return Identification.caveat(policy(defaultClass, pools, subscriber), subscriber);
    }

    private static Policy policy(String defaultClass, List<IpPrefix> pools, Subscriber subscriber) {
        return new Policy(
                new Infrastructure(
                        List.of(),
                        pools,
                        List.of(
                                UNREACHABLE,
                                ServiceClass.named("guarded").sourceGuard(true).build(),
                                ServiceClass.named("steered")
                                        .outbound(OutboundAction.REDIRECT)
                                        .relay("mx")
                                        .build()),
                        defaultClass,
                        List.of(
                                new NextHop(
                                        "mx",
                                        Set.of(IpAddress.valueOf("10.64.0.25")),
                                        null,
                                        Set.of(VlanId.vlanId((short) 300)))),
                        Remediation.NONE),
                List.of(device(1), device(2)),
                List.of(NEIGHBOUR, subscriber),
                List.of());
    }

    private static AccessDevice device(int number) {
        return new AccessDevice(
                DeviceId.deviceId("of:000000000000000" + number),
                Map.of(PortNumber.portNumber(9), PortRole.UPLINK),
                "default");
    }
}
