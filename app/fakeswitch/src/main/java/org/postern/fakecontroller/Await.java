package org.postern.fakecontroller;

import java.util.function.BooleanSupplier;

/** Waits for what happens on other threads. */
public final class Await {
    private static final int DEADLINE_SECONDS = 60;

    private Await() {}

    /**
     * Waits until something is so.
     *
     * @param what what is waited for, for the failure
     * @param condition whether it is so
     * @throws AssertionError if it is not within a minute
     */
    public static void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + DEADLINE_SECONDS * 1_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + DEADLINE_SECONDS + " s: " + what);
            }
            try {
                Thread.sleep(5);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
