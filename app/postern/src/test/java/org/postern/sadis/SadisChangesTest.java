package org.postern.sadis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.onosproject.store.service.ConsistentMap;
import org.postern.exemption.ExemptionState;
import org.postern.policy.Attachment;

/** What SADIS writes while others change the same subscribers. */
class SadisChangesTest extends SadisWorld {
    private static final String MAC = "02:00:00:00:00:01";
    private static final String IP = "10.64.0.1";

    private void profile(String name) {
        sadis.know("p1", "alice", MAC, IP, service("hsia", name, 1, 1));
        round();
    }

    private String serviceClass() {
        return subscriber("alice").serviceClass();
    }

    @Test
    void theClassThatItHadBeforeSadisChangedItIsAnOperatorsToGiveBack() {
        start();
        map("{'classes': {'gold': 'business'}}");
        profile("slow");
        profile("gold");
        assertEquals("business", serviceClass());
        directory.setClass("alice", "residential", OPERATOR);
        round();
        round();
        assertEquals("residential", serviceClass());
        assertTrue(problem(1).isEmpty(), "it is not even looked up");
    }

    @Test
    void whatWasWrittenThoughTheStoreFailedAfterwardsIsSadissAloneFromTheNextRoundOn() {
        start();
        map("{'classes': {'gold': 'business'}}");
        profile("slow");
        // the record before, the subscriber, and not the record after
        int[] records = {0};
        storage.failWrites(
                key ->
                        key.equals("alice")
                                && serviceClass().equals("business")
                                && records[0]++ == 0);
        profile("gold");
        assertEquals("business", serviceClass());
        assertEquals(1, records[0], "the record after it was tried");
        round();
        directory.setClass("alice", "residential", OPERATOR);
        round();
        assertEquals("residential", serviceClass());
    }

    @Test
    void whomSadisNamesAgainBeforeItWasRemovedIsNotAwaitedAnyLonger() {
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start();
        exempt("alice");
        sadis.entries.remove("p1");
        // once the mark is there: neither the removal nor that of the mark
        storage.failWrites(key -> key.equals("alice") && state() == ExemptionState.WAITING);
        round();
        round();
        storage.failWrites(key -> false);
        assertEquals(Set.of("alice", "bob"), ids());
        assertEquals(ExemptionState.WAITING, state());
        sadis.know("p1", "alice");
        round();
        assertEquals(ExemptionState.IN_FORCE, state());
    }

    @Test
    void anUnreadableRecordEndsNoRoundAndItsSubscriberStaysAsItIs() {
        sadis.know("p1", "alice", MAC, IP);
        sadis.know("p3", "carol");
        start();
        ConsistentMap<String, String> records =
                storage.<String, String>consistentMapBuilder().withName("postern-sadis").build();
        for (String damaged : List.of("", "x\ny\nz", "of:1/1\n")) {
            records.put("alice", damaged);
            records.put("zoe", damaged);
            sadis.know("p2", "bob");
            round();
            assertEquals(Set.of("alice", "bob", "carol"), ids());
            sadis.entries.remove("p2");
            round();
            round();
            assertEquals(Set.of("alice", "carol"), ids());
        }
        sadis.entries.remove("p1");
        round();
        round();
        assertEquals(Set.of("alice", "carol"), ids());
    }

    // ------------------------------------------------------------------ on another node

    /** Another node is a moment faster than the next write. */
    private void meanwhile(Consumer<Directory> change) {
        Directory other = another();
        storage.beforeWriting(
                () -> {
                    storage.beforeWriting(() -> {});
                    change.accept(other);
                    other.stop();
                });
    }

    /** Another node changes what this one is not told of. */
    private void unnoticed(Consumer<Directory> change) {
        Directory other = another();
        storage.loseEvents(true);
        change.accept(other);
        storage.loseEvents(false);
        other.stop();
    }

    private static void quarantine(Directory node) {
        node.quarantine("alice", "quarantined", "worm", OPERATOR);
    }

    @Test
    void whatAnotherNodesOperatorChangesAtTheSameMomentIsNotOverwritten() {
        sadis.know("p1", "alice", MAC, IP);
        start();
        sadis.know("p1", "alice", MAC, "10.64.0.9");
        meanwhile(other -> other.setClass("alice", "business", OPERATOR));
        round();
        assertEquals("business", serviceClass());
        assertTrue(problem(1).contains("tried again"), problem(1));
        round();
        round();
        assertEquals("business", serviceClass());
        assertEquals("[10.64.0.1/32]", subscriber("alice").prefixes().toString());
    }

    @Test
    void whomAnotherNodeQuarantinesIsNotRemoved() {
        sadis.know("p2", "bob");
        for (Consumer<Consumer<Directory>> way :
                List.<Consumer<Consumer<Directory>>>of(this::unnoticed, this::meanwhile)) {
            sadis.know("p1", "alice");
            if (source == null) {
                start();
            }
            round();
            sadis.entries.remove("p1");
            round();
            way.accept(SadisChangesTest::quarantine);
            round();
            assertTrue(subscriber("alice").quarantine().isPresent());
            round();
            assertTrue(problem(1).contains("is quarantined and stays"), problem(1));
            directory.release("alice", OPERATOR);
            round();
            assertEquals(Set.of("bob"), ids());
        }
    }

    @Test
    void whomAnotherNodeQuarantinesIsNotReplacedAndIsStillSadiss() {
        sadis.know("p1", "alice");
        start();
        unnoticed(SadisChangesTest::quarantine);
        sadis.know("p1", "zoe");
        round();
        assertEquals(Set.of("alice"), ids());
        round();
        assertTrue(problem(1).contains("is quarantined and stays"), problem(1));
        directory.release("alice", OPERATOR);
        round();
        assertEquals(Set.of("zoe"), ids());
    }

    @Test
    void whomAnotherNodeBroughtFromSadisIsNoOperatorsThoughThisOneWasNotTold() {
        Directory here = directory;
        Directory other = another();
        sadis.know("p1", "alice", MAC, IP);
        start();
        source.deactivate();
        directory = other;
        sadis.know("p1", "alice", MAC, "10.64.0.9");
        storage.loseEvents(true);
        start();
        source.deactivate();
        storage.loseEvents(false);
        other.stop();
        directory = here;
        sadis.entries.remove("p1");
        sadis.know("p2", "alice", MAC, "10.64.0.9");
        start();
        assertEquals("", problem(2));
        assertEquals(Set.of(Attachment.parse(ACCESS + "/2")), subscriber("alice").attachments());
    }
}
