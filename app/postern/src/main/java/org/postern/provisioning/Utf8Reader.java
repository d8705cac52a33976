package org.postern.provisioning;

import java.io.IOException;
import java.io.InputStream;
import java.io.Reader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Reads text from files that may be anything: UTF-8 only, strictly, without NUL, and so much of it
 * as is reasonable. What comes before a fault is delivered before the fault is thrown, so whoever
 * reads knows its place.
 */
final class Utf8Reader extends Reader {
    /** Bytes. Larger files are a mistake: a hundred thousand subscribers take some 20 MiB. */
    static final long LARGEST = 64L << 20;

    /** Characters. A subscriber takes some hundred. */
    static final int LARGEST_RECORD = 64 << 10;

    private static final int BUFFER = 8 << 10;

    private final InputStream in;
    private final CharsetDecoder decoder =
            StandardCharsets.UTF_8
                    .newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT);
    private final ByteBuffer bytes = ByteBuffer.allocate(BUFFER);
    private long total;
    private long record;
    private boolean begun;
    private boolean ended;
    private UnreadableFileException fault;

    Utf8Reader(InputStream in) {
        this.in = in;
        bytes.flip();
    }

    /** A subscriber was read, the next may be as large. */
    void recordEnded() {
        record = 0;
    }

    @Override
    public int read(char[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!begun) {
            begun = true;
            skipMark();
        }
        if (fault != null) {
            throw fault;
        }
        CharBuffer out = CharBuffer.wrap(target, offset, length);
        while (out.position() == 0) {
            CoderResult result = decoder.decode(bytes, out, ended);
            if (result.isError()) {
                fault = new UnreadableFileException("it is not UTF-8 here: save the file as UTF-8");
            } else if (out.position() == 0) {
                if (ended) {
                    return -1;
                }
                fill();
            }
            if (fault != null && out.position() == 0) {
                throw fault;
            }
        }
        return delivered(target, offset, out.position());
    }

    private int delivered(char[] target, int offset, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            if (target[offset + i] == 0) {
                fault =
                        new UnreadableFileException(
                                "there is a NUL here: it is no text, or UTF-16; save the file as UTF-8");
                if (i == 0) {
                    throw fault;
                }
                record += i;
                return i;
            }
        }
        record += count;
        // what is read ahead is of the next records
        if (record > LARGEST_RECORD + BUFFER) {
            fault =
                    new UnreadableFileException(
                            "more than "
                                    + LARGEST_RECORD
                                    + " characters are one subscriber's here: a quotation mark or bracket may"
                                    + " be missing before");
        }
        return count;
    }

    private void fill() throws IOException {
        bytes.compact();
        int count = in.read(bytes.array(), bytes.position(), bytes.remaining());
        if (count < 0) {
            ended = true;
        } else {
            total += count;
            bytes.position(bytes.position() + count);
        }
        bytes.flip();
        if (total > LARGEST) {
            fault =
                    new UnreadableFileException(
                            "it is too large: at most " + LARGEST + " bytes (64 MiB) are read");
        }
    }

    /** Steps over a byte order mark of UTF-8. */
    private void skipMark() throws IOException {
        while (bytes.remaining() < 4 && !ended) {
            fill();
        }
        if (is(0, 0xEF) && is(1, 0xBB) && is(2, 0xBF)) {
            bytes.position(bytes.position() + 3);
        } else if (is(0, 0xFE) && is(1, 0xFF) || is(0, 0xFF) && is(1, 0xFE)) {
            fault = new UnreadableFileException("it is UTF-16: save the file as UTF-8");
        }
    }

    private boolean is(int index, int value) {
        return index < bytes.remaining() && (bytes.get(bytes.position() + index) & 0xFF) == value;
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
