package org.postern.fakeswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/**
 * What Open vSwitch reads of the frames by which a naive port-25 rule is passed by, each beside its
 * harmless sibling.
 */
class FlowKeyTest {
    private static PacketBuilder frame() {
        return Packet.from("02:00:00:00:00:01").to("02:00:00:00:00:02");
    }

    private static PacketBuilder v4() {
        return frame().ipv4("10.64.0.7", "203.0.113.9");
    }

    private static PacketBuilder v6() {
        return frame().ipv6("2001:db8:64::7", "2001:db8::9");
    }

    /** Ethernet type, IP protocol and destination port. */
    private static void assertReads(PacketBuilder frame, int etherType, int protocol, int port) {
        FlowKey key = FlowKey.parse(frame.build());
        String expected = String.format("0x%04x %d %d", etherType, protocol, port);
        String actual =
                String.format(
                        "0x%04x %d %d", key.etherType(), key.ipProtocol(), key.destinationPort());
        assertEquals(expected, actual);
    }

    @Test
    void aPlainSynShowsItsPortsInBothFamilies() {
        assertReads(v4().tcp(40000, 25), 0x0800, 6, 25);
        assertReads(v6().tcp(40000, 25), 0x86dd, 6, 25);
        assertEquals(40000, FlowKey.parse(v4().tcp(40000, 25).build()).sourcePort());
    }

    @Test
    void aFrameTypedByHandIsReadAlike() {
        // 40-byte TCP SYN from 10.0.0.1:4660 to 10.0.0.2:25; Open vSwitch 3.1's trace says
        // tp_src=4660,tp_dst=25.
        Packet typed =
                Packet.ofHex(
                        "020000000001 020000000002 0800 4500002800004000400600000a0000010a000002"
                                + "1234 0019 00000000 00000000 5002 0000 0000 0000");
        FlowKey key = FlowKey.parse(typed);
        assertEquals(4660, key.sourcePort());
        assertEquals(25, key.destinationPort());
        assertFalse(key.fragment());
    }

    @Test
    void builtIpv4HeadersAreWellFormed() {
        Packet built =
                Packet.from("02:00:00:00:00:02")
                        .to("02:00:00:00:00:01")
                        .ipv4("192.168.0.1", "192.168.0.199")
                        .dontFragment()
                        .raw(17, new byte[95])
                        .build();
        // A widely printed example header: its checksum is 0xb861 with identification 0; ours says
        // 1.
        assertEquals("450000730001400040", built.hex().substring(28, 46));
        assertEquals("11b860c0a80001c0a800c7", built.hex().substring(46, 68));
    }

    @Test
    void anIpv4FragmentShowsNoPortEvenWithTheWholeTcpHeaderInIt() {
        assertReads(v4().fragment(0, true).tcp(40000, 25), 0x0800, 6, 0);
        assertReads(v4().fragment(24, true).raw(6, new byte[64]), 0x0800, 6, 0);
        assertReads(v4().dontFragment().tcp(40000, 25), 0x0800, 6, 25);
        assertTrue(FlowKey.parse(v4().fragment(0, true).tcp(40000, 25).build()).fragment());
        assertFalse(FlowKey.parse(v4().fragment(0, true).tcp(40000, 25).build()).laterFragment());
        assertTrue(
                FlowKey.parse(v4().fragment(24, false).raw(6, new byte[64]).build())
                        .laterFragment());
    }

    @Test
    void anIpv6FragmentShowsNoPortAndALaterOneProtocol44() {
        assertReads(v6().fragment(0, true).tcp(40000, 25), 0x86dd, 6, 0);
        assertReads(v6().fragment(24, true).raw(6, new byte[64]), 0x86dd, 44, 0);
        assertReads(v6().fragment(24, true).raw(17, new byte[64]), 0x86dd, 44, 0);
    }

    @Test
    void anAtomicIpv6FragmentIsReadAsAWholePacket() {
        assertReads(v6().fragment(0, false).tcp(40000, 25), 0x86dd, 6, 25);
        assertFalse(FlowKey.parse(v6().fragment(0, false).tcp(40000, 25).build()).fragment());
    }

    @Test
    void destinationOptionsCutByAFragmentShowProtocol0() {
        // 64 bytes of options of which the first fragment carries 8: the TCP header comes only in
        // the next one.
        byte[] begun = {6, 7, 1, 52, 0, 0, 0, 0};
        assertReads(v6().fragment(0, true).raw(60, begun), 0x86dd, 0, 0);
    }

    @Test
    void extensionHeadersAndIpv4OptionsDoNotHideThePort() {
        assertReads(
                v6().hopByHop(8).destinationOptions(24).routing(8).tcp(40000, 25), 0x86dd, 6, 25);
        assertReads(v6().destinationOptions(2048).tcp(40000, 25), 0x86dd, 6, 25);
        assertReads(v4().options(40).tcp(40000, 25), 0x0800, 6, 25);
        assertReads(v6().hopByHop(8).icmpv6(143, 0), 0x86dd, 58, 0);
    }

    @Test
    void oneVlanTagDoesNotHideThePortButTwoDo() {
        assertReads(
                frame().vlan(100).ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25), 0x0800, 6, 25);
        assertReads(
                frame().serviceVlan(7).ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25),
                0x0800,
                6,
                25);
        assertReads(
                frame().vlan(7).vlan(100).ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25),
                0x8100,
                0,
                0);
        assertReads(
                frame().serviceVlan(7).vlan(100).ipv4("10.64.0.7", "203.0.113.9").tcp(1, 25),
                0x8100,
                0,
                0);
        assertEquals(
                7,
                FlowKey.parse(frame().serviceVlan(7).vlan(100).ethernetPayload(0x88cc).build())
                        .vlan());
    }

    @Test
    void aPriorityTagIsATag() {
        FlowKey key =
                FlowKey.parse(frame().vlan(0).ipv4("10.64.0.7", "203.0.113.9").tcp(1, 25).build());
        assertTrue(key.tagged());
        assertEquals(0, key.vlan());
        assertFalse(FlowKey.parse(v4().tcp(1, 25).build()).tagged());
    }

    @Test
    void tunnelsShowOnlyTheirOuterHeader() {
        assertReads(frame().pppoe(1).ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25), 0x8864, 0, 0);
        assertReads(frame().mpls(16).ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25), 0x8847, 0, 0);
        assertReads(v4().ipv6("2001:db8:64::7", "2001:db8::9").tcp(40000, 25), 0x0800, 41, 0);
        assertReads(v4().ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25), 0x0800, 4, 0);
        assertReads(v4().gre().ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25), 0x0800, 47, 0);
        assertReads(v6().ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25), 0x86dd, 4, 0);
    }

    @Test
    void aPacketShorterThanItsIpLengthShowsNoAddressesNorProtocol() {
        assertReads(v4().tcp(40000, 25).cut(1), 0x0800, 0, 0);
        assertReads(v6().tcp(40000, 25).cut(1), 0x86dd, 0, 0);
        assertEquals(0, FlowKey.parse(v4().tcp(40000, 25).cut(1).build()).get(Field.IPV4_DST));
    }

    @Test
    void aTcpHeaderThatIsNotWholeShowsNoPort() {
        byte[] eightBytes = {(byte) 0x9c, 0x40, 0, 25, 0, 0, 0, 1};
        assertReads(v4().raw(6, eightBytes), 0x0800, 6, 0);
        // Padding up to the shortest Ethernet frame must not be taken for the rest of the header.
        assertReads(v4().raw(6, eightBytes).padding(new byte[18]), 0x0800, 6, 0);
        assertReads(v6().raw(6, eightBytes), 0x86dd, 6, 0);
        // A data offset that points beyond the end, or into the fixed header.
        assertReads(v4().tcp(40000, 25).withByte(46, 0xf0), 0x0800, 6, 0);
        assertReads(v4().tcp(40000, 25).withByte(46, 0x40), 0x0800, 6, 0);
    }

    @Test
    void neighbourSolicitationShowsItsTargetUnlessAnOptionIsRepeated() {
        PacketBuilder solicitation =
                frame().ipv6("fe80::1", "ff02::1").neighbourSolicitation("2001:db8:64::7");
        FlowKey key = FlowKey.parse(solicitation.build());
        assertEquals(135, key.sourcePort());
        assertEquals(0x20010db800640000L, key.get(Field.ND_TARGET_HIGH));
        assertEquals(7, key.get(Field.ND_TARGET_LOW));
        FlowKey spoiled =
                FlowKey.parse(solicitation.payload(new byte[] {1, 1, 2, 0, 0, 0, 0, 9}).build());
        assertEquals(0, spoiled.get(Field.ND_TARGET_HIGH));
    }

    @Test
    void arpShowsOperationAndSender() {
        Packet reply =
                frame().arp(
                                2,
                                org.onlab.packet.MacAddress.valueOf("02:00:00:00:00:09"),
                                "10.64.0.7",
                                "10.64.0.1")
                        .build();
        FlowKey key = FlowKey.parse(reply);
        assertEquals(2, key.get(Field.ARP_OP));
        assertEquals(0x0a400007, key.get(Field.ARP_SPA));
        assertEquals(0x020000000009L, key.get(Field.ARP_SHA));
    }
}
