package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.drivers.Rules.SWITCH;
import static org.postern.drivers.Rules.arp;
import static org.postern.drivers.Rules.everything;
import static org.postern.drivers.Rules.goTo;
import static org.postern.drivers.Rules.output;
import static org.postern.drivers.Rules.rule;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.osgi.ServiceDirectory;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.behaviour.PipelinerContext;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.flow.criteria.Criteria;
import org.onosproject.net.flowobjective.DefaultFilteringObjective;
import org.onosproject.net.flowobjective.DefaultForwardingObjective;
import org.onosproject.net.flowobjective.FlowObjectiveStore;
import org.onosproject.net.flowobjective.ForwardingObjective;
import org.onosproject.net.flowobjective.Objective;
import org.onosproject.net.flowobjective.ObjectiveContext;
import org.onosproject.net.flowobjective.ObjectiveError;
import org.postern.fakecontroller.Await;

class FrontTablePipelinerTest {
    private final DriversWorld world = new DriversWorld();
    private final FrontTablePipeliner pipeliner = new FrontTablePipeliner();
    private FrontTableManager manager;
    private ApplicationId forwarding;

    @BeforeEach
    void initialisePipeline() {
        manager = world.manager(world.storage);
        forwarding = world.core.registerApplication("org.onosproject.fwd");
        world.network.connect(SWITCH, "Open vSwitch", FrontTable.DRIVER, 1, 2);
        pipeliner.init(SWITCH, new Context());
    }

    @AfterEach
    void stop() {
        manager.deactivate();
        world.flows.close();
    }

    private ForwardingObjective.Builder towardsPort2() {
        return DefaultForwardingObjective.builder()
                .withSelector(arp())
                .withTreatment(output(2))
                .withPriority(10)
                .withFlag(ForwardingObjective.Flag.VERSATILE)
                .fromApp(forwarding)
                .makePermanent();
    }

    private List<FlowRule> inForward() {
        return world.flows.rules().stream()
                .filter(r -> FrontTable.tableOf(r) == FrontTable.FORWARD)
                .collect(Collectors.toList());
    }

    @Test
    void whatIsProgrammedByObjectivesStandsBehindThePolicy() throws Exception {
        Outcome outcome = new Outcome();
        ForwardingObjective objective = towardsPort2().add(outcome);
        pipeliner.forward(objective);
        assertSame(objective, outcome.done.get(60, TimeUnit.SECONDS));
        FlowRule expected = rule(forwarding, FrontTable.FORWARD, 10, arp(), output(2));
        assertEquals(List.of(expected), inForward());
        assertTrue(inForward().get(0).exactMatch(expected));
    }

    @Test
    void whatIsRemovedByObjectivesIsRemovedThere() throws Exception {
        Outcome added = new Outcome();
        pipeliner.forward(towardsPort2().add(added));
        added.done.get(60, TimeUnit.SECONDS);
        Outcome removed = new Outcome();
        pipeliner.forward(towardsPort2().remove(removed));
        removed.done.get(60, TimeUnit.SECONDS);
        assertEquals(List.of(), inForward());
    }

    @Test
    void filtersStandBehindThePolicyToo() throws Exception {
        Outcome outcome = new Outcome();
        pipeliner.filter(
                DefaultFilteringObjective.builder()
                        .withKey(Criteria.matchInPort(PortNumber.portNumber(1)))
                        .addCondition(Criteria.matchEthType(0x0806))
                        .withPriority(7)
                        .fromApp(forwarding)
                        .permit()
                        .makePermanent()
                        .add(outcome));
        outcome.done.get(60, TimeUnit.SECONDS);
        assertEquals(1, inForward().size());
    }

    @Test
    void anObjectiveThatTheSwitchRefusesIsToldSo() {
        world.flows.refuse(operation -> operation.rule().appId() == forwarding.id());
        Outcome outcome = new Outcome();
        pipeliner.forward(towardsPort2().add(outcome));
        Await.until("the objective fails", outcome.done::isCompletedExceptionally);
    }

    @Test
    void initialisingThePipelineOpensTheWayToForward() {
        ApplicationId floorOwner = world.core.getAppId(FrontTable.APPLICATION);
        Await.until(
                "the way to FORWARD",
                () ->
                        world.flows
                                .rules()
                                .contains(
                                        rule(
                                                floorOwner,
                                                0,
                                                0,
                                                everything(),
                                                goTo(FrontTable.FORWARD))));
    }

    /** How an objective ended. */
    private static final class Outcome implements ObjectiveContext {
        private final CompletableFuture<Objective> done = new CompletableFuture<>();

        @Override
        public void onSuccess(Objective objective) {
            done.complete(objective);
        }

        @Override
        public void onError(Objective objective, ObjectiveError error) {
            done.completeExceptionally(new IllegalStateException(error.toString()));
        }
    }

    /** What ONOS's flow objective manager gives a pipeline. */
    private final class Context implements PipelinerContext {
        @Override
        public ServiceDirectory directory() {
            return new ServiceDirectory() {
                @Override
                public <T> T get(Class<T> type) {
                    return type == FlowRuleService.class
                            ? type.cast(world.flows)
                            : type == FrontTableManager.class ? type.cast(manager) : null;
                }
            };
        }

        @Override
        public FlowObjectiveStore store() {
            return null;
        }
    }
}
