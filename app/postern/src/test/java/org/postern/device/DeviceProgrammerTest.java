package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.BOB;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.getsAnswers;
import static org.postern.device.ControllerWorld.sendsMail;
import static org.postern.device.ControllerWorld.submits;
import static org.postern.device.ControllerWorld.subscriber;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.postern.compile.DeviceRules;
import org.postern.compile.FrontTableCompiler;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLines;
import org.postern.policy.PortRole;
import org.postern.policy.Subscriber;

class DeviceProgrammerTest {
    private static final AccessDevice DEVICE =
            new AccessDevice(FIRST, Map.of(PortNumber.portNumber(100), PortRole.UPLINK), "default");
    private static final Infrastructure ISP =
            new Infrastructure(
                    List.of(), List.of(IpPrefix.valueOf("10.64.0.0/16")), List.of(), "residential");

    private final ControllerWorld world = new ControllerWorld();
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final AtomicInteger passes = new AtomicInteger();
    private final AtomicInteger fullTables = new AtomicInteger();
    private DeviceProgrammer programmer;

    @BeforeEach
    void start() {
        world.startUnenforced();
        world.connect(FIRST);
        programmer =
                new DeviceProgrammer(
                        FIRST,
                        world.permitOwner,
                        world.drivers,
                        world.flows,
                        task -> {
                            passes.incrementAndGet();
                            thread.execute(task);
                        },
                        (device, table) -> world.flows.wasFull(table),
                        fullTables::incrementAndGet);
    }

    @AfterEach
    void stop() {
        thread.shutdownNow();
        world.stop();
    }

    private static Subscriber alice(String serviceClass) {
        return subscriber("alice", FIRST + "/1")
                .serviceClass(serviceClass)
                .prefix(IpPrefix.valueOf("10.64.0.1/32"))
                .build();
    }

    private static Subscriber bob(String serviceClass) {
        return subscriber("bob", FIRST + "/2")
                .serviceClass(serviceClass)
                .prefix(IpPrefix.valueOf("10.64.0.2/32"))
                .build();
    }

    private DeviceRules rules(Subscriber... subscribers) {
        Policy policy = new Policy(ISP, List.of(DEVICE), List.of(subscribers), List.of());
        return new FrontTableCompiler(world.floorOwner, world.permitOwner)
                .compile(FIRST, PolicyLines.of(policy, DEVICE));
    }

    private void desire(DeviceRules rules) {
        world.drivers.enforce(rules.floor());
        programmer.desire(rules);
    }

    private void program(DeviceRules rules) {
        desire(rules);
        programmer.converge();
        Await.until("the switch confirms", programmer::isConfirmed);
    }

    private List<List<FlowRule>> statesSince(int batches) {
        return new ArrayList<>(
                world.flows.history().subList(batches, world.flows.history().size()));
    }

    private static Set<FlowRule> all(DeviceRules rules) {
        return new HashSet<>(DeviceView.all(rules));
    }

    private Set<FlowRule> stored() {
        return new HashSet<>(world.flows.rules());
    }

    @Test
    void aFreshDeviceGetsTheFloorInItsOrderAndThenThePermits() {
        DeviceRules rules = rules(alice("residential"), bob("business"));
        program(rules);
        assertEquals(all(rules), stored());
        List<FlowRule> order = new ArrayList<>();
        for (List<FlowRule> state : statesSince(0)) {
            state.stream().filter(r -> !order.contains(r)).forEach(order::add);
        }
        int floor = rules.floor().rules().size();
        assertEquals(rules.floor().rules(), order.subList(0, floor));
        assertEquals(
                new HashSet<>(rules.permits()), new HashSet<>(order.subList(floor, order.size())));
    }

    @Test
    void atNoMomentOfAFirstPassDoesMailGetOutThatThePolicyStops() {
        program(rules(alice("residential"), bob("business")));
        for (List<FlowRule> state : statesSince(0)) {
            assertFalse(sendsMail(state, ALICE), () -> "with " + state);
        }
        assertTrue(sendsMail(world.flows.rules(), BOB));
        assertTrue(getsAnswers(world.flows.rules(), BOB));
        assertTrue(submits(world.flows.rules(), ALICE));
    }

    @Test
    void atNoMomentOfAChangeIsAnythingTreatedAsNeitherBeforeNorAfter() {
        program(rules(alice("business"), bob("residential")));
        int before = world.flows.history().size();
        program(rules(alice("residential"), bob("business")));
        List<List<FlowRule>> states = statesSince(before);
        assertTrue(states.size() > 1, "a change is several steps");
        for (List<FlowRule> state : states) {
            assertTrue(submits(state, ALICE), "submission passes before and after");
            assertTrue(submits(state, BOB), "submission passes before and after");
            assertFalse(sendsMail(state, 3), "an unknown attachment is stopped before and after");
        }
        List<Boolean> alice =
                states.stream()
                        .map(s -> sendsMail(s, ALICE))
                        .distinct()
                        .collect(Collectors.toList());
        List<Boolean> bob =
                states.stream().map(s -> sendsMail(s, BOB)).distinct().collect(Collectors.toList());
        assertTrue(alice.size() <= 2 && !alice.get(alice.size() - 1), "alice closes once");
        assertTrue(bob.size() <= 2 && bob.get(bob.size() - 1), "bob opens once");
    }

    @Test
    void anUntouchedSubscriberNeverNoticesAChangeOfAnother() {
        program(rules(alice("residential"), bob("business")));
        int before = world.flows.history().size();
        program(rules(alice("business"), bob("business")));
        for (List<FlowRule> state : statesSince(before)) {
            assertTrue(sendsMail(state, BOB), () -> "with " + state);
            assertTrue(getsAnswers(state, BOB), () -> "with " + state);
        }
    }

    @Test
    void aDenialThatIsLaidOverAPermitOfBeforeStays() {
        DeviceRules rules = rules(alice("residential"));
        program(rules);
        FlowRule denial =
                rules.floor().rules().stream()
                        .filter(r -> FrontTable.tableOf(r) == FrontTable.MAIL_OUT)
                        .filter(r -> r.priority() == FrontTable.PRIORITY_LAST)
                        .findFirst()
                        .orElseThrow();
        world.flows.applyFlowRules(
                DefaultFlowRule.builder()
                        .forDevice(FIRST)
                        .forTable(FrontTable.MAIL_OUT)
                        .withPriority(FrontTable.PRIORITY_LAST)
                        .withSelector(denial.selector())
                        .withTreatment(
                                DefaultTrafficTreatment.builder()
                                        .transition(FrontTable.FORWARD)
                                        .build())
                        .fromApp(world.permitOwner)
                        .makePermanent()
                        .build());
        Await.until("the permit is there", () -> sendsMail(world.flows.rules(), 3));
        int before = world.flows.history().size();
        programmer.converge();
        Await.until("the denial is back", () -> !sendsMail(world.flows.rules(), 3));
        Await.until("the switch confirms", programmer::isConfirmed);
        assertTrue(world.flows.rules().stream().anyMatch(r -> r.exactMatch(denial)), "it stays");
        List<List<FlowRule>> states = statesSince(before);
        boolean denied = false;
        for (List<FlowRule> state : states) {
            assertTrue(state.contains(denial), "nothing is removed by the key of the denial");
            assertFalse(denied && sendsMail(state, 3), "once laid, it holds");
            denied |= !sendsMail(state, 3);
        }
    }

    @Test
    void newPermitsAreThereBeforeOldOnesGoAndTheFloorIsTrimmedLast() {
        DeviceRules before = rules(alice("residential"), bob("business"));
        program(before);
        int begin = world.flows.history().size();
        DeviceRules after = rules(alice("business"), bob("residential"));
        program(after);
        Set<FlowRule> oldPermits = new HashSet<>(before.permits());
        oldPermits.removeAll(after.permits());
        Set<FlowRule> oldFloor = new HashSet<>(before.floor().rules());
        oldFloor.removeAll(after.floor().rules());
        assertFalse(oldPermits.isEmpty() || oldFloor.isEmpty(), "the change is one of both kinds");
        for (List<FlowRule> state : statesSince(begin)) {
            if (!state.containsAll(oldPermits)) {
                assertTrue(state.containsAll(after.floor().rules()), "the floor comes first");
                assertTrue(state.containsAll(after.permits()), "permits are made before broken");
            }
            if (!state.containsAll(oldFloor)) {
                oldPermits.forEach(p -> assertFalse(state.contains(p), "the floor goes last"));
            }
        }
        assertEquals(all(after), stored());
    }

    @Test
    void aFloorThatTheSwitchRefusesStopsThePermits() {
        DeviceRules rules = rules(alice("residential"), bob("business"));
        world.flows.refuse(o -> o.rule().equals(rules.floor().rules().get(3)));
        desire(rules);
        programmer.converge();
        Await.until("the pass fails", () -> !programmer.failure().isEmpty());
        assertTrue(programmer.failure().startsWith("the switch did not confirm adding"));
        assertFalse(programmer.isConfirmed());
        rules.permits().forEach(p -> assertFalse(stored().contains(p)));
        world.flows.refuse(o -> false);
        programmer.converge();
        Await.until("the next pass succeeds", programmer::isConfirmed);
        assertEquals("", programmer.failure());
    }

    @Test
    void whatOpensTooMuchGoesThoughTheSwitchRefusesEverythingNew() {
        DeviceRules before = rules(alice("business"), bob("residential"));
        DeviceRules after = rules(alice("residential"), bob("business"));
        for (ApplicationId refused : List.of(world.permitOwner, world.floorOwner)) {
            program(before);
            world.flows.refuse(
                    o ->
                            o.type() == FlowRuleOperation.Type.ADD
                                    && o.rule().appId() == refused.id());
            assertTrue(sendsMail(world.flows.rules(), ALICE));
            desire(after);
            programmer.converge();
            Await.until("the old permits go", () -> !sendsMail(world.flows.rules(), ALICE));
            world.flows.refuse(o -> false);
        }
    }

    @Test
    void aFloorThatWasRefusedIsNotTakenForLaidThoughOnosHasItInItsStore() {
        DeviceRules rules = rules(alice("residential"), bob("business"));
        int most =
                rules.floor().rules().stream()
                        .collect(Collectors.groupingBy(FrontTable::tableOf, Collectors.counting()))
                        .values()
                        .stream()
                        .mapToInt(Long::intValue)
                        .max()
                        .orElseThrow();
        world.flows.limitTables(most - 1);
        desire(rules);
        for (int pass = 0; pass < 3; pass++) {
            programmer.converge();
            Await.until("the pass fails", () -> !programmer.failure().isEmpty());
            rules.permits().forEach(p -> assertFalse(stored().contains(p), "no permit above it"));
        }
        Await.until("it is told", () -> fullTables.get() > 0);
        assertEquals(
                most - 1,
                programmer.space(OptionalInt.empty()).of(FrontTable.CLASSIFY),
                "it learns how many there is room for");
        world.flows.limitTables(most);
        programmer.converge();
        Await.until("with more room it succeeds", programmer::isConfirmed);
        assertEquals(all(rules), stored());
    }

    @Test
    void aBatchThatIsNotAnsweredSaysNothingOfTheRoomOfATableThatWasFullALittleBefore()
            throws Exception {
        DeviceRules rules = rules(alice("residential"), bob("business"));
        world.flows.limitTables(1);
        desire(rules);
        programmer.converge();
        programmer.awaitPass();
        assertTrue(world.flows.wasFull(FrontTable.MAIL_IN));
        assertTrue(programmer.forgetFullTables(), "it has learnt");
        world.flows.limitTables(Integer.MAX_VALUE);
        world.flows.leaveUnanswered(true);
        programmer.converge();
        programmer.awaitPass();
        assertTrue(programmer.failure().contains("did not confirm"), programmer.failure());
        assertEquals(
                Integer.MAX_VALUE,
                programmer.space(OptionalInt.empty()).of(FrontTable.MAIL_IN),
                "it learns nothing");
        world.flows.leaveUnanswered(false);
        programmer.converge();
        Await.until("once it answers it is done", programmer::isConfirmed);
        assertEquals(all(rules), stored());
    }

    @Test
    void requestsDuringAPassAreServedByOneMore() {
        DeviceRules first = rules(alice("business"), bob("business"));
        DeviceRules last = rules(alice("residential"), bob("business"));
        world.flows.hold();
        desire(first);
        programmer.converge();
        Await.until("the pass is on its way", () -> world.flows.waiting() == 1);
        for (int i = 0; i < 20; i++) {
            desire(i % 2 == 0 ? rules(alice("residential")) : last);
            programmer.converge();
        }
        assertFalse(programmer.isConfirmed());
        world.flows.release();
        Await.until("the switch confirms", programmer::isConfirmed);
        assertEquals(all(last), stored());
        assertEquals(2, passes.get());
    }

    @Test
    void aRequestDuringAPassThatFailsIsServedToo() {
        DeviceRules first = rules(alice("business"));
        world.flows.hold();
        desire(first);
        programmer.converge();
        Await.until("the pass is on its way", () -> world.flows.waiting() == 1);
        AtomicInteger failures = new AtomicInteger();
        world.flows.refuse(o -> failures.getAndIncrement() == 0);
        DeviceRules last = rules(alice("residential"));
        desire(last);
        programmer.converge();
        world.flows.release();
        Await.until("the switch confirms", programmer::isConfirmed);
        assertEquals(all(last), stored());
    }

    @Test
    void whatSomebodyTookAwayIsPutBackAndCounted() {
        DeviceRules rules = rules(alice("residential"), bob("business"));
        program(rules);
        FlowRule permit = rules.permits().get(0);
        FlowRule miss =
                rules.floor().rules().stream()
                        .filter(r -> FrontTable.tableOf(r) == FrontTable.MAIL_OUT)
                        .filter(r -> r.priority() == FrontTable.PRIORITY_LAST)
                        .findFirst()
                        .get();
        world.flows.loseSilently(r -> r.equals(permit) || r.equals(miss));
        programmer.converge();
        Await.until("they are back", () -> stored().equals(all(rules)));
        Await.until("the pass ends", programmer::isConfirmed);
        assertEquals(2, programmer.driftRepaired());
    }

    @Test
    void aRuleThatSomebodyTookOverIsTakenBackAndCounted() {
        DeviceRules rules = rules(alice("residential"), bob("business"));
        program(rules);
        FlowRule permit = rules.permits().get(0);
        world.flows.install(
                DefaultFlowRule.builder()
                        .forDevice(FIRST)
                        .forTable(permit.table())
                        .withPriority(permit.priority())
                        .withSelector(permit.selector())
                        .withTreatment(permit.treatment())
                        .fromApp(world.somebody)
                        .makePermanent()
                        .build());
        programmer.converge();
        Await.until(
                "it is ours again",
                () -> world.flows.getFlowEntry(permit).appId() == world.permitOwner.id());
        assertEquals(1, programmer.driftRepaired());
    }

    @Test
    void aChangeOfPolicyIsNotDriftAndNeitherIsWhatASwitchLostWhileItWasAway() {
        program(rules(alice("residential")));
        program(rules(alice("business")));
        programmer.disconnected();
        assertFalse(programmer.isConfirmed());
        world.flows.loseSilently(r -> true);
        programmer.converge();
        Await.until("the switch confirms", programmer::isConfirmed);
        assertEquals(all(rules(alice("business"))), stored());
        assertEquals(0, programmer.driftRepaired());
    }

    @Test
    void rulesOfOthersAreNotTouched() {
        FlowRule foreign = rules(bob("business")).permits().get(0);
        FlowRule others =
                DefaultFlowRule.builder()
                        .forDevice(FIRST)
                        .forTable(foreign.table())
                        .withPriority(7)
                        .withSelector(foreign.selector())
                        .withTreatment(foreign.treatment())
                        .fromApp(world.somebody)
                        .makePermanent()
                        .build();
        world.flows.install(others);
        program(rules(alice("residential")));
        assertTrue(stored().contains(others));
    }

    @Test
    void nothingIsProgrammedWhileItIsHeldAndTheNextGoalEndsThat() throws Exception {
        program(rules(alice("residential")));
        Set<FlowRule> before = stored();
        programmer.hold();
        programmer.awaitPass();
        assertFalse(programmer.isConfirmed());
        FlowRule lost = rules(alice("residential")).floor().rules().get(0);
        world.flows.loseSilently(lost::equals);
        programmer.converge();
        programmer.awaitPass();
        assertFalse(stored().contains(lost));
        assertFalse(programmer.isConfirmed());
        program(rules(alice("residential")));
        assertEquals(before, stored());
    }

    @Test
    void withoutAGoalThereIsNothingToDo() {
        programmer.converge();
        assertEquals(0, passes.get());
        assertFalse(programmer.isConfirmed());
        assertEquals(Optional.empty(), programmer.desired());
    }
}
