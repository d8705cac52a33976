package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.drivers.DriversWorld.done;
import static org.postern.drivers.Rules.DROP;
import static org.postern.drivers.Rules.NEIGHBOUR;
import static org.postern.drivers.Rules.SWITCH;
import static org.postern.drivers.Rules.everything;
import static org.postern.drivers.Rules.goTo;
import static org.postern.drivers.Rules.rule;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.config.basics.BasicDeviceConfig;
import org.onosproject.net.flow.FlowRule;
import org.postern.fakecontroller.Await;

/** Which driver network configuration names, and what is remembered of it. */
class DriverNameTest {
    private final DriversWorld world = new DriversWorld();
    private final ApplicationId owner = world.core.registerApplication(FrontTable.APPLICATION);
    private final FlowRule wayToForward = rule(owner, 0, 0, everything(), goTo(10));
    private final FlowRule miss = rule(owner, 1, 0, everything(), DROP);
    private final Floor floor = new Floor(SWITCH, List.of(wayToForward, miss), List.of());
    private FrontTableManager manager;

    @BeforeEach
    void startManager() {
        manager = world.start(world.storage);
        world.network.connect(SWITCH, "Open vSwitch", "default", 1, 2, 100);
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    @Test
    void namingOurDriverRemembersTheFormerAndWithdrawalWritesItBack() throws Exception {
        world.configuration.post(SWITCH, "basic", "{'driver': 'onosfw'}");
        manager.nameDriver(SWITCH);
        assertEquals(FrontTable.DRIVER, world.namedDriver());
        manager.enforce(floor);
        FrontTableManager next = world.start(world.storage.restarted());
        done(next.withdraw(SWITCH, Optional.empty()));
        assertEquals("onosfw", world.namedDriver());
    }

    @Test
    void aDriverNamedLateByTheOperatorDoesNotHideTheFormer() throws Exception {
        manager.enforce(floor);
        world.nameFrontDriver();
        manager.enforce(new Floor(SWITCH, List.of(wayToForward, miss), List.of()));
        done(manager.withdraw(SWITCH, Optional.empty()));
        assertEquals("default", world.namedDriver());
    }

    @Test
    void aDriverWhoseNameIsDeletedIsNamedAgainUnlessTheDeviceWasWithdrawn() throws Exception {
        manager.nameDriver(SWITCH);
        world.configuration.delete(SWITCH, "basic");
        Await.until("it is named again", () -> FrontTable.DRIVER.equals(world.namedDriver()));
        done(manager.withdraw(SWITCH, Optional.empty()));
        world.configuration.delete(SWITCH, "basic");
        world.start(world.storage.restarted());
        assertEquals(null, world.namedDriver());
    }

    @Test
    void aDriverWhoseNameWasDeletedWhileNobodyLookedIsNamedAgainBeforeTheSwitchConnects() {
        manager.nameDriver(SWITCH);
        world.stopManagers();
        world.configuration.delete(SWITCH, "basic");
        world.start(world.storage.restarted());
        assertEquals(FrontTable.DRIVER, world.namedDriver());
    }

    @Test
    void aDriverThatTheOperatorNamedIsKeptTrackOfToo() {
        world.nameFrontDriver();
        manager.settle(SWITCH);
        Await.until("it is settled", () -> manager.wasFront(SWITCH));
        world.configuration.delete(SWITCH, "basic");
        Await.until("it is named again", () -> FrontTable.DRIVER.equals(world.namedDriver()));
    }

    @Test
    void aDeviceThatWasNeverSeenIsWithdrawnWithoutAnything() throws Exception {
        manager.enforce(new Floor(NEIGHBOUR, List.of(), List.of()));
        done(manager.withdraw(NEIGHBOUR, Optional.empty()));
        assertEquals(Optional.empty(), manager.floor(NEIGHBOUR));
        assertEquals(null, world.configuration.getConfig(NEIGHBOUR, BasicDeviceConfig.class));
    }

    @Test
    void aDeviceThatNeverHadAnotherDriverGetsTheOneThatOursExtends() throws Exception {
        world.network.connect(NEIGHBOUR, "Open vSwitch", FrontTable.DRIVER, 1);
        done(manager.withdraw(NEIGHBOUR, Optional.empty()));
        assertEquals(
                "ovs", world.configuration.getConfig(NEIGHBOUR, BasicDeviceConfig.class).driver());
    }

    @Test
    void theOperatorsChoiceOfDriverComesFirst() throws Exception {
        manager.nameDriver(SWITCH);
        done(manager.withdraw(SWITCH, Optional.of("onosfw")));
        assertEquals("onosfw", world.namedDriver());
    }

    @Test
    void aNameThatIsReplacedByNoneIsNamedAgainAndAnotherDriverIsTheOperatorsChoice() {
        manager.nameDriver(SWITCH);
        world.configuration.post(SWITCH, "basic", "{'name': 'east-1'}");
        Await.until("it is named again", () -> FrontTable.DRIVER.equals(world.namedDriver()));
        assertTrue(manager.wasFront(SWITCH));
        world.configuration.post(SWITCH, "basic", "{'driver': 'ovs'}");
        Await.until("that is noted", () -> !manager.wasFront(SWITCH));
        assertEquals("ovs", world.namedDriver());
    }

    @Test
    void namingTheDriverOfASwitchThatIsNotThereKeepsTheFormerInMind() throws Exception {
        world.configuration.post(SWITCH, "basic", "{'driver': 'onosfw'}");
        manager.nameDriver(SWITCH);
        FrontTableManager next = world.start(world.storage.restarted());
        world.network.remove(SWITCH);
        next.nameDriver(SWITCH);
        world.network.connect(SWITCH, "Open vSwitch", FrontTable.DRIVER, 1, 2, 100);
        done(next.withdraw(SWITCH, Optional.empty()));
        assertEquals("onosfw", world.namedDriver());
    }
}
