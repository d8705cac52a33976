package org.postern.fakeswitch;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Objects;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.MetadataInstruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction;
import org.onosproject.net.flow.instructions.L2ModificationInstruction.L2SubType;
import org.onosproject.net.flow.instructions.L4ModificationInstruction.L4SubType;
import org.onosproject.net.flow.instructions.L4ModificationInstruction.ModTransportPortInstruction;

/**
 * A treatment as OpenFlow instructions, which a switch executes in this order whatever order they
 * were given in: apply actions, clear actions, write actions, write metadata, goto table. Meters
 * are left out. Immutable.
 */
final class Program {
    private static final int LAST_TABLE = 253;

    private static final ImmutableSet<PortNumber> LOGICAL_PORTS =
            ImmutableSet.of(
                    PortNumber.NORMAL,
                    PortNumber.CONTROLLER,
                    PortNumber.IN_PORT,
                    PortNumber.FLOOD,
                    PortNumber.ALL,
                    PortNumber.LOCAL);

    private static final ImmutableSet<L2SubType> ADDRESSES =
            ImmutableSet.of(L2SubType.ETH_DST, L2SubType.ETH_SRC);

    private static final ImmutableSet<L2SubType> KNOWN =
            ImmutableSet.of(
                    L2SubType.ETH_DST,
                    L2SubType.ETH_SRC,
                    L2SubType.VLAN_POP,
                    L2SubType.VLAN_PUSH,
                    L2SubType.VLAN_ID);

    private final ImmutableList<Instruction> apply;
    private final boolean clear;
    private final ImmutableList<Instruction> write;
    private final long metadata;
    private final long metadataMask;
    private final int next;

    private Program(TrafficTreatment treatment, int table) {
        apply = actions(treatment.immediate());
        clear = treatment.clearedDeferred();
        write = actions(treatment.deferred());
        MetadataInstruction meta = treatment.writeMetadata();
        metadata = meta == null ? 0 : meta.metadata() & meta.metadataMask();
        metadataMask = meta == null ? 0 : meta.metadataMask();
        next = treatment.tableTransition() == null ? -1 : treatment.tableTransition().tableId();
        if (treatment.statTrigger() != null) {
            throw new RefusedRuleException("statistics triggers are not in OpenFlow 1.3");
        }
        if (treatment.tableTransition() != null && (next <= table || next > LAST_TABLE)) {
            throw new RefusedRuleException(
                    "goto table " + next + " from table " + table + ": only forwards, up to 253");
        }
    }

    /**
     * Encodes a treatment as ONOS's OpenFlow provider does.
     *
     * @throws RefusedRuleException with the reason
     */
    static Program of(TrafficTreatment treatment, int table) {
        return new Program(treatment, table);
    }

    private static ImmutableList<Instruction> actions(List<Instruction> instructions) {
        for (Instruction instruction : instructions) {
            if (instruction.type() == Instruction.Type.NOACTION) {
                // ONOS's flow-mod builder returns an empty list as soon as it meets one.
                return ImmutableList.of();
            }
            checkKnown(instruction);
        }
        return ImmutableList.copyOf(instructions);
    }

    private static void checkKnown(Instruction instruction) {
        if (instruction.type() == Instruction.Type.OUTPUT) {
            PortNumber port = ((OutputInstruction) instruction).port();
            if (port.isLogical() && !LOGICAL_PORTS.contains(port)) {
                throw new RefusedRuleException("no output to port " + port + " in a flow rule");
            }
            return;
        }
        if (instruction.type() == Instruction.Type.L2MODIFICATION) {
            L2SubType subtype = ((L2ModificationInstruction) instruction).subtype();
            if (KNOWN.contains(subtype)) {
                return;
            }
        }
        if (instruction instanceof ModTransportPortInstruction
                && ((ModTransportPortInstruction) instruction).subtype() == L4SubType.TCP_DST) {
            return;
        }
        throw new RefusedRuleException("this switch does not know instruction " + instruction);
    }

    /**
     * Checks as Open vSwitch does that there is a tag to be popped or written to.
     *
     * @throws RefusedRuleException with the reason
     */
    void checkTags(boolean tagged) {
        boolean present = tagged;
        for (Instruction instruction : apply) {
            if (instruction.type() != Instruction.Type.L2MODIFICATION) {
                continue;
            }
            L2SubType subtype = ((L2ModificationInstruction) instruction).subtype();
            boolean needsTag = subtype == L2SubType.VLAN_POP || subtype == L2SubType.VLAN_ID;
            if (needsTag && !present) {
                throw new RefusedRuleException(
                        instruction + " where the match does not ask for a VLAN tag");
            }
            // of an inner tag Open vSwitch knows nothing here
            present = subtype == L2SubType.VLAN_PUSH || present && subtype != L2SubType.VLAN_POP;
        }
        if (write.stream().anyMatch(Program::isOfTags)) {
            throw new RefusedRuleException("this switch does not know VLAN tags in write actions");
        }
    }

    private static boolean isOfTags(Instruction instruction) {
        return instruction.type() == Instruction.Type.L2MODIFICATION
                && !ADDRESSES.contains(((L2ModificationInstruction) instruction).subtype());
    }

    /** Actions executed at once. */
    ImmutableList<Instruction> apply() {
        return apply;
    }

    /** Whether the action set is emptied before {@link #write} goes into it. */
    boolean clear() {
        return clear;
    }

    /** Actions put into the action set. */
    ImmutableList<Instruction> write() {
        return write;
    }

    /** The metadata after this rule. */
    long metadata(long before) {
        return before & ~metadataMask | metadata;
    }

    /** The table to go on with, or -1 if the pipeline ends here. */
    int next() {
        return next;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Program)) {
            return false;
        }
        Program that = (Program) other;
        return apply.equals(that.apply)
                && clear == that.clear
                && write.equals(that.write)
                && metadata == that.metadata
                && metadataMask == that.metadataMask
                && next == that.next;
    }

    @Override
    public int hashCode() {
        return Objects.hash(apply, clear, write, metadata, metadataMask, next);
    }
}
