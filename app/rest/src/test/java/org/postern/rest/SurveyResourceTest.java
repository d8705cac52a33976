package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postern.fakecontroller.Await;

@Timeout(120)
class SurveyResourceTest {
    private static final String TWO =
            "[{'provider':'=1+1','host':'SMTP.isp.example','note':'@x'},"
                    + "{'provider':'GoDaddy','host':'none.example'}]";

    private Isp isp;

    @BeforeEach
    void start() throws Exception {
        isp = new Isp();
    }

    @AfterEach
    void stop() {
        isp.close();
    }

    private String started(String query, String list) throws Exception {
        Isp.Answer answer = isp.post("/surveys" + query, list).gives(202);
        assertEquals("ada", answer.json().get("by").asText());
        String id = answer.json().get("id").asText();
        String location = answer.header("Location");
        assertTrue(location.endsWith("/onos/postern/v1/surveys/" + id), location);
        return id;
    }

    private JsonNode ended(String id) throws Exception {
        Await.until("the survey has ended", () -> !isp.surveys.of(id).orElseThrow().isRunning());
        return isp.get("/surveys/" + id).gives(200).json();
    }

    @Test
    void resultIsWhatTheConsoleWritesForPrograms() throws Exception {
        JsonNode json = ended(started("?compare=2005&sender=b@isp.example&family=4", TWO));
        assertEquals("done", json.get("state").asText());
        assertEquals(2, json.get("done").asInt());
        assertEquals(2, json.get("of").asInt());
        assertTrue(json.get("reason").isNull());
        assertTrue(json.get("endedAt").isTextual());
        JsonNode first = json.at("/result/providers/0");
        assertEquals("=1+1", first.get("provider").asText());
        assertEquals("smtp.isp.example", first.get("host").asText());
        assertEquals("@x", first.get("note").asText());
        assertEquals(587, first.at("/result/ports/0/port").asInt());
        assertEquals("enforced", first.at("/result/ports/0/verdict").asText());
        assertTrue(first.at("/result/ports/0/transcript").size() > 5);
        assertEquals(
                "no-such-host", json.at("/result/providers/1/result/ports/0/verdict").asText());
        assertTrue(
                json.at("/result/changes").toString().contains("GoDaddy: in 2005 no response; now"),
                json.at("/result/changes").toString());
        assertTrue(isp.world.heard.contains("MAIL FROM:<b@isp.example>"));
    }

    @Test
    void sheetHasNoFormulas() throws Exception {
        String id =
                isp.call("POST", "/surveys")
                        .text("text/csv", "provider,host,note\n=1+1,smtp.isp.example,@x\n")
                        .gives(202)
                        .json()
                        .get("id")
                        .asText();
        ended(id);
        Isp.Answer sheet = isp.get("/surveys/" + id).with("Accept", "text/csv").gives(200);
        List<String> lines = new ArrayList<>();
        sheet.text().lines().forEach(lines::add);
        assertTrue(lines.get(0).startsWith("provider,host,domain,"), lines.get(0));
        assertTrue(lines.get(1).startsWith("'=1+1,smtp.isp.example,,IPv4,enforced,"), lines.get(1));
        assertTrue(lines.get(1).contains(",'@x,"), lines.get(1));
    }

    @Test
    void oneRunsAtATimeTellsItsProgressAndCanBeCancelled() throws Exception {
        isp.world.greetings.drainPermits();
        String id = started("?parallel=1", TWO.replace("none.example", "mx.isp.example"));
        isp.world.connections.acquire();
        JsonNode running = isp.get("/surveys/" + id).gives(200).json();
        assertEquals("running", running.get("state").asText());
        assertEquals(0, running.get("done").asInt());
        assertEquals(0, running.at("/result/providers").size());
        Isp.Answer refused = isp.post("/surveys", TWO).gives(429);
        assertEquals(Surveys.RETRY_SECONDS, refused.header("Retry-After"));
        assertTrue(refused.detail().contains(id), refused.detail());
        assertEquals(1, isp.get("/surveys").gives(200).json().get("surveys").size());
        Survey survey = isp.surveys.of(id).orElseThrow();
        isp.delete("/surveys/" + id).gives(204);
        assertFalse(survey.isRunning());
        assertEquals("id", isp.get("/surveys/" + id).gives(404).field());
        assertEquals("id", isp.delete("/surveys/" + id).gives(404).field());
        assertEquals(0, isp.get("/surveys").gives(200).json().get("surveys").size());
        isp.world.greetings.release(100);
        assertEquals("done", ended(started("", TWO)).get("state").asText());
    }

    @Test
    void rowsSoFarAreTold() throws Exception {
        isp.world.greetings.drainPermits();
        String id =
                started(
                        "?parallel=1",
                        "[{'provider':'None','host':'none.example'},{'provider':'Slow','host':'mx.example'}]");
        isp.world.connections.acquire();
        JsonNode json = isp.get("/surveys/" + id).gives(200).json();
        assertEquals(1, json.get("done").asInt());
        assertEquals("None", json.at("/result/providers/0/provider").asText());
        assertTrue(json.get("endedAt").isNull());
        assertEquals(
                2,
                isp.get("/surveys/" + id)
                        .with("Accept", "text/csv")
                        .gives(200)
                        .text()
                        .lines()
                        .filter(line -> line.matches("(provider|None),.*"))
                        .count());
    }

    @Test
    void lastFewAreKept() throws Exception {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i <= Surveys.KEPT; i++) {
            ids.add(started("", "[{'provider':'None','host':'none.example'}]"));
            ended(ids.get(i));
        }
        List<String> kept = new ArrayList<>();
        isp.get("/surveys")
                .gives(200)
                .json()
                .get("surveys")
                .forEach(survey -> kept.add(survey.get("id").asText()));
        assertEquals(ids.subList(1, ids.size()), kept);
        isp.get("/surveys/" + ids.get(0)).gives(404);
    }

    @Test
    void surveyEndsWithTheBundle() throws Exception {
        isp.world.greetings.drainPermits();
        Survey survey =
                isp.surveys
                        .of(started("", "[{'provider':'Slow','host':'mx.example'}]"))
                        .orElseThrow();
        isp.world.connections.acquire();
        isp.surveys.deactivate();
        assertFalse(survey.isRunning());
        Await.until(
                "the threads are gone",
                () ->
                        Thread.getAllStackTraces().keySet().stream()
                                .noneMatch(
                                        thread -> thread.getName().startsWith("postern-survey")));
        isp.post("/surveys", TWO).gives(503);
    }

    @Test
    void whoMayOnlyReadStartsAndCancelsNone() throws Exception {
        isp.post("/surveys", TWO).by("vic").gives(403);
        String id = started("", TWO);
        ended(id);
        isp.delete("/surveys/" + id).by("vic").gives(403);
        isp.get("/surveys").by("vic").gives(200);
        isp.get("/surveys/" + id).by("vic").gives(200);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | 400 | '' |",
                "[{'provider':'A','provider':'B'}] | 400 | /0/provider |",
                "[] | 422 | | names nobody",
                "[7] | 422 | /0 | no object",
                "[{'provider':'A','host':'a.example'},{'provider':'B','host':'b c'}] | 422 | /1/host | no host",
                "[{'provider':'A','domain':'192.0.2.1'}] | 422 | /0/domain | no mail domain",
                "[{'provider':'A'}] | 422 | /0 | give a host or a domain",
                "[{'provider':'A','host':'a.example','domain':'a.example'}] | 422 | /0 | one of them",
                "[{'host':'a.example'}] | 422 | /0/provider | missing",
                "[{'provider':'A','host':7}] | 422 | /0/host | no string",
                "[{'provider':'A','hosts':'a.example'}] | 422 | /0 | provider, host, domain, note",
                "[{'provider':'A','host':'a.example'},{'provider':'A','host':'A.example.'}] | 422 | /1 | in /0 already",
                "[{'provider':'','host':'x y'},{'provider':'B','host':''}] | 422 | /0/provider | 2 faults",
            })
    void whatIsWrongWithTheListIsToldByItsPointer(
            String list, int status, String field, String told) throws Exception {
        Isp.Answer answer = isp.post("/surveys", list).gives(status);
        assertEquals(field, answer.field());
        assertTrue(answer.detail().contains(told == null ? "" : told), answer.detail());
        assertEquals(0, isp.get("/surveys").gives(200).json().get("surveys").size());
        assertEquals(0, isp.world.connections.availablePermits());
    }

    @Test
    void whatIsWrongWithLinesIsToldByTheirNumbers() throws Exception {
        Isp.Answer answer =
                isp.call("POST", "/surveys").text("text/csv", "A,b.example\nC,d e\nE\n").gives(422);
        assertTrue(answer.detail().contains("2 faults"), answer.detail());
        assertTrue(answer.detail().contains("line 2: "), answer.detail());
        assertTrue(answer.detail().contains("line 3: it has 1 cell"), answer.detail());
        assertEquals(null, answer.field());
        StringBuilder many = new StringBuilder();
        for (int i = 0; i <= Surveys.MOST; i++) {
            many.append("P,h").append(i).append(".example\n");
        }
        Isp.Answer more = isp.call("POST", "/surveys").text("text/csv", many.toString()).gives(422);
        assertTrue(more.detail().contains("line 1001: there are more than 1000"), more.detail());
        byte[] large = (TWO + " ".repeat((int) RequestLimits.LARGEST_BODY)).getBytes();
        isp.call("POST", "/surveys")
                .chunked(HttpRequest.BodyPublishers.ofByteArrays(List.of(large)))
                .gives(413);
        isp.call("POST", "/surveys").text("text/plain", "A,b.example").gives(415);
        assertEquals(0, isp.world.connections.availablePermits());
    }

    @ParameterizedTest
    @CsvSource({
        "parallel=129, parallel",
        "parallel=0, parallel",
        "family=5, family",
        "recipient=x, recipient",
        "sender=x, sender",
        "greeting=301, greeting",
        "dnsServer=ns.example, dnsServer",
        "compare=/etc/passwd, compare",
        "journal=/tmp/x, journal",
        "csv=/tmp/x, csv"
    })
    void whatCannotBeMeantIsRefusedByParameter(String query, String field) throws Exception {
        assertEquals(field, isp.post("/surveys?" + query, TWO).gives(400).field());
        assertEquals(0, isp.world.connections.availablePermits());
    }
}
