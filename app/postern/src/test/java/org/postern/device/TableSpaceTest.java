package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.FIRST;
import static org.postern.device.ControllerWorld.sendsMail;
import static org.postern.device.ControllerWorld.submits;
import static org.postern.device.ControllerWorld.subscriber;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onlab.junit.TestUtils;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.flow.FlowRule;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;
import org.postern.policy.Subscriber;

/** A device whose tables have no room for all of its policy. */
class TableSpaceTest {
    private static final int LIMIT = 40;
    private static final int FIRST_DROPPING = 200;
    private static final int FIRST_SENDING = 500;
    private static final int MANY = 100;
    private static final int ROUNDS = 8;

    private final ControllerWorld world = new ControllerWorld();

    @BeforeEach
    void start() {
        world.startUnenforced();
        world.configure();
        world.enforced();
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    private static List<Subscriber> dropping(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> subscriber("r" + i, FIRST + "/" + (FIRST_DROPPING + i)).build())
                .collect(Collectors.toList());
    }

    private static List<Subscriber> sending(int count) {
        return IntStream.range(0, count)
                .mapToObj(
                        i ->
                                subscriber("s" + i, FIRST + "/" + (FIRST_SENDING + i))
                                        .serviceClass("business")
                                        .prefix(IpPrefix.valueOf("10.64.1." + i + "/32"))
                                        .build())
                .collect(Collectors.toList());
    }

    private DeviceStatus status() {
        return world.enforcement.devices().stream()
                .filter(d -> d.device().equals(FIRST))
                .findFirst()
                .orElseThrow();
    }

    private void register(List<Subscriber> subscribers) {
        world.subscribers.put(subscribers, Order.console("test"));
        ((PolicyPlanner) planner()).planAndWait();
    }

    private Object planner() {
        try {
            return TestUtils.getField(world.enforcement, "planner");
        } catch (TestUtils.TestUtilsException e) {
            throw new AssertionError(e);
        }
    }

    private void limit(String ruleLimit) {
        world.configuration.post(FIRST, "postern", "{'uplink': [100]" + ruleLimit + "}");
    }

    /** The device has all that it should have, and the switch what ONOS has. */
    private DeviceStatus settled() {
        AtomicReference<DeviceStatus> last = new AtomicReference<>();
        Await.until(
                "the device is settled",
                () -> {
                    world.flows.poll();
                    DeviceStatus status = status();
                    last.set(status);
                    boolean done =
                            status.state() == DeviceState.IN_FORCE
                                    || status.state() == DeviceState.DEGRADED
                                            && status.reason().contains("table space");
                    return done && status.rulesVerified() == status.rulesDesired();
                });
        return last.get();
    }

    private long largestTable() {
        Map<Integer, Long> tables =
                world.flows.rules().stream()
                        .collect(Collectors.groupingBy(FrontTable::tableOf, Collectors.counting()));
        return tables.values().stream().mapToLong(Long::longValue).max().orElse(0);
    }

    private List<List<FlowRule>> statesSince(int batches) {
        return new ArrayList<>(
                world.flows.history().subList(batches, world.flows.history().size()));
    }

    @Test
    void withinAConfiguredLimitAttemptsAreNotCountedSinglyAndAllElseHolds() {
        limit(", 'ruleLimit': " + LIMIT);
        register(dropping(MANY));
        Await.until(
                "it is compact",
                () -> status().tableSpace().toString().contains((MANY + 1) + " subscribers"));
        DeviceStatus status = settled();
        assertTrue(largestTable() <= LIMIT);
        assertEquals(DeviceState.IN_FORCE, status.state(), status.reason());
        assertTrue(
                status.tableSpace().toString().contains("room for " + LIMIT + " rules (ruleLimit)"),
                status.tableSpace().toString());
        assertTrue(status.tableSpace().toString().contains("not counted singly"));
        assertFalse(sendsMail(world.flows.rules(), FIRST_DROPPING));
        assertTrue(submits(world.flows.rules(), FIRST_DROPPING));
        limit("");
        Await.until("it is whole again", () -> status().tableSpace().isEmpty());
        assertEquals(DeviceState.IN_FORCE, settled().state());
    }

    @Test
    void moreSendersThanThereIsRoomForAreClosedByNameAndTheOthersSend() {
        limit(", 'ruleLimit': " + LIMIT);
        register(sending(MANY));
        Await.until(
                "the last ones are closed",
                () -> status().tableSpace().toString().contains("would need " + (MANY + 2)));
        DeviceStatus status = settled();
        assertEquals(DeviceState.DEGRADED, status.state());
        assertTrue(largestTable() <= LIMIT);
        long open =
                IntStream.range(0, MANY)
                        .filter(i -> sendsMail(world.flows.rules(), FIRST_SENDING + i))
                        .count();
        assertTrue(open > 0 && open < LIMIT, open + " send");
        assertTrue(
                status.tableSpace()
                        .toString()
                        .contains("permits of " + (MANY - open) + " subscribers are missing"),
                status.tableSpace() + ", " + open + " send");
        IntStream.range(0, MANY)
                .forEach(i -> assertTrue(submits(world.flows.rules(), FIRST_SENDING + i)));
        sending(MANY).stream()
                .skip(5)
                .forEach(s -> world.subscribers.remove(s.id(), Order.console("test")));
        Await.until("with few it is whole again", () -> status().tableSpace().isEmpty());
        settled();
        assertTrue(sendsMail(world.flows.rules(), FIRST_SENDING + 4));
        assertFalse(sendsMail(world.flows.rules(), FIRST_SENDING + 5));
    }

    @Test
    void aSwitchThatTakesNoMoreIsLearntFromAndAtNoMomentIsAnybodyOpen() {
        int before = world.flows.history().size();
        world.flows.limitTables(LIMIT);
        register(dropping(MANY));
        register(sending(MANY));
        Await.until("it is compact", () -> !status().tableSpace().isEmpty());
        DeviceStatus status = settled();
        assertTrue(
                status.tableSpace().toString().contains("learnt: the switch refused more"),
                status.tableSpace().toString());
        for (List<FlowRule> state : statesSince(before)) {
            assertFalse(sendsMail(state, ALICE), () -> "with " + state);
            assertFalse(sendsMail(state, FIRST_DROPPING), () -> "with " + state);
            assertTrue(submits(state, ALICE), () -> "with " + state);
        }
        assertTrue(sendsMail(world.flows.rules(), ControllerWorld.BOB));
        world.flows.limitTables(Integer.MAX_VALUE);
        world.enforcement.enforce(FIRST, Order.console("test"));
        Await.until("with room it is whole again", () -> status().tableSpace().isEmpty());
        settled();
        assertTrue(sendsMail(world.flows.rules(), FIRST_SENDING + MANY - 1));
    }

    @Test
    void changesOnAFullSwitchNeverOpenWhoIsClosedBeforeAndAfter() {
        Random random = new Random(64);
        world.flows.limitTables(LIMIT);
        Map<String, String> classes = new HashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            Map<String, String> before = Map.copyOf(classes);
            List<Subscriber> changed = new ArrayList<>();
            for (Subscriber subscriber : sending(MANY)) {
                if (random.nextInt(3) == 0) {
                    String next = random.nextBoolean() ? "business" : "residential";
                    classes.put(subscriber.id(), next);
                    changed.add(subscriber.toBuilder().serviceClass(next).build());
                }
            }
            int begin = world.flows.history().size();
            register(changed);
            settled();
            List<List<FlowRule>> states = statesSince(begin);
            for (int i = 0; i < MANY; i++) {
                String id = "s" + i;
                int port = FIRST_SENDING + i;
                if (!"business".equals(before.get(id)) && !"business".equals(classes.get(id))) {
                    states.forEach(state -> assertFalse(sendsMail(state, port), id));
                }
            }
            assertFalse(sendsMail(world.flows.rules(), ALICE));
            assertTrue(largestTable() <= LIMIT);
        }
    }

    @Test
    void whoStaysQuarantinedOnAFullSwitchStaysInWhileOthersComeAndGo() {
        int first = FIRST_DROPPING;
        register(dropping(MANY));
        IntStream.range(0, 8).forEach(i -> quarantine("r" + i));
        int classify =
                (int)
                        world.flows.rules().stream()
                                .filter(r -> FrontTable.tableOf(r) == FrontTable.CLASSIFY)
                                .count();
        Await.until("they are in", () -> !submits(world.flows.rules(), first + 7));
        world.flows.limitTables(Math.max(LIMIT, classify + 1));
        for (int i = 1; i < 8; i++) {
            int begin = world.flows.history().size();
            world.subscribers.release("r" + i, Order.console("test"));
            quarantine("r" + (i + 20));
            int port = first + i + 20;
            Await.until("the next is in", () -> !submits(world.flows.rules(), port));
            for (List<FlowRule> state : statesSince(begin)) {
                assertFalse(submits(state, first), () -> "with " + state);
                assertTrue(submits(state, ALICE), () -> "with " + state);
            }
        }
        settled();
    }

    @Test
    void whoIsQuarantinedOnAFullSwitchTakesNobodysPlaceAndTheOperatorIsTold() {
        register(dropping(MANY));
        quarantine("r50");
        Await.until("it holds", () -> !submits(world.flows.rules(), FIRST_DROPPING + 50));
        int classify =
                (int)
                        world.flows.rules().stream()
                                .filter(r -> FrontTable.tableOf(r) == FrontTable.CLASSIFY)
                                .count();
        limit(", 'ruleLimit': " + Math.max(LIMIT, classify));
        int begin = world.flows.history().size();
        List<String> told = new ArrayList<>();
        // more than there is room for, and before it in the alphabet
        for (int i = 10; i < 40; i++) {
            quarantine("r" + i);
            world.enforcement.shortageOf("r" + i).ifPresent(told::add);
        }
        settled();
        assertEquals(Optional.empty(), world.enforcement.shortageOf("r50"));
        assertTrue(told.size() > 5 && told.size() < 30, told.size() + " are told");
        String last = told.get(told.size() - 1);
        assertTrue(last.contains(FIRST.toString()) && last.contains(" of r39 is NOT"), last);
        assertTrue(submits(world.flows.rules(), FIRST_DROPPING + 39), "as it was told");
        for (List<FlowRule> state : statesSince(begin)) {
            assertFalse(submits(state, FIRST_DROPPING + 50), () -> "with " + state);
        }
    }

    private void quarantine(String id) {
        world.subscribers.quarantine(id, "quarantined", "spam", Order.console("test"));
    }

    @Test
    void whereNotEvenTheFloorHasRoomTheDeviceKeepsWhatItHasAndSaysHowMuchItNeeds() {
        limit(", 'ruleLimit': 21");
        Await.until("it is degraded", () -> status().state() == DeviceState.DEGRADED);
        assertTrue(status().reason().contains("room for 21 rules"), status().reason());
        assertTrue(status().reason().contains("would need"), status().reason());
        assertFalse(sendsMail(world.flows.rules(), ALICE));
        assertTrue(submits(world.flows.rules(), ALICE));
    }

    @Test
    void aLimitTooSmallForThePolicyTakesNobodysPermitAwayForAMoment() {
        register(sending(30));
        settled();
        int begin = world.flows.history().size();
        limit(", 'ruleLimit': 21");
        Await.until("it is degraded", () -> status().state() == DeviceState.DEGRADED);
        world.flows.lose(
                rule ->
                        FrontTable.tableOf(rule) == FrontTable.MAIL_OUT
                                && rule.selector()
                                        .criteria()
                                        .toString()
                                        .contains("IN_PORT:" + FIRST_SENDING + "]"));
        Await.until("what was lost is back", () -> sendsMail(world.flows.rules(), FIRST_SENDING));
        for (List<FlowRule> state : statesSince(begin)) {
            assertTrue(sendsMail(state, FIRST_SENDING + 1), () -> "with " + state);
        }
    }

    @Test
    void aSuspensionOpensADeviceThatIsFullOfQuarantines() {
        register(dropping(MANY));
        limit(", 'ruleLimit': " + LIMIT);
        IntStream.range(0, MANY).forEach(i -> quarantine("r" + i));
        settled();
        assertFalse(sendsMail(world.flows.rules(), ALICE));
        world.enforcement.suspendDevice(
                FIRST, Duration.ofHours(1), "mx1 is down", Order.console("noc"));
        Await.until("it is open", () -> sendsMail(world.flows.rules(), ALICE));
        world.enforcement.resume("device " + FIRST, Order.console("noc"));
        Await.until("it is closed", () -> !sendsMail(world.flows.rules(), ALICE));
        settled();
    }
}
