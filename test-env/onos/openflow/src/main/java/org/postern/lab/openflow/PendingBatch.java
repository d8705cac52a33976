package org.postern.lab.openflow;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.onosproject.net.flow.CompletedBatchOperation;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.oldbatch.FlowRuleBatchEntry;
import org.onosproject.net.flow.oldbatch.FlowRuleBatchOperation;

/** A batch on its way to the switch and the rules of it that the switch refused. */
final class PendingBatch {
    private final FlowRuleBatchOperation operation;
    private final Set<FlowRule> refused = ConcurrentHashMap.newKeySet();

    PendingBatch(FlowRuleBatchOperation operation) {
        this.operation = operation;
    }

    long id() {
        return operation.id();
    }

    /** Marks the rule that an error message names. */
    void refuse(RefusedFlow flow, FlowEntries entries) {
        if (flow.flowMod().isPresent()) {
            refused.add(entries.refused(flow.flowMod().get()));
            return;
        }
        operation.getOperations().stream()
                .map(FlowRuleBatchEntry::target)
                .filter(rule -> rule.id().value() == flow.cookie())
                .findFirst()
                .ifPresent(refused::add);
    }

    /** What the barrier reply means: all that was not refused is on the switch. */
    CompletedBatchOperation completed() {
        return new CompletedBatchOperation(
                refused.isEmpty(), Set.copyOf(refused), operation.deviceId());
    }

    /** No barrier reply in time: every rule counts as failed. */
    CompletedBatchOperation expired() {
        Set<FlowRule> all =
                operation.getOperations().stream()
                        .map(FlowRuleBatchEntry::target)
                        .collect(Collectors.toSet());
        return new CompletedBatchOperation(false, all, operation.deviceId());
    }
}
