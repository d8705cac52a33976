package org.postern.lab.openflow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.MplsLabel;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.TrafficSelector;

/**
 * Every match that ONOS encodes, for any value: the switch's statistics give back the selector that
 * was sent.
 */
class SelectorReadBackTest {
    private static final short IPV4 = 0x0800;
    private static final short IPV6 = (short) 0x86dd;

    private static TrafficSelector.Builder selector() {
        return DefaultTrafficSelector.builder();
    }

    private static void assertReadsBack(TrafficSelector.Builder builder) {
        TrafficSelector sent = builder.build();
        TrafficSelector read =
                Wire.readBack(
                                Wire.rule(sent, DefaultTrafficTreatment.emptyTreatment()),
                                Wire.plainDriver())
                        .selector();
        assertEquals(sent, read);
    }

    @Provide
    Arbitrary<MacAddress> macs() {
        return Arbitraries.longs().between(0, 0xffff_ffff_ffffL).map(MacAddress::valueOf);
    }

    @Provide
    Arbitrary<MacAddress> masks() {
        return Arbitraries.longs().between(1, 0xffff_ffff_fffeL).map(MacAddress::valueOf);
    }

    @Provide
    Arbitrary<TpPort> ports() {
        return Arbitraries.integers().between(0, 65_535).map(TpPort::tpPort);
    }

    @Provide
    Arbitrary<TpPort> portMasks() {
        return Arbitraries.integers().between(1, 65_534).map(TpPort::tpPort);
    }

    @Provide
    Arbitrary<IpPrefix> prefixes4() {
        return prefixes(4, IpAddress.Version.INET);
    }

    @Provide
    Arbitrary<IpPrefix> prefixes6() {
        return prefixes(16, IpAddress.Version.INET6);
    }

    private static Arbitrary<IpPrefix> prefixes(int bytes, IpAddress.Version version) {
        return Combinators.combine(
                        Arbitraries.bytes().array(byte[].class).ofSize(bytes),
                        // a match of length 0 is none: nobody may emit one
                        Arbitraries.integers().between(1, bytes * 8))
                .as((address, length) -> IpPrefix.valueOf(version, address, length));
    }

    @Property
    void inPort(@ForAll @IntRange(min = 1, max = 65_279) int port) {
        assertReadsBack(selector().matchInPort(PortNumber.portNumber(port)));
    }

    @Test
    void reservedInPorts() {
        assertReadsBack(selector().matchInPort(PortNumber.LOCAL));
        assertReadsBack(selector().matchInPort(PortNumber.CONTROLLER));
    }

    @Property
    void metadataAndTunnel(@ForAll long metadata, @ForAll long tunnel) {
        assertReadsBack(selector().matchMetadata(metadata));
        assertReadsBack(selector().matchTunnelId(tunnel));
    }

    @Property
    void ethernet(
            @ForAll("macs") MacAddress destination,
            @ForAll("macs") MacAddress source,
            @ForAll short type) {
        assertReadsBack(selector().matchEthDst(destination).matchEthSrc(source).matchEthType(type));
    }

    @Property
    void maskedEthernet(@ForAll("macs") MacAddress mac, @ForAll("masks") MacAddress mask) {
        MacAddress value = MacAddress.valueOf(mac.toLong() & mask.toLong());
        assertReadsBack(selector().matchEthDstMasked(value, mask));
        assertReadsBack(selector().matchEthSrcMasked(value, mask));
    }

    @Property
    void vlan(@ForAll @IntRange(max = 4_094) int id, @ForAll @IntRange(max = 7) int priority) {
        assertReadsBack(
                selector().matchVlanId(VlanId.vlanId((short) id)).matchVlanPcp((byte) priority));
    }

    @Test
    void anyVlanAndNoVlan() {
        assertReadsBack(selector().matchVlanId(VlanId.ANY));
        assertReadsBack(selector().matchVlanId(VlanId.NONE));
    }

    @Property
    void ipv4Prefixes(
            @ForAll("prefixes4") IpPrefix source, @ForAll("prefixes4") IpPrefix destination) {
        assertReadsBack(selector().matchEthType(IPV4).matchIPSrc(source).matchIPDst(destination));
    }

    @Property
    void ipv6Prefixes(
            @ForAll("prefixes6") IpPrefix source, @ForAll("prefixes6") IpPrefix destination) {
        assertReadsBack(
                selector().matchEthType(IPV6).matchIPv6Src(source).matchIPv6Dst(destination));
    }

    @Property
    void ipHeader(
            @ForAll @IntRange(max = 254) int protocol,
            @ForAll @IntRange(max = 63) int dscp,
            @ForAll @IntRange(max = 3) int ecn,
            @ForAll @IntRange(max = 0xf_ffff) int label) {
        assertReadsBack(
                selector()
                        .matchEthType(IPV6)
                        .matchIPProtocol((byte) protocol)
                        .matchIPDscp((byte) dscp)
                        .matchIPEcn((byte) ecn)
                        .matchIPv6FlowLabel(label));
    }

    @Property
    void transportPorts(@ForAll("ports") TpPort source, @ForAll("ports") TpPort destination) {
        for (short type : new short[] {IPV4, IPV6}) {
            assertReadsBack(ip(type, 6).matchTcpSrc(source).matchTcpDst(destination));
            assertReadsBack(ip(type, 17).matchUdpSrc(source).matchUdpDst(destination));
            assertReadsBack(ip(type, 132).matchSctpSrc(source).matchSctpDst(destination));
        }
    }

    @Property
    void maskedTransportPorts(@ForAll("ports") TpPort port, @ForAll("portMasks") TpPort mask) {
        TpPort value = TpPort.tpPort(port.toInt() & mask.toInt());
        assertReadsBack(ip(IPV4, 6).matchTcpSrcMasked(value, mask).matchTcpDstMasked(value, mask));
        assertReadsBack(ip(IPV6, 17).matchUdpSrcMasked(value, mask).matchUdpDstMasked(value, mask));
        assertReadsBack(
                ip(IPV4, 132).matchSctpSrcMasked(value, mask).matchSctpDstMasked(value, mask));
    }

    @Property
    void icmp(@ForAll byte type, @ForAll byte code) {
        assertReadsBack(ip(IPV4, 1).matchIcmpType(type).matchIcmpCode(code));
        assertReadsBack(ip(IPV6, 58).matchIcmpv6Type(type).matchIcmpv6Code(code));
    }

    @Property
    void neighbourDiscovery(@ForAll @Size(16) byte[] target, @ForAll("macs") MacAddress mac) {
        Ip6Address address = Ip6Address.valueOf(target);
        assertReadsBack(
                ip(IPV6, 58)
                        .matchIcmpv6Type((byte) 135)
                        .matchIPv6NDTargetAddress(address)
                        .matchIPv6NDSourceLinkLayerAddress(mac));
        assertReadsBack(
                ip(IPV6, 58).matchIcmpv6Type((byte) 136).matchIPv6NDTargetLinkLayerAddress(mac));
    }

    @Property
    void arp(
            @ForAll @IntRange(max = 65_535) int operation,
            @ForAll int sender,
            @ForAll int target,
            @ForAll("macs") MacAddress senderMac,
            @ForAll("macs") MacAddress targetMac) {
        assertReadsBack(
                selector()
                        .matchEthType((short) 0x0806)
                        .matchArpOp(operation)
                        .matchArpSpa(Ip4Address.valueOf(sender))
                        .matchArpTpa(Ip4Address.valueOf(target))
                        .matchArpSha(senderMac)
                        .matchArpTha(targetMac));
    }

    @Property
    void mpls(@ForAll @IntRange(max = 0xf_ffff) int label, @ForAll boolean bottom) {
        assertReadsBack(
                selector()
                        .matchEthType((short) 0x8847)
                        .matchMplsLabel(MplsLabel.mplsLabel(label))
                        .matchMplsBos(bottom));
    }

    private static TrafficSelector.Builder ip(short type, int protocol) {
        return selector().matchEthType(type).matchIPProtocol((byte) protocol);
    }
}
