package org.postern.drivers;

import com.google.common.base.Splitter;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.instructions.Instruction;
import org.onosproject.net.flow.instructions.Instructions.OutputInstruction;
import org.onosproject.net.packet.PacketPriority;

/** Tells flow rules apart by who put them there and how. */
final class RuleOwners {
    private final CoreService core;
    private final Set<String> objectiveApplications;
    private final Set<Short> users;

    /**
     * Creates the knowledge.
     *
     * @param core knows the applications
     * @param objectiveApplications names of those that program by flow objectives, separated by
     *     blanks or commas
     * @param users identifiers of those that were seen to do so, whatever their names
     */
    RuleOwners(CoreService core, String objectiveApplications, Set<Short> users) {
        this.core = core;
        this.users = users;
        List<String> names =
                Splitter.onPattern("[\\s,]+").omitEmptyStrings().splitToList(objectiveApplications);
        this.objectiveApplications = Set.copyOf(names);
    }

    /** The name of the application that put a rule there. */
    String nameOf(FlowRule rule) {
        ApplicationId owner = core.getAppId(rule.appId());
        return owner == null ? "unknown application " + rule.appId() : owner.name();
    }

    boolean isPosterns(FlowRule rule) {
        return FrontTable.isOwner(nameOf(rule));
    }

    /** Whether a rule stands where its owner's objectives put it, and so follows the pipeline. */
    boolean isMoved(FlowRule rule) {
        return objectiveApplications.contains(nameOf(rule))
                || users.contains(rule.appId())
                || isPacketRequest(rule);
    }

    /** Whether a rule sends packets on to where they are bound for, or to where others do. */
    static boolean isForwarding(FlowRule rule) {
        return outputsTo(rule, port -> !port.equals(PortNumber.CONTROLLER))
                || rule.treatment().tableTransition() != null
                || rule.treatment().allInstructions().stream()
                        .anyMatch(i -> i.type() == Instruction.Type.GROUP);
    }

    /** Whether a rule asks for packets in order that somebody forwards them, as fwd does. */
    boolean isReactive(FlowRule rule) {
        return rule.priority() == PacketPriority.REACTIVE.priorityValue()
                && isPacketRequest(rule)
                && (objectiveApplications.contains(nameOf(rule)) || users.contains(rule.appId()));
    }

    /** ONOS's packet manager programs requests by objectives, in the name of whoever asked. */
    private static boolean isPacketRequest(FlowRule rule) {
        return (rule.priority() == PacketPriority.CONTROL.priorityValue()
                        || rule.priority() == PacketPriority.REACTIVE.priorityValue())
                && rule.treatment().allInstructions().size() == 1
                && outputsTo(rule, PortNumber.CONTROLLER::equals);
    }

    private static boolean outputsTo(FlowRule rule, Predicate<PortNumber> port) {
        return rule.treatment().allInstructions().stream()
                .anyMatch(
                        i ->
                                i instanceof OutputInstruction
                                        && port.test(((OutputInstruction) i).port()));
    }
}
