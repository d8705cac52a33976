package org.postern.probe;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection at a time to each host, by its name and by its address, whoever probes it:
 * politeness is the whole process's, so that two operators at two consoles do not add up. Who has
 * the turn of a name may wait for that of an address, not the other way round.
 */
final class Turns {
    private static final ReentrantLock LOCK = new ReentrantLock(true);
    private static final Condition FREE = LOCK.newCondition();
    private static final Set<Object> BUSY = new HashSet<>();

    private Turns() {}

    /**
     * Waits until nobody is connected to a host, and takes it.
     *
     * @param host whose turn: a name or an address
     * @param wait how long at most
     * @return whether it is ours now; then {@link #end} it
     * @throws InterruptedException if the thread is interrupted
     */
    static boolean begin(Object host, Duration wait) throws InterruptedException {
        long left = wait.toNanos();
        LOCK.lockInterruptibly();
        try {
            while (BUSY.contains(host)) {
                if (left <= 0) {
                    return false;
                }
                left = FREE.awaitNanos(left);
            }
            return BUSY.add(host);
        } finally {
            LOCK.unlock();
        }
    }

    /**
     * Gives the host to the next after a pause, during which nobody connects to it.
     *
     * @param host whose turn it was
     * @param pause how long nobody has it
     * @throws InterruptedException if the thread is interrupted; the host is free then
     */
    static void end(Object host, Duration pause) throws InterruptedException {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } finally {
            LOCK.lock();
            try {
                BUSY.remove(host);
                FREE.signalAll();
            } finally {
                LOCK.unlock();
            }
        }
    }
}
