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
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.postern.probe.ProbeRequest;

/**
 * Reads whom to ask: lines of provider, host and maybe a note, with commas between (RFC 4180, but
 * no cell goes on in the next line). A first line of these names, empty lines and those that begin
 * with {@code #} are passed over. All is checked before anybody is asked.
 */
final class TargetFile {
    /** The most providers of a survey; at three seconds each and 16 at once it takes an hour. */
    static final int MOST = 20_000;

    /** The largest file, bytes. */
    static final long LARGEST = 8L << 20;

    /** The longest cell, characters. */
    static final int LONGEST = 300;

    private static final int FAULTS_SHOWN = 10;
    private static final String FORM = "write provider,host or provider,host,note";

    private final Map<Target, Integer> targets = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();
    private int faultCount;

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
            if (!line.isBlank() && !line.startsWith("#") && !(i == 0 && isHeader(line))) {
                try {
                    read.add(line, i + 1);
                } catch (IllegalArgumentException e) {
                    read.refuse(i + 1, e.getMessage());
                }
            }
        }
        if (read.targets.isEmpty() && read.faultCount == 0) {
            throw new IllegalArgumentException(file + " names nobody: " + FORM);
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

    private static boolean isHeader(String line) {
        return line.replace(" ", "").toLowerCase(Locale.ROOT).matches("provider,host(?:,note)?");
    }

    private void add(String line, int number) {
        List<String> cells = cells(line);
        if (cells.size() < 2 || cells.size() > 3) {
            throw new IllegalArgumentException(
                    "it has "
                            + cells.size()
                            + (cells.size() == 1 ? " cell: " : " cells: ")
                            + FORM
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
        if (cells.get(0).isEmpty()) {
            throw new IllegalArgumentException("the provider is missing: " + FORM);
        }
        Target target =
                new Target(
                        cells.get(0),
                        ProbeRequest.of(cells.get(1)).build().host(),
                        cells.size() == 3 ? cells.get(2) : "");
        Integer before = targets.putIfAbsent(target, number);
        if (before != null) {
            throw new IllegalArgumentException(target + " is in line " + before + " already");
        }
        if (targets.size() > MOST) {
            throw new IllegalArgumentException(
                    "there are more than " + MOST + " providers: divide the file");
        }
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
