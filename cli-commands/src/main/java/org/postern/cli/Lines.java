package org.postern.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Lines of text that fit on a terminal. */
final class Lines {
    /** Columns of the narrowest terminal that operators have. */
    static final int WIDTH = 80;

    private static final Pattern CONTROL = Pattern.compile("[\\p{Cntrl}\\u2028\\u2029]+");

    private final List<String> done = new ArrayList<>();

    /**
     * Adds text, broken between words; a word longer than a line is broken too.
     *
     * @param first what the first line begins with
     * @param text what is said
     * @return this
     */
    Lines add(String first, String text) {
        String rest = " ".repeat(first.length());
        StringBuilder line = new StringBuilder(first);
        boolean empty = true;
        for (String word : printable(text).trim().split(" +")) {
            if (!empty && line.length() + 1 + word.length() > WIDTH) {
                done.add(line.toString());
                line = new StringBuilder(rest);
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
            while (line.length() > WIDTH) {
                done.add(line.substring(0, WIDTH));
                line = new StringBuilder(rest).append(line.substring(WIDTH));
            }
        }
        done.add(stripTrailing(line));
        return this;
    }

    /**
     * Adds text from the left margin on.
     *
     * @param text what is said
     * @return this
     */
    Lines add(String text) {
        return add("", text);
    }

    /** Adds a line that is laid out already. */
    Lines raw(String line) {
        done.add(stripTrailing(line));
        return this;
    }

    /** Adds an empty line. */
    Lines gap() {
        done.add("");
        return this;
    }

    /** Replaces what a terminal would not print but obey: the text may come from anywhere. */
    static String printable(String text) {
        return CONTROL.matcher(text).replaceAll(" ");
    }

    private static String stripTrailing(CharSequence line) {
        return line.toString().stripTrailing();
    }

    @Override
    public String toString() {
        return String.join("\n", done);
    }
}
