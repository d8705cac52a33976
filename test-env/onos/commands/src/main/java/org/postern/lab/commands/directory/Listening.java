package org.postern.lab.commands.directory;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A listener on this node that counts what it is told, and notes when one text came. */
final class Listening {
    private static final long PATIENCE_SECONDS = 120;

    /** How often {@link #awaitCount} looks. */
    private static final long PAUSE_MILLIS = 1;

    private final AtomicInteger count = new AtomicInteger();
    private volatile Awaited awaited;

    void told(String text) {
        Awaited now = awaited;
        if (now != null && text.contains(now.mark)) {
            now.at = System.nanoTime();
            now.there.countDown();
        }
        count.incrementAndGet();
    }

    /** From now on, looks out for a text with this mark. */
    void lookOutFor(String mark) {
        awaited = new Awaited(mark);
    }

    /** The moment, of {@link System#nanoTime}, at which the text that was looked out for came. */
    long momentOfMark() throws InterruptedException {
        Awaited now = awaited;
        if (!now.there.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            throw new IllegalStateException("The listener was not told of " + now.mark);
        }
        awaited = null;
        return now.at;
    }

    /** Waits until it was told so often, over its life. */
    void awaitCount(int wanted) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (count.get() < wanted) {
            if (System.nanoTime() > end) {
                throw new IllegalStateException(
                        "The listener was told " + count.get() + " times of " + wanted);
            }
            Thread.sleep(PAUSE_MILLIS);
        }
    }

    private static final class Awaited {
        private final String mark;
        private final CountDownLatch there = new CountDownLatch(1);
        private volatile long at;

        Awaited(String mark) {
            this.mark = mark;
        }
    }
}
