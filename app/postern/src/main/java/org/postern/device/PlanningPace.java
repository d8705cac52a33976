package org.postern.device;

import java.util.concurrent.TimeUnit;

/**
 * How long changes wait to be planned that come one after the other, as an import's do: a plan for
 * each would take the time that writing them needs. After a plan that took long comes a pause of
 * {@value #TIMES} times that, {@value #MOST_SECONDS} s at most; who changes one thing after a quiet
 * while waits for nothing.
 */
final class PlanningPace {
    private static final int TIMES = 3;
    private static final int MOST_SECONDS = 5;

    /** Before this there is a pause, in nanoseconds of {@link System#nanoTime}. */
    private volatile long rested = System.nanoTime();

    /**
     * Takes down a plan.
     *
     * @param begun when it began, in nanoseconds
     * @param ended when it was done, in nanoseconds
     */
    void planned(long begun, long ended) {
        rested = ended + Math.min((ended - begun) * TIMES, TimeUnit.SECONDS.toNanos(MOST_SECONDS));
    }

    /**
     * Tells how long the next one waits.
     *
     * @param now in nanoseconds
     * @return nanoseconds, 0 or more
     */
    long pause(long now) {
        return Math.max(0, rested - now);
    }
}
