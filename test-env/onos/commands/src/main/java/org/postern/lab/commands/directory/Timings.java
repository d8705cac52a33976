package org.postern.lab.commands.directory;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Times that one thing took again and again. */
final class Timings {
    private static final double NANOS_PER_MILLI = TimeUnit.MILLISECONDS.toNanos(1);

    private final long[] nanos;
    private int size;

    Timings(int capacity) {
        nanos = new long[capacity];
    }

    void add(long took) {
        nanos[size++] = took;
    }

    /** Number, median and 99th percentile, in milliseconds. */
    void to(ObjectNode json) {
        long[] sorted = Arrays.copyOf(nanos, size);
        Arrays.sort(sorted);
        json.put("number", size).put("medianMs", at(sorted, 0.5)).put("p99Ms", at(sorted, 0.99));
    }

    /** The nearest-rank percentile. */
    private static double at(long[] sorted, double share) {
        int rank = (int) Math.ceil(share * sorted.length);
        return sorted[Math.max(rank, 1) - 1] / NANOS_PER_MILLI;
    }
}
