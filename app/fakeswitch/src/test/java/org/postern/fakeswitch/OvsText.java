package org.postern.fakeswitch;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.onlab.packet.MacAddress;
import org.onlab.packet.TpPort;
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
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.L2SubType;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModEtherInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanHeaderInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.ModVlanIdInstruction;

/**
 * Writes rules as {@code ovs-ofctl} reads them, independently of how {@link FakeSwitch} reads them.
 */
final class OvsText {
    private OvsText() {}

    static String flow(FlowRule rule, long cookie) {
        List<String> words = new ArrayList<>();
        words.add("cookie=" + cookie);
        words.add("table=" + FakeSwitch.table(rule));
        words.add("priority=" + rule.priority());
        rule.selector().criteria().forEach(criterion -> words.add(criterion(criterion)));
        words.add("actions=" + instructions(rule.treatment()));
        return String.join(",", words);
    }

    private static String criterion(Criterion criterion) {
        switch (criterion.type()) {
            case IN_PORT:
                return "in_port=" + ((PortCriterion) criterion).port().toLong();
            case METADATA:
                return "metadata=" + ((MetadataCriterion) criterion).metadata();
            case ETH_SRC:
            case ETH_SRC_MASKED:
                return "dl_src=" + mac((EthCriterion) criterion);
            case ETH_DST:
            case ETH_DST_MASKED:
                return "dl_dst=" + mac((EthCriterion) criterion);
            case ETH_TYPE:
                return "dl_type=0x"
                        + Integer.toHexString(
                                ((EthTypeCriterion) criterion).ethType().toShort() & 0xffff);
            case VLAN_VID:
                return "vlan_vid=" + vlan(((VlanIdCriterion) criterion).vlanId());
            case IP_PROTO:
                return "nw_proto=" + ((IPProtocolCriterion) criterion).protocol();
            case IPV4_SRC:
                return "nw_src=" + ((IPCriterion) criterion).ip();
            case IPV4_DST:
                return "nw_dst=" + ((IPCriterion) criterion).ip();
            case IPV6_SRC:
                return "ipv6_src=" + ((IPCriterion) criterion).ip();
            case IPV6_DST:
                return "ipv6_dst=" + ((IPCriterion) criterion).ip();
            case TCP_SRC:
            case TCP_SRC_MASKED:
                return "tcp_src=" + tcp((TcpPortCriterion) criterion);
            case TCP_DST:
            case TCP_DST_MASKED:
                return "tcp_dst=" + tcp((TcpPortCriterion) criterion);
            case UDP_SRC:
            case UDP_SRC_MASKED:
                return "udp_src=" + udp((UdpPortCriterion) criterion);
            case UDP_DST:
            case UDP_DST_MASKED:
                return "udp_dst=" + udp((UdpPortCriterion) criterion);
            case ICMPV6_TYPE:
                return "icmpv6_type=" + ((Icmpv6TypeCriterion) criterion).icmpv6Type();
            case IPV6_ND_TARGET:
                return "nd_target=" + ((IPv6NDTargetAddressCriterion) criterion).targetAddress();
            case ARP_OP:
                return "arp_op=" + ((ArpOpCriterion) criterion).arpOp();
            case ARP_SPA:
                return "arp_spa=" + ((ArpPaCriterion) criterion).ip();
            case ARP_SHA:
                return "arp_sha=" + ((ArpHaCriterion) criterion).mac();
            default:
                throw new IllegalArgumentException("no text for " + criterion);
        }
    }

    private static String mac(EthCriterion criterion) {
        MacAddress mask = criterion.mask();
        return criterion.mac() + (mask == null ? "" : "/" + mask);
    }

    private static String vlan(VlanId vlan) {
        if (vlan.equals(VlanId.ANY)) {
            return "0x1000/0x1000";
        }
        return vlan.equals(VlanId.NONE) ? "0/0x1fff" : 0x1000 + vlan.toShort() + "/0x1fff";
    }

    private static String tcp(TcpPortCriterion criterion) {
        return port(criterion.tcpPort(), criterion.mask());
    }

    private static String udp(UdpPortCriterion criterion) {
        return port(criterion.udpPort(), criterion.mask());
    }

    private static String port(TpPort port, TpPort mask) {
        return port + (mask == null ? "" : "/0x" + Integer.toHexString(mask.toInt()));
    }

    private static String instructions(TrafficTreatment treatment) {
        List<String> words = new ArrayList<>();
        boolean dropsAtOnce =
                treatment.immediate().stream().anyMatch(i -> i.type() == Instruction.Type.NOACTION);
        if (!dropsAtOnce) {
            treatment.immediate().forEach(instruction -> words.add(action(instruction)));
        }
        if (treatment.clearedDeferred()) {
            words.add("clear_actions");
        }
        if (!treatment.deferred().isEmpty()) {
            words.add(
                    treatment.deferred().stream()
                            .map(OvsText::action)
                            .collect(Collectors.joining(",", "write_actions(", ")")));
        }
        if (treatment.writeMetadata() != null) {
            words.add(
                    String.format(
                            "write_metadata:0x%x/0x%x",
                            treatment.writeMetadata().metadata(),
                            treatment.writeMetadata().metadataMask()));
        }
        if (treatment.tableTransition() != null) {
            words.add("goto_table:" + treatment.tableTransition().tableId());
        }
        return words.isEmpty() ? "drop" : String.join(",", words);
    }

    private static String action(Instruction instruction) {
        if (instruction instanceof OutputInstruction) {
            return output(((OutputInstruction) instruction).port());
        }
        switch (((L2ModificationInstruction) instruction).subtype()) {
            case VLAN_POP:
                return "pop_vlan";
            case VLAN_PUSH:
                int type =
                        ((ModVlanHeaderInstruction) instruction).ethernetType().toShort() & 0xffff;
                return "push_vlan:0x" + Integer.toHexString(type);
            case VLAN_ID:
                int vlan = ((ModVlanIdInstruction) instruction).vlanId().toShort();
                return "set_field:" + (vlan | 0x1000) + "->vlan_vid";
            default:
                break;
        }
        ModEtherInstruction set = (ModEtherInstruction) instruction;
        return "set_field:"
                + set.mac()
                + "->"
                + (set.subtype() == L2SubType.ETH_DST ? "eth_dst" : "eth_src");
    }

    /** Writes a port as {@code ofproto/trace} prints it. */
    static String output(PortNumber port) {
        if (port.equals(PortNumber.CONTROLLER)) {
            return "CONTROLLER:65535";
        }
        return port.isLogical() ? port.toString() : "output:" + port.toLong();
    }
}
