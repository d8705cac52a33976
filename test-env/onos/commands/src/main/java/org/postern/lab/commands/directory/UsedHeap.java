package org.postern.lab.commands.directory;

import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;

/** What is used of the heap. */
public final class UsedHeap {
    /** Less than this between two collections is noise of what runs beside. */
    private static final long STILL_BYTES = 256L << 10;

    /**
     * Between two collections; Atomix lets go of delivered events as its sessions are kept alive.
     */
    private static final long PAUSE_MILLIS = 2_000;

    private static final int MOST_COLLECTIONS = 15;

    private UsedHeap() {}

    /**
     * Collects until two collections in a row find nothing more to free.
     *
     * @return the least number of bytes that was used after one
     * @throws InterruptedException if interrupted
     */
    public static long afterCollection() throws InterruptedException {
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        long least = Long.MAX_VALUE;
        int still = 0;
        for (int i = 0; i < MOST_COLLECTIONS && still < 2; i++) {
            memory.gc();
            long used = memory.getHeapMemoryUsage().getUsed();
            still = used > least - STILL_BYTES ? still + 1 : 0;
            least = Math.min(least, used);
            if (still < 2) {
                Thread.sleep(PAUSE_MILLIS);
            }
        }
        return least;
    }
}
