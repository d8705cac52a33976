package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SubscriberReportResourceTest {
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
    void itHasWhatIsKnownBeyondTheRegister() throws Exception {
        isp.put("/subscribers/home", "{'attachments':['of:0000000000000001/3']}").gives(201);
        isp.put(
                        "/exemptions/HD-1",
                        "{'subscriber':'home','reason':'own server','until':'2099-01-31T12:00:00Z'}")
                .gives(201);
        isp.sightings.add("02:64:00:00:00:03", "10.64.1.3", "of:0000000000000001/3", Directory.NOW);
        isp.sightings.add("02:64:00:00:00:04", "10.64.1.4", "of:0000000000000002/9", null);
        JsonNode report = isp.get("/subscribers/home/report").gives(200).json();
        assertEquals("home", report.get("id").asText());
        assertEquals("residential", report.get("effectiveClass").asText());
        assertEquals("HD-1", report.get("exemptions").get(0).get("id").asText());
        assertEquals(1, report.get("hosts").size());
        assertEquals("10.64.1.3", report.get("hosts").get(0).get("addresses").get(0).asText());
        assertEquals(
                "of:0000000000000002/9", report.get("strays").get(0).get("attachment").asText());
    }

    @Test
    void nobodyHasNoReport() throws Exception {
        assertEquals("id", isp.get("/subscribers/nobody/report").gives(404).field());
    }

    @Test
    void viewersMayRead() throws Exception {
        isp.put("/subscribers/home", "{'attachments':['of:0000000000000001/3']}").gives(201);
        isp.get("/subscribers/home/report").by("vic").gives(200);
    }
}
