package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.postern.device.ControllerWorld.ALICE;
import static org.postern.device.ControllerWorld.FIRST;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.onosproject.net.flow.instructions.Instructions.MeterInstruction;
import org.onosproject.net.meter.Meter;
import org.onosproject.net.meter.MeterCellId;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.fakecontroller.Await;

/** Rejecting on a device, from the class to the meters that its rules name. */
class RejectProgrammingTest {
    private final ControllerWorld world = new ControllerWorld();

    @BeforeEach
    void start() {
        world.startUnenforced();
        world.configure();
        rates("{}");
        world.subscribers.setClass("alice", "refused", Order.console("test"));
        world.meters.offer(FIRST, 100, 100);
    }

    @AfterEach
    void stop() {
        world.stop();
    }

    private void rates(String rates) {
        world.configuration.post(
                world.permitOwner,
                "postern",
                "{'submissionServers': [{'name': 'smtp.isp.example', 'addresses': ['198.51.100.25']}],"
                        + " 'pools': ['10.64.0.0/16'],"
                        + " 'classes': [{'name': 'refused', 'outbound': 'reject'}],"
                        + " 'reject': "
                        + rates
                        + "}");
    }

    /** The numbers of the meters that the rules of a table name. */
    private Set<MeterCellId> named(int table) {
        return world.rulesOf(FIRST).stream()
                .filter(FrontTable::isPolicyTable)
                .filter(rule -> FrontTable.tableOf(rule) == table)
                .flatMap(rule -> rule.treatment().meters().stream())
                .map(MeterInstruction::meterId)
                .collect(Collectors.toSet());
    }

    private List<Long> rates(Set<MeterCellId> meters) {
        return meters.stream()
                .map(id -> world.meters.getMeter(FIRST, id))
                .map(Meter::bands)
                .map(bands -> bands.iterator().next().rate())
                .collect(Collectors.toList());
    }

    private void awaitMeters(long rate, long deviceRate) {
        Await.until(
                "rules name meters of " + rate + " and " + deviceRate,
                () -> {
                    world.meters.poll();
                    return rates(named(FrontTable.MAIL_OUT)).equals(List.of(rate))
                            && rates(named(FrontTable.REJECT)).equals(List.of(deviceRate));
                });
    }

    @Test
    void mailIsDroppedUntilTheMetersAreInTheSwitchAndThenRejected() {
        world.enforced();
        Await.until("meters are asked for", () -> world.meters.requests() > 0);
        assertFalse(world.sendsMail(ALICE));
        assertEquals(Set.of(), named(FrontTable.MAIL_OUT), "asked for is not there");

        awaitMeters(10, 200);

        assertTrue(world.sendsMail(ALICE), "to the controller; no rule of FORWARD was met");
        assertEquals(List.of(), world.status().warnings());
    }

    @Test
    void otherRatesAreOtherMetersAndTheRulesGoOverToThem() {
        world.enforced();
        awaitMeters(10, 200);

        rates("{'rate': 5, 'deviceRate': 50}");

        awaitMeters(5, 50);
    }

    @Test
    void switchWithoutMetersEnforcesAndTheStatusSaysThatItDrops() {
        world.meters.offer(FIRST, 0, 0);
        world.enforced();
        Await.until("it is said", () -> !world.status().warnings().isEmpty());

        assertTrue(
                world.status().warnings().get(0).startsWith("reject: the switch has no meters"),
                world.status().warnings().toString());
        assertEquals(DeviceState.IN_FORCE, world.status().state());
        assertFalse(world.sendsMail(ALICE));
    }

    @Test
    void withdrawnDeviceHasNoMetersLeft() {
        world.enforced();
        awaitMeters(10, 200);

        world.enforcement.withdraw(FIRST, Optional.empty(), Order.console("noc"));

        Await.until(
                "its meters are gone",
                () -> {
                    world.meters.poll();
                    return world.meters.inSwitch(FIRST).isEmpty();
                });
    }
}
