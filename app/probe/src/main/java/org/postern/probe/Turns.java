package org.postern.probe;

import java.net.InetAddress;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One connection at a time to each address, whoever probes it: politeness is the whole process's,
 * so that two operators at two consoles do not add up.
 */
final class Turns {
    private static final ReentrantLock LOCK = new ReentrantLock(true);
    private static final Condition FREE = LOCK.newCondition();
    private static final Set<InetAddress> BUSY = new HashSet<>();

    private Turns() {}

    /**
     * Waits until nobody is connected to an address, and takes it.
     *
     * @param address whose turn
     * @param wait how long at most
     * @return whether it is ours now; then {@link #end} it
     * @throws InterruptedException if the thread is interrupted
     */
    static boolean begin(InetAddress address, Duration wait) throws InterruptedException {
        long left = wait.toNanos();
        LOCK.lockInterruptibly();
        try {
            while (BUSY.contains(address)) {
                if (left <= 0) {
                    return false;
                }
                left = FREE.awaitNanos(left);
            }
            return BUSY.add(address);
        } finally {
            LOCK.unlock();
        }
    }

    /**
     * Gives the address to the next after a pause, during which nobody connects to it.
     *
     * @param address whose turn it was
     * @param pause how long nobody has it
     * @throws InterruptedException if the thread is interrupted; the address is free then
     */
    static void end(InetAddress address, Duration pause) throws InterruptedException {
        try {
            TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        } finally {
            LOCK.lock();
            try {
                BUSY.remove(address);
                FREE.signalAll();
            } finally {
                LOCK.unlock();
            }
        }
    }
}
