package org.postern.probe;

import java.nio.charset.StandardCharsets;

/** Text of servers made fit to be shown: what a terminal would obey, or not show, is spelt out. */
final class Printable {
    private Printable() {}

    /**
     * Spells out control and format characters, line ends among them.
     *
     * @param text anything
     * @return text without them: NUL as {@code \x00}, others beyond ASCII as {@code \u202e}
     */
    static String of(String text) {
        StringBuilder out = new StringBuilder(text.length());
        text.codePoints().forEach(c -> append(out, c));
        return out.toString();
    }

    /**
     * The same of bytes.
     *
     * @param bytes read as UTF-8, what is none as U+FFFD
     * @param length how many of them
     */
    static String of(byte[] bytes, int length) {
        return of(new String(bytes, 0, length, StandardCharsets.UTF_8));
    }

    /** Shortens a text to so many characters, and says so. */
    static String abridged(String text, int most) {
        if (text.length() <= most) {
            return text;
        }
        // half of a character could not be written
        int end = Character.isHighSurrogate(text.charAt(most - 1)) ? most - 1 : most;
        return text.substring(0, end) + "... (" + text.length() + " characters)";
    }

    private static void append(StringBuilder out, int c) {
        switch (Character.getType(c)) {
            case Character.CONTROL:
            case Character.FORMAT:
            case Character.SURROGATE:
            case Character.PRIVATE_USE:
            case Character.UNASSIGNED:
            case Character.LINE_SEPARATOR:
            case Character.PARAGRAPH_SEPARATOR:
                out.append(String.format(c < 0x100 ? "\\x%02x" : "\\u%04x", c));
                break;
            default:
                out.appendCodePoint(c);
        }
    }
}
