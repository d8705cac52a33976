package org.postern.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Lists;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Whose entries go when there are too many. */
class AuditSharesTest extends AuditWorld {
    private static long count(AuditService audit, Order of) {
        return kept(audit).stream().filter(e -> e.by().equals(of.by())).count();
    }

    @Test
    void aFeedDrivesOutNobodysEntriesButItsOwn() {
        Node node = node("n1", storage, AuditManager.ENTRIES_KEPT, "100");
        for (int i = 1; i <= 300; i++) {
            if (i % 30 == 1) {
                node.record(ADA, suspension(i));
            }
            node.record(SADIS, suspension(i));
            node.record(RADIUS, suspension(i));
            node.record(Order.POSTERN, suspension(i));
        }
        assertEquals(10, count(node, ADA));
        for (Order feed : List.of(SADIS, RADIUS, Order.POSTERN)) {
            assertEquals(30, count(node, feed), feed.toString());
        }
        List<Long> numbers = numbers(kept(node));
        assertEquals(numbers.stream().sorted().collect(Collectors.toList()), numbers);
        assertEquals(1, node.extent().first());
        assertEquals(910, node.extent().last());
        assertEquals(100, node.extent().kept());
        assertEquals(810, node.extent().gone());
        assertEquals(List.of(), lost(kept(node)));
    }

    @Test
    void whoeverHasMoreThanItsShareOfAFullLogLosesTheOldestWhoeverElseWrites() {
        Node node = node("n1", storage, AuditManager.ENTRIES_KEPT, "100");
        IntStream.rangeClosed(1, 100).forEach(i -> node.record(SADIS, suspension(i)));
        IntStream.rangeClosed(1, 70).forEach(i -> node.record(ADA, suspension(i)));
        assertEquals(50, count(node, ADA));
        assertEquals(50, count(node, SADIS));
        assertEquals("s51", kept(node).get(0).subject());
        IntStream.rangeClosed(1, 200).forEach(i -> node.record(SADIS, suspension(i)));
        assertEquals(50, count(node, ADA));
    }

    @Test
    void bulkChangesDriveOutNoSingleChangesOfTheSameOperator() {
        Node node = node("n1", storage, AuditManager.BYTES_KEPT, Long.toString(1 << 20));
        for (int i = 1; i <= 8; i++) {
            node.record(ADA, suspension(i));
            node.record(ADA, Change.of("import", "", "1"), List.of(large(300_000)));
        }
        List<AuditEntry> kept = kept(node);
        assertEquals(8, kept.stream().filter(e -> e.details() == 0).count());
        assertTrue(kept.size() > 9 && kept.size() < 16, numbers(kept).toString());
        assertEquals(List.of(), lost(kept));
    }

    @Test
    void anEntryLargerThanEverythingMayBeStaysUntilTheNextAndDrivesOutNobody() {
        Node node = node("n1", storage, AuditManager.BYTES_KEPT, Long.toString(1 << 20));
        node.record(ADA, suspension(1));
        node.record(SADIS, Change.of("import", "", "1"), List.of(large(1_200_000)));
        assertEquals(List.of(1L, 2L), numbers(kept(node)));
        node.record(ADA, suspension(3));
        assertEquals(List.of(1L, 3L), numbers(kept(node)));
        assertEquals(0, map(storage, "postern-audit-details").size());
    }

    /** A change that takes so many bytes also when it is compressed. */
    private static Change large(int bytes) {
        byte[] noise = new byte[bytes];
        new Random(bytes).nextBytes(noise);
        return Change.of("x", "y", "z")
                .between(
                        Optional.of("\"" + Base64.getEncoder().encodeToString(noise) + "\""),
                        Optional.empty());
    }

    @Test
    void aNumberThatWentIsNotUsedAgainByANodeThatWasToldNothing() {
        Node stale = node("n1", storage, AuditManager.ENTRIES_KEPT, "100");
        stale.record(ADA, suspension(1));
        stale.deactivate(); // its listener is gone, as if no event had reached it
        Node other = node("n2", storage, AuditManager.ENTRIES_KEPT, "100");
        IntStream.rangeClosed(2, 300).forEach(i -> other.record(SADIS, suspension(i)));
        assertEquals(List.of(1L, 202L), numbers(kept(other)).subList(0, 2));
        stale.record(ADA, suspension(301));
        assertEquals(301, other.extent().last());
        assertEquals("s301", kept(stale).get(99).subject());
        assertEquals(1, kept(stale).get(99).previous().getAsLong());
    }

    @Test
    void aNumberThatIsTakenAndLetGoJustThenIsNotUsedAgain() {
        String megabyte = Long.toString(1 << 20);
        Node first = node("n1", storage, AuditManager.BYTES_KEPT, megabyte);
        Node second = node("n2", storage, AuditManager.BYTES_KEPT, megabyte);
        List<Change> another = Lists.newArrayList(large(1_200_000));
        storage.beforeWriting(
                () -> {
                    if (!another.isEmpty()) {
                        Change change = another.remove(0);
                        second.record(SADIS, Change.of("import", "", "1"), List.of(change));
                        second.record(BOB, suspension(2));
                    }
                });
        first.record(ADA, suspension(3));
        assertEquals(List.of(2L, 3L), numbers(kept(first)));
        assertEquals(List.of("s2", "s3"), subjects(kept(second)));
    }
}
