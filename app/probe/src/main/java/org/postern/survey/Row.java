package org.postern.survey;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.postern.probe.Verdict;

/** What a survey has of a provider's host and family of addresses, in words. Immutable. */
final class Row {
    static final String PROVIDER = "provider";
    static final String HOST = "host";
    static final String FAMILY = "family";
    static final String SUBMISSION = "587";
    static final String SUBMISSIONS = "465";
    static final String VERDICT = "verdict";
    static final String IN_2005 = "2005";
    static final String TRANSCRIPT = "transcript";

    /** The columns of files, in their order. */
    static final List<String> COLUMNS =
            List.of(
                    PROVIDER,
                    HOST,
                    FAMILY,
                    SUBMISSION,
                    SUBMISSIONS,
                    "STARTTLS",
                    "TLS",
                    "certificate",
                    "AUTH before TLS",
                    "AUTH after TLS",
                    "MAIL code",
                    "RCPT code",
                    VERDICT,
                    "checked at",
                    "note",
                    IN_2005,
                    TRANSCRIPT);

    private final Map<String, String> cells = new LinkedHashMap<>();

    private Row(Target target, String family) {
        COLUMNS.forEach(column -> cells.put(column, ""));
        cells.put(PROVIDER, target.provider());
        cells.put(HOST, target.host());
        cells.put(FAMILY, family);
        cells.put("note", target.note());
        cells.put(IN_2005, Earlier.in2005(target.provider()));
    }

    /**
     * Makes the rows of a target.
     *
     * @param target whose
     * @param result as {@code JsonReport} tells it, with transcripts
     * @return one for each family
     */
    static List<Row> of(Target target, JsonNode result) {
        Set<String> families = new LinkedHashSet<>();
        result.path("ports").forEach(port -> families.add(port.path(FAMILY).asText("")));
        List<Row> rows = new ArrayList<>();
        for (String family : families) {
            Row row = new Row(target, family);
            List<JsonNode> ports = new ArrayList<>();
            for (JsonNode port : result.path("ports")) {
                if (port.path(FAMILY).asText("").equals(family)) {
                    ports.add(port);
                    row.cells.put(port.path("port").asText(), port.path(VERDICT).asText());
                }
            }
            row.evidence(ports);
            rows.add(row);
        }
        return rows;
    }

    private void evidence(List<JsonNode> ports) {
        // of the port that mail programs are told to use, unless only the other one talks
        JsonNode main = ports.get(0);
        for (JsonNode port : ports) {
            if (main.path("greeting").isNull() && !port.path("greeting").isNull()) {
                main = port;
            }
        }
        JsonNode starts = main.path("startTls");
        cells.put("STARTTLS", starts.isBoolean() ? starts.asBoolean() ? "yes" : "no" : "");
        cells.put("TLS", text(main.path("tls").path("version")));
        cells.put("certificate", certificate(main.path("tls").path("certificate")));
        boolean asked = !main.path("beforeTls").isNull();
        cells.put("AUTH before TLS", asked ? listed(main.path("authBeforeTls")) : "");
        boolean within = !main.path("withinTls").isNull();
        cells.put("AUTH after TLS", within ? listed(main.path("authWithinTls")) : "");
        JsonNode trial = within ? main.path("withinTls") : main.path("beforeTls");
        cells.put("MAIL code", code(trial.path("mail")));
        cells.put("RCPT code", code(trial.path("rcpt")));
        cells.put(VERDICT, verdict(ports));
        // to the second
        cells.put("checked at", text(main.path("at")).replaceFirst("\\.\\d+Z$", "Z"));
        StringBuilder said = new StringBuilder();
        for (JsonNode port : ports) {
            said.append("port ").append(port.path("port").asText()).append(": ");
            said.append(port.path(VERDICT).asText()).append(": ");
            said.append(port.path("reason").asText()).append('\n');
            for (JsonNode line : port.path(TRANSCRIPT)) {
                said.append(line.path("at").asText()).append(' ');
                said.append(line.path("by").asText()).append(": ");
                said.append(line.path("text").asText()).append('\n');
            }
        }
        cells.put(TRANSCRIPT, said.toString().stripTrailing());
    }

    /** The first flaw; else that of 587, which is what is asked for. */
    private static String verdict(List<JsonNode> ports) {
        for (JsonNode port : ports) {
            for (Verdict verdict : Verdict.values()) {
                if (verdict.kind() == Verdict.Kind.FLAW
                        && verdict.text().equals(port.path(VERDICT).asText())) {
                    return verdict.text();
                }
            }
        }
        return ports.get(0).path(VERDICT).asText();
    }

    private static String certificate(JsonNode certificate) {
        if (certificate.isMissingNode() || certificate.isNull()) {
            return "";
        }
        String until = certificate.path("notAfter").asText().replaceFirst("T.*", "");
        if (certificate.path("valid").asBoolean()) {
            return "valid until " + until;
        }
        String problem =
                (text(certificate.path("chainProblem"))
                                + "; "
                                + text(certificate.path("nameProblem")))
                        .replaceFirst("^; ", "")
                        .replaceFirst("; $", "");
        return "not valid: " + problem + "; ends " + until;
    }

    private static String code(JsonNode reply) {
        String enhanced = text(reply.path("enhanced"));
        return (text(reply.path("code")) + " " + enhanced).trim();
    }

    private static String listed(JsonNode texts) {
        List<String> all = new ArrayList<>();
        texts.forEach(text -> all.add(text.asText()));
        return all.isEmpty() ? "none" : String.join(" ", all);
    }

    private static String text(JsonNode node) {
        return node.isNull() ? "" : node.asText("");
    }

    /** A cell; empty if nothing is known. */
    String cell(String column) {
        return cells.get(column);
    }

    /** What one row of two surveys has in common. */
    String key() {
        return cell(PROVIDER)
                + " "
                + cell(HOST)
                + (cell(FAMILY).isEmpty() ? "" : " " + cell(FAMILY));
    }
}
