package org.postern.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.onosproject.store.service.ConsistentMap;
import org.postern.audit.Order;
import org.postern.exemption.ExemptionWorld;
import org.postern.policy.Exemption;
import org.postern.policy.Subscriber;
import org.postern.precondition.Expected;
import org.postern.provisioning.FileResult.Outcome;

class ExemptionImportTest extends ExemptionImportWorld {
    private static final String FAILED_BEFORE =
            "the store of the cluster failed before the change was complete in it; nothing was changed; see whether"
                    + " most nodes are up (nodes), and try again";

    private List<String> faults(String rows) {
        ExemptionImportResult result = node.run(rows);
        assertEquals(Outcome.FAULTY, result.outcome());
        return result.faults().stream().map(Fault::toString).collect(Collectors.toList());
    }

    private static String failure(Runnable work) {
        return assertThrows(IllegalStateException.class, work::run).getMessage();
    }

    @Test
    void newChangedAndTheSameAreToldApartAndTheSameIsNotWritten() {
        ordered("e1", "r1");
        ordered("e2", "r2");
        String rows =
                "e1,r1,,,"
                        + SUMMER
                        + ",ordered\n"
                        + "e2,r2,,,"
                        + WINTER
                        + ",longer\n"
                        + line("x3", "r3");
        ExemptionImportResult tried = node.run(COLUMNS + rows, request().dryRun(true));
        assertEquals(Outcome.CHECKED, tried.outcome());
        ExemptionDifference difference = tried.difference().orElseThrow();
        assertEquals(
                "{until=2026-09-01T00:00:00Z to 2026-12-01T00:00:00Z, reason=ordered to longer}",
                difference.changed().get(0).fields().toString());
        assertEquals(
                "{\"added\":1,\"changed\":1,\"unchanged\":1}",
                tried.toJson(10).get("difference").get("numbers").toString());
        assertEquals("[e1 ordered, e2 ordered]", node.reasons());
        told.clear();
        assertEquals(Outcome.DONE, node.run(rows).outcome());
        assertEquals("[e1 ordered, e2 longer, x3 file]", node.reasons());
        assertEquals("bea", node.manager.exemption("e1").orElseThrow().by());
        assertEquals("ada", node.manager.exemption("e2").orElseThrow().by());
        assertEquals(NOW, node.manager.exemption("x3").orElseThrow().from());
        assertEquals(
                List.of(
                        "ada put-exemptions 2 exemptions: e2, x3 (change 17)",
                        "change-exemption r2 was is: longer",
                        "exempt r3 is: file"),
                told);
        told.clear();
        assertEquals(Outcome.UNCHANGED, node.run(rows).outcome());
        assertEquals(List.of(), told);
    }

    @Test
    void allThatTheRulesRefuseIsToldByLineBeforeAnythingIsWritten() {
        ordered("e1", "r1");
        directory.put(List.of(subscriber("quiet", "residential", 900)), ADA);
        assertEquals(
                List.of(
                        "line 2: field \"subscriber\": exemption x1: there is no subscriber \"nobody\":"
                                + " postern-subscribers lists those that exist",
                        "line 3: field \"subscriber\": exemption x2: subscriber r1 has "
                                + node.manager.exemption("e1").orElseThrow()
                                + " for the same time: renew or revoke that one (postern-renew, postern-revoke)",
                        "line 5: field \"subscriber\": exemption x4: subscriber r2 has x3(r2: direct mail, 2026-03-01T08:00:00Z to "
                                + SUMMER
                                + ") for the same time: that one is in the same file, leave one of them out",
                        "line 6: field \"subscriber\": exemption e1: subscriber \"r3\": this identifier is that of an"
                                + " exemption of subscriber r1; choose another one",
                        "line 7: field \"class\": class quarantined is a quarantine: use postern-quarantine, which"
                                + " keeps the reason",
                        "line 8: field \"until\": exemption x7: until 2028-03-01T00:00:00Z is too far: an exemption"
                                + " lasts 400 days at most and is renewed then (postern-renew)"),
                faults(
                        line("x1", "nobody")
                                + line("x2", "r1")
                                + line("x3", "r2")
                                + line("x4", "r2")
                                + line("e1", "r3")
                                + "x6,r6,,quarantined,"
                                + SUMMER
                                + ",x\n"
                                + "x7,r7,,,2028-03-01T00:00:00Z,x\n"
                                + line("x8", "quiet")));
        assertEquals("[e1 ordered]", node.reasons());
    }

    @Test
    void aFileMayReplaceWhatItWouldContradictElse() {
        ordered("e1", "r1");
        // the old one becomes one of a destination, and the new one of all mail
        assertEquals(
                Outcome.DONE,
                node.run("e1,r1,192.0.2.25/32,," + SUMMER + ",narrow\n" + line("x1", "r1"))
                        .outcome());
        assertEquals("[e1 narrow, x1 file]", node.reasons());
    }

    @Test
    void oneThatIsOverIsRefusedUnlessItIsTheSame() {
        Exemption over =
                Exemption.builder("old")
                        .subscriber("r1")
                        .reason("ordered")
                        .by("bea")
                        .from(NOW.minusSeconds(200))
                        .until(NOW.minusSeconds(100))
                        .build();
        ExemptionWorld.put(node.manager, over);
        String row = "old,r1,,,2026-03-01T07:58:20Z,";
        assertEquals(Outcome.UNCHANGED, node.run(row + "ordered\n").outcome());
        assertTrue(faults(row + "again\n").get(0).contains("is over already"));
        assertEquals(Outcome.DONE, node.run("old,r1,,," + SUMMER + ",again\n").outcome());
    }

    @Test
    void moreThanTheShareIsExemptedOnlyByForce() {
        // 5 % of 400
        ExemptionImportResult refused = node.run(lines(1, 21));
        assertEquals(Outcome.GUARDED, refused.outcome());
        assertEquals(
                "21 of 400 subscribers would be let send directly, or opened otherwise, more than the 20 that may be"
                        + " without force (guardShare, guardFloor): see what differs with a dry run, and force it if"
                        + " it is meant",
                refused.excess().orElseThrow());
        assertEquals("[]", node.reasons());
        assertEquals(List.of(), told);
        assertEquals(Outcome.DONE, node.run(lines(1, 20)).outcome());
        // those that are there already do not count
        assertEquals(Outcome.DONE, node.run(lines(1, 40)).outcome());
        assertEquals(
                Outcome.DONE, node.run(COLUMNS + lines(41, 90), request().forced(true)).outcome());
        assertEquals(90, node.manager.exemptions().size());
        assertEquals(
                Outcome.CHECKED,
                node.run(COLUMNS + lines(91, 300), request().dryRun(true)).outcome());
    }

    private int[] reach(String rows) {
        ExemptionReach reach =
                node.run(COLUMNS + rows, request().dryRun(true)).reach().orElseThrow();
        return new int[] {reach.opened(), reach.cutOff()};
    }

    private void assertReach(int opened, int cutOff, String rows) {
        int[] reach = reach(rows);
        assertEquals(opened + " " + cutOff, reach[0] + " " + reach[1], rows);
    }

    @Test
    void whoMaySendAnywayIsNotOpened() {
        directory.put(List.of(subscriber("shop", "business", 901)), ADA);
        directory.put(List.of(subscriber("seen", "watched", 902)), ADA);
        assertReach(0, 0, line("x1", "shop"));
        // it outlasts the time in which the class only counts
        assertReach(1, 0, line("x2", "seen"));
        assertReach(1, 0, line("x1", "r1"));
        // a class that lets out what the own one does not, and one that takes it away
        assertReach(1, 0, "x1,r1,,business," + SUMMER + ",x\n");
        assertReach(0, 1, "x1,shop,,residential," + SUMMER + ",x\n");
        assertReach(0, 0, "x1,r1,,residential," + SUMMER + ",x\n");
        // several of one subscriber are one
        assertReach(
                1,
                0,
                "x1,r1,192.0.2.1/32,," + SUMMER + ",x\nx2,r1,192.0.2.2/32,," + SUMMER + ",x\n");
    }

    @Test
    void whoSendsOnlyForWantOfARelayOrIsHeldToAnotherClassIsOpened() {
        directory.put(List.of(subscriber("led", "steered", 903)), ADA);
        assertReach(1, 0, line("x1", "led"));
        directory.put(List.of(subscriber("shop", "business", 901)), ADA);
        node.run("c1,shop,,residential," + SUMMER + ",x\n");
        assertReach(1, 0, line("x1", "shop"));
    }

    @Test
    void longerAndWiderOpensAndShorterAndNarrowerCutsOff() {
        ordered("e1", "r1");
        assertReach(0, 0, "e1,r1,,," + SUMMER + ",another reason\n");
        assertReach(1, 0, "e1,r1,,," + WINTER + ",x\n");
        assertReach(0, 1, "e1,r1,,,2026-04-01T00:00:00Z,x\n");
        assertReach(0, 1, "e1,r1,192.0.2.0/24,," + SUMMER + ",x\n");
        node.run("e1,r1,192.0.2.0/24,," + SUMMER + ",x\n");
        assertReach(0, 0, "x1,r1,192.0.2.7/32,," + SUMMER + ",x\n");
        assertReach(1, 0, "x1,r1,198.51.100.7/32,," + SUMMER + ",x\n");
        assertReach(1, 1, "e1,r1,198.51.100.7/32,," + SUMMER + ",x\n");
        assertReach(1, 0, "e1,r1,,," + SUMMER + ",x\n");
        // to a stricter class, and back before its time
        directory.put(List.of(subscriber("shop", "business", 901)), ADA);
        node.run("c1,shop,,residential," + SUMMER + ",x\n");
        assertReach(1, 0, "c1,shop,,residential,2026-04-01T00:00:00Z,x\n");
    }

    @Test
    void whatAnotherChangedMeanwhileIsLeftAndToldOf() {
        ordered("e1", "r1");
        node.meanwhile =
                () -> {
                    ordered("x2", "r2");
                    node.desk.revoke("e1", "over", Order.console("bea"));
                    told.clear();
                };
        ExemptionImportResult result =
                node.run("e1,r1,,," + SUMMER + ",file\n" + line("x2", "r2") + line("x3", "r3"));
        assertEquals(Outcome.DONE, result.outcome());
        assertEquals(Set.of("e1", "x2"), result.overtaken());
        assertEquals("[x2 ordered, x3 file]", node.reasons());
        assertEquals(
                "postern import-overtaken 2 exemptions were changed by others meanwhile and left: e1, x2",
                told.get(0));
        // by the subscriber, as all of exemptions is; e1 is nobody's any more
        assertTrue(told.contains("import-overtaken e1: "), told.toString());
        assertTrue(told.contains("import-overtaken r2: "), told.toString());
    }

    @Test
    void whatAnotherNodeMakesWhileTheImportIsTakenDownIsNotOverwritten() {
        ordered("e1", "r1");
        Node other = another("n2");
        whileTold =
                () -> {
                    Exemption theirs =
                            Exemption.builder("e1")
                                    .subscriber("r1")
                                    .reason("theirs")
                                    .by("bea")
                                    .from(NOW)
                                    .until(Instant.parse(SUMMER))
                                    .build();
                    other.desk.put(theirs, Expected.any(), Order.console("bea"));
                };
        ExemptionImportResult result = node.run("e1,r1,,," + WINTER + ",file\n");
        assertEquals(Set.of("e1"), result.overtaken());
        assertEquals("[e1 theirs]", node.reasons());
    }

    @Test
    void whoseSubscriberIsRemovedMeanwhileGetsNone() {
        storage.failWrites(id -> id.equals("x2"));
        failure(() -> node.run(lines(1, 3)));
        directory.remove("r2", ADA);
        storage.failWrites(id -> false);
        // who got its identifier now would get its exemption
        Subscriber stranger = subscriber("r2", "residential", 904);
        assertTrue(
                failure(() -> directory.put(List.of(stranger), ADA))
                        .startsWith("exemptions of r2 are being written by a change of many"));
        ExemptionWorld.finish(node.batches);
        assertEquals("[x1 file, x3 file]", node.reasons());
        directory.put(List.of(stranger), ADA);
        assertEquals("[x1 file, x3 file]", node.reasons());
    }

    @Test
    void aStoreThatFailsBeforeTheCommitmentChangesNothing() {
        storage.failWrites(key -> key.equals("commitment"));
        assertEquals(FAILED_BEFORE, failure(() -> node.run(lines(1, 3))));
        assertEquals(
                "ada not-done put-exemptions: " + FAILED_BEFORE + " (change 17)",
                told.get(told.size() - 1));
        storage.failWrites(key -> false);
        ExemptionWorld.finish(node.batches);
        assertEquals("[]", node.reasons());
        assertEquals(Outcome.DONE, node.run(lines(1, 3)).outcome());
    }

    @Test
    void aStoreThatFailsInTheMiddleIsCaughtUpWithAndRepeatingIsSafe() {
        storage.failWrites(id -> id.equals("x2"));
        assertTrue(failure(() -> node.run(lines(1, 3))).contains("It is committed"));
        assertFalse(node.manager.exemption("x2").isPresent());
        assertEquals(
                "another change of many exemptions, ordered by ada on node local, is being written; try again when it"
                        + " is done",
                failure(() -> node.run(lines(4, 5))));
        assertTrue(
                told.get(told.size() - 1).startsWith("ada not-done put-exemptions"),
                told::toString);
        // subscribers have a journal of their own
        directory.put(
                List.of(
                        subscriber("new1", "residential", 910),
                        subscriber("new2", "residential", 911)),
                ADA);
        storage.failWrites(id -> false);
        ExemptionWorld.finish(node.batches);
        assertEquals("[x1 file, x2 file, x3 file]", node.reasons());
        assertEquals(
                "postern import-finished the import that ada ordered", told.get(told.size() - 1));
        assertEquals(Outcome.UNCHANGED, node.run(lines(1, 3)).outcome());
    }

    @Test
    void theImportOfANodeThatIsGoneIsFinishedByAnother() {
        storage.failWrites(id -> id.equals("x2"));
        failure(() -> node.run(lines(1, 3)));
        storage.failWrites(id -> false);
        Node other = another("other");
        assertEquals(
                "exemption x1 is being added by a change of many that ada ordered on node local, and can be removed"
                        + " when that is done; nothing was changed, try again in some seconds",
                failure(() -> other.desk.revoke("x1", "over", Order.console("eve"))));
        ExemptionWorld.finish(other.batches);
        assertEquals("[x1 file, x2 file, x3 file]", other.reasons());
        assertEquals("[x1 file, x2 file, x3 file]", node.reasons());
        other.desk.revoke("x1", "over", Order.console("eve"));
        ExemptionWorld.finish(node.batches);
        assertEquals("[x2 file, x3 file]", node.reasons());
    }

    @Test
    void partsOfAnImportThatWasNeverCommittedGoWhenItsNodeStartsAgain() {
        ConsistentMap<String, byte[]> journal =
                storage.<String, byte[]>consistentMapBuilder()
                        .withName("postern-exemption-import")
                        .build();
        journal.put("other/1/0", new byte[0]);
        another("other");
        assertTrue(journal.isEmpty());
    }

    @Test
    void oneImportAtATimeAndNothingIsMirrored() {
        List<String> second = new ArrayList<>();
        InputStream slow =
                new InputStream() {
                    @Override
                    public int read() {
                        if (second.isEmpty()) {
                            second.add(failure(() -> node.run(lines(1, 1))));
                        }
                        return -1;
                    }
                };
        try {
            node.provisioning.importExemptions(slow, request(), ADA, ImportProgress.UNTOLD);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        assertTrue(second.get(0).contains("nothing of this one was read"), second::toString);
        assertTrue(
                assertThrows(
                                IllegalArgumentException.class,
                                () -> node.run(COLUMNS, request().mirror(true)))
                        .getMessage()
                        .contains("postern-revoke"));
    }

    @Test
    void oneThatIsNotUnderstoodIsNotReplaced() {
        ConsistentMap<String, String> store =
                storage.<String, String>consistentMapBuilder()
                        .withName("postern-exemptions")
                        .build();
        store.put("x1", "what");
        assertTrue(faults(lines(1, 2)).get(0).contains("stored but not understood"));
        assertEquals("what", store.get("x1").value());
    }

    @Test
    void thousandsAreOneChange() {
        String rows =
                IntStream.rangeClosed(1, 3000)
                        .mapToObj(
                                i ->
                                        "x"
                                                + i
                                                + ",r"
                                                + (i % 400 + 1)
                                                + ",192.0."
                                                + i / 200
                                                + "."
                                                + (i % 200)
                                                + "/32,,"
                                                + SUMMER
                                                + ",x\n")
                        .collect(Collectors.joining());
        ExemptionImportResult result = node.run(COLUMNS + rows, request().forced(true));
        assertEquals(Outcome.DONE, result.outcome(), () -> result.faults().toString());
        assertEquals(3000, node.manager.exemptions().size());
        assertEquals(400, result.reach().orElseThrow().opened());
        node.desk.put(
                node.manager.exemption("x1").orElseThrow().toBuilder().reason("y").build(),
                Expected.any(),
                ADA);
        assertEquals(
                1,
                node.run(COLUMNS + rows, request().dryRun(true))
                        .difference()
                        .orElseThrow()
                        .changed()
                        .size());
    }
}
