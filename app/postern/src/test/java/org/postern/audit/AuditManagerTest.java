package org.postern.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.StorageException;

class AuditManagerTest extends AuditWorld {
    @Test
    void anEntrySaysWhoChangedWhatWhenWhereByWhichInterfaceFromWhatToWhatAndWhy() {
        Node node = node("n1", storage);
        node.record(
                BOB,
                Change.of("set-class", "shop", "shop from residential to business")
                        .because("ticket 7")
                        .between(Optional.of("{\"class\":\"residential\"}"), Optional.empty()));
        assertEquals(
                "{\"number\":1,\"detail\":null,\"at\":\"2026-03-01T12:00:00.123Z\",\"node\":\"n1\","
                        + "\"by\":\"bob\",\"via\":\"rest\",\"action\":\"set-class\",\"subject\":\"shop\","
                        + "\"text\":\"shop from residential to business\","
                        + "\"before\":{\"class\":\"residential\"},\"after\":null,"
                        + "\"reason\":\"ticket 7\",\"details\":0,\"previous\":null}",
                all(node).get(0).toJson().toString());
    }

    @Test
    void theLogIsTheSameOnEveryNodeAndItsNumbersHaveNoGap() {
        Node first = node("n1", storage);
        Node second = node("n2", storage);
        for (int i = 0; i < 10; i++) {
            (i % 3 == 0 ? first : second).record(ADA, suspension(i));
        }
        for (AuditService node : List.of(first, second)) {
            assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L), numbers(all(node)));
            assertEquals("s4", all(node).get(4).subject());
            assertEquals("n2", all(node).get(4).node());
        }
    }

    @Test
    void ofTwoNodesThatWantTheSameNumberOneTakesTheNext() {
        Node first = node("n1", storage);
        Node second = node("n2", storage);
        List<Change> another = Lists.newArrayList(suspension(2));
        storage.beforeWriting(
                () -> {
                    if (!another.isEmpty()) {
                        second.record(BOB, another.remove(0));
                    }
                });
        first.record(ADA, suspension(1));
        assertEquals(List.of("s2", "s1"), subjects(all(first)));
        assertEquals(List.of("s2", "s1"), subjects(all(second)));
    }

    @Test
    void theLogSurvivesARestartAndGoesOn() {
        Node before = node("n1", storage);
        before.record(ADA, suspension(1));
        before.record(
                ADA,
                Change.of("import", "", "2 subscribers"),
                List.of(suspension(2), suspension(3)));
        Node after = node("n1", storage.restarted());
        after.record(ADA, suspension(4));
        assertEquals(
                List.of("s1", "", "s2", "s3", "s4"),
                subjects(exported(after, AuditQuery.all().build())));
        assertEquals(List.of(1L, 2L, 3L), numbers(all(after)));
    }

    @Test
    void theOldestGoAndTheFirstThatIsKeptIsTold() {
        Node node = node("n1", storage, AuditManager.ENTRIES_KEPT, "100");
        IntStream.rangeClosed(1, 130).forEach(i -> node.record(ADA, suspension(i)));
        AuditPage page = node.entries(AuditQuery.all().limit(1000).build());
        assertEquals(31, page.extent().first());
        assertEquals(130, page.extent().last());
        assertEquals(30, page.extent().gone());
        assertEquals(100, page.entries().size());
        assertEquals("s31", page.entries().get(99).subject());
        assertEquals(100, map(storage, "postern-audit").size());
    }

    @Test
    void tooFewEntriesToBeKeptAreNotAccepted() {
        Node node = node("n1", storage, AuditManager.ENTRIES_KEPT, "0");
        IntStream.rangeClosed(1, 130).forEach(i -> node.record(ADA, suspension(i)));
        assertEquals(1, node.extent().first());
    }

    @Test
    void aNodeThatWasToldNothingForLongDoesNotUseANumberAgain() {
        Node stale = node("n1", storage, AuditManager.ENTRIES_KEPT, "100");
        stale.record(ADA, suspension(1));
        stale.deactivate(); // its listener is gone, as if no event had reached it
        Node other = node("n2", storage, AuditManager.ENTRIES_KEPT, "100");
        IntStream.rangeClosed(2, 150).forEach(i -> other.record(ADA, suspension(i)));
        stale.record(ADA, suspension(151));
        assertEquals(151, other.extent().last());
        assertEquals("s151", all(stale).get(99).subject());
        assertEquals(52, all(stale).get(0).number());
    }

    @Test
    void whatANodeWasNotToldItReadsInTheStore() {
        Node stale = node("n1", storage);
        stale.record(ADA, suspension(1));
        stale.deactivate();
        Node other = node("n2", storage);
        other.record(ADA, suspension(2));
        assertEquals(List.of("s1", "s2"), subjects(all(stale)));
    }

    @Test
    void anEntryThatSomebodyTookOutOfTheStoreLeavesAGapInTheNumbers() {
        Node node = node("n1", storage);
        IntStream.rangeClosed(1, 4).forEach(i -> node.record(ADA, suspension(i)));
        map(storage, "postern-audit").remove(2L);
        assertEquals(List.of(1L, 3L, 4L), numbers(all(node)));
        assertEquals(List.of(2L), lost(all(node)));
        node.record(ADA, suspension(5));
        assertEquals(List.of(1L, 3L, 4L, 5L), numbers(all(node)));
    }

    @Test
    void whatTheStoreDoesNotTakeIsRefused() {
        Node node = node("n1", storage);
        storage.failWrites(key -> true);
        assertThrows(StorageException.class, () -> node.record(ADA, suspension(1)));
        assertThrows(
                StorageException.class,
                () -> node.record(ADA, suspension(2), List.of(suspension(3))));
        storage.failWrites(key -> false);
        assertEquals(List.of(), all(node));
        node.record(ADA, suspension(4));
        assertEquals(List.of("s4"), subjects(all(node)));
    }

    @Test
    void detailsOfWhichTheStoreTakesOnlyAPartAreTakenBackAndTheChangeIsRefused() {
        Node node = node("n1", storage);
        storage.failWrites(key -> key.toString().contains("/1/"));
        assertThrows(
                StorageException.class,
                () -> node.record(ADA, suspension(0), changes(Details.CHUNK + 1)));
        storage.failWrites(key -> false);
        assertEquals(List.of(), all(node));
        assertEquals(0, map(storage, "postern-audit-details").size());
    }

    @Test
    void whatPosternDidByItselfIsTakenDownWhenTheStoreAnswers() {
        Node node = node("n1", storage);
        storage.failWrites(key -> true);
        node.record(Order.POSTERN, Change.of("suspension-expired", "everywhere", "everywhere"));
        now = NOON.plusSeconds(60);
        node.putOff.remove(0).run();
        storage.failWrites(key -> false);
        node.putOff.remove(0).run();
        assertEquals(List.of("everywhere"), subjects(all(node)));
        assertEquals(NOON, all(node).get(0).at());
        assertTrue(node.putOff.isEmpty());
    }

    private static List<String> reasons(List<AuditEntry> entries) {
        return entries.stream().map(AuditEntry::reason).collect(Collectors.toList());
    }

    @Test
    void theReasonOfAnOrderIsThatOfAllThatFollowsFromItButOfWhatHasItsOwn() {
        Node node = node("n1", storage);
        Order order = ADA.because("  HD-17: new contract ");
        node.record(order, Change.of("set-class", "r1", "r1"));
        node.record(order, suspension(1));
        node.record(
                order,
                Change.of("put-subscribers", "", "2 subscribers"),
                List.of(Change.of("put-subscribers", "r2", "r2"), suspension(2)));
        node.record(ADA, Change.of("set-class", "r3", "r3"));
        assertEquals(
                List.of(
                        "HD-17: new contract",
                        "why",
                        "HD-17: new contract",
                        "HD-17: new contract",
                        "why",
                        ""),
                reasons(exported(node, AuditQuery.all().build())));
        assertEquals(
                List.of("ada"),
                all(node).stream().map(AuditEntry::by).distinct().collect(Collectors.toList()));
    }

    @Test
    void whatIsTooLargeForAnEntryHasTheReasonOfItsOrderInItsDetailsToo() {
        Node node = node("n1", storage);
        Optional<String> large = Optional.of("\"" + "x".repeat(200_000) + "\"");
        node.record(
                ADA.because("HD-17"),
                Change.of("configure", "s1", "s1").between(large, Optional.empty()));
        assertEquals(List.of("HD-17", "HD-17"), reasons(exported(node, AuditQuery.all().build())));
    }

    @Test
    void whatWasNotDoneTellsWhyItWasOrderedAndWhyNot() {
        Node node = node("n1", storage);
        AuditedChange.make(
                node, ADA.because("HD-17"), Change.of("set-class", "r1", "r1"), () -> false);
        assertEquals(List.of("HD-17", "HD-17"), reasons(all(node)));
        assertTrue(all(node).get(1).text().contains("another node was quicker"));
    }

    private static List<Change> changes(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(
                        i ->
                                Change.of("put-subscriber", "r" + (100_000 + i), "r" + i)
                                        .between(
                                                Optional.of("{\"id\":\"r" + i + "\"}"),
                                                Optional.of("{\"id\":\"r" + i + "\",\"new\":1}")))
                .collect(Collectors.toList());
    }

    @Test
    void aBulkChangeKeepsWhatBecameOfEachSubscriberInFewWrites() {
        Node node = node("n1", storage);
        List<Integer> writes = new ArrayList<>();
        storage.beforeWriting(() -> writes.add(1));
        node.record(ADA, Change.of("import", "", "100000 subscribers"), changes(100_000));
        assertTrue(writes.size() <= 60, writes.size() + " writes");
        List<AuditEntry> all = exported(node, AuditQuery.all().build());
        assertEquals(100_001, all.size());
        assertEquals(100_000, all.get(0).details());
        assertEquals("{\"id\":\"r77777\",\"new\":1}", all.get(77_777).after().get());
        assertEquals(77_777, all.get(77_777).detail().getAsInt());
        assertEquals(1, all.get(77_777).number());
    }

    @Test
    void aSubscriberIsFoundInABulkChange() {
        Node node = node("n1", storage);
        node.record(ADA, suspension(1));
        node.record(ADA, Change.of("import", "", "5000 subscribers"), changes(5_000));
        node.record(BOB, Change.of("remove-subscriber", "r104321", "r104321"));
        AuditQuery ofOne = AuditQuery.all().subject("r104321").build();
        List<AuditEntry> found = node.entries(ofOne).entries();
        assertEquals(List.of(3L, 2L), numbers(found));
        assertEquals(4_321, found.get(1).detail().getAsInt());
        assertEquals("ada", found.get(1).by());
        assertEquals(NOON, found.get(1).at());
        assertEquals(List.of(2L, 3L), numbers(exported(node, ofOne)));
        assertEquals(
                List.of(2L),
                numbers(
                        node.entries(AuditQuery.all().subject("r104321").by("ada").build())
                                .entries()));
        assertEquals(
                List.of(2L),
                numbers(
                        node.entries(AuditQuery.all().subject("r104321").action("import").build())
                                .entries()));
        assertEquals(
                List.of(), node.entries(AuditQuery.all().subject("r999999").build()).entries());
    }

    @Test
    void detailsOfADisorderedBulkChangeAreFoundToo() {
        Node node = node("n1", storage);
        List<Change> disordered = new ArrayList<>(changes(5_000));
        Collections.shuffle(disordered, new Random(7));
        node.record(ADA, Change.of("import", "", "5000 subscribers"), disordered);
        assertEquals(1, node.entries(AuditQuery.all().subject("r100042").build()).entries().size());
    }

    @Test
    void theBytesOfDetailsCountToo() {
        Node node = node("n1", storage, AuditManager.BYTES_KEPT, Long.toString(1 << 20));
        Random random = new Random(3);
        for (int i = 1; i <= 5; i++) {
            byte[] noise = new byte[300_000];
            random.nextBytes(noise);
            String value = "\"" + Base64.getEncoder().encodeToString(noise) + "\"";
            node.record(
                    ADA,
                    suspension(i),
                    List.of(
                            Change.of("x", "y", "z")
                                    .between(Optional.of(value), Optional.empty())));
        }
        long bytes =
                AuditWorld.<String, byte[]>map(storage, "postern-audit-details").values().stream()
                        .mapToLong(piece -> piece.value().length)
                        .sum();
        assertTrue(bytes <= 1 << 20, bytes + " bytes");
        assertTrue(node.extent().first() > 1);
        assertEquals(5, node.extent().last());
        int details = exported(node, AuditQuery.all().build()).size();
        assertEquals(2 * all(node).size(), details);
        int pieces = map(storage, "postern-audit-details").size();
        assertEquals(2 * all(node).size(), pieces);
    }

    @Test
    void aConfigurationThatIsLargerThanTheStoreTakesIsKeptWhole() {
        Node node = node("n1", storage);
        byte[] noise = new byte[1_500_000];
        new Random(5).nextBytes(noise);
        String value = "\"" + Base64.getEncoder().encodeToString(noise) + "\"";
        node.record(
                ADA,
                Change.of("configure", "of:1", "of:1")
                        .because("why")
                        .between(Optional.empty(), Optional.of(value)));
        List<AuditEntry> all = exported(node, AuditQuery.all().build());
        assertEquals(2, all.size());
        assertEquals("why", all.get(0).reason());
        assertEquals(value, all.get(1).after().get());
    }

    @Test
    void pagesFollowEachOtherInBothOrdersWhateverIsAddedMeanwhile() {
        Node node = node("n1", storage);
        IntStream.rangeClosed(1, 25).forEach(i -> node.record(ADA, suspension(i)));
        AuditPage first = node.entries(AuditQuery.all().limit(10).build());
        assertEquals(25, first.entries().get(0).number());
        node.record(ADA, suspension(26));
        AuditPage second =
                node.entries(AuditQuery.all().limit(10).cursor(first.next().get()).build());
        AuditPage third =
                node.entries(AuditQuery.all().limit(10).cursor(second.next().get()).build());
        assertEquals(15, second.entries().get(0).number());
        assertEquals(List.of(5L, 4L, 3L, 2L, 1L), numbers(third.entries()));
        assertFalse(third.next().isPresent());
        AuditPage oldest = node.entries(AuditQuery.all().oldestFirst().limit(20).build());
        AuditPage rest =
                node.entries(
                        AuditQuery.all()
                                .oldestFirst()
                                .limit(20)
                                .cursor(oldest.next().get())
                                .build());
        assertEquals(List.of(21L, 22L, 23L, 24L, 25L, 26L), numbers(rest.entries()));
    }

    @Test
    void aPageMayEndAmongTheDetailsOfAnEntry() {
        Node node = node("n1", storage);
        node.record(
                ADA,
                Change.of("import", "", "3"),
                List.of(suspension(1), suspension(1), suspension(1)));
        AuditQuery.Builder ofOne = AuditQuery.all().subject("s1").limit(2);
        AuditPage first = node.entries(ofOne.build());
        AuditPage second = node.entries(ofOne.cursor(first.next().get()).build());
        assertEquals(2, first.entries().size());
        assertEquals(3, second.entries().get(0).detail().getAsInt());
        assertFalse(second.next().isPresent());
    }

    @Test
    void aCursorThatIsNoneIsRefused() {
        Node node = node("n1", storage);
        node.record(ADA, suspension(1));
        for (String text :
                List.of("", "x", "1", "-1.0", "1.-1", "1.2.3", "9999999999999999999.1")) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> node.entries(AuditQuery.all().cursor(text).build()))
                            .getMessage();
            assertTrue(message.contains("cursor \"" + text + "\""), message);
        }
        assertEquals(1, node.entries(AuditQuery.all().cursor("1.0").build()).entries().size());
    }

    @Test
    void entriesAreFilteredByUserInterfaceActionSubjectAndTime() {
        Node node = node("n1", storage);
        node.record(ADA, suspension(1));
        now = NOON.plus(Duration.ofHours(1));
        node.record(BOB, suspension(2));
        now = NOON.plus(Duration.ofHours(2));
        node.record(BOB, Change.of("resume", "s1", "s1"));
        ImmutableMap<AuditQuery.Builder, List<Long>> expected =
                ImmutableMap.<AuditQuery.Builder, List<Long>>builder()
                        .put(AuditQuery.all(), List.of(3L, 2L, 1L))
                        .put(AuditQuery.all().by("bob"), List.of(3L, 2L))
                        .put(AuditQuery.all().via(Order.Interface.CONSOLE), List.of(1L))
                        .put(AuditQuery.all().action("suspend"), List.of(2L, 1L))
                        .put(AuditQuery.all().subject("s1"), List.of(3L, 1L))
                        .put(AuditQuery.all().since(NOON.plusSeconds(3600)), List.of(3L, 2L))
                        .put(AuditQuery.all().until(NOON.plusSeconds(3600)), List.of(1L))
                        .put(AuditQuery.all().by("bob").action("resume"), List.of(3L))
                        .put(AuditQuery.all().by("eve"), List.of())
                        .build();
        expected.forEach(
                (query, numbers) -> {
                    assertEquals(numbers, numbers(node.entries(query.build()).entries()));
                    assertEquals(Lists.reverse(numbers), numbers(exported(node, query.build())));
                });
    }

    @Test
    void whatTheFirstVersionStoredCanBeReadAndWhatALaterOneStoredHarmsNothing() {
        ConsistentMap<Long, String> map = map(storage, "postern-audit");
        map.put(
                1L,
                "{\"v\":1,\"at\":\"2026-03-01T12:00:00.123Z\",\"node\":\"n1\",\"by\":\"ada\","
                        + "\"via\":\"console\",\"action\":\"suspend\",\"subject\":\"everywhere\","
                        + "\"text\":\"everywhere\",\"before\":null,\"after\":{\"a\":1},\"reason\":\"r\"}");
        map.put(2L, "{\"v\":2,\"what\":\"nobody knows yet\"}");
        Node node = node("n1", storage);
        node.record(ADA, suspension(3));
        assertEquals(List.of("everywhere", "s3"), subjects(all(node)));
        assertEquals("{\"a\":1}", all(node).get(0).after().get());
        assertEquals(3, all(node).get(1).number());
        assertEquals("{\"v\":2,\"what\":\"nobody knows yet\"}", map.get(2L).value());
    }

    @Test
    void detailsThatNoEntryTellsOfGoAfterADay() {
        ConsistentMap<String, byte[]> map = map(storage, "postern-audit-details");
        String old = NOON.minus(Duration.ofHours(25)).toEpochMilli() + "-aaaa/0/0";
        String recent = NOON.minus(Duration.ofHours(23)).toEpochMilli() + "-bbbb/0/0";
        map.put(old, new byte[10]);
        map.put(recent, new byte[10]);
        Node first = node("n1", storage);
        first.record(ADA, Change.of("import", "", "1"), changes(1));
        assertEquals(2, map.size());
        now = NOON.plus(Duration.ofDays(2));
        Node second = node("n1", storage);
        assertEquals(1, map.size());
        assertEquals(2, exported(second, AuditQuery.all().build()).size());
    }

    @Test
    void detailsThatSomebodyTookOutOfTheStoreAreMissed() {
        Node node = node("n1", storage);
        node.record(ADA, Change.of("import", "", "1"), changes(1));
        ConsistentMap<String, byte[]> map = map(storage, "postern-audit-details");
        map.remove(map.keySet().iterator().next());
        String message =
                assertThrows(
                                IllegalStateException.class,
                                () -> node.export(AuditQuery.all().build(), e -> {}))
                        .getMessage();
        assertTrue(message.contains("audit entry 1"), message);
    }

    @Test
    void whatIsNotJsonIsKeptAsText() {
        Node node = node("n1", storage);
        node.record(ADA, suspension(1).between(Optional.of("no {JSON"), Optional.of("\"text\"")));
        assertEquals("\"no {JSON\"", all(node).get(0).before().get());
        assertEquals("\"text\"", all(node).get(0).after().get());
    }
}
