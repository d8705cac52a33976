package org.postern.compile;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.fakeswitch.Packet;
import org.postern.fakeswitch.PacketBuilder;
import org.postern.policy.Mode;
import org.postern.policy.Subscriber;

/** Can one guarded line, or a part of one, take another's identity? */
class SourceGuardOnTheSwitchTest extends ServiceClassesOnTheSwitch {
    private static final String OTHER_MAC = "02:00:00:00:00:12";
    private static final String OTHER_HOST = "10.64.5.2";
    private static final String OTHER_HOST_6 = "2001:db8:64:5::2";
    private static final long OTHER = 12;

    private static Subscriber.Builder other() {
        return at("other", OTHER).serviceClass("guarded");
    }

    private static PacketBuilder otherFrame() {
        return Packet.from(OTHER_MAC).to(GATEWAY);
    }

    private static Packet advertisement(String mac, String from, String target) {
        return Packet.from(mac)
                .to(GATEWAY)
                .ipv6(from, "ff02::1")
                .neighbourAdvertisement(target)
                .build();
    }

    /** A mail client's, a resolver's and both kinds of claims, from one MAC in another's name. */
    private static Packet[] inTheGuardedOnesName(String mac) {
        return new Packet[] {
            Packet.from(mac).to(GATEWAY).ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build(),
            Packet.from(mac).to(GATEWAY).ipv6(GUARDED_HOST_6, FOREIGN_6).udp(40_000, 53).build(),
            Packet.from(mac).to(GATEWAY).ipv4(GUARDED_HOST, FOREIGN).fragment(1480, false).build(),
            arp(mac, GUARDED_HOST),
            advertisement(mac, "fe80::12", GUARDED_HOST_6)
        };
    }

    @BeforeEach
    void theGuardedOneIsThereItself() {
        assertPass(GUARDED, inTheGuardedOnesName(GUARDED_MAC));
    }

    @Test
    void aLineThatIsGuardedByMacOnlyCannotTakeAnAddress() {
        subscribers.add(other().mac(MacAddress.valueOf(OTHER_MAC)).build());
        assertDropped(OTHER, inTheGuardedOnesName(OTHER_MAC));
        assertPass(
                OTHER,
                otherFrame().ipv4(HERE, FOREIGN).tcp(40_000, 443).build(),
                otherFrame().ipv6(HERE_6, FOREIGN_6).tcp(40_000, 443).build(),
                arp(OTHER_MAC, HERE));
    }

    @Test
    void aLineThatIsGuardedByPrefixesOnlyCannotTakeAMac() {
        subscribers.add(other().prefix(IpPrefix.valueOf(OTHER_HOST + "/32")).build());
        assertDropped(
                OTHER,
                guardedFrame().ipv4(OTHER_HOST, FOREIGN).tcp(40_000, 443).build(),
                guardedFrame().ipv6("fe80::12", "ff02::2").icmpv6(133, 0).build(),
                arp(GUARDED_MAC, OTHER_HOST),
                guardedFrame().ethernetPayload(0x888e, new byte[46]).build());
        assertPass(
                OTHER,
                otherFrame().ipv4(OTHER_HOST, FOREIGN).tcp(40_000, 443).build(),
                arp(OTHER_MAC, OTHER_HOST));
    }

    @Test
    void aLineThatHasAnAddressOfItsOwnCannotAdvertiseAnothers() {
        subscribers.add(
                other().prefix(IpPrefix.valueOf(OTHER_HOST_6 + "/128"))
                        .mac(MacAddress.valueOf(OTHER_MAC))
                        .build());
        assertDropped(
                OTHER,
                advertisement(OTHER_MAC, OTHER_HOST_6, GUARDED_HOST_6),
                advertisement(OTHER_MAC, "fe80::12", GUARDED_HOST_6),
                advertisement(OTHER_MAC, GUARDED_HOST_6, OTHER_HOST_6));
        assertDropped(OTHER, inTheGuardedOnesName(OTHER_MAC));
        assertPass(
                OTHER,
                advertisement(OTHER_MAC, OTHER_HOST_6, OTHER_HOST_6),
                advertisement(OTHER_MAC, "fe80::12", OTHER_HOST_6));
    }

    @Test
    void aLineWithAPrefixTooWideToBeToldCannotClaimByArpWhatIsAnothers() {
        subscribers.add(other().prefix(IpPrefix.valueOf("10.64.8.0/22")).build());
        assertDropped(OTHER, arp(OTHER_MAC, GUARDED_HOST));
        assertPass(OTHER, arp(OTHER_MAC, "10.64.9.9"));
    }

    @Test
    void aFrameFromItsOwnMacInWhichArpNamesAnotherIsDropped() {
        assertDropped(
                GUARDED,
                Packet.from(GUARDED_MAC)
                        .to("ff:ff:ff:ff:ff:ff")
                        .arp(2, MacAddress.valueOf(OTHER_MAC), GUARDED_HOST, "10.64.0.1")
                        .build());
        assertDropped(
                HOME,
                Packet.from(MAC)
                        .to("ff:ff:ff:ff:ff:ff")
                        .arp(2, MacAddress.valueOf(GUARDED_MAC), HERE, "10.64.0.1")
                        .build());
    }

    @Test
    void whoIsOnlyMonitoredCannotTakeAGuardedNeighboursMac() {
        subscribers.add(
                other().mode(Mode.MONITOR)
                        .prefix(IpPrefix.valueOf(OTHER_HOST + "/32"))
                        .mac(MacAddress.valueOf(OTHER_MAC))
                        .build());
        for (String sender : List.of(OTHER_HOST, "10.64.0.1", GUARDED_HOST)) {
            assertDropped(
                    OTHER,
                    Packet.from(OTHER_MAC)
                            .to("ff:ff:ff:ff:ff:ff")
                            .arp(2, MacAddress.valueOf(GUARDED_MAC), sender, "10.64.0.1")
                            .build());
        }
        assertDropped(OTHER, inTheGuardedOnesName(OTHER_MAC));
        assertDropped(OTHER, inTheGuardedOnesName(GUARDED_MAC));
        // what is nobody's is counted only
        assertPass(
                OTHER,
                arp(OTHER_MAC, HERE),
                Packet.from(OTHER_MAC)
                        .to("ff:ff:ff:ff:ff:ff")
                        .arp(2, MacAddress.valueOf(GATEWAY), OTHER_HOST, "10.64.0.1")
                        .build());
    }

    @Test
    void aPartOfAGuardedVlanIsItsOwnAndNobodyElse() {
        subscribers.add(
                at("owner", OTHER + "/100")
                        .serviceClass("guarded")
                        .prefix(IpPrefix.valueOf(OTHER_HOST + "/32"))
                        .mac(MacAddress.valueOf(OTHER_MAC))
                        .build());
        subscribers.add(at("part", OTHER + "/100@" + MAC).build());
        assertDropped(
                OTHER,
                frame().vlan(100).ipv4(GUARDED_HOST, FOREIGN).tcp(40_000, 443).build(),
                frame().vlan(100).ipv4(OTHER_HOST, FOREIGN).tcp(40_000, 443).build(),
                frame().vlan(100).ipv6(GUARDED_HOST_6, FOREIGN_6).tcp(40_000, 443).build(),
                guardedFrame().vlan(100).ipv4(HERE, FOREIGN).tcp(40_000, 443).build());
        assertPass(
                OTHER,
                frame().vlan(100).ipv4(HERE, FOREIGN).tcp(40_000, 443).build(),
                otherFrame().vlan(100).ipv4(OTHER_HOST, FOREIGN).tcp(40_000, 443).build());
    }

    @Test
    void whoIsToldByPrefixOnAGuardedLineUsesArpThere() {
        subscribers.add(
                at("owner", OTHER)
                        .serviceClass("guarded")
                        .prefix(IpPrefix.valueOf(OTHER_HOST + "/32"))
                        .mac(MacAddress.valueOf(OTHER_MAC))
                        .build());
        subscribers.add(at("part", OTHER + "@10.64.9.0/29").build());
        assertPass(
                OTHER,
                frame().ipv4("10.64.9.1", FOREIGN).tcp(40_000, 443).build(),
                arp(MAC, "10.64.9.1"));
        assertDropped(OTHER, arp(MAC, "10.64.9.9"), arp(MAC, GUARDED_HOST));
    }

    @Test
    void hostsAskForTheirMulticastGroupsBeforeTheyHaveAnAddress() {
        assertPass(
                GUARDED, guardedFrame().ipv4("0.0.0.0", "224.0.0.22").raw(2, new byte[16]).build());
    }
}
