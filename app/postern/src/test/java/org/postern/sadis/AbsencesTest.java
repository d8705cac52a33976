package org.postern.sadis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** When those go whom SADIS does not name any more. */
class AbsencesTest extends SadisWorld {
    private static Set<String> customers(int first, int last) {
        return IntStream.rangeClosed(first, last)
                .mapToObj(i -> "c" + i)
                .collect(Collectors.toSet());
    }

    private void forty() {
        for (int port = 4; port <= 40; port++) {
            network.addPort(ACCESS, port);
        }
        for (int port = 1; port <= 40; port++) {
            network.portName(ACCESS, port, "p" + port);
            sadis.know("p" + port, "c" + port);
        }
        start();
        assertEquals(customers(1, 40), ids());
    }

    @Test
    void oneAnswerOfACacheIsNotEnoughToRemoveAllOthers() {
        forty();
        sadis.entries.keySet().removeIf(name -> !name.equals("p1"));
        round();
        assertFalse(problem(40).contains("stay"), problem(40));
        round();
        assertEquals(customers(1, 40), ids());
        assertEquals(
                "port of:0000000000000001/40: SADIS does not name c40 any more, like 39 of 40 that it"
                        + " named at this node's ports, more than the 10 that are removed at once"
                        + " (guardShare, guardFloor); they stay: see to SADIS's server, or remove them",
                problem(40));
        IntStream.rangeClosed(11, 40).forEach(i -> sadis.know("p" + i, "c" + i));
        round();
        assertEquals("", problem(40));
        assertEquals(
                IntStream.concat(IntStream.of(1), IntStream.rangeClosed(11, 40))
                        .mapToObj(i -> "c" + i)
                        .collect(Collectors.toSet()),
                ids());
    }

    @Test
    void whoIsQuarantinedAndStaysDoesNotHoldTheRemovalOfOthers() {
        forty();
        for (int i = 1; i <= 11; i++) {
            directory.quarantine("c" + i, "quarantined", "worm", OPERATOR);
            sadis.entries.remove("p" + i);
        }
        sadis.entries.remove("p12");
        round();
        round();
        assertTrue(problem(1).contains("quarantined"), problem(1));
        assertFalse(ids().contains("c12"));
        assertEquals(39, ids().size());
    }

    @Test
    void whatWasMissedBeforeAnotherNodeLookedDoesNotCountAfterIt() {
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start();
        sadis.entries.remove("p1");
        round();
        network.master(ACCESS, false);
        settle();
        round();
        network.master(ACCESS, true);
        settle();
        round();
        assertEquals(Set.of("alice", "bob"), ids());
        round();
        assertEquals(Set.of("bob"), ids());
    }
}
