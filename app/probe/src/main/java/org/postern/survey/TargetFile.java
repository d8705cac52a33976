package org.postern.survey;

import com.fasterxml.jackson.databind.JsonNode;
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
import org.postern.dns.Inquiry;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeRequest;

/**
 * Reads whom to ask: lines of provider, host and maybe a note, with commas between (RFC 4180, but
 * no cell goes on in the next line). A first line of names says what the columns are, {@code
 * domain} among them; a line has a host or a domain. Empty lines and those that begin with {@code
 * #} are passed over. Programs may give a JSON list of objects instead, with the same names. All is
 * checked before anybody is asked.
 */
public final class TargetFile {
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
    private static final List<String> NAMES = List.of(PROVIDER, HOST, DOMAIN, NOTE);

    private final String name;
    private final int most;
    private final Map<Target, String> targets = new LinkedHashMap<>();
    private final List<String> faults = new ArrayList<>();
    private int faultCount;
    private String firstPointer;
    private List<String> columns = List.of(PROVIDER, HOST, NOTE);
    private String form = "write provider,host or provider,host,note";

    private TargetFile(String name, int most) {
        this.name = name;
        this.most = most;
    }

    /** Something is wrong with a cell. */
    private static final class Wrong extends IllegalArgumentException {
        private static final long serialVersionUID = 1;

        private final String column;

        Wrong(String column, String why) {
            super(why);
            this.column = column;
        }
    }

    /**
     * Reads a file.
     *
     * @param file its path
     * @return at least one, in their order
     * @throws IllegalArgumentException if it cannot be read, or anything in it is wrong: the
     *     message names the first lines
     */
    static List<Target> read(Path file) {
        return new TargetFile(file.toString(), MOST).lines(text(file));
    }

    /**
     * Reads the content of a file.
     *
     * @param content lines
     * @param most more are refused
     * @return at least one, in their order
     * @throws FaultyTargetsException if anything in it is wrong: the message names the first lines
     */
    public static List<Target> ofCsv(byte[] content, int most) {
        try {
            return new TargetFile("the list", most).lines(decoded(content));
        } catch (CharacterCodingException e) {
            throw new FaultyTargetsException("the list is not in UTF-8: convert it", null);
        }
    }

    /**
     * Reads a list of objects, each with {@code provider}, {@code host} or {@code domain}, and
     * maybe {@code note}: strings.
     *
     * @param list an array
     * @param most more are refused
     * @return at least one, in their order
     * @throws FaultyTargetsException if anything in it is wrong: the message names the first faults
     *     by their JSON pointers
     */
    public static List<Target> ofJson(JsonNode list, int most) {
        TargetFile read = new TargetFile("the list", most);
        read.columns = NAMES;
        read.form = "give each a provider, and a host or a domain";
        for (int i = 0; i < list.size(); i++) {
            String pointer = "/" + i;
            try {
                read.add(cells(list.get(i)), pointer);
            } catch (Wrong e) {
                read.refuse(pointer + "/" + e.column, e);
            } catch (IllegalArgumentException e) {
                read.refuse(pointer, e);
            }
        }
        return read.whole();
    }

    private static Map<String, String> cells(JsonNode object) {
        if (!object.isObject()) {
            throw new IllegalArgumentException("this is no object");
        }
        Map<String, String> cells = new LinkedHashMap<>();
        object.fields()
                .forEachRemaining(
                        field -> {
                            if (!NAMES.contains(field.getKey())) {
                                throw new IllegalArgumentException(
                                        "fields are "
                                                + String.join(", ", NAMES)
                                                + ", here is another");
                            }
                            if (!field.getValue().isTextual()) {
                                throw new Wrong(field.getKey(), "this is no string");
                            }
                            cells.put(field.getKey(), field.getValue().textValue().strip());
                        });
        return cells;
    }

    private List<Target> lines(String text) {
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            String line =
                    lines[i].endsWith("\r")
                            ? lines[i].substring(0, lines[i].length() - 1)
                            : lines[i];
            if (!line.isBlank() && !line.startsWith("#")) {
                String place = "line " + (i + 1);
                try {
                    if (i > 0 || !isHeader(line)) {
                        add(named(cells(line)), place);
                    }
                } catch (IllegalArgumentException e) {
                    refuse(place, e);
                }
            }
        }
        return whole();
    }

    private List<Target> whole() {
        if (targets.isEmpty() && faultCount == 0) {
            throw new FaultyTargetsException(name + " names nobody: " + form, null);
        }
        if (faultCount > 0) {
            throw new FaultyTargetsException(
                    name
                            + " has "
                            + faultCount
                            + (faultCount == 1 ? " fault" : " faults")
                            + ", nobody was asked: "
                            + String.join("; ", faults)
                            + (faultCount > FAULTS_SHOWN ? "; ..." : ""),
                    firstPointer);
        }
        return List.copyOf(targets.keySet());
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
            return decoded(Files.readAllBytes(file));
        } catch (CharacterCodingException e) {
            throw new IllegalArgumentException(file + " is not in UTF-8: convert it", e);
        } catch (IOException e) {
            throw new IllegalArgumentException(file + " cannot be read: " + e, e);
        }
    }

    private static String decoded(byte[] content) throws CharacterCodingException {
        String text =
                StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
        return text.startsWith("\ufeff") ? text.substring(1) : text;
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

    /** The cells of a line by their columns. */
    private Map<String, String> named(List<String> cells) {
        if (cells.size() < 2 || cells.size() > columns.size()) {
            throw new IllegalArgumentException(
                    "it has "
                            + cells.size()
                            + (cells.size() == 1 ? " cell: " : " cells: ")
                            + form
                            + ", and put what contains a comma in quotation marks");
        }
        Map<String, String> named = new LinkedHashMap<>();
        for (int i = 0; i < cells.size(); i++) {
            named.put(columns.get(i), cells.get(i));
        }
        return named;
    }

    private void add(Map<String, String> cells, String place) {
        cells.forEach(
                (column, cell) -> {
                    if (cell.length() > LONGEST) {
                        throw new Wrong(column, "a cell has more than " + LONGEST + " characters");
                    }
                    if (cell.codePoints().anyMatch(TargetFile::isUnprintable)) {
                        throw new Wrong(column, "a cell has characters that cannot be shown");
                    }
                });
        Target target = target(cells);
        String before = targets.putIfAbsent(target, place);
        if (before != null) {
            throw new IllegalArgumentException(target + " is in " + before + " already");
        }
        if (targets.size() > most) {
            throw new IllegalArgumentException(
                    "there are more than " + most + " providers: divide them");
        }
    }

    private Target target(Map<String, String> cells) {
        String provider = cells.getOrDefault(PROVIDER, "");
        if (provider.isEmpty()) {
            throw new Wrong(PROVIDER, "the provider is missing: " + form);
        }
        String host = cells.getOrDefault(HOST, "");
        String domain = cells.getOrDefault(DOMAIN, "");
        if (columns.contains(DOMAIN) && host.isEmpty() == domain.isEmpty()) {
            throw new IllegalArgumentException("give a host or a domain, one of them");
        }
        try {
            return new Target(
                    provider,
                    domain.isEmpty() ? ProbeRequest.of(host).build().host() : "",
                    domain.isEmpty() ? "" : Inquiry.ofDomain(new ProbeOptions(), domain).name(),
                    cells.getOrDefault(NOTE, ""));
        } catch (IllegalArgumentException e) {
            throw new Wrong(domain.isEmpty() ? HOST : DOMAIN, e.getMessage());
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

    private void refuse(String place, IllegalArgumentException why) {
        if (faultCount == 0 && place.startsWith("/")) {
            firstPointer = place;
        }
        if (++faultCount <= FAULTS_SHOWN) {
            faults.add(place + ": " + why.getMessage());
        }
    }
}
