package org.postern.rest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.onlab.packet.IpPrefix;
import org.postern.observe.Counts;
import org.postern.policy.Mode;
import org.postern.policy.Quarantine;

class SubscriberResourceTest {
    private static final String SHOP =
            "{'class':'business','attachments':['of:0000000000000001/3'],'prefixes':['10.64.1.7/32'],"
                    + "'macs':['02:64:00:00:00:07'],'mode':'monitor'}";

    private Isp isp;

    @BeforeEach
    void start() throws Exception {
        isp = new Isp();
    }

    @AfterEach
    void stop() {
        isp.close();
    }

    private List<String> ids(String query) throws Exception {
        List<String> ids = new ArrayList<>();
        isp.get("/subscribers" + query)
                .gives(200)
                .json()
                .get("subscribers")
                .forEach(s -> ids.add(s.get("id").asText()));
        return ids;
    }

    @Test
    void whoIsRegisteredCanBeReadAsItWasWritten() throws Exception {
        Isp.Answer created = isp.put("/subscribers/shop", SHOP).gives(201);
        assertTrue(created.header("Location").endsWith("/onos/postern/v1/subscribers/shop"));
        JsonNode shop = isp.get("/subscribers/shop").gives(200).json();
        assertEquals("business", shop.get("class").asText());
        assertEquals("of:0000000000000001/3", shop.get("attachments").get(0).asText());
        assertEquals("10.64.1.7/32", shop.get("prefixes").get(0).asText());
        assertEquals("02:64:00:00:00:07", shop.get("macs").get(0).asText());
        assertEquals("monitor", shop.get("mode").asText());
        assertEquals(
                List.of("put [shop(business at [of:0000000000000001/3])] by ada (rest)"),
                isp.directory.orders);
    }

    @Test
    void whatIsLeftOutIsAsWithTheConsole() throws Exception {
        isp.put("/subscribers/home", "{'attachments':['of:0000000000000001/4']}").gives(201);
        JsonNode home = isp.get("/subscribers/home").gives(200).json();
        assertEquals("residential", home.get("class").asText());
        assertEquals("enforce", home.get("mode").asText());
    }

    @Test
    void samePutAgainOrdersNothing() throws Exception {
        String tag = isp.put("/subscribers/shop", SHOP).gives(201).header("ETag");
        assertEquals(tag, isp.put("/subscribers/shop", SHOP).gives(200).header("ETag"));
        assertEquals(1, isp.directory.orders.size());
        String other = SHOP.replace("monitor", "enforce");
        assertNotEquals(tag, isp.put("/subscribers/shop", other).gives(200).header("ETag"));
        assertEquals(2, isp.directory.orders.size());
    }

    @Test
    void whatWasReadCanBeWrittenBackChangedAlsoInQuarantine() throws Exception {
        isp.directory.add("shop", Isp.S1 + "/3");
        isp.put("/subscribers/shop/quarantine", "{'reason':'worm'}").gives(200);
        ObjectNode shop = (ObjectNode) isp.get("/subscribers/shop").gives(200).json();
        shop.put("class", "business");
        isp.put("/subscribers/shop", shop.toString()).gives(200);
        assertTrue(isp.directory.subscribers.get("shop").quarantine().isPresent());
        assertEquals("business", isp.directory.subscribers.get("shop").serviceClass());
    }

    @Test
    void quarantineIsNotEndedByReplacingTheSubscriber() throws Exception {
        isp.directory.add("shop", Isp.S1 + "/3");
        isp.put("/subscribers/shop/quarantine", "{'reason':'worm'}").gives(200);
        isp.put("/subscribers/shop", SHOP).gives(200);
        assertTrue(isp.directory.subscribers.get("shop").quarantine().isPresent());
        Isp.Answer refused =
                isp.put("/subscribers/shop", SHOP.replace("}", ",'quarantine':null}")).gives(400);
        assertEquals("/quarantine", refused.field());
    }

    @Test
    void quarantineBeginsIsShownAndEnds() throws Exception {
        isp.directory.add("shop", Isp.S1 + "/3");
        isp.get("/subscribers/shop/quarantine").gives(404);
        isp.enforcement.shortage = Optional.of("there is no room for it on of:0000000000000001");
        String body = "{'class':'walled-garden','reason':'worm'}";
        JsonNode begun = isp.put("/subscribers/shop/quarantine", body).gives(200).json();
        assertEquals("worm", begun.get("quarantine").get("reason").asText());
        assertTrue(begun.get("warning").asText().contains("no room"));
        isp.put("/subscribers/shop/quarantine", body).gives(200);
        assertEquals(1, isp.directory.orders.size(), "the same again changes nothing");
        assertEquals(
                "ada",
                isp.get("/subscribers/shop/quarantine").gives(200).json().get("by").asText());
        JsonNode listed = isp.get("/quarantines").gives(200).json().get("quarantines");
        assertEquals("walled-garden", listed.get(0).get("depth").asText());
        isp.delete("/subscribers/shop/quarantine").gives(200);
        isp.delete("/subscribers/shop/quarantine").gives(404);
        assertEquals(0, isp.get("/quarantines").gives(200).json().get("quarantines").size());
    }

    @Test
    void sameClassAgainOrdersNothing() throws Exception {
        isp.directory.add("shop", Isp.S1 + "/3");
        isp.put("/subscribers/shop/class", "{'class':'residential'}").gives(200);
        assertEquals(List.of(), isp.directory.orders);
        isp.put("/subscribers/shop/class", "{'class':'business'}").gives(200);
        assertEquals(List.of("class shop business by ada (rest)"), isp.directory.orders);
    }

    @Test
    void refusalOfTheDirectoryNamesTheField() throws Exception {
        Isp.Answer refused =
                isp.put(
                                "/subscribers/shop",
                                "{'attachments':['of:0000000000000001/3','of:0000000000000009/3']}")
                        .gives(422);
        assertEquals("/attachments/1", refused.field());
        assertTrue(refused.detail().contains("of:0000000000000009 is not an access device"));
        isp.directory.refusal =
                new IllegalArgumentException(
                        "subscriber shop: prefix 10.64.1.7/32 is subscriber home's already");
        assertEquals("/prefixes/0", isp.put("/subscribers/shop", SHOP).gives(422).field());
        isp.directory.refusal =
                new IllegalArgumentException(
                        "attachment of:0000000000000001/3 is subscriber home's already");
        assertEquals(
                "/attachments/1",
                isp.put(
                                "/subscribers/shop",
                                "{'attachments':['of:0000000000000001/30','of:0000000000000001/3']}")
                        .gives(422)
                        .field());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "'{''attachments'':[''nowhere'']}' | /attachments/0 | DEVICE/PORT",
                "'{''attachments'':[]}' | /attachments | at least one",
                "'{}' | /attachments | at least one",
                "'{''attachments'':''of:0000000000000001/3''}' | /attachments | a list of strings",
                "'{''attachments'':[1]}' | /attachments/0 | a string",
                "'{''attachments'':[''of:1/1'',''of:1/1'']}' | /attachments/1 | there twice",
                "'{''attachments'':[''of:1/1''],''class'':''gold''}' | /class | gold",
                "'{''attachments'':[''of:1/1''],''class'':null}' | /class | a string",
                "'{''attachments'':[''of:1/1''],''prefixes'':[''10.0.0.1/24'']}' | /prefixes/0 | 10.0.0.0/24",
                "'{''attachments'':[''of:1/1''],''prefixes'':[''10.0.0.0/8'',''fe80::/64'']}' | /prefixes/1 | everybody",
                "'{''attachments'':[''of:1/1''],''macs'':[''01:00:5e:00:00:01'']}' | /macs/0 | unicast",
                "'{''attachments'':[''of:1/1''],''mode'':''off''}' | /mode | enforce or monitor",
                "'{''attachments'':[''of:1/1''],''id'':''other''}' | /id | leave it out",
                "'{''attachments'':[''of:1/1''],''colour'':''red''}' | /colour | unknown",
                "'{''attachments'':[''of:1/1''],''a/b~c'':1}' | /a~1b~0c | unknown",
                "'{''attachments'':[''of:1/1''],''mode'':''enforce'',''mode'':''monitor''}' | /mode | once",
                "'[]' | '' | JSON object",
                "'' | '' | missing",
                "'{' | '' | not JSON",
                "'{}{}' | '' | not JSON"
            })
    void malformedSubscriberIsRefusedByField(String body, String field, String detail)
            throws Exception {
        Isp.Answer refused = isp.put("/subscribers/shop", body).gives(400);
        assertEquals(field, refused.field());
        assertTrue(refused.detail().contains(detail), refused.detail());
        assertEquals(List.of(), isp.directory.orders);
    }

    @Test
    void malformedIdentifierIsRefused() throws Exception {
        String body = "{'attachments':['of:0000000000000001/3']}";
        assertEquals("id", isp.put("/subscribers/-x", body).gives(400).field());
        assertEquals("id", isp.put("/subscribers/a%2Fb", body).gives(400).field());
        isp.put("/subscribers/a:b@c.d_e-f", body).gives(201);
    }

    @Test
    void deepNestingIsRefusedAndNoStackIsLost() throws Exception {
        String deep = "[".repeat(100_000);
        assertTrue(
                isp.put("/subscribers/x", "{\"a\":" + deep).gives(400).detail().contains("deeper"));
    }

    @Test
    void whoIsNotThereIsNotFound() throws Exception {
        assertEquals("id", isp.get("/subscribers/nobody").gives(404).field());
        isp.delete("/subscribers/nobody").gives(404);
        isp.put("/subscribers/nobody/class", "{'class':'business'}").gives(404);
        isp.put("/subscribers/nobody/quarantine", "{'reason':'worm'}").gives(404);
        isp.delete("/subscribers/nobody/quarantine").gives(404);
        assertEquals(List.of(), isp.directory.orders);
    }

    @Test
    void everyFilterNarrowsTheList() throws Exception {
        isp.directory.add("a1", Isp.S1 + "/1");
        isp.directory.keep(
                isp.directory.add("a2", Isp.S1 + "/2/100").toBuilder()
                        .serviceClass("business")
                        .prefix(IpPrefix.valueOf("10.64.8.0/24"))
                        .prefix(IpPrefix.valueOf("2001:db8:8::/48"))
                        .build());
        isp.directory.keep(
                isp.directory.add("b1", Isp.S2 + "/2").toBuilder()
                        .mode(Mode.MONITOR)
                        .quarantine(new Quarantine("quarantined", "worm", Directory.NOW, "ada"))
                        .build());
        assertEquals(List.of("a1", "a2", "b1"), ids(""));
        assertEquals(List.of("a1", "a2"), ids("?q=a"));
        assertEquals(List.of("a2"), ids("?class=business"));
        assertEquals(List.of("a1", "a2"), ids("?device=" + Isp.S1));
        assertEquals(List.of("a2"), ids("?device=" + Isp.S1 + "&port=2"));
        assertEquals(List.of("b1"), ids("?quarantined=true"));
        assertEquals(List.of("a1", "a2"), ids("?quarantined=false"));
        assertEquals(List.of("b1"), ids("?mode=monitor"));
        assertEquals(List.of("a2"), ids("?address=10.64.8.77"));
        assertEquals(List.of("a2"), ids("?address=2001:db8:8::1"));
        assertEquals(List.of("a2"), ids("?prefix=10.64.0.0%2F16"));
        assertEquals(List.of(), ids("?address=10.64.9.1"));
        assertEquals(List.of(), ids("?q=a&mode=monitor"));
    }

    @ParameterizedTest
    @CsvSource({
        "?clas=business, clas, unknown",
        "?class=gold, class, gold",
        "?device=x, device, malformed",
        "?device=of:0000000000000009, device, not an access device",
        "?port=1, port, device",
        "?quarantined=yes, quarantined, true or false",
        "?mode=off, mode, enforce or monitor",
        "?prefix=10.0.0.1, prefix, length",
        "?address=10.0.0.0%2F8, address, not an IPv4 or IPv6 address",
        "?q=a&q=b, q, twice",
        "?limit=0, limit, from 1 to 1000",
        "?limit=1001, limit, from 1 to 1000",
        "?limit=x, limit, whole number",
        "?cursor=x, cursor, next",
        "?cursor=%25, cursor, next"
    })
    void filterThatCannotBeMeantIsRefusedByName(String query, String field, String detail)
            throws Exception {
        Isp.Answer refused = isp.get("/subscribers" + query).gives(400);
        assertEquals(field, refused.field());
        assertTrue(refused.detail().contains(detail), refused.detail());
    }

    @Test
    void pagesHaveEverybodyOnceWhateverComesAndGoesMeanwhile() throws Exception {
        for (int i = 0; i < 25; i++) {
            isp.directory.add(String.format("s%03d", i), Isp.S1 + "/" + (i + 1));
        }
        List<String> seen = new ArrayList<>();
        String query = "?limit=10";
        int pages = 0;
        while (true) {
            Isp.Answer page = isp.get("/subscribers" + query).gives(200);
            page.json().get("subscribers").forEach(s -> seen.add(s.get("id").asText()));
            pages++;
            JsonNode next = page.json().get("next");
            assertEquals(next.isNull(), page.header("Link").isEmpty());
            if (next.isNull()) {
                break;
            }
            assertTrue(page.header("Link").contains("cursor=" + next.asText()));
            assertTrue(page.header("Link").endsWith(">; rel=\"next\""));
            query = "?limit=10&cursor=" + next.asText();
            // one that was seen goes, one before the cursor comes
            isp.directory.subscribers.remove("s00" + pages);
            isp.directory.add("r" + pages, Isp.S1 + "/" + (100 + pages));
        }
        assertEquals(3, pages);
        List<String> all = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            all.add(String.format("s%03d", i));
        }
        assertEquals(all, seen);
    }

    @Test
    void listHasWhatWasAttempted() throws Exception {
        isp.directory.add("shop", Isp.S1 + "/3");
        isp.attempts.counts.add(Counts.of("shop", Isp.S1, 7, Directory.NOW, Directory.NOW));
        isp.attempts.counts.add(Counts.of("shop", Isp.S2, 5, Directory.NOW, null));
        isp.attempts.counts.add(Counts.of(null, Isp.S2, 3, Directory.NOW, null));
        JsonNode listed = isp.get("/subscribers").gives(200).json().get("subscribers").get(0);
        assertEquals(12, listed.get("attempts").asLong());
        JsonNode attempts = isp.get("/attempts?limit=1").gives(200).json();
        assertEquals(3, attempts.get("total").asInt());
        assertEquals(1, attempts.get("attempts").size());
        assertEquals(
                2, isp.get("/attempts?subscriber=shop").gives(200).json().get("total").asInt());
        assertEquals(1, isp.get("/attempts?subscriber=").gives(200).json().get("total").asInt());
        assertEquals(
                2, isp.get("/attempts?device=" + Isp.S2).gives(200).json().get("total").asInt());
    }

    @Test
    void ofAPageOnlyTheCountersOfItsSubscribersAreRead() throws Exception {
        for (int i = 1; i <= 4; i++) {
            isp.directory.add("s" + i, Isp.S1 + "/" + i);
            isp.attempts.counts.add(Counts.of("s" + i, Isp.S1, i, Directory.NOW, Directory.NOW));
        }
        JsonNode page = isp.get("/subscribers?limit=2").gives(200).json();
        assertEquals(2, page.get("subscribers").get(1).get("attempts").asLong());
        isp.get("/subscribers?limit=2&cursor=" + page.get("next").asText()).gives(200);
        isp.get("/attempts?subscriber=s4").gives(200);
        assertEquals(List.of("[s1, s2]", "[s3, s4]", "[s4]"), isp.attempts.reads);
    }

    @Test
    void ofAPageOfDevicesOrOfOneNoOthersAreLookedAt() throws Exception {
        isp.get("/devices/" + Isp.S2).gives(200);
        assertEquals(List.of(Isp.S2), isp.enforcement.looks);
        JsonNode page = isp.get("/devices?limit=1").gives(200).json();
        assertEquals(Isp.S1, page.get("devices").get(0).get("device").asText());
        assertEquals(List.of(Isp.S2, Isp.S1), isp.enforcement.looks);
    }

    private List<String> devices(String query) throws Exception {
        List<String> ids = new ArrayList<>();
        isp.get("/devices" + query)
                .gives(200)
                .json()
                .get("devices")
                .forEach(d -> ids.add(d.get("device").asText()));
        return ids;
    }

    @Test
    void devicesAreFilteredByTheirState() throws Exception {
        assertEquals(List.of(Isp.S1, Isp.S2), devices(""));
        assertEquals(List.of(Isp.S1), devices("?state=IN_FORCE&limit=1"));
        assertEquals(List.of(Isp.S1), devices("?state=in-force"));
        assertEquals(List.of(Isp.S2), devices("?state=WITHDRAWN"));
        assertEquals(List.of(), devices("?state=OFFLINE"));
        Isp.Answer refused = isp.get("/devices?state=asleep").gives(400);
        assertEquals("state", refused.field());
        assertTrue(refused.detail().contains("use in-force, programming"), refused.detail());
    }
}
