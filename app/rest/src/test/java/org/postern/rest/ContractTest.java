package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Ticker;
import java.lang.annotation.Annotation;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import javax.ws.rs.HttpMethod;
import javax.ws.rs.Path;
import org.junit.jupiter.api.Test;
import org.postern.probe.Verdict;
import org.postern.submission.Watched;
import org.postern.subscriber.DoubleClaim;

/**
 * The document and the application are the same API. What each answer has is compared in every test
 * that asks for one, see {@link Isp}.
 */
class ContractTest {

    /** Method and path of everything that the application routes. */
    private static Set<String> routes() {
        Set<String> routes = new TreeSet<>();
        for (Class<?> part : new RestApplication(null, Ticker.systemTicker(), null).getClasses()) {
            Path root = part.getAnnotation(Path.class);
            if (root == null) {
                continue;
            }
            for (Method method : part.getMethods()) {
                for (Annotation annotation : method.getAnnotations()) {
                    HttpMethod verb = annotation.annotationType().getAnnotation(HttpMethod.class);
                    if (verb != null) {
                        Path path = method.getAnnotation(Path.class);
                        routes.add(
                                verb.value()
                                        + " /"
                                        + root.value()
                                        + (path == null ? "" : "/" + path.value()));
                    }
                }
            }
        }
        return routes;
    }

    @Test
    void everyRouteIsDocumentedAndNothingElse() throws Exception {
        Contract contract = new Contract(DocumentResource.document());
        assertEquals(routes(), contract.operations().keySet());
        assertEquals(
                contract.operations().size(),
                contract.operations().values().stream().distinct().count());
    }

    @Test
    void everyOperationAnswersAsDocumented() throws Exception {
        try (Isp isp = new Isp()) {
            String home = "{'attachments':['of:0000000000000001/4']}";
            isp.get("/openapi.json").gives(200);
            isp.directory.doubles.add(new DoubleClaim("bob", "alice", "prefix 10.64.7.0/29"));
            isp.get("/submission-servers").gives(200);
            isp.servers.found(
                    Watched.Kind.SERVER,
                    "smtp.isp.example",
                    "127.0.0.1",
                    Network.SILENT_PORT,
                    Verdict.AUTH_IN_CLEAR,
                    Directory.NOW);
            isp.get("/submission-servers").gives(200);
            isp.get("/status").gives(200);
            isp.post("/submission-servers/probe", "").gives(200);
            isp.get("/classes").gives(200);
            isp.get("/devices").gives(200);
            isp.get("/devices/" + Isp.S1).gives(200);
            isp.put("/devices/" + Isp.S1 + "/enforcement").gives(200);
            isp.put("/devices/" + Isp.S2 + "/enforcement").gives(202);
            isp.delete("/devices/" + Isp.S1 + "/enforcement").gives(200);
            isp.put("/subscribers/home", home).gives(201);
            isp.put("/subscribers/home", home).gives(200);
            String tag = isp.get("/subscribers/home").gives(200).header("ETag");
            isp.get("/subscribers/home").with("If-None-Match", tag).gives(304);
            isp.get("/subscribers").gives(200);
            isp.put("/subscribers/home/class", "{'class':'business'}").gives(200);
            isp.put("/subscribers/home/quarantine", "{'reason':'worm'}").gives(200);
            isp.get("/subscribers/home/quarantine").gives(200);
            isp.get("/subscribers/home/report").gives(200);
            isp.get("/quarantines").gives(200);
            isp.delete("/subscribers/home/quarantine").gives(200);
            String exempt = "{'subscriber':'home','reason':'x','until':'2099-01-31T12:00:00Z'}";
            isp.put("/exemptions/x", exempt).gives(201);
            isp.get("/exemptions/x").gives(200);
            isp.get("/exemptions").gives(200);
            isp.get("/audit").gives(200);
            isp.get("/exports").gives(200);
            isp.post("/imports", "[{'id':'home','attachments':['of:0000000000000001/4']}]")
                    .gives(200);
            isp.get("/exports/exemptions").gives(200);
            isp.post(
                            "/imports/exemptions",
                            "[{'id':'x','subscriber':'home','reason':'y','until':'2099-01-31T12:00:00Z'}]")
                    .gives(200);
            isp.post("/exemptions/x/renewal", "{'until':'2099-02-28T12:00:00Z'}").gives(200);
            isp.delete("/exemptions/x?reason=over").gives(204);
            isp.delete("/subscribers/home").gives(204);
            isp.get("/attempts").gives(200);
            isp.post("/suspensions", "{'scope':'everywhere','seconds':9,'reason':'x'}").gives(201);
            isp.get("/suspensions").gives(200);
            isp.get("/suspensions/everywhere").gives(200);
            isp.delete("/suspensions/everywhere").gives(204);
            isp.delete("/suspensions").gives(204);
            isp.post("/probes", "{'host':'none.example'}").gives(200);
            isp.post("/surveys", "[{'provider':'None','host':'none.example'}]").gives(202);
            String survey = isp.get("/surveys").gives(200).json().at("/surveys/0/id").asText();
            isp.get("/surveys/" + survey).gives(200);
            isp.delete("/surveys/" + survey).gives(204);
            Set<String> succeeded =
                    isp.contract.answered().stream()
                            .map(answer -> answer.split(" ")[0])
                            .collect(Collectors.toSet());
            assertEquals(Set.copyOf(isp.contract.operations().values()), succeeded);
        }
    }

    @Test
    void everyReferenceInTheDocumentHasItsTarget() throws Exception {
        JsonNode document = new Contract(DocumentResource.document()).document();
        Set<String> used = new TreeSet<>();
        document.findValuesAsText("$ref").forEach(used::add);
        for (String reference : used) {
            assertTrue(document.at(reference.substring(1)).isObject(), reference);
        }
        Set<String> made = new TreeSet<>();
        for (String part : Arrays.asList("schemas", "parameters", "responses", "headers")) {
            document.at("/components/" + part)
                    .fieldNames()
                    .forEachRemaining(name -> made.add("#/components/" + part + "/" + name));
        }
        assertEquals(made, used);
    }

    @Test
    void examplesAreAsTheirSchemasSay() throws Exception {
        Contract contract = new Contract(DocumentResource.document());
        JsonNode schemas = contract.document().at("/components/schemas");
        int checked = 0;
        for (var names = schemas.fieldNames(); names.hasNext(); ) {
            String name = names.next();
            if (schemas.get(name).has("example")) {
                contract.checkExample(name);
                checked++;
            }
        }
        assertTrue(checked >= 10, "examples: " + checked);
    }
}
