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
import java.util.List;
import java.util.Set;
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
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new IllegalArgumentException("there is no folder " + folder + " for " + file);
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
        Path part = file.resolveSibling(file.getFileName() + ".part");
        try {
            try {
                try (Writer out =
                        new BufferedWriter(
                                new OutputStreamWriter(
                                        Channels.newOutputStream(
                                                Files.newByteChannel(
                                                        part,
                                                        Set.of(
                                                                StandardOpenOption.CREATE_NEW,
                                                                StandardOpenOption.WRITE),
                                                        own(file))),
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
                String cell = row.cell(column);
                boolean formula = !cell.isEmpty() && "=+-@\t\r".indexOf(cell.charAt(0)) >= 0;
                cells.add(formula ? "'" + cell : cell);
            }
            printer.printRecord(cells);
        }
        printer.flush();
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
