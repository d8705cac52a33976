package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.postern.policy.Exemption;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;

/** Requests that depend on what the client read, and others at the same time. */
class ConditionalRequestsTest {
    private static final String SHOP =
            "{'class':'business','attachments':['of:0000000000000001/3'],'prefixes':['10.64.1.7/32'],"
                    + "'macs':['02:64:00:00:00:07'],'mode':'monitor'}";
    private static final String MAIL =
            "{'subscriber':'shop','destinations':['192.0.2.25/32'],'reason':'own server','ticket':'4711',"
                    + "'until':'2099-01-31T12:00:00Z'}";

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
    void changeOfWhatWasNotReadIsRefused() throws Exception {
        String read = isp.put("/subscribers/shop", SHOP).gives(201).header("ETag");
        assertEquals(read, isp.get("/subscribers/shop").gives(200).header("ETag"));
        isp.put("/subscribers/shop/class", "{'class':'residential'}")
                .with("If-Match", read)
                .gives(200);
        int orders = isp.directory.orders.size();
        Isp.Answer refused = isp.put("/subscribers/shop", SHOP).with("If-Match", read).gives(412);
        assertEquals(
                isp.get("/subscribers/shop").gives(200).header("ETag"), refused.header("ETag"));
        isp.put("/subscribers/shop/class", "{'class':'business'}")
                .with("If-Match", read)
                .gives(412);
        isp.put("/subscribers/shop/quarantine", "{'reason':'worm'}")
                .with("If-Match", "W/" + refused.header("ETag"))
                .gives(412);
        isp.delete("/subscribers/shop").with("If-Match", read).gives(412);
        assertEquals(orders, isp.directory.orders.size());
        isp.delete("/subscribers/shop")
                .with("If-Match", "\"x\", " + refused.header("ETag"))
                .gives(204);
        assertTrue(isp.directory.subscribers.isEmpty());
    }

    @Test
    void registrationCanBeForbiddenToReplaceAndReplacementToRegister() throws Exception {
        isp.put("/subscribers/shop", SHOP).with("If-Match", "*").gives(412);
        isp.put("/subscribers/shop", SHOP).with("If-None-Match", "*").gives(201);
        isp.put("/subscribers/shop", SHOP).with("If-None-Match", "*").gives(412);
        isp.put("/subscribers/shop", SHOP).with("If-Match", "*").gives(200);
        assertEquals(1, isp.directory.orders.size());
    }

    @Test
    void whoIsStoredButNotUnderstoodIsReplacedAndRemovedWithoutConditionsOnly() throws Exception {
        isp.directory.unreadable.add("shop");
        assertEquals(
                "subscriber shop is stored but not understood: PUT replaces it, DELETE removes it",
                isp.get("/subscribers/shop").gives(404).detail());
        isp.put("/subscribers/shop", SHOP).with("If-None-Match", "*").gives(412);
        isp.put("/subscribers/shop", SHOP).with("If-Match", "\"read\"").gives(412);
        isp.delete("/subscribers/shop").with("If-Match", "\"read\"").gives(412);
        isp.put("/subscribers/shop/class", "{'class':'business'}").gives(404);
        assertEquals(List.of(), isp.directory.orders);
        isp.put("/subscribers/shop", SHOP).gives(201);
        assertEquals("business", isp.directory.subscribers.get("shop").serviceClass());
        isp.directory.unreadable.add("home");
        isp.delete("/subscribers/home").with("If-Match", "*").gives(204);
        assertEquals(Set.of(), isp.directory.unreadable);
        isp.delete("/subscribers/home").gives(404);
    }

    @Test
    void anExemptionThatIsStoredButNotUnderstoodIsRevoked() throws Exception {
        isp.exemptions.unreadable.add("x1");
        assertEquals(
                "exemption x1 is stored but not understood: DELETE removes it",
                isp.get("/exemptions/x1").gives(404).detail());
        isp.delete("/exemptions/x1?reason=left").with("If-Match", "\"read\"").gives(412);
        isp.delete("/exemptions/x1?reason=left").gives(204);
        assertEquals(List.of("discard x1: left by ada (rest)"), isp.exemptions.orders);
        isp.delete("/exemptions/x1?reason=left").gives(404);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "POST | /suspensions",
                "DELETE | /suspensions",
                "DELETE | /suspensions/everywhere",
                "PUT | /devices/of:0000000000000002/enforcement",
                "DELETE | /devices/of:0000000000000001/enforcement",
                "POST | /imports",
                "POST | /probes"
            })
    void conditionThatNobodyCouldJudgeIsRefusedAndNothingDone(String method, String path)
            throws Exception {
        for (String condition : List.of("If-Match", "If-None-Match", "If-Unmodified-Since")) {
            Isp.Answer refused =
                    isp.call(method, path).json("{}").with(condition, "\"read\"").gives(400);
            assertEquals(condition, refused.field());
        }
        assertEquals(List.of(), isp.enforcement.orders);
        isp.get("/suspensions").with("If-None-Match", "\"read\"").gives(200);
    }

    @Test
    void whatTheClientHasIsNotSentAgain() throws Exception {
        isp.directory.add("shop", Isp.S1 + "/3");
        String tag = isp.get("/subscribers/shop").gives(200).header("ETag");
        Isp.Answer same = isp.get("/subscribers/shop").with("If-None-Match", tag).gives(304);
        assertEquals(tag, same.header("ETag"));
        assertEquals("", same.text());
        isp.get("/subscribers/shop").with("If-None-Match", "\"other\"").gives(200);
        isp.get("/subscribers/shop").with("If-Match", "\"other\"").gives(412);
    }

    @Test
    void writesThatRaceOnOneReadAreNotBothDone() throws Exception {
        String tag = isp.put("/subscribers/shop", SHOP).gives(201).header("ETag");
        List<Thread> clients = new ArrayList<>();
        List<Integer> statuses = Collections.synchronizedList(new ArrayList<>());
        for (int i = 0; i < 8; i++) {
            String body = SHOP.replace("/3'", "/" + (10 + i) + "'");
            Thread client =
                    new Thread(
                            () -> {
                                try {
                                    statuses.add(
                                            isp.put("/subscribers/shop", body)
                                                    .with("If-Match", tag)
                                                    .send()
                                                    .status());
                                } catch (Exception e) {
                                    statuses.add(-1);
                                }
                            });
            clients.add(client);
            client.start();
        }
        for (Thread client : clients) {
            client.join();
        }
        statuses.sort(null);
        assertEquals(List.of(200, 412, 412, 412, 412, 412, 412, 412), statuses);
    }

    private Subscriber quarantined() {
        return isp.directory.keep(
                isp.directory.add("shop", Isp.S1 + "/3").toBuilder()
                        .quarantine(new Quarantine("quarantined", "worm", Directory.NOW, "bea"))
                        .build());
    }

    private String tag(String path) throws Exception {
        return isp.get(path).gives(200).header("ETag");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT | '' | {'attachments':['of:0000000000000001/4']}",
                "DELETE | '' |",
                "PUT | /class | {'class':'business'}",
                "PUT | /quarantine | {'reason':'spam'}",
                "DELETE | /quarantine |"
            },
            quoteCharacter = '"')
    void whatAnotherNodeChangesBetweenReadAndWriteIsNotOverwritten(
            String method, String below, String body) throws Exception {
        Subscriber seen = quarantined();
        String path = "/subscribers/shop" + below.replace("'", "");
        String tag = tag("/subscribers/shop");
        Subscriber other = seen.toBuilder().serviceClass("walled-garden").build();
        isp.directory.meanwhile(() -> isp.directory.keep(other));
        Isp.Call call = isp.call(method, path).with("If-Match", tag);
        Isp.Answer refused = (body == null ? call : call.json(body.replace('\'', '"'))).gives(412);
        assertEquals(tag("/subscribers/shop"), refused.header("ETag"));
        assertEquals(Optional.of(other), isp.directory.stored("shop"));
        assertEquals(List.of(), isp.directory.orders);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PUT | /exemptions/x1 | {'subscriber':'shop','reason':'other','until':'2099-01-31T12:00:00Z'}",
                "POST | /exemptions/x1/renewal | {'until':'2099-06-30T00:00:00Z'}",
                "DELETE | /exemptions/x1?reason=left |"
            },
            quoteCharacter = '"')
    void exemptionThatAnotherNodeChangesBetweenReadAndWriteIsNotOverwritten(
            String method, String path, String body) throws Exception {
        String tag = isp.put("/exemptions/x1", MAIL).gives(201).header("ETag");
        int orders = isp.exemptions.orders.size();
        Exemption other =
                isp.exemptions.known.get("x1").toBuilder().ticket("4712").by("bea").build();
        isp.exemptions.meanwhile(() -> isp.exemptions.known.put("x1", other));
        Isp.Call call = isp.call(method, path).with("If-Match", tag);
        Isp.Answer refused = (body == null ? call : call.json(body.replace('\'', '"'))).gives(412);
        assertEquals(tag("/exemptions/x1"), refused.header("ETag"));
        assertEquals(other, isp.exemptions.known.get("x1"));
        assertEquals(orders, isp.exemptions.orders.size());
    }

    @Test
    void whoIsRegisteredElsewhereMeanwhileIsNotReplaced() throws Exception {
        isp.directory.meanwhile(() -> isp.directory.add("shop", Isp.S1 + "/9"));
        isp.put("/subscribers/shop", SHOP).with("If-None-Match", "*").gives(412);
        assertEquals("residential", isp.directory.subscribers.get("shop").serviceClass());
        isp.exemptions.meanwhile(
                () ->
                        isp.exemptions.known.put(
                                "x1",
                                Exemption.builder("x1")
                                        .subscriber("home")
                                        .reason("another's")
                                        .by("bea")
                                        .from(Directory.NOW)
                                        .until(Directory.NOW.plus(Duration.ofDays(36_500)))
                                        .build()));
        isp.put("/exemptions/x1", MAIL).with("If-None-Match", "*").gives(412);
        assertEquals("home", isp.exemptions.known.get("x1").subscriber());
    }

    @Test
    void whoIsRemovedElsewhereMeanwhileIsNotBroughtBack() throws Exception {
        isp.directory.add("shop", Isp.S1 + "/3");
        String tag = tag("/subscribers/shop");
        isp.directory.meanwhile(() -> isp.directory.subscribers.remove("shop"));
        isp.put("/subscribers/shop", SHOP).with("If-Match", tag).gives(412);
        isp.directory.add("shop", Isp.S1 + "/3");
        isp.directory.meanwhile(() -> isp.directory.subscribers.remove("shop"));
        isp.put("/subscribers/shop/class", "{'class':'business'}").gives(404);
        assertTrue(isp.directory.subscribers.isEmpty());
    }

    @ParameterizedTest
    @CsvSource({"X-Nothing, x", "If-Match, *"})
    void requestThatTakesWhateverThereIsIsDecidedAnewUponWhatAnotherNodeMadeOfIt(
            String header, String value) throws Exception {
        Subscriber free = quarantined().toBuilder().quarantine(null).build();
        isp.directory.meanwhile(() -> isp.directory.keep(free));
        isp.put("/subscribers/shop", SHOP).with(header, value).gives(200);
        Subscriber after = isp.directory.subscribers.get("shop");
        assertEquals("business", after.serviceClass());
        assertEquals(Optional.empty(), after.quarantine(), "the release stands");
        isp.directory.meanwhile(() -> isp.directory.subscribers.remove("shop"));
        isp.delete("/subscribers/shop").with(header, value).gives(404);
    }

    @Test
    void whatOthersChangeAllTheTimeIsToldWithWhenToTryAgain() throws Exception {
        Subscriber shop = isp.directory.add("shop", Isp.S1 + "/3");
        Runnable other =
                new Runnable() {
                    private int times;

                    @Override
                    public void run() {
                        isp.directory.keep(
                                shop.toBuilder()
                                        .serviceClass(times++ % 2 == 0 ? "business" : "residential")
                                        .build());
                        isp.directory.meanwhile(this);
                    }
                };
        isp.directory.meanwhile(other);
        Isp.Answer refused =
                isp.put("/subscribers/shop/quarantine", "{'reason':'worm'}").gives(503);
        assertFalse(refused.header("Retry-After").isEmpty());
        assertEquals(List.of(), isp.directory.orders);
    }

    @Test
    void bodyIsReadBeforeAnythingIsJudged() throws Exception {
        isp.directory.add("shop", Isp.S1 + "/3");
        isp.put("/subscribers/shop", "{").with("If-Match", "\"old\"").gives(400);
        isp.put("/subscribers/shop/class", "{").with("If-Match", "\"old\"").gives(400);
        isp.put("/exemptions/x1", "{").with("If-Match", "\"old\"").gives(400);
        isp.post("/exemptions/x1/renewal", "{").with("If-Match", "\"old\"").gives(400);
    }

    @Test
    void tagIsThatOfTheSameStateOnEveryNode() throws Exception {
        try (Isp other = new Isp()) {
            for (Isp node : List.of(isp, other)) {
                node.directory.keep(
                        node.directory.add("shop", Isp.S1 + "/3").toBuilder()
                                .quarantine(
                                        new Quarantine("quarantined", "worm", Directory.NOW, "bea"))
                                .build());
                node.exemptions.known.put(
                        "x1",
                        Exemption.builder("x1")
                                .subscriber("shop")
                                .reason("own server")
                                .by("bea")
                                .from(Directory.NOW)
                                .until(Directory.NOW.plus(Duration.ofDays(36_500)))
                                .build());
            }
            for (String path :
                    List.of(
                            "/subscribers/shop",
                            "/subscribers/shop/quarantine",
                            "/exemptions/x1")) {
                assertEquals(tag(path), other.get(path).gives(200).header("ETag"));
            }
            assertEquals(tag("/subscribers/shop"), tag("/subscribers/shop/quarantine"));
        }
    }

    @Test
    void sameInAnotherOrderIsTheSame() throws Exception {
        String both =
                SHOP.replace(
                        "of:0000000000000001/3'", "of:0000000000000001/3','of:0000000000000002/3'");
        String turned =
                SHOP.replace(
                        "of:0000000000000001/3'", "of:0000000000000002/3','of:0000000000000001/3'");
        String tag = isp.put("/subscribers/shop", both).gives(201).header("ETag");
        assertEquals(tag, isp.put("/subscribers/shop", turned).gives(200).header("ETag"));
        assertEquals(tag, tag("/subscribers/shop"));
    }
}
