package org.postern.clock;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * Tells when things that end are over: at their end by the wall clock, or when as much time has
 * passed as was left when they were first seen, whichever comes first. A clock that is set back
 * must not keep a door open.
 *
 * @param <T> what ends; equal ones are the same
 */
public final class Countdown<T> {
    /** Longer spans are counted as this one: it is far beyond any end, and fits into a long. */
    private static final Duration LONGEST = Duration.ofDays(36_500);

    private final Clock wall;
    private final LongSupplier nanos;
    private final Function<T, Instant> until;
    private final Map<T, Long> ends = new HashMap<>();

    /**
     * Creates a countdown.
     *
     * @param wall the time of day
     * @param nanos time that only goes forward, in nanoseconds ({@link System#nanoTime})
     * @param until tells when something ends by the wall clock
     */
    public Countdown(Clock wall, LongSupplier nanos, Function<T, Instant> until) {
        this.wall = wall;
        this.nanos = nanos;
        this.until = until;
    }

    /**
     * Tells whether something is over.
     *
     * @param what something that ends
     * @return true from its end on
     */
    public synchronized boolean isOver(T what) {
        long now = nanos.getAsLong();
        Duration span = Duration.between(wall.instant(), until.apply(what));
        if (span.isNegative() || span.isZero()) {
            return true;
        }
        long left = (span.compareTo(LONGEST) < 0 ? span : LONGEST).toNanos();
        long end = ends.computeIfAbsent(what, w -> now + left);
        return now - end >= 0;
    }

    /**
     * Forgets all others.
     *
     * @param known what is still of interest
     */
    public synchronized void retain(Collection<T> known) {
        ends.keySet().retainAll(known);
    }
}
