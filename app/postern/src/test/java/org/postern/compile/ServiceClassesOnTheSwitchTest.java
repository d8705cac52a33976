package org.postern.compile;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.postern.policy.Verdict;

/** Quarantine, guards and redirect: does this packet get out, and where to? */
class ServiceClassesOnTheSwitchTest extends ServiceClassesOnTheSwitch {
    @ParameterizedTest
    @ValueSource(ints = {25, 465, 587})
    void whoIsQuarantinedSendsNoMailToAnybodyButTheContactPath(int port) {
        quarantine("quarantined");
        assertDropped(HOME, tcp(port, FOREIGN, FOREIGN_6, SERVER, SERVER_6, UPDATES));
        assertDropped(HOME, to(FOREIGN).options(8).tcp(25, port).build());
        assertPass(HOME, tcp(port, CONTACT, CONTACT_6, PORTAL));
        // the neighbours
        assertPass(UNLISTED, tcp(port, SERVER, SERVER_6));
        assertPass(SEALED, tcp(port, SERVER, SERVER_6));
    }

    @Test
    void whoIsQuarantinedSendsNoTcpFragmentsAndNothingThatHidesMail() {
        quarantine("quarantined");
        assertDropped(
                HOME,
                laterFragment(FOREIGN, 6),
                laterFragment(SERVER, 6),
                hiddenUpperLayer(),
                frame().pppoe(7).ipv4(HERE, FOREIGN).tcp(40_000, 25).build(),
                ethernet(0x8847),
                frame().vlan(7).vlan(8).ipv4(HERE, FOREIGN).tcp(40_000, 25).build());
        assertPass(HOME, laterFragment(CONTACT, 6));
    }

    @Test
    void whoIsQuarantinedInDepthMailDoesEverythingElse() {
        quarantine("quarantined");
        assertPass(HOME, tcp(443, FOREIGN, FOREIGN_6));
        assertPass(
                HOME,
                tcp(FOREIGN, 80),
                udp(FOREIGN, 53),
                udp(FOREIGN, 587),
                to(FOREIGN).icmp(8, 0).build(),
                to(FOREIGN_6).icmpv6(128, 0).build(),
                laterFragment(FOREIGN, 17),
                to(FOREIGN).gre().build(),
                arp(MAC, HERE),
                ethernet(0x888e),
                frame().vlan(7).ipv4(HERE, FOREIGN).tcp(40_000, 443).build());
    }

    @Test
    void inTheWalledGardenOnlyEssentialsPass() {
        quarantine("walled-garden");
        assertPass(
                HOME,
                udp(FOREIGN, 53),
                tcp(FOREIGN, 53),
                udp(FOREIGN_6, 53),
                udp(FOREIGN, 123),
                udp(FOREIGN_6, 123),
                frame().ipv4("0.0.0.0", "255.255.255.255").udp(68, 67).build(),
                frame().ipv6("fe80::1", "ff02::1:2").udp(546, 547).build(),
                frame().ipv6("::", "ff02::1:ff00:7").neighbourSolicitation(HERE_6).build(),
                frame().ipv6(HERE_6, "fe80::2").neighbourAdvertisement(HERE_6).build(),
                frame().ipv6("fe80::1", "ff02::2").icmpv6(133, 0).build(),
                arp(MAC, HERE),
                ethernet(0x888e),
                tcp(UPDATES, 443));
        assertPass(HOME, tcp(443, CONTACT, CONTACT_6, PORTAL));
        assertPass(HOME, tcp(25, CONTACT));
    }

    @Test
    void outsideTheWalledGardenEverythingIsDropped() {
        quarantine("walled-garden");
        assertDropped(HOME, tcp(443, FOREIGN, FOREIGN_6, SERVER));
        assertDropped(HOME, tcp(25, FOREIGN, FOREIGN_6, SERVER, SERVER_6));
        assertDropped(HOME, tcp(587, FOREIGN, FOREIGN_6, SERVER, SERVER_6));
        assertDropped(
                HOME,
                udp(FOREIGN, 443),
                to(FOREIGN).icmp(8, 0).build(),
                to(FOREIGN_6).icmpv6(128, 0).build(),
                frame().ipv6("fe80::1", "ff02::1").icmpv6(134, 0).build(),
                frame().ipv6("fe80::1", "ff02::1").icmpv6(137, 0).build(),
                laterFragment(FOREIGN, 6),
                laterFragment(FOREIGN, 17),
                to(FOREIGN).gre().build(),
                to(FOREIGN).raw(50, new byte[16]).build(),
                ethernet(0x8864),
                // no portal is reachable
                tcp(FOREIGN, 80));
    }

    @Test
    void webRequestsFromTheWalledGardenGoToThePortal() {
        quarantine("walled-garden");
        nextHops.put("quarantine portal", PORTAL_MAC);
        assertBecomes(
                Verdict.PASS.steeredTo(PORTAL_MAC), HOME, tcp(FOREIGN, 80), tcp(FOREIGN_6, 80));
        assertPass(HOME, tcp(80, PORTAL, UPDATES));
        assertPass(SEALED, tcp(80, FOREIGN));
        assertDropped(HOME, tcp(443, FOREIGN));
    }

    @Test
    void whereResolversAreNamedNoOthersAreAsked() {
        quarantine("walled-garden");
        resolvers = List.of(IpAddress.valueOf(RESOLVER));
        assertPass(HOME, udp(RESOLVER, 53), tcp(RESOLVER, 53));
        assertDropped(HOME, udp(FOREIGN, 53), tcp(FOREIGN, 53), udp(FOREIGN_6, 53));
        assertDropped(HOME, udp(RESOLVER, 5353), tcp(RESOLVER, 443));
    }

    @Test
    void ofThoseWhoShareALineOnlyTheOneIsQuarantined() {
        subscribers.add(0, at("quarantined", SHARED + "@10.64.6.0/29").build());
        subscribers.add(at("innocent", SHARED + "@10.64.6.8/29").build());
        quarantine("quarantined");
        assertDropped(SHARED, frame().ipv4("10.64.6.1", FOREIGN).tcp(40_000, 587).build());
        assertPass(
                SHARED,
                frame().ipv4("10.64.6.1", FOREIGN).tcp(40_000, 443).build(),
                frame().ipv4("10.64.6.9", FOREIGN).tcp(40_000, 587).build());
        assertDropped(SHARED, frame().ipv4("10.64.6.9", FOREIGN).tcp(40_000, 25).build());
    }

    @Test
    void aGuardedLineSendsFromItsOwnAddresses() {
        assertPass(
                GUARDED,
                guardedFrame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build(),
                guardedFrame().ipv6(GUARDED_HOST_6, FOREIGN_6).tcp(40_000, 443).build(),
                guardedFrame()
                        .ipv4(GUARDED_HOST, FOREIGN)
                        .fragment(1480, false)
                        .raw(17, new byte[8])
                        .build(),
                arp(GUARDED_MAC, GUARDED_HOST));
        assertDropped(
                GUARDED,
                guardedFrame().ipv4(HERE, FOREIGN).tcp(40_000, 443).build(),
                guardedFrame().ipv4(FOREIGN, HERE).udp(53, 53).build(),
                guardedFrame().ipv6(HERE_6, FOREIGN_6).tcp(40_000, 443).build(),
                guardedFrame()
                        .ipv4(HERE, FOREIGN)
                        .fragment(1480, false)
                        .raw(17, new byte[8])
                        .build(),
                arp(GUARDED_MAC, HERE),
                // its addresses, but not its MAC
                frame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build(),
                frame().ipv6(GUARDED_HOST_6, FOREIGN_6).tcp(40_000, 443).build());
    }

    @Test
    void aGuardedLineGetsItsAddresses() {
        assertPass(
                GUARDED,
                guardedFrame().ipv4("0.0.0.0", "255.255.255.255").udp(68, 67).build(),
                guardedFrame().ipv6("fe80::2", "ff02::1:2").udp(546, 547).build(),
                guardedFrame().ipv6("fe80::2", "ff02::2").icmpv6(133, 0).build(),
                // duplicate address detection and the probe of RFC 5227
                guardedFrame()
                        .ipv6("::", "ff02::1:ff00:2")
                        .neighbourSolicitation(GUARDED_HOST_6)
                        .build(),
                arp(GUARDED_MAC, "0.0.0.0"));
        assertDropped(
                GUARDED,
                guardedFrame().ipv4("0.0.0.0", FOREIGN).udp(68, 53).build(),
                guardedFrame().ipv6("::", FOREIGN_6).tcp(40_000, 443).build());
    }

    @ParameterizedTest
    @ValueSource(longs = {HOME, SEALED, UNLISTED})
    void nobodyElseSendsFromAGuardedLinesAddressesOrClaimsThem(long port) {
        assertDropped(
                port,
                frame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build(),
                frame().ipv6(GUARDED_HOST_6, FOREIGN_6).udp(40_000, 443).build(),
                guardedFrame().ipv4(HERE, FOREIGN).tcp(40_000, 443).build(),
                arp(MAC, GUARDED_HOST),
                arp(GUARDED_MAC, HERE),
                frame().ipv6("fe80::1", "ff02::1").neighbourAdvertisement(GUARDED_HOST_6).build());
        assertPass(
                port,
                tcp(FOREIGN, 443),
                arp(MAC, HERE),
                arp(MAC, "0.0.0.0"),
                frame().ipv6("fe80::1", "ff02::1").neighbourAdvertisement(HERE_6).build(),
                frame().ipv6("::", "ff02::1:ff00:2").neighbourSolicitation(GUARDED_HOST_6).build());
    }

    @Test
    void whatComesFromTheIspIsNotGuarded() {
        assertPass(
                UPLINK,
                frame().ipv4(GUARDED_HOST, HERE).tcp(443, 40_000).build(),
                frame().ipv4(SERVER, HERE).tcp(587, 40_000).build(),
                arp(MAC, SERVER),
                ethernet(0x8864));
    }

    @Test
    void inAFamilyWithoutPrefixesAGuardedLineIsFree() {
        subscribers.set(
                1,
                at("guarded", GUARDED)
                        .serviceClass("guarded")
                        .prefix(IpPrefix.valueOf("10.64.3.0/29"))
                        .build());
        assertPass(GUARDED, guardedFrame().ipv6(HERE_6, FOREIGN_6).tcp(40_000, 443).build());
        assertDropped(GUARDED, guardedFrame().ipv4(HERE, FOREIGN).tcp(40_000, 443).build());
        assertPass(GUARDED, frame().ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build());
    }

    @Test
    void tunnelsAreClosedToAClassThatBlocksThemAndToNobodyElse() {
        assertDropped(SEALED, tunnels());
        assertPass(HOME, tunnels());
        assertPass(UNLISTED, tunnels());
    }

    @Test
    void whatIsEncryptedAndWhatIsNoTunnelStaysOpen() {
        assertPass(
                SEALED,
                to(FOREIGN).raw(50, new byte[16]).build(),
                to(FOREIGN).raw(51, new byte[16]).build(),
                udp(FOREIGN, 500),
                udp(FOREIGN, 4500),
                udp(FOREIGN, 51_820),
                tcp(FOREIGN, 3544),
                tcp(FOREIGN, 443),
                to(FOREIGN).icmp(8, 0).build(),
                arp(MAC, HERE));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x8809, 0x888e, 0x88cc, 0x8902, 0x8942})
    void theEtherTypesOfPlainAccessPass(int type) {
        assertPass(HOME, ethernet(type));
        assertPass(UNLISTED, ethernet(type));
    }

    @ParameterizedTest
    @ValueSource(ints = {0x8847, 0x8848, 0x8863, 0x8864, 0x88e7, 0x6558, 0x88b8, 0x0600, 0xffff})
    void anotherEtherTypeIsDroppedUnlessTheDeviceLetsItPass(int type) {
        assertDropped(HOME, ethernet(type));
        assertDropped(UNLISTED, ethernet(type));
        assertPass(UPLINK, ethernet(type));
        etherTypes = Set.of(0x88b8);
        assertBecomes(type == 0x88b8 ? Verdict.PASS : Verdict.DROP, HOME, ethernet(type));
    }

    @Test
    void aSecondTagIsDropped() {
        assertDropped(
                HOME,
                frame().vlan(7).vlan(8).ipv4(HERE, FOREIGN).tcp(40_000, 443).build(),
                frame().serviceVlan(7).vlan(8).ipv4(HERE, FOREIGN).tcp(40_000, 25).build());
        assertPass(HOME, frame().vlan(7).ipv4(HERE, FOREIGN).tcp(40_000, 443).build());
    }

    @ParameterizedTest
    @ValueSource(longs = {HOME, SEALED, UNLISTED})
    void nobodyOnAnAccessPortIsASubmissionServer(long port) {
        assertDropped(
                port,
                frame().ipv4(SERVER, HERE).tcp(587, 40_000).build(),
                frame().ipv4(SERVER, HERE).fragment(1480, false).raw(6, new byte[8]).build(),
                frame().ipv6(SERVER_6, HERE_6).tcp(465, 40_000).build(),
                frame().ipv6(SERVER_6, HERE_6).icmpv6(129, 0).build(),
                arp(MAC, SERVER),
                frame().ipv6("fe80::1", "ff02::1").neighbourAdvertisement(SERVER_6).build());
        assertPass(
                port,
                arp(MAC, HERE),
                tcp(SERVER, 587),
                frame().ipv6("fe80::1", "ff02::1").neighbourSolicitation(SERVER_6).build());
    }

    @Test
    void mailOfARedirectingClassGoesToTheRelayAndItsFragmentsNowhere() {
        subscribers.set(0, at("home", HOME).serviceClass("steered").build());
        assertDropped(HOME, tcp(25, FOREIGN, FOREIGN_6));
        nextHops.put("mx", RELAY_MAC);
        assertBecomes(Verdict.PASS.steeredTo(RELAY_MAC), HOME, tcp(25, FOREIGN, FOREIGN_6));
        assertPass(HOME, tcp(25, SERVER, SERVER_6));
        assertPass(HOME, tcp(587, FOREIGN, FOREIGN_6));
        assertDropped(HOME, laterFragment(FOREIGN, 6), hiddenUpperLayer());
        assertDropped(UNLISTED, tcp(25, FOREIGN));
    }
}
