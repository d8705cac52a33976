package org.postern.probe;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** How long all connections of an inquiry may take together. Safe for use by several threads. */
final class Allowance {
    private final Duration most;
    private final AtomicLong used = new AtomicLong();

    Allowance(Duration most) {
        this.most = most;
    }

    /** Takes down that something has taken a time, nanoseconds. */
    void use(long nanos) {
        used.addAndGet(nanos);
    }

    /** Whether nothing is to be begun any more. */
    boolean isUsedUp() {
        return used.get() >= most.toNanos();
    }

    /** Why something was not begun. */
    String reason() {
        return "not asked, since what was asked before took more than "
                + MeteredSocket.seconds(most)
                + " together";
    }
}
