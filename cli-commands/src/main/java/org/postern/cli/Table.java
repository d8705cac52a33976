package org.postern.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A table of at most {@link Lines#WIDTH} columns of characters. Where the cells would be wider, the
 * widest column is narrowed and its cells go on in the next line: nothing is cut off.
 */
final class Table {
    private static final String GAP = "  ";
    private static final String INDENT = "  ";

    private final String[] heads;
    private final List<Object> rows = new ArrayList<>();

    /**
     * Starts a table.
     *
     * @param heads heads of the columns; one that begins with {@code >} is aligned to the right
     */
    Table(String... heads) {
        this.heads = heads.clone();
    }

    /** Adds a row; a cell may have several lines. */
    Table row(Object... cells) {
        rows.add(
                Arrays.stream(cells)
                        .map(String::valueOf)
                        .map(Table::printableLines)
                        .toArray(String[]::new));
        return this;
    }

    /** Adds a remark on the row before, indented, across all columns. */
    Table remark(String text) {
        rows.add(text);
        return this;
    }

    /** Writes the table. */
    Lines writeTo(Lines lines) {
        int[] widths = widths();
        write(lines, Arrays.stream(heads).map(Table::title).toArray(String[]::new), widths);
        for (Object row : rows) {
            if (row instanceof String[]) {
                write(lines, (String[]) row, widths);
            } else {
                lines.add(INDENT, (String) row);
            }
        }
        return lines;
    }

    private int[] widths() {
        int[] widths = new int[heads.length];
        for (int i = 0; i < heads.length; i++) {
            widths[i] = title(heads[i]).length();
        }
        for (Object row : rows) {
            if (row instanceof String[]) {
                String[] cells = (String[]) row;
                for (int i = 0; i < cells.length; i++) {
                    for (String line : cells[i].split("\n")) {
                        widths[i] = Math.max(widths[i], line.length());
                    }
                }
            }
        }
        int room = Lines.WIDTH - GAP.length() * (heads.length - 1);
        while (Arrays.stream(widths).sum() > room) {
            int widest = 0;
            for (int i = 1; i < widths.length; i++) {
                widest = widths[i] > widths[widest] ? i : widest;
            }
            widths[widest]--;
        }
        return widths;
    }

    private void write(Lines lines, String[] cells, int[] widths) {
        List<List<String>> columns = new ArrayList<>();
        int height = 1;
        for (int i = 0; i < cells.length; i++) {
            List<String> column = broken(cells[i], widths[i]);
            columns.add(column);
            height = Math.max(height, column.size());
        }
        for (int y = 0; y < height; y++) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < cells.length; i++) {
                String cell = y < columns.get(i).size() ? columns.get(i).get(y) : "";
                String blank = " ".repeat(widths[i] - cell.length());
                line.append(i == 0 ? "" : GAP)
                        .append(heads[i].startsWith(">") ? blank + cell : cell + blank);
            }
            lines.raw(line.toString());
        }
    }

    private static List<String> broken(String cell, int width) {
        List<String> pieces = new ArrayList<>();
        for (String line : cell.split("\n")) {
            String rest = line;
            while (rest.length() > width) {
                pieces.add(rest.substring(0, width));
                rest = rest.substring(width);
            }
            pieces.add(rest);
        }
        return pieces;
    }

    private static String printableLines(String cell) {
        String[] lines = cell.split("\n");
        for (int i = 0; i < lines.length; i++) {
            lines[i] = Lines.printable(lines[i]);
        }
        return String.join("\n", lines);
    }

    private static String title(String head) {
        return head.startsWith(">") ? head.substring(1) : head;
    }
}
