package org.postern.probe;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * A socket that reads no longer, and no more, than it may: also what TLS reads below its own
 * streams. Each limit is for a whole step, not for the pause between two bytes. A read ends soon
 * after its thread is interrupted.
 */
final class MeteredSocket extends Socket {
    /** How soon an interruption is noticed, milliseconds. */
    private static final long SLICE = 200;

    /** How much of what comes first in a step is kept to be looked at, bytes. */
    private static final int HEAD = 80;

    private final LongSupplier nanos;
    private final long end;
    private final Duration session;
    private final int most;
    private final byte[] head = new byte[HEAD];
    private int received;
    private int receivedInStep;
    private long deadline;
    private Duration step;
    private LimitException exceeded;
    private InputStream in;

    /**
     * Creates a socket, not connected; its time begins.
     *
     * @param limits for the whole connection
     * @param nanos a clock that only ever goes on, nanoseconds
     */
    MeteredSocket(ProbeLimits limits, LongSupplier nanos) {
        this.nanos = nanos;
        session = limits.session();
        end = nanos.getAsLong() + session.toNanos();
        most = limits.bytes();
        begin(session);
    }

    /** Begins a step that may take so long, unless the connection is to end before. */
    void begin(Duration time) {
        step = time;
        deadline = nanos.getAsLong() + time.toNanos();
        receivedInStep = 0;
    }

    /** What has come in this step, the first bytes of it. */
    byte[] head() {
        return Arrays.copyOf(head, Math.min(receivedInStep, HEAD));
    }

    /** The limit that was exceeded; null if none was. Layers above may have told it otherwise. */
    LimitException exceeded() {
        return exceeded == null && left() <= 0 ? overtime() : exceeded;
    }

    private long left() {
        return Math.min(deadline - nanos.getAsLong(), end - nanos.getAsLong());
    }

    private LimitException overtime() {
        return new LimitException(
                end - nanos.getAsLong() <= 0
                        ? "the connection was ended after " + seconds(session)
                        : "no complete answer within " + seconds(step));
    }

    /** A time for people to read. */
    static String seconds(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.getSeconds() + " s" : time.toMillis() + " ms";
    }

    @Override
    public InputStream getInputStream() throws IOException {
        if (in == null) {
            // TLS reads five bytes first; what is read ahead shows what was said in its place
            in = new BufferedInputStream(new Metered(super.getInputStream()));
        }
        return in;
    }

    private final class Metered extends FilterInputStream {
        private Metered(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] to, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (received >= most) {
                throw exceed(new LimitException("more than " + most + " bytes were sent"));
            }
            while (true) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new IOException("the probe was interrupted");
                }
                long left = left();
                if (left <= 0) {
                    throw exceed(overtime());
                }
                setSoTimeout((int) Math.max(1, Math.min(SLICE, left / 1_000_000)));
                try {
                    int count = super.read(to, offset, Math.min(length, most - received));
                    keep(to, offset, count);
                    return count;
                } catch (SocketTimeoutException e) {
                    continue; // a slice is over, not yet the time
                }
            }
        }

        private void keep(byte[] from, int offset, int count) {
            if (count > 0) {
                int kept = Math.min(count, Math.max(0, HEAD - receivedInStep));
                System.arraycopy(from, offset, head, Math.min(receivedInStep, HEAD), kept);
                receivedInStep += count;
                received += count;
            }
        }

        private LimitException exceed(LimitException e) {
            exceeded = e;
            return e;
        }
    }
}
