package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExemptionResourceTest {
    private static final String MAIL =
            "{'subscriber':'shop','destinations':['192.0.2.25/32'],'reason':'own server','ticket':'4711',"
                    + "'until':'2099-01-31T12:00:00Z','checklist':{'reviewDate':'2098-12-01','spf':'-all'}}";

    private Isp isp;

    @BeforeEach
    void start() throws Exception {
        isp = new Isp();
    }

    @AfterEach
    void stop() {
        isp.close();
    }

    private int found(String query) throws Exception {
        return isp.get("/exemptions" + query).gives(200).json().get("exemptions").size();
    }

    @Test
    void whoIsExemptedIsShownAndFound() throws Exception {
        Isp.Answer made = isp.put("/exemptions/x1", MAIL).gives(201);
        assertTrue(made.header("Location").endsWith("/exemptions/x1"));
        JsonNode shown = isp.get("/exemptions/x1").gives(200).json();
        assertEquals("192.0.2.25/32", shown.get("destinations").get(0).asText());
        assertEquals("ada", shown.get("by").asText());
        assertEquals("in-force", shown.get("state").asText());
        assertEquals("-all", shown.get("checklist").get("spf").asText());
        isp.put("/exemptions/x2", MAIL.replace("'shop'", "'home'").replace("4711", "9")).gives(201);
        assertEquals(2, found(""));
        assertEquals(1, found("?subscriber=home"));
        assertEquals(1, found("?ticket=4711"));
        assertEquals(2, found("?state=in-force"));
        assertEquals(0, found("?state=ended"));
        assertEquals(1, found("?limit=1"));
        assertEquals("state", isp.get("/exemptions?state=x").gives(400).field());
    }

    @Test
    void sameAgainOrdersNothingWhoeverAsks() throws Exception {
        String tag = isp.put("/exemptions/x1", MAIL).gives(201).header("ETag");
        assertEquals(tag, isp.put("/exemptions/x1", MAIL).gives(200).header("ETag"));
        String read = isp.get("/exemptions/x1").gives(200).text();
        assertEquals(tag, isp.put("/exemptions/x1", read).gives(200).header("ETag"));
        assertEquals(List.of("put x1 by ada (rest)"), isp.exemptions.orders);
    }

    @Test
    void whatWasReadCanBeWrittenBackChangedIfItIsStillSo() throws Exception {
        Isp.Answer read = isp.put("/exemptions/x1", MAIL).gives(201);
        ObjectNode changed = (ObjectNode) read.json();
        changed.put("ticket", "4712");
        isp.put("/exemptions/x1", changed.toString())
                .with("If-Match", read.header("ETag"))
                .gives(200);
        isp.put("/exemptions/x1", changed.toString())
                .with("If-Match", read.header("ETag"))
                .gives(412);
        isp.delete("/exemptions/x1?reason=x").with("If-Match", read.header("ETag")).gives(412);
        isp.put("/exemptions/x1", MAIL).with("If-None-Match", "*").gives(412);
        assertEquals("4712", isp.exemptions.known.get("x1").ticket());
        isp.get("/exemptions/x1")
                .with("If-None-Match", isp.get("/exemptions/x1").gives(200).header("ETag"))
                .gives(304);
    }

    @Test
    void exemptionIsRenewedAndTakenBack() throws Exception {
        isp.put("/exemptions/x1", MAIL).gives(201);
        String later = "{'until':'2099-06-30T00:00:00Z'}";
        assertEquals(
                "2099-06-30T00:00:00Z",
                isp.post("/exemptions/x1/renewal", later).gives(200).json().get("until").asText());
        isp.post("/exemptions/x1/renewal", later).gives(200);
        isp.post("/exemptions/x1/renewal", later).with("If-Match", "\"old\"").gives(412);
        assertEquals("/until", isp.post("/exemptions/x1/renewal", "{}").gives(400).field());
        isp.post("/exemptions/x9/renewal", later).gives(404);
        assertEquals("reason", isp.delete("/exemptions/x1").gives(400).field());
        isp.delete("/exemptions/x1?reason=left").gives(204);
        isp.delete("/exemptions/x1?reason=left").gives(404);
        isp.get("/exemptions/x1").gives(404);
        assertEquals(
                List.of(
                        "put x1 by ada (rest)",
                        "renew x1 by ada (rest)",
                        "revoke x1: left by ada (rest)"),
                isp.exemptions.orders);
    }

    @Test
    void whatAWrongClockEndedHoldsWhenItIsPutOrRenewedAgain() throws Exception {
        isp.put("/exemptions/x1", MAIL).gives(201);
        isp.exemptions.ended = true;
        assertEquals("ended", isp.get("/exemptions/x1").gives(200).json().get("state").asText());
        isp.put("/exemptions/x1", MAIL).gives(200);
        isp.post("/exemptions/x1/renewal", "{'until':'2099-01-31T12:00:00Z'}").gives(200);
        assertEquals(
                List.of("put x1 by ada (rest)", "put x1 by ada (rest)", "renew x1 by ada (rest)"),
                isp.exemptions.orders);
    }

    @Test
    void viewerExemptsNobody() throws Exception {
        isp.put("/exemptions/x1", MAIL).by("vic").gives(403);
        isp.put("/exemptions/x1", MAIL).gives(201);
        isp.get("/exemptions/x1").by("vic").gives(200);
        isp.post("/exemptions/x1/renewal", "{'until':'2099-06-30T00:00:00Z'}").by("vic").gives(403);
        isp.delete("/exemptions/x1?reason=x").by("vic").gives(403);
        assertEquals(1, isp.exemptions.orders.size());
    }

    @Test
    void refusalOfTheDeskNamesTheField() throws Exception {
        isp.exemptions.refusal =
                new IllegalArgumentException("exemption x1: there is no subscriber \"shop\"");
        assertEquals("/subscriber", isp.put("/exemptions/x1", MAIL).gives(422).field());
        isp.exemptions.refusal =
                new IllegalArgumentException(
                        "exemption x1: until 2099-01-31T12:00:00Z is too far: an exemption lasts");
        assertEquals("/until", isp.put("/exemptions/x1", MAIL).gives(422).field());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'192.0.2.25/32' | '192.0.2.25' | /destinations/0",
                "'192.0.2.25/32' | '127.0.0.1/32' | /destinations",
                "'''own server''' | '''''' | /reason",
                "'''own server''' | 7 | /reason",
                "'2099-01-31T12:00:00Z' | 'tomorrow' | /until",
                "'2099-01-31T12:00:00Z' | '1999-01-31T12:00:00Z' | /until",
                "'2098-12-01' | 'soon' | /checklist/reviewDate",
                "'''-all''' | true | /checklist/spf",
                "'spf' | 'colour' | /checklist/colour",
                "'''ticket''' | '''tikcet''' | /tikcet",
                "'''ticket'':''4711''' | '''by'':''eve''' | /by",
                "'''ticket'':''4711''' | '''state'':''ended''' | /state",
                "'''ticket'':''4711''' | '''class'':''business''' | /class",
                "'''shop''' | '''-''' | /subscriber"
            })
    void malformedExemptionIsRefusedByField(String what, String other, String field)
            throws Exception {
        String body = MAIL.replace(what, other);
        assertEquals(field, isp.put("/exemptions/x1", body).gives(400).field());
        assertEquals(List.of(), isp.exemptions.orders);
    }
}
