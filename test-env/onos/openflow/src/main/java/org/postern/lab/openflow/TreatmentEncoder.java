package org.postern.lab.openflow;

import java.util.ArrayList;
import java.util.List;
import org.onlab.packet.MacAddress;
import org.onosproject.net.PortNumber;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.instructions.ExtensionTreatment;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.ExtensionInstructionWrapper;
import org.onosproject.net.flow.instructions.Instructions.GroupInstruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.flow.instructions.Instructions.SetQueueInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModEtherInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModMplsBosInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModMplsHeaderInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModMplsLabelInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModTunnelIdInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanHeaderInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanIdInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanPcpInstruction;
import org.onosproject.net.flow.instructions.L3ModificationInstruction;
import org.onosproject.net.flow.instructions.L3ModificationInstruction.ModArpEthInstruction;
import org.onosproject.net.flow.instructions.L3ModificationInstruction.ModArpIPInstruction;
import org.onosproject.net.flow.instructions.L3ModificationInstruction.ModArpOpInstruction;
import org.onosproject.net.flow.instructions.L3ModificationInstruction.ModDscpInstruction;
import org.onosproject.net.flow.instructions.L3ModificationInstruction.ModIPInstruction;
import org.onosproject.net.flow.instructions.L3ModificationInstruction.ModIPv6FlowLabelInstruction;
import org.onosproject.net.flow.instructions.L4ModificationInstruction;
import org.onosproject.net.flow.instructions.L4ModificationInstruction.ModTransportPortInstruction;
import org.onosproject.openflow.controller.ExtensionTreatmentInterpreter;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.action.OFAction;
import org.projectfloodlight.openflow.protocol.action.OFActionOutput;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.oxm.OFOxm;
import org.projectfloodlight.openflow.types.ArpOpcode;
import org.projectfloodlight.openflow.types.EthType;
import org.projectfloodlight.openflow.types.IPv4Address;
import org.projectfloodlight.openflow.types.IPv6Address;
import org.projectfloodlight.openflow.types.IPv6FlowLabel;
import org.projectfloodlight.openflow.types.IpDscp;
import org.projectfloodlight.openflow.types.OFBooleanValue;
import org.projectfloodlight.openflow.types.OFGroup;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.OFVlanVidMatch;
import org.projectfloodlight.openflow.types.TableId;
import org.projectfloodlight.openflow.types.TransportPort;
import org.projectfloodlight.openflow.types.U32;
import org.projectfloodlight.openflow.types.U64;
import org.projectfloodlight.openflow.types.VlanPcp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * ONOS traffic treatments as OpenFlow 1.3 instructions, as ONOS's FlowModBuilderVer13 makes them.
 *
 * <p>An action that ONOS does not encode is logged and left out.
 */
final class TreatmentEncoder {
    private static final Logger LOG = LoggerFactory.getLogger(TreatmentEncoder.class);

    /**
     * Whole packets to the controller (OpenFlow 1.3.5, ofp_controller_max_len: OFPCML_NO_BUFFER).
     */
    private static final int WHOLE_PACKET = 0xffff;

    private final OFFactory factory;
    private final DriverHandler driver;

    TreatmentEncoder(OFFactory factory, DriverHandler driver) {
        this.factory = factory;
        this.driver = driver;
    }

    /** The instructions of a rule that is added; ONOS clears the action set first. */
    List<OFInstruction> added(TrafficTreatment treatment) {
        List<OFInstruction> instructions = new ArrayList<>();
        addClear(treatment, instructions);
        addApply(treatment, instructions);
        addRest(treatment, instructions);
        return instructions;
    }

    /**
     * The instructions of a rule that is modified; ONOS applies actions before it clears the action
     * set.
     */
    List<OFInstruction> modified(TrafficTreatment treatment) {
        List<OFInstruction> instructions = new ArrayList<>();
        addApply(treatment, instructions);
        addClear(treatment, instructions);
        addRest(treatment, instructions);
        return instructions;
    }

    private void addClear(TrafficTreatment treatment, List<OFInstruction> instructions) {
        if (treatment.clearedDeferred()) {
            instructions.add(factory.instructions().clearActions());
        }
    }

    private void addApply(TrafficTreatment treatment, List<OFInstruction> instructions) {
        List<OFAction> actions = actions(treatment.immediate());
        if (!actions.isEmpty()) {
            instructions.add(factory.instructions().applyActions(actions));
        }
    }

    private void addRest(TrafficTreatment treatment, List<OFInstruction> instructions) {
        List<OFAction> deferred = actions(treatment.deferred());
        if (!deferred.isEmpty()) {
            instructions.add(factory.instructions().writeActions(deferred));
        }
        if (treatment.tableTransition() != null) {
            instructions.add(
                    factory.instructions()
                            .gotoTable(TableId.of(treatment.tableTransition().tableId())));
        }
        if (treatment.writeMetadata() != null) {
            instructions.add(
                    factory.instructions()
                            .writeMetadata(
                                    U64.of(treatment.writeMetadata().metadata()),
                                    U64.of(treatment.writeMetadata().metadataMask())));
        }
        if (treatment.metered() != null) {
            instructions.add(factory.instructions().meter(treatment.metered().meterId().id()));
        }
    }

    private List<OFAction> actions(List<Instruction> instructions) {
        List<OFAction> actions = new ArrayList<>();
        for (Instruction instruction : instructions) {
            if (instruction.type() == Instruction.Type.NOACTION) {
                return List.of();
            }
            OFAction action = action(instruction);
            if (action != null) {
                actions.add(action);
            }
        }
        return actions;
    }

    private OFAction action(Instruction instruction) {
        switch (instruction.type()) {
            case L2MODIFICATION:
                return link((L2ModificationInstruction) instruction);
            case L3MODIFICATION:
                return network((L3ModificationInstruction) instruction);
            case L4MODIFICATION:
                return transport((L4ModificationInstruction) instruction);
            case OUTPUT:
                PortNumber port = ((OutputInstruction) instruction).port();
                OFActionOutput.Builder output =
                        factory.actions().buildOutput().setPort(OFPort.of((int) port.toLong()));
                if (port.equals(PortNumber.CONTROLLER)) {
                    output.setMaxLen(WHOLE_PACKET);
                }
                return output.build();
            case GROUP:
                return factory.actions()
                        .group(OFGroup.of(((GroupInstruction) instruction).groupId().id()));
            case QUEUE:
                return factory.actions().setQueue(((SetQueueInstruction) instruction).queueId());
            case EXTENSION:
                return extension(
                        ((ExtensionInstructionWrapper) instruction).extensionInstruction());
            case TABLE:
                return null;
            default:
                LOG.warn("Instruction type {} not yet implemented.", instruction.type());
                return null;
        }
    }

    private OFAction link(L2ModificationInstruction change) {
        switch (change.subtype()) {
            case ETH_DST:
                return set(factory.oxms().ethDst(mac(((ModEtherInstruction) change).mac())));
            case ETH_SRC:
                return set(factory.oxms().ethSrc(mac(((ModEtherInstruction) change).mac())));
            case VLAN_ID:
                short vlan = ((ModVlanIdInstruction) change).vlanId().toShort();
                return set(factory.oxms().vlanVid(OFVlanVidMatch.ofVlan(vlan)));
            case VLAN_PCP:
                return set(
                        factory.oxms()
                                .vlanPcp(VlanPcp.of(((ModVlanPcpInstruction) change).vlanPcp())));
            case VLAN_PUSH:
                return factory.actions()
                        .pushVlan(
                                EthType.of(
                                        ((ModVlanHeaderInstruction) change)
                                                .ethernetType()
                                                .toShort()));
            case VLAN_POP:
                return factory.actions().popVlan();
            case MPLS_PUSH:
                return factory.actions()
                        .pushMpls(
                                EthType.of(
                                        ((ModMplsHeaderInstruction) change)
                                                .ethernetType()
                                                .toShort()));
            case MPLS_POP:
                return factory.actions()
                        .popMpls(
                                EthType.of(
                                        ((ModMplsHeaderInstruction) change)
                                                .ethernetType()
                                                .toShort()));
            case MPLS_LABEL:
                return set(
                        factory.oxms()
                                .mplsLabel(
                                        U32.of(
                                                ((ModMplsLabelInstruction) change)
                                                        .label()
                                                        .toInt())));
            case MPLS_BOS:
                return set(
                        factory.oxms()
                                .mplsBos(
                                        OFBooleanValue.of(
                                                ((ModMplsBosInstruction) change).mplsBos())));
            case DEC_MPLS_TTL:
                return factory.actions().decMplsTtl();
            case TUNNEL_ID:
                return set(
                        factory.oxms()
                                .tunnelId(U64.of(((ModTunnelIdInstruction) change).tunnelId())));
            default:
                LOG.warn("Unimplemented action type {}.", change.subtype());
                return null;
        }
    }

    private OFAction network(L3ModificationInstruction change) {
        switch (change.subtype()) {
            case IPV4_SRC:
                return set(
                        factory.oxms()
                                .ipv4Src(
                                        ip4(
                                                ((ModIPInstruction) change)
                                                        .ip()
                                                        .getIp4Address()
                                                        .toInt())));
            case IPV4_DST:
                return set(
                        factory.oxms()
                                .ipv4Dst(
                                        ip4(
                                                ((ModIPInstruction) change)
                                                        .ip()
                                                        .getIp4Address()
                                                        .toInt())));
            case IPV6_SRC:
                return set(
                        factory.oxms()
                                .ipv6Src(
                                        IPv6Address.of(
                                                ((ModIPInstruction) change).ip().toOctets())));
            case IPV6_DST:
                return set(
                        factory.oxms()
                                .ipv6Dst(
                                        IPv6Address.of(
                                                ((ModIPInstruction) change).ip().toOctets())));
            case IPV6_FLABEL:
                return set(
                        factory.oxms()
                                .ipv6Flabel(
                                        IPv6FlowLabel.of(
                                                ((ModIPv6FlowLabelInstruction) change)
                                                        .flowLabel())));
            case IP_DSCP:
                return set(factory.oxms().ipDscp(IpDscp.of(((ModDscpInstruction) change).dscp())));
            case ARP_SPA:
                return set(
                        factory.oxms()
                                .arpSpa(
                                        ip4(
                                                ((ModArpIPInstruction) change)
                                                        .ip()
                                                        .getIp4Address()
                                                        .toInt())));
            case ARP_TPA:
                return set(
                        factory.oxms()
                                .arpTpa(
                                        ip4(
                                                ((ModArpIPInstruction) change)
                                                        .ip()
                                                        .getIp4Address()
                                                        .toInt())));
            case ARP_SHA:
                return set(factory.oxms().arpSha(mac(((ModArpEthInstruction) change).mac())));
            case ARP_THA:
                return set(factory.oxms().arpTha(mac(((ModArpEthInstruction) change).mac())));
            case ARP_OP:
                return set(
                        factory.oxms()
                                .arpOp(ArpOpcode.of((int) ((ModArpOpInstruction) change).op())));
            case DEC_TTL:
                return factory.actions().decNwTtl();
            case TTL_IN:
                return factory.actions().copyTtlIn();
            case TTL_OUT:
                return factory.actions().copyTtlOut();
            default:
                LOG.warn("Unimplemented action type {}.", change.subtype());
                return null;
        }
    }

    private OFAction transport(L4ModificationInstruction change) {
        switch (change.subtype()) {
            case TCP_SRC:
                return set(factory.oxms().tcpSrc(port(change)));
            case TCP_DST:
                return set(factory.oxms().tcpDst(port(change)));
            case UDP_SRC:
                return set(factory.oxms().udpSrc(port(change)));
            case UDP_DST:
                return set(factory.oxms().udpDst(port(change)));
            default:
                LOG.warn("Unimplemented action type {}.", change.subtype());
                return null;
        }
    }

    private OFAction extension(ExtensionTreatment extension) {
        if (driver.hasBehaviour(ExtensionTreatmentInterpreter.class)) {
            return driver.behaviour(ExtensionTreatmentInterpreter.class)
                    .mapInstruction(factory, extension);
        }
        LOG.warn("The driver {} knows no extension {}", driver.driver().name(), extension.type());
        return null;
    }

    private OFAction set(OFOxm<?> field) {
        return factory.actions().setField(field);
    }

    private static TransportPort port(L4ModificationInstruction change) {
        return TransportPort.of(((ModTransportPortInstruction) change).port().toInt());
    }

    private static IPv4Address ip4(int address) {
        return IPv4Address.of(address);
    }

    private static org.projectfloodlight.openflow.types.MacAddress mac(MacAddress mac) {
        return org.projectfloodlight.openflow.types.MacAddress.of(mac.toLong());
    }
}
