package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.ImportProgress;
import org.postern.provisioning.ImportRequest;
import org.postern.provisioning.ProvisioningService;

class ProvisioningResourceTest {
    private static final String HEAD = "id,class,attachments,prefixes,macs,mode\n";
    private static final String HOME = "home,residential,of:0000000000000001/4,,,enforce\n";

    private Isp isp;

    @BeforeEach
    void start() throws Exception {
        isp = new Isp();
    }

    @AfterEach
    void stop() {
        isp.close();
    }

    private Isp.Call csv(String query, String text) {
        return isp.call("POST", "/imports" + query).text("text/csv", text);
    }

    private int audited(String query) throws Exception {
        return isp.get("/audit" + query).gives(200).json().get("entries").size();
    }

    @Test
    void fileIsImportedAllOfItAndTheSameAgainChangesNothing() throws Exception {
        JsonNode tried = csv("?dryRun=true", HEAD + HOME).gives(200).json();
        assertEquals("checked", tried.get("outcome").asText());
        assertEquals("home", tried.get("difference").get("added").get(0).get("id").asText());
        assertTrue(isp.directory.subscribers.isEmpty());
        assertEquals("done", csv("", HEAD + HOME).gives(200).json().get("outcome").asText());
        assertEquals("unchanged", csv("", HEAD + HOME).gives(200).json().get("outcome").asText());
        JsonNode changed =
                isp.post("/imports", "[{'id':'home','attachments':['of:0000000000000001/5']}]")
                        .gives(200)
                        .json();
        assertEquals(1, changed.get("difference").get("numbers").get("changed").asInt());
        isp.call("POST", "/imports").text("text/plain", HOME).gives(415);
        assertEquals("dryrun", csv("?dryrun=true", HEAD + HOME).gives(400).field());
        csv("", HEAD + HOME).by("vic").gives(403);
    }

    @Test
    void faultsAreToldByLineAndNothingIsDone() throws Exception {
        Isp.Answer refused = csv("", HEAD + HOME + "x,gold,nowhere,,,\n").gives(422);
        JsonNode result = refused.json().get("result");
        assertEquals("faulty", result.get("outcome").asText());
        assertEquals(3, result.get("faults").get(0).get("line").asInt());
        assertTrue(isp.directory.subscribers.isEmpty());
    }

    @Test
    void firstFaultOfAFileIsPointedToInJsonAndByItsLineInCsv() throws Exception {
        String good = "{'id':'home','attachments':['of:0000000000000001/4']}";
        for (String[] bad :
                new String[][] {
                    {
                        "[" + good + ",{'id':'x','attachments':['of:1/1','nowhere']}]",
                        "/1/attachments/1"
                    },
                    {"[{'id':'x','class':'gold','attachments':['of:1/1']}]", "/0/class"},
                    {"[" + good + "," + good + "]", "/1/id"},
                    {"[" + good + ",{'nick':'x'}]", "/1"},
                    {"[" + good + ",7]", "/1"}
                }) {
            assertEquals(bad[1], isp.post("/imports", bad[0]).gives(422).field(), bad[0]);
        }
        Isp.Answer csv = csv("", HEAD + "x,residential,nowhere,,,\n").gives(422);
        assertFalse(csv.json().has("field"), csv.text());
        JsonNode fault = csv.json().get("result").get("faults").get(0);
        assertEquals("attachments[0]", fault.get("field").asText());
        assertFalse(isp.post("/imports", "7").gives(422).json().has("field"));
    }

    @Test
    void importThatOpensTooManyIsRefusedWithoutForce() throws Exception {
        StringBuilder file = new StringBuilder(HEAD);
        for (int i = 1; i <= 30; i++) {
            file.append(
                    String.format(
                            "s%d,business,of:0000000000000001/%d,10.64.1.%d/32,,enforce%n",
                            i, i, i));
            isp.directory.add("s" + i, Isp.S1 + "/" + i);
        }
        Isp.Answer refused = csv("", file.toString()).gives(409);
        assertEquals("force", refused.field());
        assertEquals(30, refused.json().get("result").get("reach").get("opened").asInt());
        assertEquals("residential", isp.directory.subscribers.get("s1").serviceClass());
        csv("?force=true", file.toString()).gives(200);
        assertEquals("business", isp.directory.subscribers.get("s1").serviceClass());
    }

    @Test
    void secondImportAtATimeIsToComeAgain() throws Exception {
        List<Isp.Answer> answers = new ArrayList<>();
        InputStream first =
                new ByteArrayInputStream((HEAD + HOME).getBytes(StandardCharsets.UTF_8)) {
                    @Override
                    public synchronized int read(byte[] target, int offset, int length) {
                        try {
                            answers.add(csv("?dryRun=true", HEAD + HOME).gives(503));
                        } catch (IOException | InterruptedException e) {
                            throw new AssertionError(e);
                        }
                        return super.read(target, offset, length);
                    }
                };
        isp.get(ProvisioningService.class)
                .importSubscribers(
                        first,
                        ImportRequest.of(FileFormat.CSV),
                        Order.console("ada"),
                        ImportProgress.UNTOLD);
        assertEquals("5", answers.get(0).header("Retry-After"));
        assertTrue(answers.get(0).detail().contains("another import goes on at this node"));
        assertEquals("unchanged", csv("", HEAD + HOME).gives(200).json().get("outcome").asText());
    }

    @Test
    void importMayBeLargerThanOtherBodies() throws Exception {
        StringBuilder file = new StringBuilder(HEAD);
        for (int i = 1; file.length() <= RequestLimits.LARGEST_BODY; i++) {
            file.append(String.format("s%d,residential,of:0000000000000001/%d,,,%n", i, i + 1000));
        }
        csv("?dryRun=true", file.toString()).gives(200);
    }

    @Test
    void whatIsExportedCanBeImported() throws Exception {
        csv("", HEAD + HOME).gives(200);
        isp.directory.add("shop", Isp.S2 + "/3");
        String text = isp.get("/exports").with("Accept", "text/csv").gives(200).text();
        assertTrue(text.contains("home,residential"), text);
        assertEquals("unchanged", csv("", text).gives(200).json().get("outcome").asText());
        String json = isp.get("/exports").gives(200).text();
        assertEquals(
                "unchanged", isp.post("/imports", json).gives(200).json().get("outcome").asText());
        assertEquals(1, isp.get("/exports?device=" + Isp.S2).gives(200).json().size());
        assertEquals("limit", isp.get("/exports?limit=1").gives(400).field());
    }

    @Test
    void auditIsListedAndExported() throws Exception {
        Change change =
                Change.of("set-class", "home", "home from residential to business")
                        .between(Optional.of("{\"class\":\"residential\"}"), Optional.empty());
        isp.audit.add(Order.console("ada"), change);
        isp.audit.add(new Order("bob", Order.Interface.REST), change);
        assertEquals(2, isp.get("/audit").gives(200).json().get("last").asInt());
        assertEquals(2, audited(""));
        for (String query : List.of("?by=bob", "?via=rest", "?subject=home&limit=1")) {
            assertEquals(1, audited(query), query);
        }
        assertEquals(0, audited("?action=release"));
        assertEquals(0, audited("?until=2026-01-01T00:00:00Z"));
        assertEquals(
                "1",
                isp.get("/audit?limit=1&oldestFirst=true").gives(200).json().get("next").asText());
        isp.get("/audit?cursor=1").gives(200);
        assertEquals("cursor", isp.get("/audit?cursor=x").gives(400).field());
        assertEquals("via", isp.get("/audit?via=x").gives(400).field());
        assertEquals("since", isp.get("/audit?since=x").gives(400).field());
        String lines =
                isp.get("/audit?by=ada").with("Accept", "application/x-ndjson").gives(200).text();
        assertEquals(1, lines.split("\n").length);
        assertTrue(lines.endsWith("}\n"), lines);
        isp.get("/audit").by("vic").gives(200);
    }
}
