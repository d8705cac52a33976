package org.postern.drivers;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.criteria.ArpHaCriterion;
import org.onosproject.net.flow.criteria.ArpOpCriterion;
import org.onosproject.net.flow.criteria.ArpPaCriterion;
import org.onosproject.net.flow.criteria.Criterion;
import org.onosproject.net.flow.criteria.EthCriterion;
import org.onosproject.net.flow.criteria.EthTypeCriterion;
import org.onosproject.net.flow.criteria.IPCriterion;
import org.onosproject.net.flow.criteria.IPProtocolCriterion;
import org.onosproject.net.flow.criteria.IPv6NDTargetAddressCriterion;
import org.onosproject.net.flow.criteria.Icmpv6TypeCriterion;
import org.onosproject.net.flow.criteria.MetadataCriterion;
import org.onosproject.net.flow.criteria.PortCriterion;
import org.onosproject.net.flow.criteria.TcpPortCriterion;
import org.onosproject.net.flow.criteria.UdpPortCriterion;
import org.onosproject.net.flow.criteria.VlanIdCriterion;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.L2SubType;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanHeaderInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanIdInstruction;
import org.projectfloodlight.openflow.protocol.OFBarrierRequest;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFlowAdd;
import org.projectfloodlight.openflow.protocol.OFFlowModFlags;
import org.projectfloodlight.openflow.protocol.action.OFAction;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.match.Match;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.ArpOpcode;
import org.projectfloodlight.openflow.types.EthType;
import org.projectfloodlight.openflow.types.IPv4Address;
import org.projectfloodlight.openflow.types.IPv4AddressWithMask;
import org.projectfloodlight.openflow.types.IPv6Address;
import org.projectfloodlight.openflow.types.IPv6AddressWithMask;
import org.projectfloodlight.openflow.types.IpProtocol;
import org.projectfloodlight.openflow.types.OFBufferId;
import org.projectfloodlight.openflow.types.OFMetadata;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.OFVlanVidMatch;
import org.projectfloodlight.openflow.types.TableId;
import org.projectfloodlight.openflow.types.TransportPort;
import org.projectfloodlight.openflow.types.U64;
import org.projectfloodlight.openflow.types.U8;

/**
 * OpenFlow 1.3 messages for floor rules, the same that ONOS's own provider sends for them, so that
 * it knows them again.
 */
final class FloorMessages {
    /**
     * Transaction identifiers of floor barriers begin here, far from those of ONOS's flow provider,
     * which takes the reply to any barrier that has one of its own for the confirmation of that
     * batch.
     */
    private static final long FIRST_BARRIER = 0x706f_0000L;

    private final OFFactory factory;
    private long nextBarrier = FIRST_BARRIER;

    FloorMessages(OFFactory factory) {
        this.factory = factory;
    }

    OFFlowAdd add(FlowRule rule) {
        return factory.buildFlowAdd()
                .setXid(factory.nextXid())
                .setCookie(U64.of(rule.id().value()))
                .setBufferId(OFBufferId.NO_BUFFER)
                .setFlags(EnumSet.of(OFFlowModFlags.SEND_FLOW_REM))
                .setTableId(TableId.of(FrontTable.tableOf(rule)))
                .setPriority(rule.priority())
                .setMatch(match(rule))
                .setInstructions(instructions(rule))
                .build();
    }

    OFBarrierRequest barrier() {
        return factory.buildBarrierRequest().setXid(nextBarrier++).build();
    }

    private List<OFInstruction> instructions(FlowRule rule) {
        TrafficTreatment treatment = rule.treatment();
        List<OFInstruction> instructions = new ArrayList<>();
        List<OFAction> actions = new ArrayList<>();
        for (Instruction instruction : treatment.immediate()) {
            if (instruction.type() != Instruction.Type.NOACTION) {
                actions.add(action(instruction));
            }
        }
        if (!actions.isEmpty()) {
            instructions.add(factory.instructions().applyActions(actions));
        }
        if (treatment.tableTransition() != null) {
            int next = treatment.tableTransition().tableId();
            instructions.add(factory.instructions().gotoTable(TableId.of(next)));
        }
        if (treatment.writeMetadata() != null) {
            instructions.add(
                    factory.instructions()
                            .writeMetadata(
                                    U64.of(treatment.writeMetadata().metadata()),
                                    U64.of(treatment.writeMetadata().metadataMask())));
        }
        return instructions;
    }

    private OFAction action(Instruction instruction) {
        L2ModificationInstruction change =
                instruction instanceof L2ModificationInstruction
                        ? (L2ModificationInstruction) instruction
                        : null;
        switch (change == null ? L2SubType.TUNNEL_ID : change.subtype()) {
            case VLAN_POP:
                return factory.actions().popVlan();
            case VLAN_PUSH:
                EthType type =
                        EthType.of(
                                ((ModVlanHeaderInstruction) change).ethernetType().toShort()
                                        & 0xffff);
                return factory.actions().pushVlan(type);
            case VLAN_ID:
                short vlan = ((ModVlanIdInstruction) change).vlanId().toShort();
                return factory.actions()
                        .setField(factory.oxms().vlanVid(OFVlanVidMatch.ofVlan(vlan)));
            default:
                throw new IllegalArgumentException("a floor rule cannot do " + instruction);
        }
    }

    private Match match(FlowRule rule) {
        Match.Builder match = factory.buildMatch();
        for (Criterion criterion : rule.selector().criteria()) {
            set(match, criterion);
        }
        return match.build();
    }

    private static void set(Match.Builder match, Criterion criterion) {
        switch (criterion.type()) {
            case METADATA:
                long metadata = ((MetadataCriterion) criterion).metadata();
                match.setExact(MatchField.METADATA, OFMetadata.of(U64.of(metadata)));
                break;
            case IN_PORT:
                PortNumber port = ((PortCriterion) criterion).port();
                match.setExact(MatchField.IN_PORT, OFPort.of((int) port.toLong()));
                break;
            case ETH_SRC:
                match.setExact(MatchField.ETH_SRC, mac(((EthCriterion) criterion).mac()));
                break;
            case ETH_DST:
                match.setExact(MatchField.ETH_DST, mac(((EthCriterion) criterion).mac()));
                break;
            case ETH_TYPE:
                match.setExact(
                        MatchField.ETH_TYPE,
                        EthType.of(((EthTypeCriterion) criterion).ethType().toShort() & 0xffff));
                break;
            case VLAN_VID:
                match.setExact(MatchField.VLAN_VID, vlan(((VlanIdCriterion) criterion).vlanId()));
                break;
            case IP_PROTO:
                match.setExact(
                        MatchField.IP_PROTO,
                        IpProtocol.of((short) ((IPProtocolCriterion) criterion).protocol()));
                break;
            case IPV4_SRC:
                match.setMasked(MatchField.IPV4_SRC, ipv4(criterion));
                break;
            case IPV4_DST:
                match.setMasked(MatchField.IPV4_DST, ipv4(criterion));
                break;
            case IPV6_SRC:
                match.setMasked(MatchField.IPV6_SRC, ipv6(criterion));
                break;
            case IPV6_DST:
                match.setMasked(MatchField.IPV6_DST, ipv6(criterion));
                break;
            case TCP_SRC:
                match.setExact(MatchField.TCP_SRC, tcp(criterion));
                break;
            case TCP_DST:
                match.setExact(MatchField.TCP_DST, tcp(criterion));
                break;
            default:
                setFurther(match, criterion);
                break;
        }
    }

    private static void setFurther(Match.Builder match, Criterion criterion) {
        switch (criterion.type()) {
            case UDP_SRC:
                match.setExact(MatchField.UDP_SRC, udp(criterion));
                break;
            case UDP_DST:
                match.setExact(MatchField.UDP_DST, udp(criterion));
                break;
            case ICMPV6_TYPE:
                match.setExact(
                        MatchField.ICMPV6_TYPE,
                        U8.of(((Icmpv6TypeCriterion) criterion).icmpv6Type()));
                break;
            case IPV6_ND_TARGET:
                match.setExact(
                        MatchField.IPV6_ND_TARGET,
                        IPv6Address.of(
                                ((IPv6NDTargetAddressCriterion) criterion)
                                        .targetAddress()
                                        .toOctets()));
                break;
            case ARP_OP:
                match.setExact(
                        MatchField.ARP_OP, ArpOpcode.of(((ArpOpCriterion) criterion).arpOp()));
                break;
            case ARP_SPA:
                match.setExact(
                        MatchField.ARP_SPA,
                        IPv4Address.of(((ArpPaCriterion) criterion).ip().toInt()));
                break;
            case ARP_SHA:
                match.setExact(MatchField.ARP_SHA, mac(((ArpHaCriterion) criterion).mac()));
                break;
            default:
                // left out, the rule would be broader than meant
                throw new IllegalArgumentException("a floor rule cannot match " + criterion);
        }
    }

    private static OFVlanVidMatch vlan(VlanId vlan) {
        return vlan.equals(VlanId.NONE)
                ? OFVlanVidMatch.NONE
                : OFVlanVidMatch.ofVlan(vlan.toShort());
    }

    private static IPv4AddressWithMask ipv4(Criterion criterion) {
        IpPrefix prefix = ((IPCriterion) criterion).ip();
        return IPv4AddressWithMask.of(prefix.address() + "/" + prefix.prefixLength());
    }

    private static IPv6AddressWithMask ipv6(Criterion criterion) {
        IpPrefix prefix = ((IPCriterion) criterion).ip();
        return IPv6AddressWithMask.of(prefix.address() + "/" + prefix.prefixLength());
    }

    private static org.projectfloodlight.openflow.types.MacAddress mac(MacAddress mac) {
        return org.projectfloodlight.openflow.types.MacAddress.of(mac.toBytes());
    }

    private static TransportPort udp(Criterion criterion) {
        return TransportPort.of(((UdpPortCriterion) criterion).udpPort().toInt());
    }

    private static TransportPort tcp(Criterion criterion) {
        return TransportPort.of(((TcpPortCriterion) criterion).tcpPort().toInt());
    }
}
