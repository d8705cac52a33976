package org.postern.lab.commands;

import static org.onlab.packet.Ethernet.TYPE_ARP;
import static org.onlab.packet.Ethernet.TYPE_IPV4;
import static org.onlab.packet.Ethernet.TYPE_IPV6;
import static org.onlab.packet.IPv4.PROTOCOL_ICMP;
import static org.onlab.packet.IPv4.PROTOCOL_TCP;
import static org.onlab.packet.IPv4.PROTOCOL_UDP;
import static org.onlab.packet.IPv6.PROTOCOL_ICMP6;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.instructions.Instructions;
import org.onosproject.net.meter.MeterId;

/**
 * One rule for every match and action that is to read back from a switch as it was sent, and some
 * that never do.
 */
final class SampleRules {
    /** A table that nothing else in the lab uses, so that the samples touch no traffic. */
    private static final int TABLE = 200;

    private static final byte PROTOCOL_SCTP = (byte) 132;
    private static final int FIRST_PRIORITY = 1000;
    private static final MacAddress MAC = MacAddress.valueOf("02:00:00:00:00:01");
    private static final MacAddress MASK = MacAddress.valueOf("ff:ff:ff:00:00:00");
    private static final IpPrefix PREFIX4 = IpPrefix.valueOf("198.51.100.0/24");
    private static final IpPrefix PREFIX6 = IpPrefix.valueOf("2001:db8:64::/48");
    private static final TpPort SMTP = TpPort.tpPort(25);
    private static final TpPort PORT_MASK = TpPort.tpPort(0xfff0);

    private final DeviceId device;
    private final ApplicationId application;
    private final List<Sample> samples = new ArrayList<>();

    private SampleRules(DeviceId device, ApplicationId application) {
        this.device = device;
        this.application = application;
    }

    /**
     * All samples for a device; the meter is one that the device has, or null for no metered
     * sample.
     */
    static List<Sample> on(DeviceId device, ApplicationId application, MeterId meter) {
        SampleRules rules = new SampleRules(device, application);
        rules.linkMatches();
        rules.networkMatches();
        rules.transportMatches();
        rules.controlMatches();
        rules.outputs();
        rules.instructions(meter);
        rules.setFields();
        rules.unstable();
        return rules.samples;
    }

    private void linkMatches() {
        match("in-port", s -> s.matchInPort(PortNumber.portNumber(1)));
        match("in-port-local", s -> s.matchInPort(PortNumber.LOCAL));
        match("metadata", s -> s.matchMetadata(0x1234_5678_9abc_def0L));
        match("eth-dst", s -> s.matchEthDst(MAC));
        match("eth-src", s -> s.matchEthSrc(MAC));
        match(
                "eth-dst-masked",
                s -> s.matchEthDstMasked(MacAddress.valueOf("02:00:00:00:00:00"), MASK));
        match(
                "eth-src-masked",
                s -> s.matchEthSrcMasked(MacAddress.valueOf("02:00:00:00:00:00"), MASK));
        match("eth-type", s -> s.matchEthType((short) 0x88cc));
        match("vlan", s -> s.matchVlanId(VlanId.vlanId((short) 100)));
        match("vlan-any", s -> s.matchVlanId(VlanId.ANY));
        match("vlan-none", s -> s.matchVlanId(VlanId.NONE));
        match("vlan-pcp", s -> s.matchVlanId(VlanId.vlanId((short) 100)).matchVlanPcp((byte) 5));
        match("tunnel-id", s -> s.matchTunnelId(77));
    }

    private void networkMatches() {
        match("ipv4-src", s -> s.matchEthType(TYPE_IPV4).matchIPSrc(PREFIX4));
        match("ipv4-dst", s -> s.matchEthType(TYPE_IPV4).matchIPDst(PREFIX4));
        match(
                "ipv4-host",
                s -> s.matchEthType(TYPE_IPV4).matchIPDst(IpPrefix.valueOf("198.51.100.25/32")));
        match("ipv6-src", s -> s.matchEthType(TYPE_IPV6).matchIPv6Src(PREFIX6));
        match("ipv6-dst", s -> s.matchEthType(TYPE_IPV6).matchIPv6Dst(PREFIX6));
        match(
                "ipv6-host",
                s ->
                        s.matchEthType(TYPE_IPV6)
                                .matchIPv6Dst(IpPrefix.valueOf("2001:db8:51::25/128")));
        match("ipv6-flow-label", s -> s.matchEthType(TYPE_IPV6).matchIPv6FlowLabel(0x12345));
        match("ip-proto", s -> s.matchEthType(TYPE_IPV4).matchIPProtocol(PROTOCOL_TCP));
        match("ip-dscp", s -> s.matchEthType(TYPE_IPV4).matchIPDscp((byte) 46));
        match("ip-ecn", s -> s.matchEthType(TYPE_IPV6).matchIPEcn((byte) 1));
    }

    private void transportMatches() {
        match("tcp-src", s -> tcp4(s).matchTcpSrc(SMTP));
        match("tcp-dst", s -> tcp4(s).matchTcpDst(SMTP));
        match("tcp6-src", s -> tcp6(s).matchTcpSrc(SMTP));
        match("tcp6-dst", s -> tcp6(s).matchTcpDst(SMTP));
        match("tcp6-dst-prefix", s -> tcp6(s).matchIPv6Src(PREFIX6).matchTcpDst(SMTP));
        match("tcp-dst-high", s -> tcp4(s).matchTcpDst(TpPort.tpPort(65535)));
        match("tcp-dst-masked", s -> tcp4(s).matchTcpDstMasked(TpPort.tpPort(0x0210), PORT_MASK));
        match("tcp-src-masked", s -> tcp4(s).matchTcpSrcMasked(TpPort.tpPort(0x0210), PORT_MASK));
        match("udp-src", s -> udp4(s).matchUdpSrc(TpPort.tpPort(53)));
        match("udp-dst", s -> udp4(s).matchUdpDst(TpPort.tpPort(53)));
        match("udp-dst-masked", s -> udp4(s).matchUdpDstMasked(TpPort.tpPort(0x0210), PORT_MASK));
        match("udp-src-masked", s -> udp4(s).matchUdpSrcMasked(TpPort.tpPort(0x0210), PORT_MASK));
        match("sctp-src", s -> sctp4(s).matchSctpSrc(SMTP));
        match("sctp-dst", s -> sctp4(s).matchSctpDst(SMTP));
    }

    private void controlMatches() {
        match("icmp4", s -> ip4(s, PROTOCOL_ICMP).matchIcmpType((byte) 8).matchIcmpCode((byte) 0));
        match("icmp6", s -> icmp6(s).matchIcmpv6Type((byte) 128).matchIcmpv6Code((byte) 0));
        match(
                "nd-solicitation",
                s ->
                        icmp6(s).matchIcmpv6Type((byte) 135)
                                .matchIcmpv6Code((byte) 0)
                                .matchIPv6NDTargetAddress(Ip6Address.valueOf("2001:db8::1"))
                                .matchIPv6NDSourceLinkLayerAddress(MAC));
        match(
                "nd-advertisement",
                s ->
                        icmp6(s).matchIcmpv6Type((byte) 136)
                                .matchIcmpv6Code((byte) 0)
                                .matchIPv6NDTargetLinkLayerAddress(MAC));
        match(
                "arp",
                s ->
                        s.matchEthType(TYPE_ARP)
                                .matchArpOp(1)
                                .matchArpSpa(Ip4Address.valueOf("10.64.0.1"))
                                .matchArpTpa(Ip4Address.valueOf("10.64.0.2"))
                                .matchArpSha(MAC)
                                .matchArpTha(MAC));
    }

    private void outputs() {
        act("output", t -> t.setOutput(PortNumber.portNumber(1)));
        act(
                "output-two",
                t -> t.setOutput(PortNumber.portNumber(1)).setOutput(PortNumber.portNumber(2)));
        act("output-controller", t -> t.setOutput(PortNumber.CONTROLLER));
        act("output-normal", t -> t.setOutput(PortNumber.NORMAL));
        act("output-in-port", t -> t.setOutput(PortNumber.IN_PORT));
        act("output-flood", t -> t.setOutput(PortNumber.FLOOD));
        act("output-all", t -> t.setOutput(PortNumber.ALL));
        act("output-local", t -> t.setOutput(PortNumber.LOCAL));
        act("drop", TrafficTreatment.Builder::drop);
    }

    private void instructions(MeterId meter) {
        act("goto", t -> t.transition(TABLE + 1));
        act(
                "write-metadata",
                t -> t.writeMetadata(0xfeed_beef_0000_0001L, -1L).transition(TABLE + 1));
        act("write-metadata-masked", t -> t.writeMetadata(0x10, 0xff0).transition(TABLE + 1));
        act("wipe-deferred", TrafficTreatment.Builder::wipeDeferred);
        act("wipe-deferred-goto", t -> t.wipeDeferred().transition(TABLE + 1));
        act("deferred", t -> t.deferred().setOutput(PortNumber.portNumber(1)));
        act(
                "immediate-and-deferred",
                t -> t.immediate().setEthDst(MAC).deferred().setOutput(PortNumber.portNumber(1)));
        act("output-and-goto", t -> t.setOutput(PortNumber.CONTROLLER).transition(TABLE + 1));
        if (meter != null) {
            act("meter", t -> t.meter(meter).setOutput(PortNumber.portNumber(1)));
            act(
                    "meter-and-goto",
                    t -> t.meter(meter).setOutput(PortNumber.CONTROLLER).transition(TABLE + 1));
        }
    }

    private void setFields() {
        act("set-eth-dst", t -> t.setEthDst(MAC).setOutput(PortNumber.portNumber(1)));
        act("set-eth-src", t -> t.setEthSrc(MAC).setOutput(PortNumber.portNumber(1)));
        act(
                "push-vlan",
                t ->
                        t.pushVlan()
                                .setVlanId(VlanId.vlanId((short) 7))
                                .setVlanPcp((byte) 3)
                                .setOutput(PortNumber.ALL));
        add(
                "pop-vlan",
                s -> s.matchVlanId(VlanId.vlanId((short) 8)),
                t -> t.popVlan().setOutput(PortNumber.portNumber(1)),
                true);
        add(
                "set-ipv4",
                s -> tcp4(s).matchTcpDst(TpPort.tpPort(26)),
                t ->
                        t.setIpSrc(IpAddress.valueOf("10.64.0.9"))
                                .setIpDst(IpAddress.valueOf("198.51.100.9"))
                                .setTcpSrc(TpPort.tpPort(2525))
                                .setTcpDst(TpPort.tpPort(10025))
                                .setOutput(PortNumber.portNumber(1)),
                true);
        add(
                "set-udp",
                s -> udp4(s).matchUdpDst(TpPort.tpPort(26)),
                t ->
                        t.setUdpSrc(TpPort.tpPort(2525))
                                .setUdpDst(TpPort.tpPort(10025))
                                .setOutput(PortNumber.portNumber(1)),
                true);
        add(
                "dec-ttl",
                s -> s.matchEthType(TYPE_IPV4).matchIPDst(IpPrefix.valueOf("203.0.113.0/24")),
                t -> t.decNwTtl().setOutput(PortNumber.portNumber(1)),
                true);
    }

    /** What ONOS 2.7.0 does not read back as it was sent: it installs these again and again. */
    private void unstable() {
        add("wipe-deferred-drop", unique(), t -> t.wipeDeferred().drop(), false);
        add(
                "set-ipv6-dst",
                s -> tcp6(s).matchTcpDst(TpPort.tpPort(26)),
                t ->
                        t.add(Instructions.modL3IPv6Dst(IpAddress.valueOf("2001:db8::9")))
                                .setOutput(PortNumber.portNumber(1)),
                false);
        add(
                "in-phy-port",
                s -> s.matchInPhyPort(PortNumber.portNumber(2)),
                TrafficTreatment.Builder::drop,
                false);
    }

    private void match(
            String name, Function<TrafficSelector.Builder, TrafficSelector.Builder> selector) {
        add("match-" + name, selector, TrafficTreatment.Builder::drop, true);
    }

    private void act(
            String name, Function<TrafficTreatment.Builder, TrafficTreatment.Builder> treatment) {
        add("act-" + name, unique(), treatment, true);
    }

    private Function<TrafficSelector.Builder, TrafficSelector.Builder> unique() {
        long metadata = samples.size() + 1L;
        return s -> s.matchMetadata(metadata);
    }

    private void add(
            String name,
            Function<TrafficSelector.Builder, TrafficSelector.Builder> selector,
            Function<TrafficTreatment.Builder, TrafficTreatment.Builder> treatment,
            boolean stable) {
        FlowRule rule =
                DefaultFlowRule.builder()
                        .forDevice(device)
                        .forTable(TABLE)
                        .fromApp(application)
                        .withPriority(FIRST_PRIORITY + samples.size())
                        .withSelector(selector.apply(DefaultTrafficSelector.builder()).build())
                        .withTreatment(treatment.apply(DefaultTrafficTreatment.builder()).build())
                        .makePermanent()
                        .build();
        samples.add(new Sample(name, rule, stable));
    }

    private static TrafficSelector.Builder ip4(TrafficSelector.Builder selector, byte protocol) {
        return selector.matchEthType(TYPE_IPV4).matchIPProtocol(protocol);
    }

    private static TrafficSelector.Builder tcp4(TrafficSelector.Builder selector) {
        return ip4(selector, PROTOCOL_TCP);
    }

    private static TrafficSelector.Builder udp4(TrafficSelector.Builder selector) {
        return ip4(selector, PROTOCOL_UDP);
    }

    private static TrafficSelector.Builder sctp4(TrafficSelector.Builder selector) {
        return ip4(selector, PROTOCOL_SCTP);
    }

    private static TrafficSelector.Builder tcp6(TrafficSelector.Builder selector) {
        return selector.matchEthType(TYPE_IPV6).matchIPProtocol(PROTOCOL_TCP);
    }

    private static TrafficSelector.Builder icmp6(TrafficSelector.Builder selector) {
        return selector.matchEthType(TYPE_IPV6).matchIPProtocol(PROTOCOL_ICMP6);
    }

    /** A rule and whether it is expected to read back as it was sent. */
    static final class Sample {
        private final String name;
        private final FlowRule rule;
        private final boolean stable;

        private Sample(String name, FlowRule rule, boolean stable) {
            this.name = name;
            this.rule = rule;
            this.stable = stable;
        }

        String name() {
            return name;
        }

        FlowRule rule() {
            return rule;
        }

        boolean stable() {
            return stable;
        }
    }
}
