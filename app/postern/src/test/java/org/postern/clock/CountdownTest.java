package org.postern.clock;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.postern.fakecontroller.FakeClock;
import org.postern.policy.Suspension;

class CountdownTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private Instant wall = START;
    private long nanos;
    private final Countdown<Suspension> clock =
            new Countdown<>(new FakeClock(() -> wall), () -> nanos, Suspension::until);
    private final Suspension hour =
            Suspension.everywhere(START.plus(Duration.ofHours(1)), "outage", "noc");

    private void pass(Duration time) {
        wall = wall.plus(time);
        nanos += time.toNanos();
    }

    @Test
    void aSuspensionIsOverAtItsEnd() {
        assertFalse(clock.isOver(hour));
        pass(Duration.ofMinutes(59));
        assertFalse(clock.isOver(hour));
        pass(Duration.ofMinutes(1));
        assertTrue(clock.isOver(hour));
    }

    @Test
    void aClockThatIsSetBackDoesNotMakeItLonger() {
        assertFalse(clock.isOver(hour));
        wall = wall.minus(Duration.ofDays(1));
        pass(Duration.ofMinutes(59));
        assertFalse(clock.isOver(hour));
        pass(Duration.ofMinutes(1));
        assertTrue(clock.isOver(hour));
    }

    @Test
    void aClockThatIsSetForwardEndsItEarly() {
        assertFalse(clock.isOver(hour));
        wall = wall.plus(Duration.ofHours(2));
        assertTrue(clock.isOver(hour));
    }

    @Test
    void aClockThatWasAheadForAMomentEndsNothingForGood() {
        wall = wall.plus(Duration.ofDays(400));
        assertTrue(clock.isOver(hour));
        wall = wall.minus(Duration.ofDays(400));
        assertFalse(clock.isOver(hour));
    }
}
