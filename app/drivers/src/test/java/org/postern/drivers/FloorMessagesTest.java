package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.drivers.Rules.DROP;
import static org.postern.drivers.Rules.SOMEBODY;
import static org.postern.drivers.Rules.everything;
import static org.postern.drivers.Rules.goTo;
import static org.postern.drivers.Rules.rule;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.onlab.packet.EthType;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.projectfloodlight.openflow.protocol.OFFactories;
import org.projectfloodlight.openflow.protocol.OFFlowAdd;
import org.projectfloodlight.openflow.protocol.OFFlowModFlags;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFVersion;
import org.projectfloodlight.openflow.types.OFBufferId;
import org.projectfloodlight.openflow.types.U64;

/** Holds messages against their bytes as OpenFlow 1.3.5 defines them. */
class FloorMessagesTest {
    /** Bytes of a flow-mod before its match (OpenFlow 1.3.5, 7.3.4.1). */
    private static final int FLOW_MOD = 48;

    /** Type and length of a match (7.2.2). */
    private static final int MATCH_HEADER = 4;

    private final FloorMessages messages =
            new FloorMessages(OFFactories.getFactory(OFVersion.OF_13));

    private static TrafficSelector.Builder matching() {
        return DefaultTrafficSelector.builder();
    }

    private static ByteBuf bytes(OFMessage message) {
        ByteBuf buffer = Unpooled.buffer();
        message.writeTo(buffer);
        return buffer;
    }

    /** The match fields of a message, as hexadecimal digits. */
    private static String oxm(OFMessage message) {
        ByteBuf buffer = bytes(message);
        int length = buffer.getUnsignedShort(FLOW_MOD + 2) - MATCH_HEADER;
        return ByteBufUtil.hexDump(buffer, FLOW_MOD + MATCH_HEADER, length);
    }

    /** The instructions of a message, as hexadecimal digits. */
    private static String instructions(OFMessage message) {
        ByteBuf buffer = bytes(message);
        int match = buffer.getUnsignedShort(FLOW_MOD + 2);
        int begin = FLOW_MOD + (match + 7) / 8 * 8;
        return ByteBufUtil.hexDump(buffer, begin, buffer.readableBytes() - begin);
    }

    static Stream<Arguments> criteria() {
        return Stream.of(
                Arguments.of("nothing", matching(), ""),
                Arguments.of(
                        "port",
                        matching().matchInPort(PortNumber.portNumber(3)),
                        "80000004" + "00000003"),
                Arguments.of(
                        "port of more than 31 bits",
                        matching().matchInPort(PortNumber.portNumber(0xffffff00L)),
                        "80000004" + "ffffff00"),
                Arguments.of(
                        "destination MAC",
                        matching().matchEthDst(MacAddress.valueOf("02:00:00:00:0a:fe")),
                        "80000606" + "020000000afe"),
                Arguments.of("IPv4", matching().matchEthType((short) 0x0800), "80000a02" + "0800"),
                Arguments.of("IPv6", matching().matchEthType((short) 0x86dd), "80000a02" + "86dd"),
                Arguments.of(
                        "VLAN, with the bit that says there is one",
                        matching().matchVlanId(VlanId.vlanId((short) 100)),
                        "80000c02" + "1064"),
                Arguments.of(
                        "no VLAN tag, OFPVID_NONE without a mask",
                        matching().matchVlanId(VlanId.NONE),
                        "80000c02" + "0000"),
                Arguments.of(
                        "metadata",
                        matching().matchMetadata(0x2064),
                        "80000408" + "0000000000002064"),
                Arguments.of("TCP", matching().matchIPProtocol((byte) 6), "80001401" + "06"),
                Arguments.of(
                        "IPv6 fragment header",
                        matching().matchIPProtocol((byte) 44),
                        "80001401" + "2c"),
                Arguments.of(
                        "IPv4 source prefix",
                        matching().matchIPSrc(IpPrefix.valueOf("10.64.0.0/10")),
                        "80001708" + "0a400000" + "ffc00000"),
                Arguments.of(
                        "IPv4 destination host",
                        matching().matchIPDst(IpPrefix.valueOf("198.51.100.25/32")),
                        "80001804" + "c6336419"),
                Arguments.of(
                        "IPv6 source prefix",
                        matching().matchIPv6Src(IpPrefix.valueOf("2001:db8:64::/48")),
                        "80003520"
                                + "20010db8006400000000000000000000"
                                + "ffffffffffff00000000000000000000"),
                Arguments.of(
                        "IPv6 destination host",
                        matching().matchIPv6Dst(IpPrefix.valueOf("2001:db8:51::25/128")),
                        "80003610" + "20010db8005100000000000000000025"),
                Arguments.of(
                        "source port",
                        matching().matchTcpSrc(TpPort.tpPort(25)),
                        "80001a02" + "0019"),
                Arguments.of(
                        "destination port above 32767",
                        matching().matchTcpDst(TpPort.tpPort(65_535)),
                        "80001c02" + "ffff"),
                Arguments.of(
                        "source MAC",
                        matching().matchEthSrc(MacAddress.valueOf("02:00:00:00:0a:fe")),
                        "80000806" + "020000000afe"),
                Arguments.of(
                        "UDP ports",
                        matching().matchUdpSrc(TpPort.tpPort(68)).matchUdpDst(TpPort.tpPort(67)),
                        "80001e02" + "0044" + "80002002" + "0043"),
                Arguments.of(
                        "ARP that cannot be parsed", matching().matchArpOp(0), "80002a02" + "0000"),
                Arguments.of(
                        "ARP sender",
                        matching()
                                .matchArpSpa(Ip4Address.valueOf("10.64.0.7"))
                                .matchArpSha(MacAddress.valueOf("02:00:00:00:0a:fe")),
                        "80002c04" + "0a400007" + "80003006" + "020000000afe"),
                Arguments.of(
                        "neighbour advertisement",
                        matching()
                                .matchIcmpv6Type((byte) 136)
                                .matchIPv6NDTargetAddress(Ip6Address.valueOf("2001:db8::25")),
                        "80003a01" + "88" + "80003e10" + "20010db8000000000000000000000025"),
                Arguments.of(
                        "all that direct mail is told by",
                        matching()
                                .matchInPort(PortNumber.portNumber(7))
                                .matchEthType((short) 0x0800)
                                .matchIPProtocol((byte) 6)
                                .matchTcpDst(TpPort.tpPort(25)),
                        "80000004"
                                + "00000007"
                                + "80000a02"
                                + "0800"
                                + "80001401"
                                + "06"
                                + "80001c02"
                                + "0019"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("criteria")
    void eachCriterionIsEncodedAsOpenFlowDefinesIt(
            String what, TrafficSelector.Builder selector, String expected) {
        FlowRule rule = rule(SOMEBODY, 0, 60_061, selector.build(), goTo(1));
        assertEquals(expected, oxm(messages.add(rule)));
    }

    static Stream<TrafficSelector.Builder> unknown() {
        return Stream.of(
                matching().matchInnerVlanId(VlanId.vlanId((short) 7)),
                matching().matchEthSrcMasked(MacAddress.ZERO, MacAddress.BROADCAST),
                matching().matchArpTpa(Ip4Address.valueOf("10.64.0.1")),
                matching().matchTcpDstMasked(TpPort.tpPort(16), TpPort.tpPort(0xfff0)),
                matching().matchEthDstMasked(MacAddress.ZERO, MacAddress.BROADCAST));
    }

    @ParameterizedTest
    @MethodSource("unknown")
    void aCriterionThatIsNotEncodedIsRefusedRatherThanLeftOut(TrafficSelector.Builder selector) {
        FlowRule rule = rule(SOMEBODY, 0, 60_061, selector.build(), goTo(1));
        String message =
                assertThrows(IllegalArgumentException.class, () -> messages.add(rule)).getMessage();
        assertTrue(message.startsWith("a floor rule cannot match "), message);
    }

    @Test
    void onosKnowsTheRuleAgainByItsCookieAndIsToldWhenItGoes() {
        FlowRule rule = rule(SOMEBODY, 3, 60_020, everything(), goTo(4));
        OFFlowAdd message = messages.add(rule);
        assertEquals(U64.of(rule.id().value()), message.getCookie());
        assertEquals(Set.of(OFFlowModFlags.SEND_FLOW_REM), message.getFlags());
        assertEquals(3, message.getTableId().getValue());
        assertEquals(60_020, message.getPriority());
        assertEquals(OFBufferId.NO_BUFFER, message.getBufferId());
        assertEquals(0, message.getIdleTimeout());
        assertEquals(0, message.getHardTimeout());
    }

    @Test
    void aDropHasNoInstructionAndAJumpOnlyItsTable() {
        assertEquals("", instructions(messages.add(rule(SOMEBODY, 1, 0, everything(), DROP))));
        assertEquals(
                "0001" + "0008" + "0c" + "000000",
                instructions(
                        messages.add(
                                rule(SOMEBODY, 0, 0, everything(), goTo(FrontTable.FORWARD)))));
    }

    @Test
    void anOuterTagIsTakenOffAndPutBack() {
        TrafficTreatment off =
                DefaultTrafficTreatment.builder()
                        .popVlan()
                        .writeMetadata(0x1064, -1L)
                        .transition(FrontTable.TAG_PAIRS)
                        .build();
        assertEquals(
                "0004"
                        + "0010"
                        + "00000000"
                        + "0012"
                        + "0008"
                        + "00000000"
                        + "0001"
                        + "0008"
                        + "01"
                        + "000000"
                        + "0002"
                        + "0018"
                        + "00000000"
                        + "0000000000001064"
                        + "ffffffffffffffff",
                instructions(messages.add(rule(SOMEBODY, 0, 60_014, everything(), off))));
        TrafficTreatment on =
                DefaultTrafficTreatment.builder()
                        .pushVlan(new EthType(0x88a8))
                        .setVlanId(VlanId.vlanId((short) 100))
                        .writeMetadata(7, -1L)
                        .transition(FrontTable.MAIL_OUT)
                        .build();
        assertEquals(
                "0004"
                        + "0020"
                        + "00000000"
                        + "0011"
                        + "0008"
                        + "88a8"
                        + "0000"
                        + "0019"
                        + "0010"
                        + "80000c02"
                        + "1064"
                        + "000000000000"
                        + "0001"
                        + "0008"
                        + "02"
                        + "000000"
                        + "0002"
                        + "0018"
                        + "00000000"
                        + "0000000000000007"
                        + "ffffffffffffffff",
                instructions(messages.add(rule(SOMEBODY, 1, 60_040, everything(), on))));
    }

    @Test
    void anActionThatIsNotEncodedIsRefusedRatherThanLeftOut() {
        for (TrafficTreatment.Builder treatment :
                List.of(
                        DefaultTrafficTreatment.builder().setVlanPcp((byte) 3),
                        DefaultTrafficTreatment.builder().setOutput(PortNumber.portNumber(1)))) {
            FlowRule rule = rule(SOMEBODY, 0, 60_061, everything(), treatment.build());
            assertThrows(IllegalArgumentException.class, () -> messages.add(rule));
        }
    }

    @Test
    void barriersHaveDistinctIdentifiersFarFromThoseOfOnos() {
        long first = messages.barrier().getXid();
        long second = messages.barrier().getXid();
        assertNotEquals(first, second);
        assertTrue(first >= 0x706f_0000L && second >= 0x706f_0000L, first + ", " + second);
    }
}
