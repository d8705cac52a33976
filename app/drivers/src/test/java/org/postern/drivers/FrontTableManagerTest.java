package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.drivers.DriversWorld.done;
import static org.postern.drivers.Rules.DROP;
import static org.postern.drivers.Rules.NEIGHBOUR;
import static org.postern.drivers.Rules.PUNT;
import static org.postern.drivers.Rules.SWITCH;
import static org.postern.drivers.Rules.arp;
import static org.postern.drivers.Rules.everything;
import static org.postern.drivers.Rules.goTo;
import static org.postern.drivers.Rules.inPort;
import static org.postern.drivers.Rules.output;
import static org.postern.drivers.Rules.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleOperation;
import org.onosproject.net.flow.TrafficTreatment;
import org.postern.fakecontroller.Await;

class FrontTableManagerTest {
    private final DriversWorld world = new DriversWorld();
    private FrontTableManager manager;
    private ApplicationId floorOwner;
    private ApplicationId permitOwner;
    private ApplicationId core;
    private ApplicationId forwarding;
    private ApplicationId intents;

    @BeforeEach
    void startManager() {
        manager = world.start(world.storage);
        floorOwner = world.core.registerApplication(FrontTable.APPLICATION);
        permitOwner = world.core.registerApplication(FrontTable.POLICY_APPLICATION);
        core = world.core.registerApplication("org.onosproject.core");
        forwarding = world.core.registerApplication("org.onosproject.fwd");
        intents = world.core.registerApplication("org.onosproject.net.intent");
        world.network.connect(SWITCH, "Open vSwitch", "default", 1, 2, 100);
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    private FlowRule wayToForward() {
        return rule(floorOwner, 0, 0, everything(), goTo(FrontTable.FORWARD));
    }

    private FlowRule mail(TrafficTreatment treatment) {
        return rule(floorOwner, 0, 60_061, inPort(1), treatment);
    }

    private FlowRule miss() {
        return rule(floorOwner, 1, 0, everything(), DROP);
    }

    private FlowRule denial() {
        return rule(floorOwner, 1, 60_021, inPort(2), DROP);
    }

    private Floor floor() {
        return new Floor(SWITCH, List.of(wayToForward(), mail(goTo(1)), miss()), List.of(denial()));
    }

    private static String failure(CompletableFuture<Void> work) {
        return assertThrows(ExecutionException.class, () -> work.get(60, TimeUnit.SECONDS))
                .getCause()
                .getMessage();
    }

    /** The rules of the store by table and priority, owners in words. */
    private List<String> stored() {
        return inWords(world.flows.rules());
    }

    private List<String> inWords(List<FlowRule> rules) {
        return rules.stream()
                .map(
                        r ->
                                FrontTable.tableOf(r)
                                        + "/"
                                        + r.priority()
                                        + " "
                                        + world.core.getAppId(r.appId()).name())
                .sorted()
                .collect(Collectors.toList());
    }

    private boolean has(FlowRule rule) {
        return world.flows.rules().stream()
                .anyMatch(r -> r.exactMatch(rule) && r.appId() == rule.appId());
    }

    private static Predicate<FlowRuleOperation> operationOn(FlowRule rule) {
        return operation -> operation.rule().equals(rule);
    }

    @Test
    void aDeviceIsFrontIfItsDriverIsOurs() {
        assertFalse(manager.isFront(SWITCH));
        world.nameFrontDriver();
        assertTrue(manager.isFront(SWITCH));
        world.network.removeDriver(FrontTable.DRIVER);
        assertFalse(manager.isFront(SWITCH));
        assertFalse(manager.isFront(NEIGHBOUR), "never connected");
    }

    @Test
    void theFloorIsLaidInStagesSoThatTheStoreNeverHasTheWayOutBeforeTheDenials() throws Exception {
        manager.enforce(floor());
        done(manager.lay(floor()));
        assertEquals(
                List.of(
                        List.of(denial()),
                        List.of(denial(), miss()),
                        List.of(denial(), miss(), mail(goTo(1))),
                        List.of(denial(), miss(), mail(goTo(1)), wayToForward())),
                world.flows.history());
    }

    @Test
    void theFloorIsTrimmedInTheOppositeOrderSoThatNothingLeadsToWhereNothingIs() throws Exception {
        manager.enforce(floor());
        done(manager.lay(floor()));
        int before = world.flows.history().size();
        done(manager.trim(new Floor(SWITCH, List.of(wayToForward()), List.of())));
        assertEquals(
                List.of(
                        List.of(denial(), miss(), wayToForward()),
                        List.of(denial(), wayToForward()),
                        List.of(wayToForward())),
                world.flows.history().subList(before, world.flows.history().size()));
    }

    @Test
    void layingAgainChangesNothingThatIsThereAlready() throws Exception {
        manager.enforce(floor());
        done(manager.lay(floor()));
        int batches = world.flows.batches();
        done(manager.lay(floor()));
        assertEquals(batches, world.flows.batches());
    }

    @Test
    void aRuleThatSomebodyElseTookOverIsLaidAgain() throws Exception {
        manager.enforce(floor());
        done(manager.lay(floor()));
        world.flows.install(rule(Rules.SOMEBODY, 1, 0, everything(), DROP));
        assertFalse(has(miss()));
        done(manager.lay(floor()));
        assertTrue(has(miss()));
    }

    @Test
    void aRuleThatDoesSomethingElseIsLaidAgain() throws Exception {
        manager.enforce(floor());
        done(manager.lay(floor()));
        world.flows.install(mail(goTo(FrontTable.FORWARD)));
        done(manager.lay(floor()));
        assertTrue(has(mail(goTo(1))));
    }

    @Test
    void layingStopsAtTheStageThatTheSwitchRefuses() throws Exception {
        manager.enforce(floor());
        world.flows.refuse(operationOn(mail(goTo(1))));
        assertEquals(
                "the switch did not confirm adding 1 rules of " + SWITCH,
                failure(manager.lay(floor())));
        assertEquals(List.of("1/0 org.postern.drivers", "1/60021 org.postern.drivers"), stored());
        world.flows.refuse(operation -> false);
        done(manager.lay(floor()));
        assertEquals(4, stored().size());
    }

    @Test
    void aDeviceThatIsNotEnforcedHasNoFloorToLayOrTrim() {
        assertEquals(Optional.empty(), manager.floor(SWITCH));
        assertEquals(SWITCH + " is not enforced", failure(manager.lay(floor())));
        assertEquals(SWITCH + " is not enforced", failure(manager.trim(floor())));
    }

    @Test
    void trimmingTakesAwayWhatTheFloorHasNoMoreAndNothingOfOthers() throws Exception {
        manager.enforce(floor());
        done(manager.lay(floor()));
        FlowRule permit = rule(permitOwner, 1, 60_020, inPort(1), goTo(FrontTable.FORWARD));
        FlowRule foreign = rule(core, FrontTable.FORWARD, 40_000, arp(), PUNT);
        world.flows.install(permit, foreign);
        Floor less = new Floor(SWITCH, List.of(wayToForward(), miss()), List.of());
        manager.enforce(less);
        done(manager.trim(less));
        assertEquals(
                List.of(
                        "0/0 org.postern.drivers",
                        "1/0 org.postern.drivers",
                        "1/60020 org.postern",
                        "12/40000 org.onosproject.core"),
                stored());
    }

    @Test
    void whatDoesNotDependOnSubscribersIsRememberedAcrossARestart() {
        manager.enforce(floor());
        FrontTableManager next = world.start(world.storage.restarted());
        Floor remembered = next.floor(SWITCH).get();
        assertEquals(new Floor(SWITCH, floor().lasting(), List.of()), remembered);
        assertEquals(Optional.empty(), next.floor(NEIGHBOUR));
    }

    @Test
    void anotherNodeLearnsTheFloorAndDoesNotForgetDenialsThatItKnows() {
        FrontTableManager other = world.start(world.storage);
        manager.enforce(floor());
        Await.until("the other has read it", () -> other.floor(SWITCH).isPresent());
        assertEquals(floor().lasting(), other.floor(SWITCH).get().lasting());
        assertEquals(floor(), manager.floor(SWITCH).get());
        other.enforce(floor());
        assertEquals(floor(), manager.floor(SWITCH).get());
    }

    @Test
    void whatAnotherNodeWritesDoesNotTakeDenialsAway() {
        FrontTableManager other = world.start(world.storage);
        manager.enforce(floor());
        other.enforce(new Floor(SWITCH, List.of(wayToForward(), miss()), List.of()));
        assertEquals(floor(), manager.floor(SWITCH).get());
    }

    @Test
    void whatAnotherNodeWithdrawsIsWithdrawnHereToo() throws Exception {
        world.nameFrontDriver();
        FrontTableManager other = world.start(world.storage);
        manager.enforce(floor());
        done(other.withdraw(SWITCH, Optional.empty()));
        assertEquals(Optional.empty(), manager.floor(SWITCH));
    }

    @Test
    void aChangedFloorIsWhatIsRemembered() {
        manager.enforce(floor());
        Floor changed = new Floor(SWITCH, List.of(wayToForward(), miss()), List.of(denial()));
        manager.enforce(changed);
        assertEquals(
                changed.lasting(),
                world.start(world.storage.restarted()).floor(SWITCH).get().lasting());
    }

    @Test
    void rulesOfObjectivesAndPacketRequestsMoveBehindThePolicyBeforeTheFloorComes() {
        FlowRule request = rule(core, 0, 40_000, arp(), PUNT);
        FlowRule requestOfSomebody = rule(Rules.SOMEBODY, 0, 5, inPort(9), PUNT);
        FlowRule path = rule(forwarding, 0, 10, inPort(1), output(2));
        world.core.registerApplication("org.example.others");
        world.flows.install(request, requestOfSomebody, path);
        manager.enforce(floor());
        world.nameFrontDriver();
        manager.settle(SWITCH);
        FlowRule moved = ForwardRules.toForward(path);
        Await.until("the original of " + path + " goes", () -> !has(path) && has(moved));
        assertTrue(has(ForwardRules.toForward(request)));
        assertTrue(has(ForwardRules.toForward(requestOfSomebody)));
        assertFalse(has(request));
        assertFalse(has(requestOfSomebody));
        List<List<FlowRule>> history = new ArrayList<>(world.flows.history());
        history.forEach(
                state ->
                        assertTrue(
                                state.contains(path)
                                        || state.contains(moved) && state.contains(wayToForward()),
                                () -> "a known flow has no way in " + state));
    }

    @Test
    void rulesOfIntentsAndDirectWritersStayAndSoDoOurs() {
        FlowRule intent = rule(intents, 0, 100, inPort(1), output(2));
        FlowRule direct = rule(world.acl, 0, 30_000, inPort(3), DROP);
        FlowRule puntOfAcl = rule(world.acl, 0, 29_999, inPort(3), PUNT);
        FlowRule path = rule(forwarding, 0, 10, inPort(1), output(2));
        world.flows.install(intent, direct, puntOfAcl, path);
        manager.enforce(floor());
        world.nameFrontDriver();
        manager.settle(SWITCH);
        Await.until("the flow of fwd moves", () -> !has(path));
        assertTrue(has(intent));
        assertTrue(has(direct));
        assertTrue(has(puntOfAcl));
        assertTrue(has(wayToForward()));
        assertTrue(has(mail(goTo(1))));
        assertFalse(has(ForwardRules.toForward(intent)));
        assertFalse(has(ForwardRules.toForward(direct)));
    }

    @Test
    void aRuleWhereTheFloorComesToStandIsMovedWhoeverOwnsItAndTheFloorStays() {
        for (ApplicationId owner : List.of(forwarding, world.acl)) {
            FlowRule last = rule(owner, 0, 0, everything(), output(2));
            world.flows.install(last);
            manager.enforce(floor());
            world.nameFrontDriver();
            manager.settle(SWITCH);
            Await.until("it is moved", () -> has(ForwardRules.toForward(last)));
            Await.until("the floor is laid", () -> has(wayToForward()));
            manager.settle(SWITCH);
            FlowRule late = rule(forwarding, 0, 10, inPort(1), output(2));
            world.flows.install(late);
            Await.until("one more look is over", () -> !has(late));
            assertTrue(has(wayToForward()), "of " + owner);
            world.flows.loseSilently(r -> true);
        }
    }

    @Test
    void forwardingThatWouldBePassedByIsTold() {
        assertEquals(Optional.empty(), manager.forwardingGap(SWITCH), "nobody forwards");
        world.flows.install(rule(world.acl, 0, 10, everything(), output(2)));
        assertEquals(
                "org.onosproject.acl forwards by rules in tables 0 to 11, which Postern's go before, and table 12 has none:"
                        + " have them written to table 12 too",
                manager.forwardingGap(SWITCH).get());
        world.flows.install(rule(core, FrontTable.FORWARD, 40_000, arp(), PUNT));
        assertTrue(manager.forwardingGap(SWITCH).isPresent(), "ARP alone is no forwarding");
        FlowRule behind = rule(world.acl, FrontTable.FORWARD, 10, everything(), output(2));
        world.flows.install(behind);
        assertEquals(Optional.empty(), manager.forwardingGap(SWITCH));
        world.flows.loseSilently(behind::equals);
        world.flows.install(rule(forwarding, 0, 10, inPort(1), output(2)));
        assertEquals(Optional.empty(), manager.forwardingGap(SWITCH), "those of fwd move");
    }

    @Test
    void aLastRuleOfSomebodyThatComesLaterIsMovedToo() throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        FlowRule last = rule(world.acl, 0, 0, everything(), output(2));
        world.flows.install(last);
        assertFalse(has(wayToForward()));
        done(manager.lay(floor()));
        assertTrue(has(wayToForward()));
        assertTrue(has(ForwardRules.toForward(last)));
    }

    @Test
    void aRuleThatOnlyLeadsOnOrAsksForArpIsNoForwardingBehindThePolicy() {
        world.flows.install(rule(world.acl, 0, 10, everything(), goTo(20)));
        world.flows.install(rule(world.acl, FrontTable.FORWARD, 10, inPort(1), DROP));
        world.flows.install(rule(Rules.SOMEBODY, 0, 5, inPort(9), PUNT));
        assertTrue(manager.forwardingGap(SWITCH).isPresent());
        world.flows.install(rule(core, 0, 5, inPort(8), PUNT));
        assertEquals(Optional.empty(), manager.forwardingGap(SWITCH), "as fwd's request");
    }

    @Test
    void aDeviceIsOffOnceNothingOfPosternIsThere() throws Exception {
        assertTrue(manager.isOff(SWITCH));
        world.nameFrontDriver();
        manager.enforce(floor());
        assertFalse(manager.isOff(SWITCH));
        done(manager.lay(floor()));
        world.flows.refuse(operation -> operation.type() == FlowRuleOperation.Type.REMOVE);
        failure(manager.withdraw(SWITCH, Optional.empty()));
        assertFalse(manager.isOff(SWITCH), "its rules are still there");
        world.flows.refuse(operation -> false);
        done(manager.withdraw(SWITCH, Optional.empty()));
        assertTrue(manager.isOff(SWITCH));
    }

    @Test
    void rulesOfAnyApplicationThatWasSeenToUseObjectivesMoveBackOnWithdrawal() throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        FlowRule intent = rule(intents, FrontTable.FORWARD, 100, inPort(1), output(2));
        manager.usesObjectives(intent);
        world.flows.install(intent);
        done(manager.withdraw(SWITCH, Optional.empty()));
        assertEquals(List.of("0/100 org.onosproject.net.intent"), stored());
    }

    @Test
    void aSecondLookCatchesAnObjectiveThatWasInFlight() {
        manager.enforce(floor());
        world.nameFrontDriver();
        manager.settle(SWITCH);
        Await.until("the floor is laid", () -> has(wayToForward()));
        FlowRule late = rule(forwarding, 0, 10, inPort(1), output(2));
        world.flows.install(late);
        Await.until("it moves", () -> !has(late) && has(ForwardRules.toForward(late)));
    }

    @Test
    void aDeviceThatIsNotEnforcedGetsOnlyTheWayToForward() {
        FlowRule path = rule(forwarding, 0, 10, inPort(1), output(2));
        world.flows.install(path);
        world.nameFrontDriver();
        manager.settle(SWITCH);
        Await.until("the flow of fwd moves", () -> !has(path));
        assertEquals(List.of("0/0 org.postern.drivers", "12/10 org.onosproject.fwd"), stored());
        assertTrue(has(wayToForward()));
    }

    @Test
    void nothingMovesIfTheSwitchRefusesTheFloor() {
        FlowRule path = rule(forwarding, 0, 10, inPort(1), output(2));
        world.flows.install(path);
        manager.enforce(floor());
        world.flows.refuse(operationOn(wayToForward()));
        world.nameFrontDriver();
        manager.settle(SWITCH);
        Await.until("the floor is tried", () -> world.flows.batches() >= 5);
        assertTrue(has(path), "its original is all that forwards");
    }

    @Test
    void anotherNodesDeviceIsNotSettled() {
        FlowRule path = rule(forwarding, 0, 10, inPort(1), output(2));
        world.network.connect(NEIGHBOUR, "Open vSwitch", "default", 1);
        world.network.master(SWITCH, false);
        world.flows.install(path);
        world.nameFrontDriver();
        world.configuration.post(NEIGHBOUR, "basic", "{'driver': 'postern-ovs'}");
        manager.settle(SWITCH);
        manager.settle(NEIGHBOUR);
        // one thread settles, one after the other
        Await.until(
                "the neighbour is settled",
                () -> world.flows.rules().stream().anyMatch(r -> r.deviceId().equals(NEIGHBOUR)));
        assertTrue(has(path));
        assertFalse(has(wayToForward()));
    }

    @Test
    void withdrawalToADriverThatDoesNotExistIsRefusedAndChangesNothing() throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        assertEquals(
                "there is no driver \"nosuch\": name one that the command drivers lists",
                failure(manager.withdraw(SWITCH, Optional.of("nosuch"))));
        assertEquals(FrontTable.DRIVER, world.namedDriver());
        assertEquals(4, stored().size());
        assertEquals(floor(), manager.floor(SWITCH).get());
    }

    @Test
    void withdrawalToOurOwnDriverIsRefusedAndChangesNothing() {
        world.nameFrontDriver();
        manager.enforce(floor());
        assertEquals(
                "driver postern-ovs is the one that withdrawal takes off: name another",
                failure(manager.withdraw(SWITCH, Optional.of(FrontTable.DRIVER))));
        assertEquals(floor(), manager.floor(SWITCH).get());
    }

    @Test
    void withdrawalCopiesWhatSomebodyWroteBehindThePolicyAndLeavesTheOriginalForTheNextTime()
            throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        FlowRule normal = rule(world.acl, FrontTable.FORWARD, 1, everything(), output(2));
        world.flows.install(normal);
        done(manager.withdraw(SWITCH, Optional.empty()));
        assertEquals(List.of("0/1 org.onosproject.acl", "12/1 org.onosproject.acl"), stored());
        world.nameFrontDriver();
        manager.enforce(floor());
        assertEquals(Optional.empty(), manager.forwardingGap(SWITCH));
    }

    @Test
    void withdrawalLeavesOthersRulesInTheFirstTableAndNothingOfPostern() throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        FlowRule path = rule(forwarding, FrontTable.FORWARD, 10, inPort(1), output(2));
        FlowRule request = rule(core, FrontTable.FORWARD, 40_000, arp(), PUNT);
        world.flows.install(
                path, request, rule(permitOwner, 1, 60_020, inPort(1), goTo(FrontTable.FORWARD)));
        done(manager.withdraw(SWITCH, Optional.empty()));
        assertEquals(List.of("0/10 org.onosproject.fwd", "0/40000 org.onosproject.core"), stored());
        assertEquals(Optional.empty(), manager.floor(SWITCH));
        assertEquals(Optional.empty(), world.start(world.storage.restarted()).floor(SWITCH));
    }

    @Test
    void forwardingGoesOnAtEveryMomentOfAWithdrawalAndMailIsNeverCutFromItsWay() throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        FlowRule path = rule(forwarding, FrontTable.FORWARD, 10, inPort(1), output(2));
        world.flows.install(path);
        int before = world.flows.history().size();
        done(manager.withdraw(SWITCH, Optional.empty()));
        FlowRule copy = ForwardRules.inTable(path, 0);
        for (List<FlowRule> state :
                world.flows.history().subList(before, world.flows.history().size())) {
            assertTrue(state.contains(copy), () -> "others have no way in " + inWords(state));
            boolean examined = state.contains(mail(goTo(1)));
            assertTrue(
                    !examined || state.contains(miss()) && state.contains(path),
                    () -> "mail goes nowhere in " + inWords(state));
        }
    }

    @Test
    void aCatchAllOfSomebodyElseReplacesTheWayToForwardAndStays() throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        FlowRule normal = rule(forwarding, FrontTable.FORWARD, 0, everything(), output(2));
        world.flows.install(normal);
        done(manager.withdraw(SWITCH, Optional.empty()));
        assertEquals(List.of("0/0 org.onosproject.fwd"), stored());
    }

    @Test
    void aWithdrawalThatTheSwitchRefusesFailsAndCanBeRunAgain() throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        FlowRule path = rule(forwarding, FrontTable.FORWARD, 10, inPort(1), output(2));
        world.flows.install(path);
        world.flows.refuse(operation -> operation.type() == FlowRuleOperation.Type.REMOVE);
        assertTrue(
                failure(manager.withdraw(SWITCH, Optional.empty()))
                        .startsWith("the switch did not confirm removing"));
        assertTrue(has(path), "FORWARD goes last");
        world.flows.refuse(operation -> false);
        done(manager.withdraw(SWITCH, Optional.empty()));
        assertEquals(List.of("0/10 org.onosproject.fwd"), stored());
        assertEquals("ovs", world.namedDriver());
    }

    @Test
    void stoppingTakesNothingAway() throws Exception {
        world.nameFrontDriver();
        manager.enforce(floor());
        done(manager.lay(floor()));
        world.manager(world.storage).deactivate();
        assertEquals(4, stored().size());
    }
}
