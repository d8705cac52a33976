package org.postern.survey;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What an earlier survey has found: of the JSON of one, or that of 2005. Immutable. */
final class Earlier {
    /** The earlier survey that is part of Postern. */
    static final String OF_2005 = "2005";

    private static final Map<String, String> ANSWERS_OF_2005 = answersOf2005();
    private static final long LARGEST = 1L << 30;

    /** What differs from one survey to the next, and says nothing. */
    private static final Set<String> SILENT =
            Set.of(Row.TRANSCRIPT, Row.CHECKED_AT, Row.NOTE, Row.IN_2005);

    private final Map<String, Row> rows;

    private Earlier(Map<String, Row> rows) {
        this.rows = rows;
    }

    private static Map<String, String> answersOf2005() {
        Map<String, String> answers = new LinkedHashMap<>();
        try (InputStream in = Earlier.class.getResourceAsStream("2005.json")) {
            for (JsonNode one : new ObjectMapper().readTree(in)) {
                String note = one.get("note").asText();
                answers.put(
                        one.get("provider").asText(),
                        one.get("answer").asText() + (note.isEmpty() ? "" : ": " + note));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return answers;
    }

    /** What a provider answered in 2005, and what was noted; empty if it was not asked. */
    static String in2005(String provider) {
        return ANSWERS_OF_2005.entrySet().stream()
                .filter(answer -> folded(answer.getKey()).equals(folded(provider)))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("");
    }

    /** Who was asked in 2005, in that survey's order. */
    static Set<String> providersOf2005() {
        return ANSWERS_OF_2005.keySet();
    }

    private static String folded(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }

    /**
     * Reads what to compare with.
     *
     * @param which {@code 2005}, or the path of a file that a survey has written as JSON
     * @throws IllegalArgumentException if it is neither
     */
    static Earlier read(String which) {
        if (which.equals(OF_2005)) {
            return new Earlier(null);
        }
        Map<String, Row> rows = new LinkedHashMap<>();
        try {
            Path file = Path.of(which);
            if (!Files.isRegularFile(file)) {
                throw new IllegalArgumentException(
                        "there is no file " + which + " to compare with: name one, or 2005");
            }
            if (Files.size(file) > LARGEST) {
                throw none(which);
            }
            providers(
                    file,
                    (target, result) ->
                            Row.of(target, result)
                                    .forEach(row -> rows.put(row.key(), row.withoutTranscript())));
        } catch (InvalidPathException | IOException e) {
            throw new IllegalArgumentException(
                    which + " cannot be read as an earlier survey: " + e.getMessage(), e);
        }
        if (rows.isEmpty()) {
            throw none(which);
        }
        return new Earlier(rows);
    }

    /** Reads one provider after the other: all of them are too much at once. */
    private static void providers(Path file, BiConsumer<Target, JsonNode> each) throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        try (JsonParser json = mapper.getFactory().createParser(file.toFile())) {
            if (json.nextToken() != JsonToken.START_OBJECT) {
                return;
            }
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                boolean wanted = json.currentName().equals("providers");
                if (json.nextToken() != JsonToken.START_ARRAY || !wanted) {
                    json.skipChildren();
                    continue;
                }
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    JsonNode one = mapper.readTree(json);
                    each.accept(
                            new Target(
                                    one.path("provider").asText(),
                                    one.path("host").asText(),
                                    one.path("domain").asText(""),
                                    one.path("note").asText("")),
                            one.path("result"));
                }
            }
        }
    }

    private static IllegalArgumentException none(String which) {
        return new IllegalArgumentException(
                which + " is no survey: name a file that a survey has written as JSON, or 2005");
    }

    /**
     * Tells what changed since.
     *
     * @param now the rows of a survey
     * @return sentences, none if nothing changed
     */
    List<String> changes(Stream<Row> now) {
        return rows == null ? since2005(now) : since(now);
    }

    private static List<String> since2005(Stream<Row> now) {
        Map<String, List<Row>> theirs =
                now.filter(row -> !row.cell(Row.IN_2005).isEmpty())
                        .map(Row::withoutTranscript)
                        .collect(Collectors.groupingBy(row -> folded(row.cell(Row.PROVIDER))));
        List<String> changes = new ArrayList<>();
        for (String provider : providersOf2005()) {
            String then = provider + ": in 2005 " + in2005(provider);
            List<Row> its = theirs.getOrDefault(folded(provider), List.of());
            if (its.isEmpty()) {
                changes.add(then + "; not asked now");
            }
            for (Row row : its) {
                changes.add(
                        then
                                + "; now "
                                + row.key().substring(row.cell(Row.PROVIDER).length() + 1)
                                + ": "
                                + state(row));
            }
        }
        return changes;
    }

    private List<String> since(Stream<Row> now) {
        List<String> changes = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        now.forEach(
                row -> {
                    seen.add(row.key());
                    changes(row, changes);
                });
        rows.forEach(
                (key, row) -> {
                    if (!seen.contains(key)) {
                        changes.add(key + ": not asked now, was " + state(row));
                    }
                });
        return changes;
    }

    private void changes(Row now, List<String> changes) {
        Row before = rows.get(now.key());
        if (before == null) {
            changes.add(now.key() + ": new: " + state(now));
            return;
        }
        for (String column : Row.COLUMNS) {
            if (!SILENT.contains(column) && !now.cell(column).equals(before.cell(column))) {
                changes.add(
                        now.key()
                                + ": "
                                + column
                                + " "
                                + shown(now.cell(column))
                                + ", was "
                                + shown(before.cell(column)));
            }
        }
    }

    private static String state(Row row) {
        return row.cell(Row.VERDICT)
                + " (587 "
                + shown(row.cell(Row.SUBMISSION))
                + ", 465 "
                + shown(row.cell(Row.SUBMISSIONS))
                + ")";
    }

    private static String shown(String cell) {
        return cell.isEmpty() ? "not known" : cell;
    }
}
