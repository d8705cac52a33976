package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Why something is ordered goes with the order, whatever is ordered. */
class ReasonTest {
    private static final String HOME = "{'attachments':['of:0000000000000001/4']}";

    private Isp isp;

    @BeforeEach
    void start() throws Exception {
        isp = new Isp();
    }

    @AfterEach
    void stop() {
        isp.close();
    }

    /** Everything that can be ordered, but for what has its reason in its body. */
    private List<Isp.Call> calls(String query) {
        return List.of(
                isp.put("/subscribers/home" + query, HOME),
                isp.put("/subscribers/home/class" + query, "{'class':'business'}"),
                isp.delete("/subscribers/home/quarantine" + query),
                isp.delete("/subscribers/home" + query),
                isp.post(
                        "/imports" + query,
                        "[{'id':'shop','attachments':['of:0000000000000001/5']}]"),
                isp.put("/devices/" + Isp.S2 + "/enforcement" + query),
                isp.delete("/devices/" + Isp.S1 + "/enforcement" + query),
                isp.delete("/suspensions/everywhere" + query),
                isp.delete("/suspensions" + query));
    }

    @Test
    void everyOrderTakesAReason() throws Exception {
        String all = "?reason=HD-17:%20new%20contract";
        List<String> orders = new ArrayList<>();
        for (Isp.Call call : calls(all)) {
            isp.post("/suspensions", "{'scope':'everywhere','seconds':9,'reason':'x'}").gives(201);
            if (isp.directory.subscribers.containsKey("home")) {
                isp.put("/subscribers/home/quarantine", "{'reason':'worm'}").gives(200);
            }
            isp.directory.orders.clear();
            isp.enforcement.orders.clear();
            assertTrue(call.send().status() < 300);
            orders.addAll(isp.directory.orders);
            orders.addAll(isp.enforcement.orders);
        }
        assertEquals(9, orders.size(), orders.toString());
        orders.forEach(o -> assertTrue(o.endsWith(" by ada (rest): HD-17: new contract"), o));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "%20", "two%0Alines", "long"})
    void reasonThatCannotBeAuditedIsRefusedAndNothingIsDone(String reason) throws Exception {
        isp.directory.add("home", Isp.S1 + "/4");
        String given = reason.equals("long") ? "x".repeat(201) : reason;
        for (Isp.Call call : calls("?reason=" + given)) {
            Isp.Answer refused = call.gives(400);
            assertEquals("reason", refused.field());
            assertTrue(refused.detail().contains("1 to 200 characters"), refused.detail());
        }
        assertEquals(List.of(), isp.directory.orders);
        assertEquals(List.of(), isp.enforcement.orders);
    }

    @Test
    void whateverIsChangedCanBeGivenAReasonByTheDocument() throws Exception {
        JsonNode document = new Contract(DocumentResource.document()).document();
        TreeSet<String> without = new TreeSet<>();
        for (JsonNode path : document.get("paths")) {
            path.fields()
                    .forEachRemaining(
                            method -> {
                                if (!method.getKey().equals("get")
                                        && !takesReason(document, method.getValue())) {
                                    without.add(method.getValue().get("operationId").asText());
                                }
                            });
        }
        assertEquals(
                List.of("forgetSurvey", "probe", "probeSubmissionServers", "startSurvey"),
                List.copyOf(without),
                "only what changes nothing");
    }

    private static boolean takesReason(JsonNode document, JsonNode operation) {
        for (JsonNode parameter : operation.path("parameters")) {
            if (resolved(document, parameter).path("name").asText().equals("reason")) {
                return true;
            }
        }
        JsonNode body = operation.at("/requestBody/content/application~1json/schema");
        return resolved(document, body).path("properties").has("reason");
    }

    private static JsonNode resolved(JsonNode document, JsonNode node) {
        return node.has("$ref") ? document.at(node.get("$ref").asText().substring(1)) : node;
    }
}
