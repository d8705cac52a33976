package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.postern.audit.Order;
import org.postern.fakecontroller.Await;

class PlanningPaceTest {
    private static final long SECOND = 1_000_000_000L;

    private final PlanningPace pace = new PlanningPace();

    @Test
    void afterALongPlanThereIsALongerPauseButNotForEver() {
        pace.planned(10 * SECOND, 11 * SECOND);
        assertEquals(3 * SECOND, pace.pause(11 * SECOND));
        assertEquals(SECOND, pace.pause(13 * SECOND));
        pace.planned(20 * SECOND, 50 * SECOND);
        assertEquals(5 * SECOND, pace.pause(50 * SECOND));
    }

    @Test
    void afterAQuietWhileThereIsNone() {
        pace.planned(10 * SECOND, 11 * SECOND);
        assertEquals(0, pace.pause(14 * SECOND));
        assertEquals(0, pace.pause(100 * SECOND));
    }

    @Test
    void clockOfTheMachineMayBeBelowZero() {
        pace.planned(-10 * SECOND, -9 * SECOND);
        assertEquals(2 * SECOND, pace.pause(-8 * SECOND));
    }

    @Test
    void changesOfManyWaitTheirTurnAndAQuarantineDoesNotAndTakesThemWithIt() {
        ControllerWorld world = new ControllerWorld();
        try {
            world.startUnenforced();
            world.configure();
            world.enforced();
            PolicyPlanner planner = world.enforcement.planner;
            long now = System.nanoTime();
            planner.pace.planned(now, now + 3600 * SECOND);

            world.subscribers.setClass("bob", "residential", Order.console("test"));
            // comes after whatever is planned at once
            planner.betweenPlans(() -> {});
            assertEquals("business", classOfBob(planner), "planned out of its turn");

            world.subscribers.quarantine(
                    "alice", "quarantined", "sends spam", Order.console("test"));
            Await.until(
                    "the quarantine is planned",
                    () -> planner.policy().subscribers().get("alice").quarantine().isPresent());
            assertEquals("residential", classOfBob(planner));
        } finally {
            world.stop();
        }
    }

    private static String classOfBob(PolicyPlanner planner) {
        return planner.policy().subscribers().get("bob").serviceClass();
    }
}
