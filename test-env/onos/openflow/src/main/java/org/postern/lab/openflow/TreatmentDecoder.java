package org.postern.lab.openflow;

import java.util.List;
import org.onlab.packet.EthType;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.MacAddress;
import org.onlab.packet.MplsLabel;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.core.GroupId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.meter.MeterId;
import org.onosproject.openflow.controller.ExtensionTreatmentInterpreter;
import org.projectfloodlight.openflow.protocol.action.OFAction;
import org.projectfloodlight.openflow.protocol.action.OFActionExperimenter;
import org.projectfloodlight.openflow.protocol.action.OFActionGroup;
import org.projectfloodlight.openflow.protocol.action.OFActionMeter;
import org.projectfloodlight.openflow.protocol.action.OFActionOutput;
import org.projectfloodlight.openflow.protocol.action.OFActionPopMpls;
import org.projectfloodlight.openflow.protocol.action.OFActionPushVlan;
import org.projectfloodlight.openflow.protocol.action.OFActionSetField;
import org.projectfloodlight.openflow.protocol.action.OFActionSetQueue;
import org.projectfloodlight.openflow.protocol.instruction.OFInstruction;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionApplyActions;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionGotoTable;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionMeter;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionWriteActions;
import org.projectfloodlight.openflow.protocol.instruction.OFInstructionWriteMetadata;
import org.projectfloodlight.openflow.protocol.oxm.OFOxm;
import org.projectfloodlight.openflow.types.ArpOpcode;
import org.projectfloodlight.openflow.types.IPv4Address;
import org.projectfloodlight.openflow.types.IpDscp;
import org.projectfloodlight.openflow.types.OFBooleanValue;
import org.projectfloodlight.openflow.types.OFVlanVidMatch;
import org.projectfloodlight.openflow.types.TransportPort;
import org.projectfloodlight.openflow.types.U32;
import org.projectfloodlight.openflow.types.U64;
import org.projectfloodlight.openflow.types.VlanPcp;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * OpenFlow instructions read back as ONOS's FlowEntryBuilder reads them.
 *
 * <p>ONOS's flow rule manager compares what is read back with what was sent, so what ONOS does not
 * read is not read here: set-fields of IPv6 addresses and flow labels are lost (such a rule is sent
 * again at every poll), and so is NOACTION beside CLEAR_ACTIONS.
 */
final class TreatmentDecoder {
    private static final Logger LOG = LoggerFactory.getLogger(TreatmentDecoder.class);

    private final DeviceId device;
    private final ExtensionTreatmentInterpreter interpreter;

    TreatmentDecoder(DeviceId device, DriverHandler driver) {
        this.device = device;
        this.interpreter =
                driver.hasBehaviour(ExtensionTreatmentInterpreter.class)
                        ? driver.behaviour(ExtensionTreatmentInterpreter.class)
                        : null;
    }

    TrafficTreatment decode(List<OFInstruction> instructions) {
        TrafficTreatment.Builder treatment = DefaultTrafficTreatment.builder();
        for (OFInstruction instruction : instructions) {
            switch (instruction.getType()) {
                case GOTO_TABLE:
                    treatment.transition(
                            (int) ((OFInstructionGotoTable) instruction).getTableId().getValue());
                    break;
                case WRITE_METADATA:
                    OFInstructionWriteMetadata metadata = (OFInstructionWriteMetadata) instruction;
                    treatment.writeMetadata(
                            metadata.getMetadata().getValue(),
                            metadata.getMetadataMask().getValue());
                    break;
                case WRITE_ACTIONS:
                    treatment.deferred();
                    actions(((OFInstructionWriteActions) instruction).getActions(), treatment);
                    break;
                case APPLY_ACTIONS:
                    treatment.immediate();
                    actions(((OFInstructionApplyActions) instruction).getActions(), treatment);
                    break;
                case CLEAR_ACTIONS:
                    treatment.wipeDeferred();
                    break;
                case METER:
                    treatment.meter(
                            MeterId.meterId(((OFInstructionMeter) instruction).getMeterId()));
                    break;
                case EXPERIMENTER:
                    break;
                default:
                    LOG.warn("Unknown instructions type {}", instruction.getType());
            }
        }
        return treatment.build();
    }

    private void actions(List<OFAction> actions, TrafficTreatment.Builder treatment) {
        for (OFAction action : actions) {
            switch (action.getType()) {
                case OUTPUT:
                    treatment.setOutput(
                            PortNumber.portNumber(
                                    ((OFActionOutput) action).getPort().getPortNumber()));
                    break;
                case SET_FIELD:
                    setField((OFActionSetField) action, treatment);
                    break;
                case PUSH_VLAN:
                    treatment.pushVlan(
                            new EthType(
                                    (short) ((OFActionPushVlan) action).getEthertype().getValue()));
                    break;
                case POP_VLAN:
                    treatment.popVlan();
                    break;
                case PUSH_MPLS:
                    treatment.pushMpls();
                    break;
                case POP_MPLS:
                    treatment.popMpls(
                            new EthType(((OFActionPopMpls) action).getEthertype().getValue()));
                    break;
                case GROUP:
                    treatment.group(
                            new GroupId(((OFActionGroup) action).getGroup().getGroupNumber()));
                    break;
                case METER:
                    treatment.meter(MeterId.meterId(((OFActionMeter) action).getMeterId()));
                    break;
                case SET_QUEUE:
                    treatment.setQueue(((OFActionSetQueue) action).getQueueId());
                    break;
                case EXPERIMENTER:
                    experimenter((OFActionExperimenter) action, treatment);
                    break;
                default:
                    timeToLive(action, treatment);
            }
        }
    }

    private static void timeToLive(OFAction action, TrafficTreatment.Builder treatment) {
        switch (action.getType()) {
            case DEC_NW_TTL:
                treatment.decNwTtl();
                break;
            case DEC_MPLS_TTL:
                treatment.decMplsTtl();
                break;
            case COPY_TTL_IN:
                treatment.copyTtlIn();
                break;
            case COPY_TTL_OUT:
                treatment.copyTtlOut();
                break;
            default:
                LOG.warn("Action type {} not yet implemented.", action.getType());
        }
    }

    private void experimenter(OFActionExperimenter action, TrafficTreatment.Builder treatment) {
        if (interpreter == null) {
            LOG.warn("Unsupported OFActionExperimenter {}", action.getExperimenter());
        } else {
            treatment.extension(interpreter.mapAction(action), device);
        }
    }

    private void setField(OFActionSetField action, TrafficTreatment.Builder treatment) {
        OFOxm<?> field = action.getField();
        Object value = field.getValue();
        switch (field.getMatchField().id) {
            case VLAN_VID:
                if (!extension(action, treatment)) {
                    treatment.setVlanId(VlanId.vlanId(((OFVlanVidMatch) value).getVlan()));
                }
                break;
            case VLAN_PCP:
                treatment.setVlanPcp(((VlanPcp) value).getValue());
                break;
            case ETH_DST:
                treatment.setEthDst(mac(value));
                break;
            case ETH_SRC:
                treatment.setEthSrc(mac(value));
                break;
            case IPV4_DST:
                treatment.setIpDst(ip4(value));
                break;
            case IPV4_SRC:
                treatment.setIpSrc(ip4(value));
                break;
            case IP_DSCP:
                treatment.setIpDscp(((IpDscp) value).getDscpValue());
                break;
            case TCP_DST:
                treatment.setTcpDst(port(value));
                break;
            case TCP_SRC:
                treatment.setTcpSrc(port(value));
                break;
            case UDP_DST:
                treatment.setUdpDst(port(value));
                break;
            case UDP_SRC:
                treatment.setUdpSrc(port(value));
                break;
            case TUNNEL_ID:
                treatment.setTunnelId(((U64) value).getValue());
                break;
            default:
                setRareField(action, value, treatment);
        }
    }

    private void setRareField(
            OFActionSetField action, Object value, TrafficTreatment.Builder treatment) {
        switch (action.getField().getMatchField().id) {
            case MPLS_LABEL:
                treatment.setMpls(MplsLabel.mplsLabel((int) ((U32) value).getValue()));
                break;
            case MPLS_BOS:
                treatment.setMplsBos(((OFBooleanValue) value).getValue());
                break;
            case ARP_OP:
                treatment.setArpOp((short) ((ArpOpcode) value).getOpcode());
                break;
            case ARP_SHA:
                treatment.setArpSha(mac(value));
                break;
            case ARP_THA:
                treatment.setArpTha(mac(value));
                break;
            case ARP_SPA:
                treatment.setArpSpa(ip4(value));
                break;
            case ARP_TPA:
                treatment.setArpTpa(ip4(value));
                break;
            case TUNNEL_IPV4_DST:
            case NSP:
            case NSI:
            case ENCAP_ETH_SRC:
            case ENCAP_ETH_DST:
            case ENCAP_ETH_TYPE:
            case TUN_GPE_NP:
                extension(action, treatment);
                break;
            default:
                LOG.warn(
                        "Set field type {} not yet implemented.",
                        action.getField().getMatchField().id);
        }
    }

    /** Whether the driver claims this set-field for one of its extensions. */
    private boolean extension(OFActionSetField action, TrafficTreatment.Builder treatment) {
        if (interpreter == null) {
            return false;
        }
        try {
            treatment.extension(interpreter.mapAction(action), device);
            return true;
        } catch (UnsupportedOperationException e) {
            LOG.debug("Not an extension of the driver: {}", action);
            return false;
        }
    }

    private static MacAddress mac(Object value) {
        return MacAddress.valueOf(
                ((org.projectfloodlight.openflow.types.MacAddress) value).getLong());
    }

    private static Ip4Address ip4(Object value) {
        return Ip4Address.valueOf(((IPv4Address) value).getInt());
    }

    private static TpPort port(Object value) {
        return TpPort.tpPort(((TransportPort) value).getPort());
    }
}
