package org.postern.provisioning;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/**
 * Reads records from lines of comma-separated cells. A line is a record, no cell goes on in the
 * next: so a quotation mark that is never closed spoils one line and not the rest of the file.
 */
final class CsvRecords {
    /** In front of a cell that a spreadsheet would take for a formula. */
    private static final String HARMLESS = "'";

    /**
     * What stands before a formula (OWASP, CSV injection): a cell begins, or, where decimal commas
     * are written and a spreadsheet divides lines at semicolons, such a one; and what was put
     * there.
     */
    private static final Pattern FORMULA =
            Pattern.compile("\\A'*+(?=[\t\r])|(?:\\A|;)[\\s\\p{Zs}\"]*+'*+(?=[=+@-])");

    /** Lists within a cell. */
    private static final Pattern BETWEEN = Pattern.compile("[ ;]+");

    private final Utf8Reader in;
    private final RecordForm form;
    private final FileReading reading;
    private final String example;
    private final char[] buffer = new char[8 << 10];
    private int at;
    private int filled;
    private long line;

    private CsvRecords(Utf8Reader in, RecordForm form, FileReading reading) {
        this.in = in;
        this.form = form;
        this.reading = reading;
        example = "begin with a line that names the columns, such as " + form.csvExample();
    }

    static void read(Utf8Reader in, RecordForm form, FileReading reading) throws IOException {
        CsvRecords lines = new CsvRecords(in, form, reading);
        try {
            lines.lines();
        } catch (UnreadableFileException e) {
            reading.end(new Fault(lines.line, "", null, null, e.getMessage()));
        }
    }

    private void lines() throws IOException {
        List<String> columns = columns();
        if (columns.isEmpty()) {
            return;
        }
        boolean empty = true;
        for (String text = nextLine(); text != null; text = nextLine()) {
            if (text.trim().isEmpty()) {
                continue;
            }
            empty = false;
            reading.begin();
            List<String> cells = cells(text);
            if (!cells.isEmpty()) {
                record(columns, cells);
            }
        }
        if (empty && reading.faultCount() == 0) {
            refuse(
                    null,
                    null,
                    "there is no line but that of the columns: name at least one " + form.one());
        }
    }

    /** Reads the header; empty if it is no good, and then nothing else can be read. */
    private List<String> columns() throws IOException {
        String header = nextLine();
        while (header != null && header.trim().isEmpty()) {
            header = nextLine();
        }
        if (header == null) {
            line = Math.max(1, line);
            refuse(null, null, "the file is empty: " + example);
            return List.of();
        }
        List<String> columns = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        Map<String, String> known = new HashMap<>();
        form.columns().forEach(name -> known.put(name.toLowerCase(Locale.ROOT), name));
        int before = reading.faultCount();
        for (String cell : cells(header)) {
            String name = known.get(cell.toLowerCase(Locale.ROOT));
            columns.add(name);
            if (name == null) {
                refuse(
                        null,
                        cell,
                        "column \""
                                + Fault.abridged(cell)
                                + "\" is unknown: "
                                + example
                                + (cell.contains(";") || cell.contains("\t")
                                        ? ", with commas between"
                                        : ""));
            } else if (!seen.add(name)) {
                refuse(null, cell, "column \"" + name + "\" is there twice: give it once");
            }
        }
        for (String needed : form.required()) {
            if (!seen.contains(needed) && reading.faultCount() == before) {
                refuse(null, null, "column \"" + needed + "\" is missing: " + example);
            }
        }
        return reading.faultCount() == before ? columns : List.of();
    }

    private void record(List<String> columns, List<String> cells) throws UnreadableFileException {
        if (cells.size() != columns.size()) {
            refuse(
                    null,
                    null,
                    "it has "
                            + cells.size()
                            + (cells.size() == 1 ? " cell, but " : " cells, but ")
                            + columns.size()
                            + " columns are named: put what contains a comma in quotation marks");
            return;
        }
        RecordForm.Fields fields = form.begin(line, "", Fault.NO_LIST);
        for (int i = 0; i < columns.size(); i++) {
            String field = columns.get(i);
            String cell = cells.get(i);
            if (cell.isEmpty()) {
                continue;
            }
            if (form.lists().contains(field)) {
                int index = 0;
                for (String value : BETWEEN.split(cell)) {
                    if (!value.isEmpty()) {
                        take(fields, field, field + "[" + index++ + "]", value);
                    }
                }
                if (index == 0) {
                    // separators alone: somebody meant something, and nothing may mean everything
                    take(fields, field, field + "[0]", cell);
                }
            } else {
                take(fields, field, field, cell);
            }
        }
        fields.end();
    }

    private void take(RecordForm.Fields fields, String field, String told, String value)
            throws UnreadableFileException {
        String wrong = fields.take(field, value);
        if (wrong != null) {
            refuse(told, value, wrong);
        }
    }

    /** Takes a line apart; empty if it cannot be, which is told. */
    private List<String> cells(String text) {
        try (CSVParser parser = CSVParser.parse(text, CSVFormat.RFC4180)) {
            List<String> cells = new ArrayList<>();
            for (CSVRecord record : parser.getRecords()) {
                record.forEach(cell -> cells.add(meant(cell.trim())));
            }
            return cells;
        } catch (IOException e) {
            refuse(
                    null,
                    text,
                    "a quotation mark is not closed in this line, or something follows it: write"
                            + " \"...\", and \"\" for a quotation mark within; a line is one "
                            + form.one());
            return List.of();
        }
    }

    /** What was written before it was made harmless. */
    static String meant(String cell) {
        return FORMULA.matcher(cell)
                .replaceAll(
                        place -> {
                            String before = place.group();
                            return before.endsWith(HARMLESS)
                                    ? before.substring(0, before.length() - 1)
                                    : before;
                        });
    }

    /**
     * Makes a cell harmless to a spreadsheet. What looks as if that were done already gets one more
     * apostrophe, so that it is read back as it was.
     */
    static String harmless(String cell) {
        return FORMULA.matcher(cell).replaceAll("$0" + HARMLESS);
    }

    /** Reads a line, without its end; null at the end. */
    private String nextLine() throws IOException {
        in.recordEnded();
        line++;
        StringBuilder text = new StringBuilder();
        while (true) {
            if (at == filled) {
                at = 0;
                filled = Math.max(0, in.read(buffer, 0, buffer.length));
                if (filled == 0) {
                    return text.length() == 0 ? null : text.toString();
                }
            }
            int end = at;
            while (end < filled && buffer[end] != '\n') {
                end++;
            }
            text.append(buffer, at, end - at);
            if (text.length() > Utf8Reader.LARGEST_RECORD) {
                throw new UnreadableFileException(
                        "it has more than "
                                + Utf8Reader.LARGEST_RECORD
                                + " characters: is it CSV?");
            }
            boolean ended = end < filled;
            at = ended ? end + 1 : end;
            if (ended) {
                int length = text.length();
                if (length > 0 && text.charAt(length - 1) == '\r') {
                    text.setLength(length - 1);
                }
                return text.toString();
            }
        }
    }

    private void refuse(String field, String value, String message) {
        reading.add(new Fault(line, "", field, value, message));
    }
}
