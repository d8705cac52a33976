package org.postern.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.drivers.Rules.DROP;
import static org.postern.drivers.Rules.SWITCH;
import static org.postern.drivers.Rules.everything;
import static org.postern.drivers.Rules.goTo;
import static org.postern.drivers.Rules.rule;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.store.service.ConsistentMap;
import org.postern.fakecontroller.FakeStorage;

/** Floors that no single value of the cluster's store holds. */
class FloorPartsTest {
    private static final int MANY = 100_000;
    private static final int SOME = 5_000;

    /** Of what Atomix takes as one value. */
    private static final int LARGEST = 1 << 20;

    private final DriversWorld world = new DriversWorld();
    private ApplicationId floorOwner;
    private FrontTableManager manager;

    @BeforeEach
    void start() {
        floorOwner = world.core.registerApplication(FrontTable.APPLICATION);
        manager = world.start(world.storage);
        world.network.connect(SWITCH, "Open vSwitch", "default", 1, 2, 100);
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    /** A source guard of so many subscribers. */
    private List<FlowRule> guards(int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        i ->
                                rule(
                                        floorOwner,
                                        FrontTable.GUARD,
                                        60_050,
                                        DefaultTrafficSelector.builder()
                                                .matchInPort(PortNumber.portNumber(1 + i))
                                                .matchIPSrc(IpPrefix.valueOf(0x0a400000 + i, 32))
                                                .build(),
                                        i % 2 == 0 ? DROP : goTo(FrontTable.FORWARD)))
                .collect(Collectors.toList());
    }

    private static Map<String, byte[]> parts(FakeStorage storage) {
        return storage.<String, byte[]>consistentMapBuilder()
                .withName("postern-floor-parts")
                .build()
                .asJavaMap();
    }

    @Test
    void aFloorOf100000RulesIsRememberedAcrossARestart() {
        List<FlowRule> rules = guards(MANY);
        manager.enforce(new Floor(SWITCH, rules, List.of()));
        List<FlowRule> again =
                world.start(world.storage.restarted()).floor(SWITCH).orElseThrow().lasting();
        assertTrue(FrontTable.sameRules(rules, again), "in their order");
        int largest =
                parts(world.storage).values().stream().mapToInt(p -> p.length).max().orElseThrow();
        assertTrue(largest < LARGEST / 10, "the largest part has " + largest + " bytes");
    }

    @Test
    void aChangeWritesThePartsThatItChangesAndTakesThoseOfBeforeAway() {
        List<FlowRule> rules = guards(SOME);
        manager.enforce(new Floor(SWITCH, rules, List.of()));
        Set<String> before = Set.copyOf(parts(world.storage).keySet());
        List<FlowRule> more = new ArrayList<>(rules);
        more.remove(SOME / 2);
        manager.enforce(new Floor(SWITCH, more, List.of()));
        Set<String> after = Set.copyOf(parts(world.storage).keySet());
        long written = after.stream().filter(p -> !before.contains(p)).count();
        assertTrue(before.size() > 20, before.size() + " parts");
        assertTrue(written >= 1 && written <= 2, written + " parts were written");
        assertTrue(after.size() <= before.size() + 1, "former parts are gone");
        assertTrue(
                FrontTable.sameRules(
                        more,
                        world.start(world.storage.restarted())
                                .floor(SWITCH)
                                .orElseThrow()
                                .lasting()));
    }

    @Test
    void aFloorOfWhichAPartIsMissingIsNotTakenForWholeAndTheDeviceIsNotOpened() throws Exception {
        world.nameFrontDriver();
        List<FlowRule> rules = guards(SOME);
        Floor floor = new Floor(SWITCH, rules, List.of());
        manager.enforce(floor);
        FakeStorage damaged = world.storage.restarted();
        ConsistentMap<String, byte[]> parts =
                damaged.<String, byte[]>consistentMapBuilder()
                        .withName("postern-floor-parts")
                        .build();
        parts.remove(parts.keySet().iterator().next());
        world.stopManagers();
        FrontTableManager next = world.start(damaged);
        assertEquals(Optional.empty(), next.floor(SWITCH));
        assertFalse(next.isOff(SWITCH), "it is enforced all the same");
        next.settle(SWITCH);
        next.enforce(floor);
        DriversWorld.done(next.lay(floor));
        FlowRule open =
                rule(
                        floorOwner,
                        FrontTable.CLASSIFY,
                        FrontTable.PRIORITY_LAST,
                        everything(),
                        goTo(FrontTable.FORWARD));
        assertTrue(
                world.flows.history().stream().noneMatch(state -> state.contains(open)),
                "at no moment was it opened");
        assertEquals(
                rules.size(),
                world.start(damaged.restarted()).floor(SWITCH).orElseThrow().lasting().size(),
                "what is missing is written again");
    }

    @Test
    void aWithdrawnDeviceLeavesNoPartsBehind() throws Exception {
        world.nameFrontDriver();
        manager.enforce(new Floor(SWITCH, guards(SOME), List.of()));
        assertFalse(parts(world.storage).isEmpty());
        DriversWorld.done(manager.withdraw(SWITCH, Optional.empty()));
        assertTrue(parts(world.storage).isEmpty());
    }
}
