package org.postern.device;

import java.time.Clock;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.postern.policy.Suspension;

/**
 * Tells when suspensions are over: at their end by the wall clock, or when as much time has passed
 * as was left when they were first seen, whichever comes first. A clock that is set back must not
 * keep the door open.
 */
final class SuspensionClock {
    private final Clock wall;
    private final LongSupplier nanos;
    private final Map<Suspension, Long> ends = new HashMap<>();

    /**
     * Creates a clock.
     *
     * @param wall the time of day
     * @param nanos time that only goes forward, in nanoseconds ({@link System#nanoTime})
     */
    SuspensionClock(Clock wall, LongSupplier nanos) {
        this.wall = wall;
        this.nanos = nanos;
    }

    synchronized boolean isOver(Suspension suspension) {
        long now = nanos.getAsLong();
        long left = Duration.between(wall.instant(), suspension.until()).toNanos();
        long end = ends.computeIfAbsent(suspension, s -> now + left);
        return left <= 0 || now - end >= 0;
    }

    /** Forgets all suspensions but these. */
    synchronized void retain(Collection<Suspension> known) {
        ends.keySet().retainAll(known);
    }
}
