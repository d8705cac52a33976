package org.postern.survey;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.postern.dns.Inquiry;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeRequest;

/**
 * Reads whom to ask: lines of provider, host and maybe a note, with commas between (RFC 4180, but
 * no cell goes on in the next line). A first line of names says what the columns are, {@code
 * domain} among them; a line has a host or a domain. Empty lines and those that begin with {@code
 * #} are passed over. All is checked before anybody is asked.
 */
final class TargetFile {
    /** The most providers of a survey; at three seconds each and 16 at once it takes an hour. */
    static final int MOST = 20_000;

    /** The largest file, bytes. */
    static final long LARGEST = 8L << 20;

    /** The longest cell, characters. */
    static final int LONGEST = 300;

    private static final int FAULTS_SHOWN = 10;
    private static final String PROVIDER = "provider";
    private static final String HOST = "host";
    private static final String DOMAIN = "domain";
    private static final String NOTE = "note";
    private static final Set<String> NAMES = Set.of(PROVIDER, HOST, DOMAIN, NOTE);

    private final Map<Target, Integer> targets = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();
    private int faultCount;
    private List<String> columns = List.of(PROVIDER, HOST, NOTE);
    private String form = "write provider,host or provider,host,note";

    private TargetFile() {}

    /**
     * Reads a file.
     *
     * @param file its path
     * @return at least one, in their order
     * @throws IllegalArgumentException if it cannot be read, or anything in it is wrong: the
     *     message names the first lines
     */
    static List<Target> read(Path file) {
        TargetFile read = new TargetFile();
        String[] lines = text(file).split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line =
                    lines[i].endsWith("\r")
                            ? lines[i].substring(0, lines[i].length() - 1)
                            : lines[i];
            if (!line.isBlank() && !line.startsWith("#")) {
                try {
                    if (i > 0 || !read.isHeader(line)) {
                        read.add(line, i + 1);
                    }
                } catch (IllegalArgumentException e) {
                    read.refuse(i + 1, e.getMessage());
                }
            }
        }
        if (read.targets.isEmpty() && read.faultCount == 0) {
            throw new IllegalArgumentException(file + " names nobody: " + read.form);
        }
        if (read.faultCount > 0) {
            throw new IllegalArgumentException(
                    file
                            + " has "
                            + read.faultCount
                            + (read.faultCount == 1 ? " fault" : " faults")
                            + ", nobody was asked: "
                            + String.join("; ", read.faults)
                            + (read.faultCount > FAULTS_SHOWN ? "; ..." : ""));
        }
        return List.copyOf(read.targets.keySet());
    }

    private static String text(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException(
                        Files.exists(file)
                                ? file + " is not a regular file"
                                : "there is no file " + file);
            }
            if (Files.size(file) > LARGEST) {
                throw new IllegalArgumentException(
                        file
                                + " has more than "
                                + (LARGEST >> 20)
                                + " MiB: is it a list of providers?");
            }
            String text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .decode(ByteBuffer.wrap(Files.readAllBytes(file)))
                            .toString();
            return text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + " is not in UTF-8: convert it", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e, e);
        }
    }

    /** Takes the names of the columns from a line, if it has such. */
    private boolean isHeader(String line) {
        List<String> names = List.of(line.replace(" ", "").toLowerCase(Locale.ROOT).split(",", -1));
        if (!names.contains(PROVIDER)) {
            return false;
        }
        if (!names.contains(HOST) && !names.contains(DOMAIN)
                || names.stream().distinct().count() < names.size()
                || !NAMES.containsAll(names)) {
            throw new IllegalArgumentException(
                    "the names of columns are provider, host, domain and note, each once, host or domain"
                            + " among them");
        }
        if (!columns.subList(0, Math.min(columns.size(), names.size())).equals(names)) {
            columns = names;
            form = "write " + String.join(",", names) + ", as the first line says";
        }
        return true;
    }

    private void add(String line, int number) {
        List<String> cells = cells(line);
        if (cells.size() < 2 || cells.size() > columns.size()) {
            throw new IllegalArgumentException(
                    "it has "
                            + cells.size()
                            + (cells.size() == 1 ? " cell: " : " cells: ")
                            + form
                            + ", and put what contains a comma in quotation marks");
        }
        for (String cell : cells) {
            if (cell.length() > LONGEST) {
                throw new IllegalArgumentException(
                        "a cell has more than " + LONGEST + " characters");
            }
            if (cell.codePoints().anyMatch(TargetFile::isUnprintable)) {
                throw new IllegalArgumentException("a cell has characters that cannot be shown");
            }
        }
        Target target = target(cells);
        Integer before = targets.putIfAbsent(target, number);
        if (before != null) {
            throw new IllegalArgumentException(target + " is in line " + before + " already");
        }
        if (targets.size() > MOST) {
            throw new IllegalArgumentException(
                    "there are more than " + MOST + " providers: divide the file");
        }
    }

    private Target target(List<String> cells) {
        if (cell(cells, PROVIDER).isEmpty()) {
            throw new IllegalArgumentException("the provider is missing: " + form);
        }
        String host = cell(cells, HOST);
        String domain = cell(cells, DOMAIN);
        if (columns.contains(DOMAIN) && host.isEmpty() == domain.isEmpty()) {
            throw new IllegalArgumentException("give a host or a domain, one of them");
        }
        return new Target(
                cell(cells, PROVIDER),
                domain.isEmpty() ? ProbeRequest.of(host).build().host() : "",
                domain.isEmpty() ? "" : Inquiry.ofDomain(new ProbeOptions(), domain).name(),
                cell(cells, NOTE));
    }

    private String cell(List<String> cells, String column) {
        int at = columns.indexOf(column);
        return at >= 0 && at < cells.size() ? cells.get(at) : "";
    }

    private static List<String> cells(String line) {
        try (CSVParser parser = CSVParser.parse(line, CSVFormat.RFC4180)) {
            List<String> cells = new ArrayList<>();
            for (CSVRecord record : parser.getRecords()) {
                record.forEach(cell -> cells.add(cell.strip()));
            }
            return cells;
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "a quotation mark is not closed in this line, or something follows it", e);
        }
    }

    private static boolean isUnprintable(int c) {
        int type = Character.getType(c);
        return type == Character.CONTROL
                || type == Character.FORMAT
                || type == Character.SURROGATE
                || type == Character.LINE_SEPARATOR
                || type == Character.PARAGRAPH_SEPARATOR;
    }

    private void refuse(int line, String why) {
        if (++faultCount <= FAULTS_SHOWN) {
            faults.add("line " + line + ": " + why);
        }
    }
}
