package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.drivers.Rules.DROP;
import static org.postern.drivers.Rules.SOMEBODY;
import static org.postern.drivers.Rules.SWITCH;
import static org.postern.drivers.Rules.inPort;
import static org.postern.drivers.Rules.rule;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.onosproject.net.flow.FlowRule;
import org.postern.fakecontroller.Await;
import org.postern.fakecontroller.FakeFlowStore;

class RuleOperationsTest {
    private final FakeFlowStore flows = new FakeFlowStore();
    private final RuleOperations operations = new RuleOperations(flows);

    @AfterEach
    void close() {
        flows.close();
    }

    private static List<FlowRule> rules(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(port -> rule(SOMEBODY, 1, 60_021, inPort(port), DROP))
                .collect(Collectors.toList());
    }

    @Test
    void manyRulesGoInBatchesThatOnosConfirmsInTime() throws Exception {
        operations.add(rules(1_001)).get(60, TimeUnit.SECONDS);
        assertEquals(
                List.of(500, 1_000, 1_001),
                flows.history().stream().map(List::size).collect(Collectors.toList()));
    }

    @Test
    void aBatchWaitsForTheOneBeforeIt() {
        flows.hold();
        CompletableFuture<Void> done = operations.add(rules(1_001));
        Await.until("the first is given", () -> flows.waiting() == 1);
        assertFalse(done.isDone());
        flows.release();
        Await.until("all are confirmed", done::isDone);
        assertEquals(1_001, flows.rules().size());
    }

    @Test
    void afterABatchThatFailsNoOtherBegins() {
        flows.refuse(o -> o.rule().equals(rules(600).get(599)));
        CompletableFuture<Void> done = operations.add(rules(1_001));
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> done.get(60, TimeUnit.SECONDS));
        assertEquals(
                "the switch did not confirm adding 500 rules of " + SWITCH,
                e.getCause().getMessage());
        assertEquals(500, flows.rules().size());
        assertEquals(2, flows.batches());
    }

    @Test
    void aBatchThatIsNeverAnsweredFailsInsteadOfBeingWaitedForForEver() {
        flows.hold();
        CompletableFuture<Void> done =
                new RuleOperations(flows, Duration.ofMillis(50)).add(rules(1));
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> done.get(60, TimeUnit.SECONDS));
        assertEquals(
                "the switch did not confirm adding 1 rules of " + SWITCH + " within 50 ms",
                e.getCause().getMessage());
    }

    private static RefusedRulesException refusal(CompletableFuture<Void> done) {
        ExecutionException e =
                assertThrows(ExecutionException.class, () -> done.get(60, TimeUnit.SECONDS));
        return RefusedRulesException.in(e).orElseThrow();
    }

    @Test
    void whatTheSwitchRefusedIsToldFromABatchOfWhichNothingIsKnown() {
        flows.limitTables(2);
        RefusedRulesException full = refusal(operations.add(rules(3)));
        assertTrue(full.isNamed());
        assertEquals(1, full.rules().size());
        flows.leaveUnanswered(true);
        RefusedRulesException silent = refusal(operations.add(rules(3)));
        assertFalse(silent.isNamed());
        assertEquals(3, silent.rules().size());
        flows.hold();
        assertFalse(
                refusal(new RuleOperations(flows, Duration.ofMillis(50)).add(rules(1))).isNamed());
    }

    @Test
    void nothingToDoIsDoneAtOnce() {
        assertTrue(operations.add(List.of()).isDone());
        assertTrue(operations.remove(List.of()).isDone());
        assertEquals(0, flows.batches());
    }

    @Test
    void removingTakesAwayWhatHasTheSameMatchAndPriority() throws Exception {
        operations.add(rules(3)).get(60, TimeUnit.SECONDS);
        operations.remove(rules(2)).get(60, TimeUnit.SECONDS);
        assertEquals(List.of(rules(3).get(2)), flows.rules());
    }

    @Test
    void aStepThatThrowsFailsTheSequenceAndStopsIt() {
        CompletableFuture<Void> done =
                RuleOperations.sequence(
                        List.of(
                                () -> {
                                    throw new IllegalStateException("no store");
                                },
                                () -> operations.add(rules(1))));
        assertTrue(done.isCompletedExceptionally());
        assertEquals(0, flows.batches());
    }
}
