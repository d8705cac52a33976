package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onosproject.store.service.StorageException;
import org.postern.device.DeviceState;
import org.postern.device.Statuses;

class ProblemTest {
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

    @Test
    void viewerReadsAndOnlyAnAdministratorWrites() throws Exception {
        isp.directory.add("home", Isp.S1 + "/4");
        for (String path :
                List.of(
                        "/status",
                        "/devices",
                        "/subscribers",
                        "/subscribers/home",
                        "/openapi.json")) {
            isp.get(path).by("vic").gives(200);
        }
        isp.put("/subscribers/other", HOME).by("vic").gives(403);
        isp.put("/subscribers/home/class", "{'class':'business'}").by("vic").gives(403);
        isp.put("/subscribers/home/quarantine", "{'reason':'worm'}").by("vic").gives(403);
        isp.delete("/subscribers/home").by("vic").gives(403);
        isp.put("/devices/" + Isp.S2 + "/enforcement").by("vic").gives(403);
        isp.delete("/devices/" + Isp.S1 + "/enforcement").by("vic").gives(403);
        isp.post("/suspensions", "{'scope':'everywhere','seconds':1,'reason':'x'}")
                .by("vic")
                .gives(403);
        assertEquals(List.of(), isp.directory.orders);
        assertEquals(List.of(), isp.enforcement.orders);
        isp.delete("/subscribers/home").by("ada").gives(204);
    }

    @Test
    void unknownPathIsNotFound() throws Exception {
        assertEquals(
                "/onos/postern/v1/nothing",
                isp.get("/nothing?x=1").gives(404).json().get("instance").asText());
        isp.get("/subscribers/a/b/c").gives(404);
        isp.put("/nothing", HOME).gives(404);
    }

    @Test
    void otherMethodIsRefusedNamingThoseThereAre() throws Exception {
        assertTrue(
                isp.call("PATCH", "/subscribers/home").gives(405).header("Allow").contains("PUT"));
        assertTrue(isp.post("/status", "{}").gives(405).header("Allow").contains("GET"));
        assertFalse(isp.delete("/attempts").gives(405).header("Allow").contains("DELETE"));
    }

    @Test
    void otherMediaTypesAreRefused() throws Exception {
        isp.call("PUT", "/subscribers/home").text("text/plain", "x").gives(415);
        isp.get("/status").with("Accept", "text/html").gives(406);
        isp.get("/status").with("Accept", "text/html, */*;q=0.1").gives(200);
        assertEquals(List.of(), isp.directory.orders);
    }

    @Test
    void requestWithoutABodyMaySayWhatItWouldBe() throws Exception {
        isp.directory.add("home", Isp.S1 + "/4");
        isp.get("/subscribers").with("Content-Type", "application/json").gives(200);
        isp.get("/subscribers/home").with("Content-Type", "application/json").gives(200);
        isp.delete("/subscribers/home").with("Content-Type", "application/json").gives(204);
    }

    @Test
    void whatIsAnsweredWithoutABodyIsAcceptable() throws Exception {
        // as clients do that were generated from the document: only errors have a body here
        isp.directory.add("home", Isp.S1 + "/4");
        isp.delete("/subscribers/home").with("Accept", Problem.MEDIA_TYPE).gives(204);
        isp.delete("/suspensions").with("Accept", Problem.MEDIA_TYPE).gives(204);
    }

    @Test
    void errorIsAnsweredInJsonWhateverIsAccepted() throws Exception {
        isp.get("/subscribers/nobody").with("Accept", "text/html").gives(406);
        isp.get("/subscribers/nobody").with("Accept", "application/json").gives(404);
    }

    @Test
    void storeThatDoesNotAnswerIsToldWithWhenToTryAgain() throws Exception {
        isp.directory.refusal = new StorageException.Timeout();
        assertFalse(isp.put("/subscribers/home", HOME).gives(503).header("Retry-After").isEmpty());
        isp.directory.refusal = new IllegalStateException("the store failed at subscriber home");
        assertTrue(isp.put("/subscribers/home", HOME).gives(503).detail().contains("store failed"));
        isp.enforcement.refusal = new IllegalStateException("the switch did not confirm");
        isp.delete("/devices/" + Isp.S1 + "/enforcement").gives(503);
    }

    @Test
    void posternThatIsNotActiveIsTold() throws Exception {
        isp.get("/subscribers").gives(200);
        isp.deactivate();
        assertTrue(isp.get("/subscribers").gives(503).detail().contains("org.postern"));
        isp.put("/subscribers/home", HOME).gives(503);
    }

    @Test
    void faultOfOursIsToldWithoutItsInnards() throws Exception {
        isp.directory.refusal = new NullPointerException("secret");
        Isp.Answer fault = isp.put("/subscribers/home", HOME).gives(500);
        assertFalse(fault.text().contains("secret") || fault.text().contains("NullPointer"));
        assertFalse(fault.text().contains("\tat ") || fault.text().contains("java:"));
    }

    @Test
    void devicesAreEnforcedAndWithdrawn() throws Exception {
        JsonNode listed = isp.get("/devices").gives(200).json().get("devices");
        assertEquals(Isp.S1, listed.get(0).get("device").asText());
        assertEquals(2, listed.size());
        isp.get("/devices?limit=1").gives(200);
        assertEquals("id", isp.get("/devices/of:0000000000000009").gives(404).field());
        isp.get("/devices/x").gives(404);
        isp.put("/devices/" + Isp.S1 + "/enforcement").gives(200);
        isp.delete("/devices/" + Isp.S2 + "/enforcement").gives(200);
        assertEquals(List.of(), isp.enforcement.orders, "it is so already");
        isp.put("/devices/" + Isp.S2 + "/enforcement").gives(202);
        isp.delete("/devices/" + Isp.S1 + "/enforcement?driver=ovs").gives(200);
        assertEquals(
                List.of(
                        "enforce of:0000000000000002 by ada (rest)",
                        "withdraw of:0000000000000001 ovs by ada (rest)"),
                isp.enforcement.orders);
        assertEquals(
                "driver",
                isp.delete("/devices/" + Isp.S1 + "/enforcement?driver=").gives(400).field());
        isp.enforcement.refusal = new IllegalArgumentException("driver x: there is none");
        assertEquals(
                "driver",
                isp.delete("/devices/" + Isp.S1 + "/enforcement?driver=x").gives(422).field());
        isp.put("/devices/of:0000000000000009/enforcement").gives(404);
    }

    @Test
    void whatIsBeingEnforcedAlreadyIsNotOrderedAgain() throws Exception {
        isp.enforcement.devices.set(
                0,
                Statuses.of(
                                Isp.S2,
                                DeviceState.PROGRAMMING,
                                "rules are on their way",
                                Directory.NOW)
                        .build());
        isp.put("/devices/" + Isp.S2 + "/enforcement").gives(202);
        assertEquals(List.of(), isp.enforcement.orders);
    }

    @Test
    void enforcementIsSuspendedAndResumed() throws Exception {
        for (String scope : List.of("everywhere", "device " + Isp.S1, "class business")) {
            isp.post("/suspensions", "{'scope':'" + scope + "','seconds':600,'reason':'outage'}")
                    .gives(201);
        }
        assertEquals(3, isp.get("/suspensions").gives(200).json().get("suspensions").size());
        isp.get("/suspensions/class%20business").gives(200);
        isp.delete("/suspensions/class%20business").gives(204);
        assertEquals("scope", isp.delete("/suspensions/class%20business").gives(404).field());
        isp.delete("/suspensions").gives(204);
        isp.delete("/suspensions").gives(204);
        assertTrue(isp.enforcement.suspensions.isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{''scope'':''nowhere'',''seconds'':1,''reason'':''x''}' | 400 | /scope",
                "'{''scope'':''device x'',''seconds'':1,''reason'':''x''}' | 400 | /scope",
                "'{''scope'':''class gold'',''seconds'':1,''reason'':''x''}' | 422 | /scope",
                "'{''scope'':''everywhere'',''seconds'':0,''reason'':''x''}' | 400 | /seconds",
                "'{''scope'':''everywhere'',''seconds'':86401,''reason'':''x''}' | 400 | /seconds",
                "'{''scope'':''everywhere'',''seconds'':''10m'',''reason'':''x''}' | 400 | /seconds",
                "'{''scope'':''everywhere'',''seconds'':1.5,''reason'':''x''}' | 400 | /seconds",
                "'{''scope'':''everywhere'',''reason'':''x''}' | 400 | /seconds",
                "'{''scope'':''everywhere'',''seconds'':1}' | 400 | /reason",
                "'{''seconds'':1,''reason'':''x''}' | 400 | /scope"
            })
    void suspensionThatCannotBeMeantIsRefusedByField(String body, int status, String field)
            throws Exception {
        assertEquals(field, isp.post("/suspensions", body).gives(status).field());
        assertEquals(List.of(), isp.enforcement.orders);
    }
}
