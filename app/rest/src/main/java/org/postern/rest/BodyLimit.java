package org.postern.rest;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** The body of a request, of which so many bytes are read and no more. */
final class BodyLimit extends FilterInputStream {
    private final long largest;
    private long left;

    /**
     * Bounds a body.
     *
     * @param in the body
     * @param largest bytes
     */
    BodyLimit(InputStream in, long largest) {
        super(in);
        this.largest = largest;
        left = largest;
    }

    /** The refusal of a body that is larger. */
    static Problem tooLarge(long largest) {
        return new Problem(
                ProblemType.TOO_LARGE,
                "the body is larger than "
                        + largest
                        + " bytes ("
                        + (largest >> 20)
                        + " MiB), which is the most that is read here");
    }

    private void count(long read) {
        left -= Math.max(0, read);
        if (left < 0) {
            throw tooLarge(largest);
        }
    }

    @Override
    public int read() throws IOException {
        int value = super.read();
        count(value < 0 ? 0 : 1);
        return value;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) throws IOException {
        int read = super.read(buffer, offset, length);
        count(read);
        return read;
    }

    @Override
    public long skip(long wanted) throws IOException {
        long skipped = super.skip(wanted);
        count(skipped);
        return skipped;
    }
}
