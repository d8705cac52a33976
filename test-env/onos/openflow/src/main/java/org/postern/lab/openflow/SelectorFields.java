package org.postern.lab.openflow;

import java.util.EnumMap;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip4Prefix;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.Ip6Prefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.MplsLabel;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.criteria.ArpHaCriterion;
import org.onosproject.net.flow.criteria.ArpOpCriterion;
import org.onosproject.net.flow.criteria.ArpPaCriterion;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.criteria.EthCriterion;
import org.onosproject.net.flow.criteria.EthTypeCriterion;
import org.onosproject.net.flow.criteria.IPCriterion;
import org.onosproject.net.flow.criteria.IPDscpCriterion;
import org.onosproject.net.flow.criteria.IPEcnCriterion;
import org.onosproject.net.flow.criteria.IPProtocolCriterion;
import org.onosproject.net.flow.criteria.IPv6ExthdrFlagsCriterion;
import org.onosproject.net.flow.criteria.IPv6FlowLabelCriterion;
import org.onosproject.net.flow.criteria.IPv6NDLinkLayerAddressCriterion;
import org.onosproject.net.flow.criteria.IPv6NDTargetAddressCriterion;
import org.onosproject.net.flow.criteria.IcmpCodeCriterion;
import org.onosproject.net.flow.criteria.IcmpTypeCriterion;
import org.onosproject.net.flow.criteria.Icmpv6CodeCriterion;
import org.onosproject.net.flow.criteria.Icmpv6TypeCriterion;
import org.onosproject.net.flow.criteria.MetadataCriterion;
import org.onosproject.net.flow.criteria.MplsBosCriterion;
import org.onosproject.net.flow.criteria.MplsCriterion;
import org.onosproject.net.flow.criteria.PortCriterion;
import org.onosproject.net.flow.criteria.SctpPortCriterion;
import org.onosproject.net.flow.criteria.TcpPortCriterion;
import org.onosproject.net.flow.criteria.TunnelIdCriterion;
import org.onosproject.net.flow.criteria.UdpPortCriterion;
import org.onosproject.net.flow.criteria.VlanIdCriterion;
import org.onosproject.net.flow.criteria.VlanPcpCriterion;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.protocol.match.MatchFields;
import org.projectfloodlight.openflow.types.ArpOpcode;
import org.projectfloodlight.openflow.types.EthType;
import org.projectfloodlight.openflow.types.ICMPv4Code;
import org.projectfloodlight.openflow.types.ICMPv4Type;
import org.projectfloodlight.openflow.types.IPv4Address;
import org.projectfloodlight.openflow.types.IPv6Address;
import org.projectfloodlight.openflow.types.IPv6FlowLabel;
import org.projectfloodlight.openflow.types.IpDscp;
import org.projectfloodlight.openflow.types.IpEcn;
import org.projectfloodlight.openflow.types.IpProtocol;
import org.projectfloodlight.openflow.types.Masked;
import org.projectfloodlight.openflow.types.OFBooleanValue;
import org.projectfloodlight.openflow.types.OFMetadata;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.OFValueType;
import org.projectfloodlight.openflow.types.OFVlanVidMatch;
import org.projectfloodlight.openflow.types.TransportPort;
import org.projectfloodlight.openflow.types.U16;
import org.projectfloodlight.openflow.types.U32;
import org.projectfloodlight.openflow.types.U64;
import org.projectfloodlight.openflow.types.U8;
import org.projectfloodlight.openflow.types.VlanPcp;

/**
 * How each criterion becomes a match field, and each match field a criterion, as ONOS's
 * FlowModBuilder has it.
 */
final class SelectorFields {
    /** Writes a criterion of its type into a match. */
    static final Map<Criterion.Type, BiConsumer<Criterion, Match.Builder>> ENCODERS =
            new EnumMap<>(Criterion.Type.class);

    /** Reads a field of a match into a selector. */
    static final Map<MatchFields, BiConsumer<Match, TrafficSelector.Builder>> DECODERS =
            new EnumMap<>(MatchFields.class);

    static {
        linkFields();
        networkFields();
        transportFields();
        sctpFields();
        icmpFields();
        arpFields();
    }

    private SelectorFields() {}

    private static void linkFields() {
        exact(Criterion.Type.IN_PORT, PortCriterion.class, MatchField.IN_PORT, c -> port(c.port()));
        // ONOS sends IN_PHY_PORT as IN_PORT, so such a rule never reads back equal.
        encode(
                Criterion.Type.IN_PHY_PORT,
                PortCriterion.class,
                (c, m) -> m.setExact(MatchField.IN_PORT, port(c.port())));
        decode(
                MatchField.IN_PORT,
                (v, s) -> s.matchInPort(PortNumber.portNumber(v.getPortNumber())));
        decode(
                MatchField.IN_PHY_PORT,
                (v, s) -> s.matchInPhyPort(PortNumber.portNumber(v.getPortNumber())));

        exact(
                Criterion.Type.METADATA,
                MetadataCriterion.class,
                MatchField.METADATA,
                c -> OFMetadata.ofRaw(c.metadata()));
        decode(MatchField.METADATA, (v, s) -> s.matchMetadata(v.getValue().getValue()));

        ether(Criterion.Type.ETH_DST, Criterion.Type.ETH_DST_MASKED, MatchField.ETH_DST);
        decodeMasked(
                MatchField.ETH_DST,
                (v, s) -> s.matchEthDst(mac(v)),
                (v, s) -> s.matchEthDstMasked(mac(v.getValue()), mac(v.getMask())));
        ether(Criterion.Type.ETH_SRC, Criterion.Type.ETH_SRC_MASKED, MatchField.ETH_SRC);
        decodeMasked(
                MatchField.ETH_SRC,
                (v, s) -> s.matchEthSrc(mac(v)),
                (v, s) -> s.matchEthSrcMasked(mac(v.getValue()), mac(v.getMask())));
        exact(
                Criterion.Type.ETH_TYPE,
                EthTypeCriterion.class,
                MatchField.ETH_TYPE,
                c -> EthType.of(c.ethType().toShort()));
        decode(MatchField.ETH_TYPE, (v, s) -> s.matchEthType((short) v.getValue()));

        encode(Criterion.Type.VLAN_VID, VlanIdCriterion.class, SelectorFields::encodeVlan);
        exact(
                Criterion.Type.VLAN_PCP,
                VlanPcpCriterion.class,
                MatchField.VLAN_PCP,
                c -> VlanPcp.of(c.priority()));
        decode(MatchField.VLAN_PCP, (v, s) -> s.matchVlanPcp(v.getValue()));

        exact(
                Criterion.Type.MPLS_LABEL,
                MplsCriterion.class,
                MatchField.MPLS_LABEL,
                c -> U32.of(c.label().toInt()));
        decode(
                MatchField.MPLS_LABEL,
                (v, s) -> s.matchMplsLabel(MplsLabel.mplsLabel((int) v.getValue())));
        exact(
                Criterion.Type.MPLS_BOS,
                MplsBosCriterion.class,
                MatchField.MPLS_BOS,
                c -> OFBooleanValue.of(c.mplsBos()));
        decode(MatchField.MPLS_BOS, (v, s) -> s.matchMplsBos(v.getValue()));
        exact(
                Criterion.Type.TUNNEL_ID,
                TunnelIdCriterion.class,
                MatchField.TUNNEL_ID,
                c -> U64.of(c.tunnelId()));
        decode(MatchField.TUNNEL_ID, (v, s) -> s.matchTunnelId(v.getValue()));
    }

    private static void networkFields() {
        exact(
                Criterion.Type.IP_DSCP,
                IPDscpCriterion.class,
                MatchField.IP_DSCP,
                c -> IpDscp.of(c.ipDscp()));
        decode(MatchField.IP_DSCP, (v, s) -> s.matchIPDscp(v.getDscpValue()));
        exact(
                Criterion.Type.IP_ECN,
                IPEcnCriterion.class,
                MatchField.IP_ECN,
                c -> IpEcn.of(c.ipEcn()));
        decode(MatchField.IP_ECN, (v, s) -> s.matchIPEcn(v.getEcnValue()));
        exact(
                Criterion.Type.IP_PROTO,
                IPProtocolCriterion.class,
                MatchField.IP_PROTO,
                c -> IpProtocol.of(c.protocol()));
        decode(MatchField.IP_PROTO, (v, s) -> s.matchIPProtocol((byte) v.getIpProtocolNumber()));

        prefix4(Criterion.Type.IPV4_SRC, MatchField.IPV4_SRC, TrafficSelector.Builder::matchIPSrc);
        prefix4(Criterion.Type.IPV4_DST, MatchField.IPV4_DST, TrafficSelector.Builder::matchIPDst);
        prefix6(
                Criterion.Type.IPV6_SRC,
                MatchField.IPV6_SRC,
                TrafficSelector.Builder::matchIPv6Src);
        prefix6(
                Criterion.Type.IPV6_DST,
                MatchField.IPV6_DST,
                TrafficSelector.Builder::matchIPv6Dst);
        exact(
                Criterion.Type.IPV6_FLABEL,
                IPv6FlowLabelCriterion.class,
                MatchField.IPV6_FLABEL,
                c -> IPv6FlowLabel.of(c.flowLabel()));
        decode(MatchField.IPV6_FLABEL, (v, s) -> s.matchIPv6FlowLabel(v.getIPv6FlowLabelValue()));
        exact(
                Criterion.Type.IPV6_EXTHDR,
                IPv6ExthdrFlagsCriterion.class,
                MatchField.IPV6_EXTHDR,
                c -> U16.of(c.exthdrFlags()));
        decode(MatchField.IPV6_EXTHDR, (v, s) -> s.matchIPv6ExthdrFlags((short) v.getValue()));
    }

    private static void transportFields() {
        Function<Criterion, TpPort> tcp = c -> ((TcpPortCriterion) c).tcpPort();
        Function<Criterion, TpPort> tcpMask = c -> ((TcpPortCriterion) c).mask();
        transport(
                Criterion.Type.TCP_SRC,
                Criterion.Type.TCP_SRC_MASKED,
                MatchField.TCP_SRC,
                tcp,
                tcpMask);
        decodePort(
                MatchField.TCP_SRC,
                TrafficSelector.Builder::matchTcpSrc,
                (s, v) -> s.matchTcpSrcMasked(port(v.getValue()), port(v.getMask())));
        transport(
                Criterion.Type.TCP_DST,
                Criterion.Type.TCP_DST_MASKED,
                MatchField.TCP_DST,
                tcp,
                tcpMask);
        decodePort(
                MatchField.TCP_DST,
                TrafficSelector.Builder::matchTcpDst,
                (s, v) -> s.matchTcpDstMasked(port(v.getValue()), port(v.getMask())));
        Function<Criterion, TpPort> udp = c -> ((UdpPortCriterion) c).udpPort();
        Function<Criterion, TpPort> udpMask = c -> ((UdpPortCriterion) c).mask();
        transport(
                Criterion.Type.UDP_SRC,
                Criterion.Type.UDP_SRC_MASKED,
                MatchField.UDP_SRC,
                udp,
                udpMask);
        decodePort(
                MatchField.UDP_SRC,
                TrafficSelector.Builder::matchUdpSrc,
                (s, v) -> s.matchUdpSrcMasked(port(v.getValue()), port(v.getMask())));
        transport(
                Criterion.Type.UDP_DST,
                Criterion.Type.UDP_DST_MASKED,
                MatchField.UDP_DST,
                udp,
                udpMask);
        decodePort(
                MatchField.UDP_DST,
                TrafficSelector.Builder::matchUdpDst,
                (s, v) -> s.matchUdpDstMasked(port(v.getValue()), port(v.getMask())));
    }

    private static void sctpFields() {
        Function<Criterion, TpPort> sctp = c -> ((SctpPortCriterion) c).sctpPort();
        Function<Criterion, TpPort> sctpMask = c -> ((SctpPortCriterion) c).mask();
        transport(
                Criterion.Type.SCTP_SRC,
                Criterion.Type.SCTP_SRC_MASKED,
                MatchField.SCTP_SRC,
                sctp,
                sctpMask);
        decodePort(
                MatchField.SCTP_SRC,
                TrafficSelector.Builder::matchSctpSrc,
                (s, v) -> s.matchSctpSrcMasked(port(v.getValue()), port(v.getMask())));
        transport(
                Criterion.Type.SCTP_DST,
                Criterion.Type.SCTP_DST_MASKED,
                MatchField.SCTP_DST,
                sctp,
                sctpMask);
        decodePort(
                MatchField.SCTP_DST,
                TrafficSelector.Builder::matchSctpDst,
                (s, v) -> s.matchSctpDstMasked(port(v.getValue()), port(v.getMask())));
    }

    private static void icmpFields() {
        exact(
                Criterion.Type.ICMPV4_TYPE,
                IcmpTypeCriterion.class,
                MatchField.ICMPV4_TYPE,
                c -> ICMPv4Type.of(c.icmpType()));
        decode(MatchField.ICMPV4_TYPE, (v, s) -> s.matchIcmpType((byte) v.getType()));
        exact(
                Criterion.Type.ICMPV4_CODE,
                IcmpCodeCriterion.class,
                MatchField.ICMPV4_CODE,
                c -> ICMPv4Code.of(c.icmpCode()));
        decode(MatchField.ICMPV4_CODE, (v, s) -> s.matchIcmpCode((byte) v.getCode()));
        exact(
                Criterion.Type.ICMPV6_TYPE,
                Icmpv6TypeCriterion.class,
                MatchField.ICMPV6_TYPE,
                c -> U8.of(c.icmpv6Type()));
        decode(MatchField.ICMPV6_TYPE, (v, s) -> s.matchIcmpv6Type((byte) v.getValue()));
        exact(
                Criterion.Type.ICMPV6_CODE,
                Icmpv6CodeCriterion.class,
                MatchField.ICMPV6_CODE,
                c -> U8.of(c.icmpv6Code()));
        decode(MatchField.ICMPV6_CODE, (v, s) -> s.matchIcmpv6Code((byte) v.getValue()));
        exact(
                Criterion.Type.IPV6_ND_TARGET,
                IPv6NDTargetAddressCriterion.class,
                MatchField.IPV6_ND_TARGET,
                c -> IPv6Address.of(c.targetAddress().toOctets()));
        decode(
                MatchField.IPV6_ND_TARGET,
                (v, s) -> s.matchIPv6NDTargetAddress(Ip6Address.valueOf(v.getBytes())));
        exact(
                Criterion.Type.IPV6_ND_SLL,
                IPv6NDLinkLayerAddressCriterion.class,
                MatchField.IPV6_ND_SLL,
                c -> mac(c.mac()));
        decode(MatchField.IPV6_ND_SLL, (v, s) -> s.matchIPv6NDSourceLinkLayerAddress(mac(v)));
        exact(
                Criterion.Type.IPV6_ND_TLL,
                IPv6NDLinkLayerAddressCriterion.class,
                MatchField.IPV6_ND_TLL,
                c -> mac(c.mac()));
        decode(MatchField.IPV6_ND_TLL, (v, s) -> s.matchIPv6NDTargetLinkLayerAddress(mac(v)));
    }

    private static void arpFields() {
        exact(
                Criterion.Type.ARP_OP,
                ArpOpCriterion.class,
                MatchField.ARP_OP,
                c -> ArpOpcode.of(c.arpOp()));
        decode(MatchField.ARP_OP, (v, s) -> s.matchArpOp(v.getOpcode()));
        exact(Criterion.Type.ARP_SHA, ArpHaCriterion.class, MatchField.ARP_SHA, c -> mac(c.mac()));
        decode(MatchField.ARP_SHA, (v, s) -> s.matchArpSha(mac(v)));
        exact(Criterion.Type.ARP_THA, ArpHaCriterion.class, MatchField.ARP_THA, c -> mac(c.mac()));
        decode(MatchField.ARP_THA, (v, s) -> s.matchArpTha(mac(v)));
        exact(
                Criterion.Type.ARP_SPA,
                ArpPaCriterion.class,
                MatchField.ARP_SPA,
                c -> IPv4Address.of(c.ip().toInt()));
        decode(MatchField.ARP_SPA, (v, s) -> s.matchArpSpa(Ip4Address.valueOf(v.getInt())));
        exact(
                Criterion.Type.ARP_TPA,
                ArpPaCriterion.class,
                MatchField.ARP_TPA,
                c -> IPv4Address.of(c.ip().toInt()));
        decode(MatchField.ARP_TPA, (v, s) -> s.matchArpTpa(Ip4Address.valueOf(v.getInt())));
    }

    private static void encodeVlan(VlanIdCriterion criterion, Match.Builder match) {
        VlanId vlan = criterion.vlanId();
        if (vlan.equals(VlanId.ANY)) {
            match.setMasked(MatchField.VLAN_VID, OFVlanVidMatch.PRESENT, OFVlanVidMatch.PRESENT);
        } else if (vlan.equals(VlanId.NONE)) {
            match.setExact(MatchField.VLAN_VID, OFVlanVidMatch.NONE);
        } else {
            match.setExact(MatchField.VLAN_VID, OFVlanVidMatch.ofVlan(vlan.toShort()));
        }
    }

    private static <C extends Criterion> void encode(
            Criterion.Type type, Class<C> criterion, BiConsumer<C, Match.Builder> encoder) {
        ENCODERS.put(type, (c, match) -> encoder.accept(criterion.cast(c), match));
    }

    private static <C extends Criterion, F extends OFValueType<F>> void exact(
            Criterion.Type type, Class<C> criterion, MatchField<F> field, Function<C, F> value) {
        encode(type, criterion, (c, match) -> match.setExact(field, value.apply(c)));
    }

    private static void ether(
            Criterion.Type exact,
            Criterion.Type masked,
            MatchField<org.projectfloodlight.openflow.types.MacAddress> field) {
        exact(exact, EthCriterion.class, field, c -> mac(c.mac()));
        encode(
                masked,
                EthCriterion.class,
                (c, match) -> match.setMasked(field, mac(c.mac()), mac(c.mask())));
    }

    private static void transport(
            Criterion.Type exact,
            Criterion.Type masked,
            MatchField<TransportPort> field,
            Function<Criterion, TpPort> port,
            Function<Criterion, TpPort> mask) {
        exact(exact, Criterion.class, field, c -> TransportPort.of(port.apply(c).toInt()));
        encode(
                masked,
                Criterion.class,
                (c, match) ->
                        match.setMasked(
                                field,
                                TransportPort.of(port.apply(c).toInt()),
                                TransportPort.of(mask.apply(c).toInt())));
    }

    private static void prefix4(
            Criterion.Type type,
            MatchField<IPv4Address> field,
            BiFunction<TrafficSelector.Builder, Ip4Prefix, TrafficSelector.Builder> matcher) {
        encode(
                type,
                IPCriterion.class,
                (c, match) -> {
                    Ip4Prefix prefix = c.ip().getIp4Prefix();
                    IPv4Address address = IPv4Address.of(prefix.address().toInt());
                    if (prefix.prefixLength() == Ip4Prefix.MAX_MASK_LENGTH) {
                        match.setExact(field, address);
                    } else {
                        match.setMasked(
                                field,
                                address,
                                IPv4Address.ofCidrMaskLength(prefix.prefixLength()));
                    }
                });
        decodeMasked(
                field,
                (v, s) ->
                        matcher.apply(s, Ip4Prefix.valueOf(v.getInt(), Ip4Prefix.MAX_MASK_LENGTH)),
                (v, s) ->
                        matcher.apply(
                                s,
                                Ip4Prefix.valueOf(
                                        v.getValue().getInt(), v.getMask().asCidrMaskLength())));
    }

    private static void prefix6(
            Criterion.Type type,
            MatchField<IPv6Address> field,
            BiFunction<TrafficSelector.Builder, Ip6Prefix, TrafficSelector.Builder> matcher) {
        encode(
                type,
                IPCriterion.class,
                (c, match) -> {
                    Ip6Prefix prefix = c.ip().getIp6Prefix();
                    IPv6Address address = IPv6Address.of(prefix.address().toOctets());
                    if (prefix.prefixLength() == Ip6Prefix.MAX_MASK_LENGTH) {
                        match.setExact(field, address);
                    } else {
                        match.setMasked(
                                field,
                                address,
                                IPv6Address.ofCidrMaskLength(prefix.prefixLength()));
                    }
                });
        decodeMasked(
                field,
                (v, s) ->
                        matcher.apply(
                                s, Ip6Prefix.valueOf(v.getBytes(), Ip6Prefix.MAX_MASK_LENGTH)),
                (v, s) ->
                        matcher.apply(
                                s,
                                Ip6Prefix.valueOf(
                                        v.getValue().getBytes(), v.getMask().asCidrMaskLength())));
    }

    private static <F extends OFValueType<F>> void decode(
            MatchField<F> field, BiConsumer<F, TrafficSelector.Builder> decoder) {
        DECODERS.put(field.id, (match, selector) -> decoder.accept(match.get(field), selector));
    }

    private static <F extends OFValueType<F>> void decodeMasked(
            MatchField<F> field,
            BiConsumer<F, TrafficSelector.Builder> exact,
            BiConsumer<Masked<F>, TrafficSelector.Builder> masked) {
        DECODERS.put(
                field.id,
                (match, selector) -> {
                    if (match.isPartiallyMasked(field)) {
                        masked.accept(match.getMasked(field), selector);
                    } else {
                        exact.accept(match.get(field), selector);
                    }
                });
    }

    private static void decodePort(
            MatchField<TransportPort> field,
            BiFunction<TrafficSelector.Builder, TpPort, TrafficSelector.Builder> exact,
            BiFunction<TrafficSelector.Builder, Masked<TransportPort>, TrafficSelector.Builder>
                    masked) {
        decodeMasked(field, (v, s) -> exact.apply(s, port(v)), (v, s) -> masked.apply(s, v));
    }

    /** ONOS's reserved ports are OpenFlow's, as negative numbers. */
    private static OFPort port(PortNumber port) {
        return OFPort.of((int) port.toLong());
    }

    private static TpPort port(TransportPort port) {
        return TpPort.tpPort(port.getPort());
    }

    private static MacAddress mac(org.projectfloodlight.openflow.types.MacAddress mac) {
        return MacAddress.valueOf(mac.getLong());
    }

    private static org.projectfloodlight.openflow.types.MacAddress mac(MacAddress mac) {
        return org.projectfloodlight.openflow.types.MacAddress.of(mac.toLong());
    }
}
