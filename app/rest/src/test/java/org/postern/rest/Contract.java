package org.postern.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import java.io.IOException;
import java.net.http.HttpHeaders;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The OpenAPI document as what it promises: holds every answer of the API against it. A field that
 * it does not name is a fault, be there none in the schema that forbids others.
 */
final class Contract {
    /** Of an API without it, so that clients have to know of them. */
    private static final Set<String> NAMED_HEADERS =
            Set.of("ETag", "Link", "Location", "Retry-After");

    private final ObjectMapper mapper = new ObjectMapper();
    private final JsonNode document;
    private final JsonNode closed;
    private final Set<String> answered = new TreeSet<>();

    Contract(String text) throws IOException {
        document = mapper.readTree(text);
        closed = close(document.deepCopy());
    }

    /** Every schema with fields has no others. */
    private static JsonNode close(JsonNode node) {
        if (node.has("properties") && node.path("type").asText().equals("object")) {
            ((ObjectNode) node).put("additionalProperties", false);
        }
        node.forEach(Contract::close);
        return node;
    }

    JsonNode document() {
        return document;
    }

    /** Operation and status of every answer that was held against the document. */
    Set<String> answered() {
        return answered;
    }

    /** Method and path of every operation, with its identifier. */
    Map<String, String> operations() {
        Map<String, String> found = new TreeMap<>();
        document.get("paths")
                .fields()
                .forEachRemaining(
                        path ->
                                path.getValue()
                                        .fields()
                                        .forEachRemaining(
                                                operation ->
                                                        found.put(
                                                                operation.getKey().toUpperCase()
                                                                        + " "
                                                                        + path.getKey(),
                                                                operation
                                                                        .getValue()
                                                                        .get("operationId")
                                                                        .asText())));
        return found;
    }

    /**
     * Holds an answer against the document.
     *
     * @param method of the request
     * @param path of the request below the API, without its query, not decoded
     * @param query names of the parameters in the query
     */
    void check(
            String method,
            String path,
            Set<String> query,
            int status,
            HttpHeaders headers,
            String body)
            throws IOException {
        String described = method + " " + path + " " + status + " " + body;
        JsonNode operation = operation(path).path(method.toLowerCase());
        if (operation.isMissingNode()) {
            demand(status == 404 || status == 405, "undocumented: " + described);
            problem(status, headers, body, described);
            return;
        }
        answered.add(operation.get("operationId").asText() + " " + status);
        JsonNode answer = resolved(operation.get("responses").path(Integer.toString(status)));
        demand(!answer.isMissingNode(), "undocumented status: " + described);
        for (String name : NAMED_HEADERS) {
            demand(
                    headers.firstValue(name).isEmpty() || answer.path("headers").has(name),
                    "undocumented header " + name + ": " + described);
        }
        if (status < 300) {
            Set<String> known = new TreeSet<>();
            operation
                    .path("parameters")
                    .forEach(parameter -> known.add(resolved(parameter).get("name").asText()));
            demand(known.containsAll(query), "undocumented parameter: " + query + " " + described);
        }
        if (!answer.has("content")) {
            demand(body.isEmpty(), "a body that is not documented: " + described);
            return;
        }
        String type = headers.firstValue("Content-Type").orElse("").split(";")[0];
        demand(
                answer.get("content").has(type),
                "another media type: " + headers.map() + " " + described);
        if (type.endsWith("json") && !type.endsWith("ndjson")) {
            valid(answer.get("content").get(type).get("schema"), body, described);
        }
        if (status >= 400) {
            problem(status, headers, body, described);
        }
    }

    /** Holds the example of a schema against it. */
    void checkExample(String schema) throws IOException {
        valid(
                mapper.createObjectNode().put("$ref", "#/components/schemas/" + schema),
                document.at("/components/schemas/" + schema + "/example").toString(),
                "example of " + schema);
    }

    private void problem(int status, HttpHeaders headers, String body, String described)
            throws IOException {
        demand(
                Problem.MEDIA_TYPE.equals(headers.firstValue("Content-Type").orElse("")),
                "no problem details: " + headers.map() + " " + described);
        JsonNode problem = mapper.readTree(body);
        demand(problem.path("status").asInt() == status, "another status: " + described);
        demand(!problem.path("detail").asText().isEmpty(), "no detail: " + described);
        valid(
                mapper.createObjectNode().put("$ref", "#/components/schemas/Problem"),
                body,
                described);
    }

    private void valid(JsonNode schema, String body, String described) throws IOException {
        ObjectNode root = mapper.createObjectNode();
        root.set("components", closed.get("components"));
        root.setAll((ObjectNode) schema);
        Set<?> faults =
                JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V7)
                        .getSchema(root)
                        .validate(mapper.readTree(body));
        demand(faults.isEmpty(), faults + ": " + described);
    }

    private JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
    }

    private JsonNode operation(String path) {
        List<String> segments = List.of(path.split("/", -1));
        JsonNode best = mapper.missingNode();
        for (Iterator<Map.Entry<String, JsonNode>> paths = document.get("paths").fields();
                paths.hasNext(); ) {
            Map.Entry<String, JsonNode> candidate = paths.next();
            List<String> template = List.of(candidate.getKey().split("/", -1));
            boolean fits = template.size() == segments.size();
            for (int i = 0; fits && i < template.size(); i++) {
                fits = template.get(i).startsWith("{") || template.get(i).equals(segments.get(i));
            }
            if (fits && (best.isMissingNode() || !candidate.getKey().contains("{"))) {
                best = candidate.getValue();
            }
        }
        return best;
    }

    private static void demand(boolean holds, String fault) {
        if (!holds) {
            throw new AssertionError(fault);
        }
    }
}
