package org.postern.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

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
}
