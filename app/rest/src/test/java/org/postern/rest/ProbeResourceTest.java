package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class ProbeResourceTest {
    private static final String ONE = "{'host':'smtp.isp.example','ports':[587],'family':'4'}";

    private Isp isp;

    @BeforeEach
    void start() throws Exception {
        isp = new Isp();
    }

    @AfterEach
    void stop() {
        isp.close();
    }

    private Future<Isp.Answer> later(String body) {
        return CompletableFuture.supplyAsync(
                () -> {
                    try {
                        return isp.post("/probes", body).gives(200);
                    } catch (Exception e) {
                        throw new AssertionError(e);
                    }
                },
                run -> new Thread(run, "asks").start());
    }

    @Test
    void administratorIsToldWhatTheConsoleTells() throws Exception {
        JsonNode json = isp.post("/probes", ONE).gives(200).json();
        assertEquals("sound", json.get("summary").asText());
        JsonNode port = json.get("ports").get(0);
        assertEquals("enforced", port.get("verdict").asText());
        assertEquals(530, port.get("beforeTls").get("mail").get("code").asInt());
        assertFalse(port.has("transcript"));
    }

    @Test
    void everyFieldCounts() throws Exception {
        JsonNode json =
                isp.post(
                                "/probes",
                                "{'host':'SMTP.isp.example.','ports':[587,25],'family':'both','transcript':true,"
                                        + "'recipient':'me@elsewhere.example','localRecipient':'a@isp.example',"
                                        + "'sender':'b@isp.example','greeting':300}")
                        .gives(200)
                        .json();
        assertEquals("smtp.isp.example", json.get("host").asText());
        assertEquals(587, json.get("ports").get(0).get("port").asInt());
        assertEquals(25, json.get("ports").get(1).get("port").asInt());
        assertTrue(json.get("ports").get(0).get("transcript").size() > 5);
        assertTrue(isp.world.heard.contains("MAIL FROM:<b@isp.example>"));
    }

    @Test
    void domainIsLookedUpByTheServerThatWasGiven() throws Exception {
        String dns;
        try (ServerSocket soon = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            dns = "127.0.0.1:" + soon.getLocalPort();
        }
        JsonNode json =
                isp.post("/probes", "{'domain':'ISP.example','dnsServer':'" + dns + "'}")
                        .gives(200)
                        .json();
        assertEquals("isp.example", json.get("host").asText());
        assertEquals("unknown", json.get("summary").asText());
        assertEquals("_submission._tcp", json.get("ports").get(0).get("service").asText());
        assertTrue(json.get("ports").get(0).get("host").isNull());
        assertEquals("no-answer", json.get("dns").get(0).get("outcome").asText());
        assertEquals(dns, json.get("dns").get(2).get("server").asText());
        JsonNode host =
                isp.post("/probes", "{'host':'x.example','ports':[587],'dnsServer':'" + dns + "'}")
                        .gives(200)
                        .json();
        assertEquals("inconclusive", host.get("ports").get(0).get("verdict").asText());
        assertEquals(0, isp.world.connections.availablePermits());
    }

    @Test
    void whoMayOnlyReadMakesNobodyConnect() throws Exception {
        isp.post("/probes", ONE).by("vic").gives(403);
        assertEquals(0, isp.world.connections.availablePermits());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{} | /host",
                "{'host':'a b'} | /host",
                "{'host':'x.example','domain':'x.example'} | /domain",
                "{'domain':'192.0.2.1'} | /domain",
                "{'domain':'x.example','ports':[587]} | /ports",
                "{'host':'x.example','dnsServer':'ns.example'} | /dnsServer",
                "{'host':7} | /host",
                "{'host':'x.example','ports':[]} | /ports",
                "{'host':'x.example','ports':'587'} | /ports",
                "{'host':'x.example','ports':[587,0]} | /ports/1",
                "{'host':'x.example','ports':[587,587]} | /ports/1",
                "{'host':'x.example','ports':[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]} | /ports",
                "{'host':'x.example','family':'5'} | /family",
                "{'host':'x.example','transcript':'yes'} | /transcript",
                "{'host':'x.example','recipient':'x'} | /recipient",
                "{'host':'x.example','localRecipient':'a@b>'} | /localRecipient",
                "{'host':'x.example','sender':'x'} | /sender",
                "{'host':'x.example','greeting':301} | /greeting",
                "{'host':'x.example','password':'x'} | /password",
            })
    void whatCannotBeMeantIsRefusedByField(String body, String field) throws Exception {
        assertEquals(
                field,
                isp.call("POST", "/probes").json(body.replace('\'', '"')).gives(400).field());
        assertEquals(0, isp.world.connections.availablePermits());
    }

    @Test
    void hostThatIsBeingProbedIsNotProbedTwice() throws Exception {
        isp.world.greetings.drainPermits();
        Future<Isp.Answer> first = later(ONE);
        isp.world.connections.acquire();
        Isp.Answer refused = isp.post("/probes", ONE.replace("smtp", "SMTP")).gives(429);
        assertEquals("5", refused.header("Retry-After"));
        assertTrue(refused.detail().contains("smtp.isp.example"), refused.detail());
        isp.world.greetings.release(10);
        first.get();
        isp.post("/probes", ONE).gives(200);
    }

    @Test
    void threadsOfTheWebServerThatProbesKeepAreBounded() throws Exception {
        isp.world.greetings.drainPermits();
        List<Future<Isp.Answer>> all = new ArrayList<>();
        for (int i = 0; i < ProbeSlots.MOST; i++) {
            all.add(later(ONE.replace("smtp", "mx" + i)));
        }
        isp.world.connections.acquire(ProbeSlots.MOST);
        Isp.Answer refused = isp.post("/probes", ONE).gives(429);
        assertEquals("5", refused.header("Retry-After"));
        assertTrue(refused.detail().contains("8 probes"), refused.detail());
        isp.get("/status").gives(200);
        isp.world.greetings.release(100);
        for (Future<Isp.Answer> one : all) {
            one.get();
        }
        isp.post("/probes", ONE).gives(200);
    }
}
