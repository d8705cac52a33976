package org.postern.probe;

import java.util.ArrayList;
import java.util.List;

/** Text in lines that fit on a terminal. */
public final class Paragraph {
    /** Columns of the narrowest terminal that operators have. */
    private static final int WIDTH = 80;

    private Paragraph() {}

    /**
     * Breaks text between words; a word longer than a line is broken too.
     *
     * @param first what the first line begins with; the others are indented likewise
     * @param text what is said
     * @return lines of at most 80 columns, at least one
     */
    public static List<String> lines(String first, String text) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder(first);
        boolean empty = true;
        for (String word : text.trim().split(" +")) {
            if (!empty && line.length() + 1 + word.length() > WIDTH) {
                lines.add(line.toString());
                line = new StringBuilder(" ".repeat(first.length()));
                empty = true;
            }
            line.append(empty ? "" : " ").append(word);
            empty = false;
            while (line.length() > WIDTH) {
                lines.add(line.substring(0, WIDTH));
                line = new StringBuilder(" ".repeat(first.length())).append(line.substring(WIDTH));
            }
        }
        lines.add(line.toString().stripTrailing());
        return lines;
    }
}
