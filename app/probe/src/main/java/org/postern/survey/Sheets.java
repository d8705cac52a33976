package org.postern.survey;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVPrinter;

/**
 * Writes surveys to new files: whole or not at all, and never over anything that is there. Only
 * their owner may read them.
 */
final class Sheets {
    /** Whatever a server says is text here: no script, no request to anywhere. */
    private static final String HEAD =
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                    + "<meta http-equiv=\"Content-Security-Policy\""
                    + " content=\"default-src 'none'; style-src 'unsafe-inline'\">"
                    + "<title>Submission servers</title><style>"
                    + "body{font-family:sans-serif}table{border-collapse:collapse}"
                    + "th,td{border:1px solid #999;padding:.2em .4em;text-align:left;vertical-align:top}"
                    + "pre{white-space:pre-wrap;max-width:60em}</style></head>\n<body><h1>Submission servers</h1>\n";

    /**
     * Where a formula may begin: a cell; and since a spreadsheet of a country that writes decimal
     * commas divides lines at semicolons, and knows no quotation marks within what it takes for a
     * cell, also behind such, and in a new line.
     */
    private static final Pattern FORMULA =
            Pattern.compile("(?m)\\A(?=[\t\r])|(?:^|;)[\\s\\p{Zs}\"]*+(?=[=+@-])");

    private Sheets() {}

    /** Writes the content of a file. */
    interface Content {
        void to(Writer out) throws IOException;
    }

    /** What makes a file its owner's, where there is such a thing. */
    static FileAttribute<?>[] own(Path file) {
        return file.getFileSystem().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    /**
     * Refuses a file that cannot be new, before a survey that takes its time.
     *
     * @throws IllegalArgumentException if something is there, or its folder is not
     */
    static void mustBeNew(Path file) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            throw exists(file, null);
        }
        if (!Files.isDirectory(folder(file))) {
            throw new IllegalArgumentException(
                    "there is no folder " + folder(file) + " for " + file);
        }
    }

    /**
     * Refuses files of which one would be written over another, whatever they are called.
     *
     * @param files what each is, and its path; null for none
     * @throws IllegalArgumentException if two are one
     */
    static void mustDiffer(Map<String, Path> files) {
        Map<Path, String> places = new HashMap<>();
        files.forEach(
                (what, file) -> {
                    String other = file == null ? null : places.putIfAbsent(place(file), what);
                    if (other != null) {
                        throw new IllegalArgumentException(
                                file + " cannot be both " + other + " and " + what);
                    }
                });
    }

    private static Path folder(Path file) {
        Path whole = file.toAbsolutePath();
        Path folder = whole.getParent();
        return folder == null ? whole : folder;
    }

    /** The path of a file, be it there or not, that is the same by whatever way it is named. */
    private static Path place(Path file) {
        try {
            if (Files.exists(file)) {
                return file.toRealPath();
            }
            return folder(file).toRealPath().resolve(file.getFileName());
        } catch (IOException e) {
            return file.toAbsolutePath()
                    .normalize(); // there is no such folder, which is told later
        }
    }

    private static IllegalArgumentException exists(Path file, IOException cause) {
        return new IllegalArgumentException(
                file
                        + " exists: name a new file (the journal keeps what is known, nobody is asked again)",
                cause);
    }

    /**
     * Writes a file.
     *
     * @throws IllegalArgumentException if there is something of that name
     * @throws IllegalStateException if it cannot be written; there is no such file then
     */
    static void write(Path file, Content content) {
        try {
            // of a name that nobody else has: what is removed is what was made here
            Path part = Files.createTempFile(folder(file), ".postern-survey-", ".part", own(file));
            try {
                try (Writer out =
                        new BufferedWriter(
                                new OutputStreamWriter(
                                        Channels.newOutputStream(
                                                Files.newByteChannel(
                                                        part,
                                                        StandardOpenOption.WRITE,
                                                        LinkOption.NOFOLLOW_LINKS)),
                                        StandardCharsets.UTF_8))) {
                    content.to(out);
                }
                // a link, unlike a move, is refused if somebody was faster
                Files.createLink(file, part);
            } finally {
                Files.deleteIfExists(part);
            }
        } catch (FileAlreadyExistsException e) {
            throw exists(file, e);
        } catch (IOException | UnsupportedOperationException e) {
            throw new IllegalStateException(file + " cannot be written: " + e, e);
        }
    }

    /** Lines of cells (RFC 4180) that no spreadsheet takes for formulas (OWASP, CSV injection). */
    static void csv(Iterable<Row> rows, Writer out) throws IOException {
        CSVPrinter printer = new CSVPrinter(out, CSVFormat.RFC4180);
        printer.printRecord(Row.COLUMNS);
        for (Row row : rows) {
            List<String> cells = new ArrayList<>();
            for (String column : Row.COLUMNS) {
                cells.add(harmless(row.cell(column)));
            }
            printer.printRecord(cells);
        }
        printer.flush();
    }

    /** Puts an apostrophe in front of what could be a formula, and changes nothing else. */
    private static String harmless(String cell) {
        return FORMULA.matcher(cell).replaceAll("$0'");
    }

    /** A page that needs nothing else. */
    static void html(Iterable<Row> rows, List<String> changes, Writer out) throws IOException {
        out.write(HEAD);
        if (!changes.isEmpty()) {
            out.write("<h2>Changes</h2>\n<ul>\n");
            for (String change : changes) {
                out.write("<li>" + escaped(change) + "</li>\n");
            }
            out.write("</ul>\n");
        }
        out.write("<table><thead><tr>");
        for (String column : Row.COLUMNS) {
            out.write("<th>" + escaped(column) + "</th>");
        }
        out.write("</tr></thead>\n<tbody>\n");
        for (Row row : rows) {
            out.write("<tr>");
            for (String column : Row.COLUMNS) {
                String cell = escaped(row.cell(column));
                out.write(
                        column.equals(Row.TRANSCRIPT)
                                ? "<td><details><summary>shown</summary><pre>"
                                        + cell
                                        + "</pre></details></td>"
                                : "<td>" + cell + "</td>");
            }
            out.write("</tr>\n");
        }
        out.write("</tbody></table></body></html>\n");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;")
                .replace("<", "&lt;")
                .replace(">", "&gt;")
                .replace("\"", "&quot;")
                .replace("'", "&#39;");
    }
}
