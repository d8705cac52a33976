package org.postern.survey;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.postern.probe.PortResult;
import org.postern.probe.Service;
import org.postern.probe.Verdict;

/** What a survey has of a provider's host and family of addresses, in words. Immutable. */
final class Row {
    static final String PROVIDER = "provider";
    static final String HOST = "host";
    static final String DOMAIN = "domain";
    static final String FAMILY = "family";
    static final String SUBMISSION = "587";
    static final String SUBMISSIONS = "465";
    static final String VERDICT = "verdict";
    static final String WARNINGS = "warnings";
    static final String CHECKED_AT = "checked at";
    static final String NOTE = "note";
    static final String IN_2005 = "2005";
    static final String TRANSCRIPT = "transcript";

    /** The columns of files, in their order. */
    static final List<String> COLUMNS =
            List.of(
                    PROVIDER,
                    HOST,
                    DOMAIN,
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
                    WARNINGS,
                    CHECKED_AT,
                    NOTE,
                    IN_2005,
                    TRANSCRIPT);

    private final Map<String, String> cells = new LinkedHashMap<>();

    private Row(Target target, String host, String family) {
        COLUMNS.forEach(column -> cells.put(column, ""));
        cells.put(PROVIDER, target.provider());
        cells.put(HOST, host);
        cells.put(DOMAIN, target.domain());
        cells.put(FAMILY, family);
        cells.put(NOTE, target.note());
        cells.put(IN_2005, Earlier.in2005(target.provider()));
    }

    private Row(Row other) {
        cells.putAll(other.cells);
    }

    /** All but what was said, which is long. */
    Row withoutTranscript() {
        Row row = new Row(this);
        row.cells.put(TRANSCRIPT, "");
        return row;
    }

    /**
     * Makes the rows of a target.
     *
     * @param target whose
     * @param result as {@code JsonReport} tells it, with transcripts
     * @return one for each family; of a domain for each host and family
     */
    static List<Row> of(Target target, JsonNode result) {
        Map<List<String>, List<JsonNode>> parts = new LinkedHashMap<>();
        List<JsonNode> unnamed = new ArrayList<>();
        for (JsonNode port : result.path("ports")) {
            if (!target.domain().isEmpty() && text(port.path(HOST)).isEmpty()) {
                unnamed.add(port);
            } else {
                String host = target.domain().isEmpty() ? target.host() : text(port.path(HOST));
                parts.computeIfAbsent(
                                List.of(host, port.path(FAMILY).asText("")),
                                part -> new ArrayList<>())
                        .add(port);
            }
        }
        if (parts.isEmpty() && !unnamed.isEmpty()) {
            parts.put(List.of("", ""), new ArrayList<>());
        }
        List<Row> rows = new ArrayList<>();
        parts.forEach(
                (part, ports) -> {
                    Row row = new Row(target, part.get(0), part.get(1));
                    ports.addAll(unnamed); // what the domain says of a service holds for all
                    ports.forEach(row::verdict);
                    row.evidence(ports, result.path("dns"));
                    rows.add(row);
                });
        return rows;
    }

    /** Of a domain the column is the service's, whatever the port. */
    private void verdict(JsonNode port) {
        String number = port.path("port").asText();
        String column = number;
        for (Service service : Service.values()) {
            if (service.label().equals(text(port.path("service")))) {
                column = Integer.toString(service.port());
            }
        }
        String verdict =
                port.path(VERDICT).asText()
                        + (column.equals(number) ? "" : " (port " + number + ")");
        cells.merge(column, verdict, (one, other) -> one.isEmpty() ? other : one + "; " + other);
    }

    private void evidence(List<JsonNode> ports, JsonNode dns) {
        // of the port that mail programs are told to use, unless only the other one talks
        JsonNode main = ports.get(0);
        for (JsonNode port : ports) {
            if (main.path("greeting").isNull() && !port.path("greeting").isNull()) {
                main = port;
            }
        }
        JsonNode starts = main.path("startTls");
        cells.put("STARTTLS", starts.isBoolean() ? starts.asBoolean() ? "yes" : "no" : "");
        cells.put("TLS", ofAll(ports, port -> text(port.path("tls").path("version"))));
        cells.put(
                "certificate",
                ofAll(ports, port -> certificate(port.path("tls").path("certificate"))));
        boolean asked = !main.path("beforeTls").isNull();
        cells.put("AUTH before TLS", asked ? listed(main.path("authBeforeTls")) : "");
        boolean within = !main.path("withinTls").isNull();
        cells.put("AUTH after TLS", within ? listed(main.path("authWithinTls")) : "");
        JsonNode trial = within ? main.path("withinTls") : main.path("beforeTls");
        cells.put("MAIL code", code(trial.path("mail")));
        cells.put("RCPT code", code(trial.path("rcpt")));
        cells.put(VERDICT, verdict(ports));
        cells.put(WARNINGS, ofAll(ports, Row::warnings));
        // to the second
        cells.put(CHECKED_AT, text(main.path("at")).replaceFirst("\\.\\d+Z$", "Z"));
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
        for (JsonNode lookup : dns) {
            said.append(text(lookup.path("at"))).append(" DNS ");
            said.append(text(lookup.path("server"))).append(": ");
            said.append(text(lookup.path("type"))).append(" of ");
            said.append(text(lookup.path("name"))).append(": ");
            said.append(text(lookup.path("outcome"))).append(' ');
            said.append(text(lookup.path("reason")));
            lookup.path("records").forEach(r -> said.append(r.asText()).append("; "));
            said.append('\n');
        }
        cells.put(TRANSCRIPT, said.toString().stripTrailing());
    }

    /** The worst flaw; else that of 587, which is what is asked for. */
    private static String verdict(List<JsonNode> ports) {
        for (Verdict verdict : Verdict.values()) {
            for (JsonNode port : ports) {
                if (verdict.kind() == Verdict.Kind.FLAW
                        && verdict.text().equals(port.path(VERDICT).asText())) {
                    return verdict.text();
                }
            }
        }
        return ports.get(0).path(VERDICT).asText();
    }

    /** What is known of each port; by their numbers only if they differ. */
    private static String ofAll(List<JsonNode> ports, Function<JsonNode, String> what) {
        Map<String, String> numbers = new LinkedHashMap<>();
        for (JsonNode port : ports) {
            String is = what.apply(port);
            if (!is.isEmpty()) {
                numbers.merge(is, port.path("port").asText(), (one, other) -> one + ", " + other);
            }
        }
        if (numbers.size() <= 1) {
            return String.join("", numbers.keySet());
        }
        List<String> each = new ArrayList<>();
        numbers.forEach((is, number) -> each.add(number + ": " + is));
        return String.join("; ", each);
    }

    /** What is wrong beside, or puts the verdict in doubt; certificates have a column. */
    private static String warnings(JsonNode port) {
        List<String> all = new ArrayList<>();
        for (JsonNode warning : port.path(WARNINGS)) {
            if (!warning.asText().startsWith(PortResult.OF_CERTIFICATE)) {
                all.add(warning.asText());
            }
        }
        return String.join("; ", all);
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
                + (cell(DOMAIN).isEmpty() ? "" : " " + cell(DOMAIN))
                + (cell(HOST).isEmpty() ? "" : " " + cell(HOST))
                + (cell(FAMILY).isEmpty() ? "" : " " + cell(FAMILY));
    }
}
