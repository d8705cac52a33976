package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ExemptionFilesTest {
    private static final String HEAD = "id,subscriber,destinations,until,reason,ticket,spf\n";
    private static final String UNTIL = "2099-01-31T12:00:00Z";
    private static final String ROW = "e1,s1,192.0.2.25/32," + UNTIL + ",own server,T1,yes\n";

    private Isp isp;

    @BeforeEach
    void start() throws Exception {
        isp = new Isp();
        for (int i = 1; i <= 30; i++) {
            isp.directory.add("s" + i, Isp.S1 + "/" + i);
        }
    }

    @AfterEach
    void stop() {
        isp.close();
    }

    private Isp.Call csv(String query, String text) {
        return isp.call("POST", "/imports/exemptions" + query).text("text/csv", text);
    }

    @Test
    void fileIsImportedAllOfItAndTheSameAgainChangesNothing() throws Exception {
        JsonNode tried = csv("?dryRun=true", HEAD + ROW).gives(200).json();
        assertEquals("checked", tried.get("outcome").asText());
        JsonNode added = tried.get("difference").get("added").get(0);
        assertEquals("192.0.2.25/32", added.get("destinations").get(0).asText());
        assertTrue(isp.exemptions.known.isEmpty());
        assertEquals(
                "done",
                csv("?reason=change%2017", HEAD + ROW).gives(200).json().get("outcome").asText());
        assertEquals(1, isp.exemptions.orders.size());
        assertTrue(isp.exemptions.orders.get(0).contains("change 17"));
        assertEquals("unchanged", csv("", HEAD + ROW).gives(200).json().get("outcome").asText());
        JsonNode changed =
                isp.post(
                                "/imports/exemptions",
                                "[{'id':'e1','subscriber':'s1','until':'"
                                        + UNTIL
                                        + "','reason':'x'}]")
                        .gives(200)
                        .json();
        assertEquals(1, changed.get("difference").get("numbers").get("changed").asInt());
        csv("", HEAD + ROW).by("vic").gives(403);
        isp.call("POST", "/imports/exemptions").text("text/plain", ROW).gives(415);
        assertEquals("mirror", csv("?mirror=true", HEAD + ROW).gives(400).field());
    }

    @Test
    void whatWasExportedImportsToNothing() throws Exception {
        csv("", HEAD + ROW + "e2,s2,,2099-06-01T00:00:00Z,\"=1+1, 'quoted'\",,\n").gives(200);
        for (String kind : List.of("application/json", "text/csv")) {
            String file = isp.get("/exports/exemptions").with("Accept", kind).gives(200).text();
            assertTrue(file.contains("own server"), file);
            JsonNode again =
                    isp.call("POST", "/imports/exemptions").text(kind, file).gives(200).json();
            assertEquals("unchanged", again.get("outcome").asText());
            assertEquals(2, again.get("difference").get("numbers").get("unchanged").asInt());
        }
        assertEquals(1, isp.get("/exports/exemptions?ticket=T1").gives(200).json().size());
        assertEquals(1, isp.get("/exports/exemptions?subscriber=s2").gives(200).json().size());
        assertEquals(2, isp.get("/exports/exemptions?state=in-force").gives(200).json().size());
        assertEquals("state", isp.get("/exports/exemptions?state=odd").gives(400).field());
        isp.exemptions.ended = true;
        assertEquals(0, isp.get("/exports/exemptions").gives(200).json().size());
        assertEquals(2, isp.get("/exports/exemptions?state=ended").gives(200).json().size());
        isp.get("/exports/exemptions").by("vic").gives(200);
    }

    @Test
    void faultsAreToldByLineAndPointedToAndNothingIsDone() throws Exception {
        Isp.Answer refused = csv("", HEAD + ROW + "x,s2,nowhere," + UNTIL + ",r,,\n").gives(422);
        JsonNode result = refused.json().get("exemptionResult");
        assertEquals("faulty", result.get("outcome").asText());
        assertEquals(3, result.get("faults").get(0).get("line").asInt());
        assertEquals("destinations[0]", result.get("faults").get(0).get("field").asText());
        assertFalse(refused.json().has("field"));
        Isp.Answer json =
                isp.post(
                                "/imports/exemptions",
                                "[{'id':'e1','subscriber':'s1','until':'"
                                        + UNTIL
                                        + "','reason':'x',"
                                        + "'checklist':{'reviewDate':'soon'}}]")
                        .gives(422);
        assertEquals("/0/checklist/reviewDate", json.field());
        assertTrue(isp.exemptions.known.isEmpty());
        // what the rules refuse, too
        isp.exemptions.refusal =
                new IllegalArgumentException("exemption e1: there is no subscriber \"s1\": no");
        assertEquals(
                "subscriber",
                csv("", HEAD + ROW)
                        .gives(422)
                        .json()
                        .at("/exemptionResult/faults/0/field")
                        .asText());
    }

    @Test
    void importThatExemptsTooManyIsRefusedWithoutForce() throws Exception {
        String file =
                HEAD
                        + IntStream.rangeClosed(1, 11)
                                .mapToObj(i -> "e" + i + ",s" + i + ",," + UNTIL + ",x,,\n")
                                .collect(Collectors.joining());
        Isp.Answer refused = csv("", file).gives(409);
        assertEquals("force", refused.field());
        assertEquals(11, refused.json().at("/exemptionResult/reach/opened").asInt());
        assertTrue(isp.exemptions.known.isEmpty());
        csv("?force=true", file).gives(200);
        assertEquals(11, isp.exemptions.known.size());
    }

    @Test
    void aFileMayBeLargerThanAnotherBody() throws Exception {
        String blank = " ".repeat(1000) + "\n";
        assertEquals(
                "done",
                csv("", HEAD + blank.repeat(2000) + ROW).gives(200).json().get("outcome").asText());
    }
}
