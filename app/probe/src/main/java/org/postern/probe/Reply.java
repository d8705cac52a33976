package org.postern.probe;

import java.util.List;
import java.util.Optional;

/** An SMTP reply (RFC 5321, section 4.2), its text fit to be shown. Immutable. */
public final class Reply {
    /** The server is about to close the connection. */
    static final int CLOSING = 421;

    /** Characters of a text that is shown; RFC 5321 allows a line 512 bytes. */
    static final int SHOWN = 2048;

    private final int code;
    private final List<String> lines;

    /**
     * Creates a reply.
     *
     * @param code 200 to 599
     * @param lines the text of each line behind the code, at least one; made fit to be shown
     */
    Reply(int code, List<String> lines) {
        this.code = code;
        this.lines = List.copyOf(lines);
    }

    /**
     * Returns the code.
     *
     * @return 200 to 599
     */
    public int code() {
        return code;
    }

    /**
     * Returns the lines.
     *
     * @return the text of each behind the code, at least one
     */
    public List<String> lines() {
        return lines;
    }

    /**
     * Returns the enhanced code of the first line.
     *
     * @return empty if it has none
     */
    public Optional<EnhancedCode> enhanced() {
        return EnhancedCode.of(code, lines.get(0));
    }

    /**
     * Returns the text, all lines in one, the enhanced code of each left out.
     *
     * @return text, maybe empty
     */
    public String text() {
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            Optional<EnhancedCode> enhanced = EnhancedCode.of(code, line);
            String rest =
                    enhanced.map(e -> line.substring(e.toString().length())).orElse(line).trim();
            text.append(text.length() == 0 || rest.isEmpty() ? "" : " ").append(rest);
        }
        return text.toString();
    }

    /**
     * Tells whether it is a yes.
     *
     * @return for codes of 200 to 299
     */
    public boolean isPositive() {
        return code / 100 == 2;
    }

    /**
     * Tells whether it is a "not now".
     *
     * @return for codes of 400 to 499
     */
    public boolean isTemporary() {
        return code / 100 == 4;
    }

    /**
     * Returns the text to be shown: of a very long one the beginning, and how long it is.
     *
     * @return little more than 2048 characters, maybe none
     */
    public String shownText() {
        return Printable.abridged(text(), SHOWN);
    }

    /** Code, enhanced code and shown text in one line. */
    @Override
    public String toString() {
        return (code + enhanced().map(e -> " " + e).orElse("") + " " + shownText()).trim();
    }
}
