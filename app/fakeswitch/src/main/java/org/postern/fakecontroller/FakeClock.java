package org.postern.fakecontroller;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.Supplier;

/** A clock that is set by a test, forwards and back. */
public final class FakeClock extends Clock {
    private final Supplier<Instant> now;

    /**
     * Makes a clock, in UTC.
     *
     * @param now what time it is, whenever it is asked
     */
    public FakeClock(Supplier<Instant> now) {
        this.now = now;
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        throw new UnsupportedOperationException("nobody asks for another zone");
    }

    @Override
    public Instant instant() {
        return now.get();
    }
}
