package org.postern.survey;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.postern.probe.Paragraph;

/** What a survey has found; where that is a file, until it is closed. Immutable. */
public final class SurveyResult implements AutoCloseable {
    private static final int[] WIDTHS = {16, 22, 4, 17, 17};
    private static final String[] HEADS = {"PROVIDER", "HOST", "IP", "587", "465"};

    private final List<Target> targets;
    private final Known known;
    private final List<String> changes;

    /**
     * Creates a result.
     *
     * @param targets whom it is about; all are known
     * @param known what was found of them
     * @param changes since an earlier survey
     */
    SurveyResult(List<Target> targets, Known known, List<String> changes) {
        this.targets = List.copyOf(targets);
        this.known = known;
        this.changes = List.copyOf(changes);
    }

    /** One after the other: all of them are too much at once. */
    Stream<Row> rows() {
        return targets.stream()
                .flatMap(target -> Row.of(target, known.of(target).path("result")).stream());
    }

    /**
     * Returns how many providers it is about.
     *
     * @return a number
     */
    public int size() {
        return targets.size();
    }

    /**
     * Returns what changed since the survey it was compared with.
     *
     * @return sentences; none if nothing changed, or it was compared with none
     */
    public List<String> changes() {
        return changes;
    }

    /**
     * Tells programs, a provider a line; what {@link SurveyJob#compare} reads.
     *
     * @param lines takes one after the other, without their ends; together they are one object with
     *     {@code providers}, each with the evidence, and {@code changes}
     */
    public void toJson(Consumer<String> lines) {
        lines.accept("{\"providers\":[");
        String before = "";
        for (Target target : targets) {
            // the note of today, not that of a journal
            lines.accept(before + known.of(target).put("note", target.note()));
            before = ",";
        }
        ArrayNode told = JsonNodeFactory.instance.arrayNode();
        changes.forEach(told::add);
        lines.accept("],\"changes\":" + told + "}");
    }

    /**
     * Writes {@link #toJson}.
     *
     * @param out where to
     * @throws IOException if it cannot be written
     */
    public void writeJson(Writer out) throws IOException {
        try {
            toJson(
                    line -> {
                        try {
                            out.write(line + "\n");
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /**
     * Writes lines for spreadsheets: nothing in them is taken for a formula.
     *
     * @param out where to
     * @throws IOException if it cannot be written
     */
    public void writeCsv(Writer out) throws IOException {
        Sheets.csv(rows()::iterator, out);
    }

    /**
     * Writes a page for browsers that needs nothing else.
     *
     * @param out where to
     * @throws IOException if it cannot be written
     */
    public void writeHtml(Writer out) throws IOException {
        Sheets.html(rows()::iterator, changes, out);
    }

    /**
     * Tells people.
     *
     * @return a table of at most 80 columns, and the changes; transcripts are in the files
     */
    public String table() {
        List<String> lines = new ArrayList<>();
        row(lines, HEADS);
        for (Row row : (Iterable<Row>) rows()::iterator) {
            row(
                    lines,
                    row.cell(Row.PROVIDER),
                    row.cell(Row.HOST).isEmpty() ? row.cell(Row.DOMAIN) : row.cell(Row.HOST),
                    row.cell(Row.FAMILY),
                    row.cell(Row.SUBMISSION),
                    row.cell(Row.SUBMISSIONS));
            List<String> more = new ArrayList<>(List.of(row.cell(Row.VERDICT)));
            if (!row.cell(Row.DOMAIN).isEmpty()) {
                more.add("domain " + row.cell(Row.DOMAIN));
            }
            for (String column :
                    Row.COLUMNS.subList(Row.COLUMNS.indexOf("STARTTLS"), Row.COLUMNS.size())) {
                boolean told = column.equals(Row.VERDICT) || column.equals(Row.TRANSCRIPT);
                if (!told && !row.cell(column).isEmpty()) {
                    more.add(column + " " + row.cell(column));
                }
            }
            lines.addAll(Paragraph.lines("  ", String.join("; ", more)));
        }
        if (!changes.isEmpty()) {
            lines.add("");
            lines.add("Changes:");
            changes.forEach(change -> lines.addAll(Paragraph.lines("  ", change)));
        }
        return String.join("\n", lines);
    }

    /** Cells below each other where they are too wide: nothing is cut off. */
    private static void row(List<String> lines, String... cells) {
        int from = 0;
        boolean more = true;
        while (more) {
            StringBuilder line = new StringBuilder();
            more = false;
            for (int i = 0; i < cells.length; i++) {
                int start = Math.min(cells[i].length(), from * WIDTHS[i]);
                int end = Math.min(cells[i].length(), start + WIDTHS[i]);
                line.append(cells[i], start, end).append(" ".repeat(WIDTHS[i] - end + start + 1));
                more |= end < cells[i].length();
            }
            lines.add(line.toString().stripTrailing());
            from++;
        }
    }

    /** Lets go of the journal, if there is one. */
    @Override
    public void close() {
        known.close();
    }
}
