package org.postern.drivers;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.flow.FlowRuleOperations;
import org.onosproject.net.flow.FlowRuleOperationsContext;
import org.onosproject.net.flow.FlowRuleService;

/**
 * Applies flow rules one confirmed batch after the other. ONOS runs the later stages of one
 * operation even if an earlier one failed, and separate operations in any order; so each is awaited
 * here.
 */
public final class RuleOperations {
    /**
     * Rules in one batch: ONOS fails a batch that the switch does not confirm within 10 s
     * (FlowRuleDriverProvider).
     */
    static final int BATCH = 500;

    /**
     * How long a batch is waited for. ONOS notices one that is past its 10 s only when another
     * comes along, so on a quiet controller a barrier reply that is lost would be waited for for
     * ever.
     */
    private static final Duration CONFIRMATION = Duration.ofSeconds(30);

    private final FlowRuleService service;
    private final Duration confirmation;

    /** Rules that ONOS's store has, and tries again at each poll, but the switch refused. */
    private final Set<FlowRule> refused = ConcurrentHashMap.newKeySet();

    /**
     * Creates the operations.
     *
     * @param service ONOS's flow rule service
     */
    public RuleOperations(FlowRuleService service) {
        this(service, CONFIRMATION);
    }

    RuleOperations(FlowRuleService service, Duration confirmation) {
        this.service = service;
        this.confirmation = confirmation;
    }

    /**
     * Adds rules, or replaces what those of the same table, priority and selector do.
     *
     * @param rules what to add
     * @return completed when the switch confirmed all; fails with {@link RefusedRulesException} if
     *     it refused one, or confirmed nothing for 30 seconds
     */
    public CompletableFuture<Void> add(Collection<? extends FlowRule> rules) {
        return inBatches(rules, true);
    }

    /**
     * Removes rules.
     *
     * @param rules what to remove
     * @return completed when the switch confirmed all; fails with {@link IllegalStateException} if
     *     it refused one, or confirmed nothing for 30 seconds
     */
    public CompletableFuture<Void> remove(Collection<? extends FlowRule> rules) {
        return inBatches(rules, false);
    }

    /**
     * Tells whether a rule of ONOS's store is in the switch, or on its way there: ONOS leaves what
     * the switch refused in its store, and it looks like what is on its way.
     *
     * @param entry a rule of the store
     * @return false if it is being removed, has failed, or was refused and not seen since
     */
    public boolean isThere(FlowEntry entry) {
        return FrontTable.isLive(entry)
                && (entry.state() == FlowEntry.FlowEntryState.ADDED || !refused.contains(entry));
    }

    /**
     * Does steps one after the other; after one that fails, no other begins.
     *
     * @param steps what to do
     * @return completed when all are; fails as the first that fails
     */
    public static CompletableFuture<Void> sequence(List<Supplier<CompletableFuture<Void>>> steps) {
        CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
        for (Supplier<CompletableFuture<Void>> step : steps) {
            done = done.thenCompose(ignored -> step.get());
        }
        return done;
    }

    private CompletableFuture<Void> inBatches(Collection<? extends FlowRule> rules, boolean add) {
        List<FlowRule> all = new ArrayList<>(rules);
        List<Supplier<CompletableFuture<Void>>> steps = new ArrayList<>();
        for (int from = 0; from < all.size(); from += BATCH) {
            List<FlowRule> batch = all.subList(from, Math.min(all.size(), from + BATCH));
            steps.add(() -> batch(batch, add));
        }
        return sequence(steps);
    }

    private CompletableFuture<Void> batch(List<FlowRule> rules, boolean add) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        String unconfirmed =
                "the switch did not confirm "
                        + (add ? "adding " : "removing ")
                        + rules.size()
                        + " rules of "
                        + rules.get(0).deviceId();
        FlowRuleOperations.Builder operations = FlowRuleOperations.builder();
        rules.forEach(add ? operations::add : operations::remove);
        service.apply(
                operations.build(
                        new FlowRuleOperationsContext() {
                            @Override
                            public void onSuccess(FlowRuleOperations ignored) {
                                rules.forEach(refused::remove);
                                result.complete(null);
                            }

                            @Override
                            public void onError(FlowRuleOperations failed) {
                                result.completeExceptionally(refusal(unconfirmed, failed, rules));
                            }
                        }));
        return result.orTimeout(confirmation.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(
                        problem -> {
                            if (problem instanceof TimeoutException) {
                                throw noted(
                                        add,
                                        rules,
                                        new RefusedRulesException(
                                                unconfirmed
                                                        + " within "
                                                        + confirmation.toMillis()
                                                        + " ms",
                                                rules,
                                                false));
                            }
                            throw noted(
                                    add, rules, RefusedRulesException.in(problem).orElseThrow());
                        });
    }

    private RefusedRulesException noted(
            boolean add, List<FlowRule> rules, RefusedRulesException problem) {
        if (add) {
            rules.forEach(refused::remove);
            refused.addAll(problem.rules());
        }
        return problem;
    }

    /**
     * Refused are the rules that ONOS says failed. It names none of the batch if the switch did not
     * answer in time.
     */
    private static RefusedRulesException refusal(
            String message, FlowRuleOperations failed, List<FlowRule> batch) {
        Set<FlowRule> named =
                failed.stages().stream()
                        .flatMap(Set::stream)
                        .map(FlowRuleOperation::rule)
                        .collect(Collectors.toSet());
        List<FlowRule> ours = batch.stream().filter(named::contains).collect(Collectors.toList());
        return ours.isEmpty()
                ? new RefusedRulesException(message, batch, false)
                : new RefusedRulesException(message, ours, true);
    }
}
