package org.postern.probe;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Reads replies of a server that may be hostile: lines are bounded, and so is their number. Time
 * and bytes over all are the stream's to bound.
 */
final class ReplyReader {
    /** The longest line, bytes; RFC 5321, section 4.5.3.1.5, allows 512. */
    static final int LINE = 2048;

    /** The most lines of a reply; the longest that is known of a server's EHLO has about 20. */
    static final int LINES = 128;

    private final InputStream in;
    private final Consumer<String> heard;
    private final byte[] buffer = new byte[4096];
    private int from;
    private int to;

    /**
     * Creates a reader.
     *
     * @param in where from
     * @param heard is told every line as it came, complete or not, fit to be shown
     */
    ReplyReader(InputStream in, Consumer<String> heard) {
        this.in = in;
        this.heard = heard;
    }

    /**
     * Reads one reply.
     *
     * @return the reply, with all its lines
     * @throws MalformedReplyException if what comes is none
     * @throws EOFException if the server closes the connection before its end
     * @throws IOException if it cannot be read, or exceeds a limit
     */
    Reply read() throws IOException {
        List<String> lines = new ArrayList<>();
        int code = 0;
        while (true) {
            String line = line();
            if (!line.matches("[2-5]\\d\\d(?:[ -].*)?")) {
                throw new MalformedReplyException(
                        "no SMTP reply: \"" + Printable.abridged(line, 100) + "\"");
            }
            int its = Integer.parseInt(line.substring(0, 3));
            if (!lines.isEmpty() && its != code) {
                throw new MalformedReplyException("a reply of two codes, " + code + " and " + its);
            }
            code = its;
            lines.add(line.length() > 4 ? line.substring(4) : "");
            if (line.length() == 3 || line.charAt(3) == ' ') {
                return new Reply(code, lines);
            }
            if (lines.size() == LINES) {
                throw new MalformedReplyException("a reply of more than " + LINES + " lines");
            }
        }
    }

    /**
     * Tells what has come that nobody asked for.
     *
     * @return the first of it, fit to be shown; empty if nothing has come
     */
    String unread() throws IOException {
        if (from == to && in.available() > 0) {
            fill();
        }
        byte[] rest = new byte[Math.min(100, to - from)];
        System.arraycopy(buffer, from, rest, 0, rest.length);
        return Printable.of(rest, rest.length);
    }

    private String line() throws IOException {
        byte[] line = new byte[LINE];
        int length = 0;
        try {
            while (true) {
                if (from == to) {
                    fill();
                }
                byte next = buffer[from++];
                if (next == '\n') {
                    break;
                }
                if (length == LINE) {
                    throw new MalformedReplyException("a line of more than " + LINE + " bytes");
                }
                line[length++] = next;
            }
        } catch (IOException e) {
            if (length > 0) {
                heard.accept(Printable.of(line, length) + " ...");
            }
            throw e;
        }
        String text =
                Printable.of(line, length > 0 && line[length - 1] == '\r' ? length - 1 : length);
        heard.accept(text);
        return text;
    }

    private void fill() throws IOException {
        int count = in.read(buffer, 0, buffer.length);
        if (count < 0) {
            throw new EOFException("the server closed the connection");
        }
        from = 0;
        to = count;
    }
}
