package org.postern.lab.commands;

import java.util.Collection;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.flow.FlowRuleOperations;
import org.onosproject.net.flow.FlowRuleOperationsContext;
import org.onosproject.net.flow.FlowRuleService;

/** Adds rules in one stage and waits for what ONOS says came of it. */
final class RuleBatch {
    /** Longer than ONOS takes to give up a batch. */
    private static final long PATIENCE_SECONDS = 60;

    private RuleBatch() {}

    /**
     * Adds rules.
     *
     * @return the rules that failed
     * @throws IllegalStateException if ONOS says nothing for a minute
     */
    static Set<FlowRule> add(FlowRuleService service, Collection<FlowRule> rules) {
        CompletableFuture<Set<FlowRule>> failed = new CompletableFuture<>();
        FlowRuleOperations.Builder operations = FlowRuleOperations.builder();
        rules.forEach(operations::add);
        service.apply(
                operations.build(
                        new FlowRuleOperationsContext() {
                            @Override
                            public void onSuccess(FlowRuleOperations ops) {
                                failed.complete(Set.of());
                            }

                            @Override
                            public void onError(FlowRuleOperations ops) {
                                failed.complete(
                                        ops.stages().stream()
                                                .flatMap(Set::stream)
                                                .map(FlowRuleOperation::rule)
                                                .collect(Collectors.toSet()));
                            }
                        }));
        try {
            return failed.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("Interrupted while waiting for the rules", e);
        } catch (ExecutionException | TimeoutException e) {
            throw new IllegalStateException("ONOS never said what came of the rules", e);
        }
    }
}
