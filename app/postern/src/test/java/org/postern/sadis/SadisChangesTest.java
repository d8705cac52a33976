package org.postern.sadis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.postern.exemption.ExemptionState;

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
                key -> key.equals("alice") && serviceClass().equals("business") && records[0]++ == 0);
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
        storage.failWrites(
                key -> key.equals("alice") && state() == ExemptionState.WAITING);
        round();
        round();
        storage.failWrites(key -> false);
        assertEquals(Set.of("alice", "bob"), ids());
        assertEquals(ExemptionState.WAITING, state());
        sadis.know("p1", "alice");
        round();
        assertEquals(ExemptionState.IN_FORCE, state());
    }
}
