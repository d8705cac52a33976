package org.postern.replica;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class KnownVersionsTest {
    private final KnownVersions versions = new KnownVersions();

    @Test
    void nothingOlderIsNews() {
        assertTrue(versions.stored("alice", 3));
        assertFalse(versions.stored("alice", 3));
        assertFalse(versions.stored("alice", 2));
        assertTrue(versions.stored("alice", 4));
        assertEquals(OptionalLong.of(4), versions.of("alice"));
        assertEquals(Map.of("alice", 4L), versions.present());
    }

    @Test
    void whatWasRemovedIsNoNewsAnyMoreUntilThatIsForgotten() {
        versions.stored("alice", 3);
        assertTrue(versions.gone("alice", 3));
        assertFalse(versions.gone("alice", 3));
        assertFalse(versions.stored("alice", 3));
        Map<String, Long> removals = versions.removals();
        assertEquals(Map.of("alice", 3L), removals);
        versions.forget(removals);
        assertEquals(Map.of(), versions.removals());
        assertTrue(versions.stored("alice", 3));
    }

    @Test
    void oneRemovalIsNotForgottenWithAnEarlierOne() {
        versions.stored("alice", 3);
        versions.gone("alice", 3);
        Map<String, Long> removals = versions.removals();
        assertTrue(versions.stored("alice", 5));
        assertTrue(versions.gone("alice", 5));
        versions.forget(removals);
        assertFalse(versions.stored("alice", 5));
    }

    @Test
    void theRemovalOfAnOlderVersionRemovesNothing() {
        versions.stored("alice", 5);
        assertFalse(versions.gone("alice", 3));
        assertEquals(OptionalLong.of(5), versions.of("alice"));
        assertFalse(versions.gone("bob", 2), "nobody knew of it");
        assertFalse(versions.stored("bob", 2));
    }
}
