package org.postern.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.IpPrefix;

class ExemptionTest {
    private static final Instant FROM = Instant.parse("2026-03-01T00:00:00Z");
    private static final Instant UNTIL = Instant.parse("2026-06-01T00:00:00Z");

    private static Exemption.Builder exemption() {
        return Exemption.builder("e-1")
                .subscriber("c-1")
                .reason("own mail server")
                .by("karaf")
                .from(FROM)
                .until(UNTIL);
    }

    private static String refusal(Exemption.Builder builder) {
        return assertThrows(IllegalArgumentException.class, builder::build).getMessage();
    }

    @Test
    void withoutDestinationsItIsOfAllMail() {
        Exemption all = exemption().build();

        assertTrue(all.isOfAllMail());
        assertEquals("", all.ticket());
        assertFalse(
                exemption().destination(IpPrefix.valueOf("192.0.2.25/32")).build().isOfAllMail());
        Exemption override = exemption().serviceClass("business").build();
        assertFalse(override.isOfAllMail());
        assertEquals(Optional.of("business"), override.serviceClass());
    }

    @Test
    void aRenewalLeavesEverythingElseAsItIs() {
        Exemption before =
                exemption()
                        .destination(IpPrefix.valueOf("192.0.2.0/28"))
                        .destination(IpPrefix.valueOf("2001:db8:25::/64"))
                        .ticket("T-4711")
                        .note("contact", "postmaster@customer.example")
                        .note("reviewDate", "2026-05-15")
                        .build();

        Exemption after = before.toBuilder().until(UNTIL.plusSeconds(1)).build();

        assertNotEquals(before, after);
        assertEquals(UNTIL.plusSeconds(1), after.until());
        assertEquals("2026-05-15", after.checklist().get("reviewDate"));
        assertEquals(before, after.toBuilder().until(UNTIL).build());
    }

    @Test
    void everyFieldMakesADifference() {
        Exemption plain = exemption().build();
        List<Exemption.Builder> others =
                List.of(
                        exemption().subscriber("c-2"),
                        exemption().destination(IpPrefix.valueOf("192.0.2.25/32")),
                        exemption().serviceClass("business"),
                        exemption().reason("another"),
                        exemption().ticket("T-1"),
                        exemption().by("admin"),
                        exemption().from(FROM.minusSeconds(1)),
                        exemption().until(UNTIL.minusSeconds(1)),
                        exemption().note("spf", "yes"));

        assertEquals(plain, exemption().build());
        assertEquals(plain.hashCode(), exemption().build().hashCode());
        for (Exemption.Builder other : others) {
            assertNotEquals(plain, other.build());
        }
    }

    @Test
    void everyItemOfTheChecklistCanBeNoted() {
        Exemption.Builder builder = exemption();
        for (String key : Exemption.CHECKLIST) {
            builder.note(key, key.equals(Exemption.REVIEW_DATE) ? "2026-05-15" : " checked ");
        }

        Exemption noted = builder.build();

        assertEquals(Exemption.CHECKLIST, noted.checklist().keySet());
        assertEquals("checked", noted.checklist().get("dkim"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"192.0.2.25/32", "198.51.96.0/20", "2001:db8::25/128", "2001:db8::/32"})
    void mailExchangersAndTheirNetworksAreDestinations(String prefix) {
        IpPrefix destination = IpPrefix.valueOf(prefix);

        assertEquals(
                Set.of(destination), exemption().destination(destination).build().destinations());
    }

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0/0, whole Internet",
        "::/0, whole Internet",
        "0.0.0.0/32, unspecified",
        "::/128, unspecified",
        "127.0.0.1/32, loopback",
        "169.254.1.1/32, link-local",
        "fe80::1/128, link-local",
        "224.0.0.5/32, multicast",
        "ff02::1/128, multicast",
        "255.255.255.255/32, broadcast",
        "128.0.0.0/1, link-local",
        "8000::/1, link-local"
    })
    void destinationWhereNoMailExchangerIsIsRefused(String prefix, String why) {
        String message = refusal(exemption().destination(IpPrefix.valueOf(prefix)));

        assertTrue(message.contains("exemption e-1: destination \"" + prefix + "\""), message);
        assertTrue(message.contains(why), message);
    }

    @Test
    void moreDestinationsThanASwitchShouldHoldAreRefused() {
        Exemption.Builder builder = exemption();
        for (int i = 0; i < 64; i++) {
            builder.destination(IpPrefix.valueOf("192.0.2." + i + "/32"));
        }
        assertEquals(64, builder.build().destinations().size());

        String message = refusal(builder.destination(IpPrefix.valueOf("192.0.2.64/32")));

        assertTrue(message.contains("destinations \"65 prefixes\" is refused"), message);
        assertTrue(message.contains("at most 64"), message);
    }

    @Test
    void aClassAndDestinationsExcludeEachOther() {
        String message =
                refusal(
                        exemption()
                                .serviceClass("business")
                                .destination(IpPrefix.valueOf("192.0.2.25/32")));

        assertTrue(message.contains("class \"business\" is refused"), message);
        assertTrue(message.contains("not both"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-a", "a b", "a/b", "ä", "a\n"})
    void malformedIdentifiersAreRefused(String id) {
        String message = refusal(Exemption.builder(id).subscriber("c-1"));
        assertTrue(message.contains("exemption id \"" + id + "\" is malformed"), message);

        message = refusal(exemption().subscriber(id));
        assertTrue(message.contains("exemption e-1: subscriber \""), message);
    }

    @Test
    void identifierOf64CharactersIsTheLongest() {
        assertTrue(refusal(Exemption.builder("e".repeat(65))).contains("malformed"));
        assertTrue(refusal(Exemption.builder("e".repeat(64))).contains("subscriber is missing"));
    }

    @Test
    void malformedClassIsRefused() {
        String message = refusal(exemption().serviceClass("Business"));

        assertTrue(message.contains("class \"Business\" is refused"), message);
    }

    @Test
    void textsAreOneLineOf200Characters() {
        String longest = "x".repeat(200);
        Exemption noted =
                exemption()
                        .reason(longest)
                        .ticket(longest)
                        .by(longest)
                        .note("spf", longest)
                        .build();
        assertEquals(longest, noted.reason());

        for (String bad : List.of("x".repeat(201), "two\nlines", "bell\u0007")) {
            assertTrue(refusal(exemption().reason(bad)).contains("e-1: reason \""));
            assertTrue(refusal(exemption().ticket(bad)).contains("e-1: ticket \""));
            assertTrue(refusal(exemption().by(bad)).contains("e-1: by \""));
            assertTrue(refusal(exemption().note("spf", bad)).contains("e-1: checklist.spf \""));
        }
        assertFalse(refusal(exemption().reason("two\nlines")).contains("\n"));
        assertTrue(refusal(exemption().reason("x".repeat(10_000))).length() < 400);
    }

    @Test
    void aReasonAndWhoOrderedItMustNotBeMissing() {
        assertTrue(refusal(exemption().reason(null)).contains("e-1: reason is missing"));
        assertTrue(refusal(exemption().reason("  ")).contains("e-1: reason \"  \" is refused"));
        assertTrue(refusal(exemption().by(null)).contains("e-1: by is missing"));
        assertTrue(refusal(exemption().note("dkim", " ")).contains("e-1: checklist.dkim \" \""));
    }

    @Test
    void itBeginsBeforeItEnds() {
        assertTrue(refusal(exemption().from(null)).contains("e-1: from is missing"));
        assertTrue(refusal(exemption().until(null)).contains("e-1: until is missing"));
        String message = refusal(exemption().until(FROM));
        assertTrue(message.contains("e-1: until \"" + FROM + "\" is refused"), message);
        assertTrue(message.contains("later than from"), message);
    }

    @Test
    void whatIsNotOnTheChecklistIsRefused() {
        String message = refusal(exemption().note("shoeSize", "43"));

        assertTrue(message.contains("e-1: checklist.shoeSize \"43\" is refused"), message);
        assertTrue(message.contains("notOpenRelay"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tomorrow", "2026-02-30", "31.01.2027", "2026-05-15T00:00:00Z"})
    void aReviewDateIsADate(String value) {
        String message = refusal(exemption().note("reviewDate", value));

        assertTrue(message.contains("checklist.reviewDate \"" + value + "\" is refused"), message);
        assertTrue(message.contains("such as 2027-01-31"), message);
    }
}
