package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.drivers.Rules.PUNT;
import static org.postern.drivers.Rules.SOMEBODY;
import static org.postern.drivers.Rules.arp;
import static org.postern.drivers.Rules.builder;
import static org.postern.drivers.Rules.goTo;
import static org.postern.drivers.Rules.inPort;
import static org.postern.drivers.Rules.output;
import static org.postern.drivers.Rules.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onosproject.net.flow.DefaultFlowEntry;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.flow.FlowRuleOperations;
import org.onosproject.net.flow.FlowRuleOperationsContext;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.flow.FlowRuleServiceAdapter;

class ForwardRulesTest {
    private final Recorder service = new Recorder();
    private final List<FlowRule> seen = new ArrayList<>();
    private final FlowRuleService behind = ForwardRules.behindPolicy(service, seen::add);

    /** Takes down what reaches ONOS's own service. */
    private static final class Recorder extends FlowRuleServiceAdapter {
        private final List<FlowRuleOperations> applied = new ArrayList<>();
        private final List<FlowRule> added = new ArrayList<>();
        private final List<FlowRule> removed = new ArrayList<>();

        @Override
        public void apply(FlowRuleOperations operations) {
            applied.add(operations);
        }

        @Override
        public void applyFlowRules(FlowRule... rules) {
            added.addAll(List.of(rules));
        }

        @Override
        public void removeFlowRules(FlowRule... rules) {
            removed.addAll(List.of(rules));
        }

        @Override
        public FlowEntry getFlowEntry(FlowRule rule) {
            return new DefaultFlowEntry(rule, FlowEntry.FlowEntryState.ADDED);
        }

        @Override
        public int getFlowRuleCount() {
            throw new IllegalStateException("store closed");
        }
    }

    /** Takes down with what a caller was called back. */
    private static final class Caller implements FlowRuleOperationsContext {
        private FlowRuleOperations succeeded;
        private FlowRuleOperations failed;

        @Override
        public void onSuccess(FlowRuleOperations operations) {
            succeeded = operations;
        }

        @Override
        public void onError(FlowRuleOperations operations) {
            failed = operations;
        }
    }

    @Test
    void aRuleForTheFirstTableMovesBehindThePolicyAndIsTheSameOtherwise() {
        FlowRule request =
                builder(SOMEBODY, 0, 40_000, arp(), PUNT)
                        .withHardTimeout(300)
                        .makeTemporary(30)
                        .build();
        FlowRule moved = ForwardRules.toForward(request);
        assertEquals(FrontTable.FORWARD, FrontTable.tableOf(moved));
        assertEquals(request.priority(), moved.priority());
        assertEquals(request.selector(), moved.selector());
        assertEquals(request.treatment(), moved.treatment());
        assertEquals(request.appId(), moved.appId());
        assertEquals(request.deviceId(), moved.deviceId());
        assertEquals(30, moved.timeout());
        assertEquals(300, moved.hardTimeout());
        assertFalse(moved.isPermanent());
    }

    @Test
    void aPermanentRuleStaysPermanent() {
        assertTrue(ForwardRules.toForward(rule(SOMEBODY, 0, 10, arp(), PUNT)).isPermanent());
    }

    @Test
    void aRuleForAnotherTableStaysWhereItIs() {
        FlowRule elsewhere = rule(SOMEBODY, 20, 10, arp(), PUNT);
        assertSame(elsewhere, ForwardRules.toForward(elsewhere));
    }

    @Test
    void operationsKeepTheirStagesAndKinds() {
        FlowRule first = rule(SOMEBODY, 0, 1, inPort(1), output(2));
        FlowRule second = rule(SOMEBODY, 0, 2, inPort(2), output(1));
        FlowRule third = rule(SOMEBODY, 30, 3, inPort(3), goTo(40));
        behind.apply(
                FlowRuleOperations.builder()
                        .add(first)
                        .newStage()
                        .remove(second)
                        .modify(third)
                        .build());
        List<List<String>> seen =
                service.applied.get(0).stages().stream()
                        .map(
                                stage ->
                                        stage.stream()
                                                .map(ForwardRulesTest::inWords)
                                                .sorted()
                                                .collect(Collectors.toList()))
                        .collect(Collectors.toList());
        assertEquals(
                List.of(List.of("ADD 1 in 12"), List.of("MODIFY 3 in 30", "REMOVE 2 in 12")), seen);
    }

    private static String inWords(FlowRuleOperation operation) {
        return operation.type()
                + " "
                + operation.rule().priority()
                + " in "
                + FrontTable.tableOf(operation.rule());
    }

    @Test
    void theCallerIsCalledBackWithItsOwnOperations() {
        Caller caller = new Caller();
        FlowRuleOperations given =
                FlowRuleOperations.builder()
                        .add(rule(SOMEBODY, 0, 1, inPort(1), output(2)))
                        .build(caller);
        behind.apply(given);
        FlowRuleOperations passed = service.applied.get(0);
        passed.callback().onSuccess(passed);
        assertSame(given, caller.succeeded);
        passed.callback().onError(passed);
        assertSame(given, caller.failed);
    }

    @Test
    void rulesAppliedAndRemovedOneByOneMoveTooAndTheCallersOwnAreNotTouched() {
        FlowRule[] rules = {rule(SOMEBODY, 0, 1, inPort(1), output(2))};
        behind.applyFlowRules(rules);
        behind.removeFlowRules(rules);
        assertEquals(FrontTable.FORWARD, FrontTable.tableOf(service.added.get(0)));
        assertEquals(FrontTable.FORWARD, FrontTable.tableOf(service.removed.get(0)));
        assertEquals(FrontTable.CLASSIFY, FrontTable.tableOf(rules[0]));
    }

    @Test
    void questionsArePassedOnAsTheyAreAndFailuresToo() {
        FlowRule rule = rule(SOMEBODY, 0, 1, inPort(1), output(2));
        assertEquals(rule, behind.getFlowEntry(rule));
        assertEquals(
                "store closed",
                assertThrows(IllegalStateException.class, behind::getFlowRuleCount).getMessage());
    }
}
