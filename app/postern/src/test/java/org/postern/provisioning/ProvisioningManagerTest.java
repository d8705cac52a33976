package org.postern.provisioning;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;
import org.postern.provisioning.FileResult.Outcome;

class ProvisioningManagerTest extends ProvisioningWorld {
    @Test
    void anImportWritesWhatDiffersAndNothingElse() {
        assertEquals(Outcome.DONE, run(rows(3, 1, "business")).outcome());
        assertEquals(Set.of("r001", "r002", "r003"), ids());
        assertEquals("business", directory.subscriber("r001").get().serviceClass());
        audit.clear();
        ImportResult again = run(HEAD + row(2, "residential") + row(3, "business") + row(4, ""));
        assertEquals(
                "{\"added\":1,\"changed\":1,\"removed\":0,\"kept\":0,\"unchanged\":1}",
                again.toJson(5).get("difference").get("numbers").toString());
        assertEquals(
                List.of(
                        "ada put-subscribers",
                        "put-subscribers r003 was is",
                        "put-subscribers r004 is"),
                audit);
        assertEquals(Set.of("r001", "r002", "r003", "r004"), ids());
    }

    @Test
    void importingTheSameAgainDoesNothing() {
        run(rows(20, 2, "business"));
        audit.clear();
        ImportResult again = run(rows(20, 2, "business"));
        assertEquals(Outcome.UNCHANGED, again.outcome());
        assertEquals(20, again.difference().get().unchanged());
        assertEquals(List.of(), audit);
    }

    @Test
    void aFaultyFileChangesNothing() {
        ImportResult result = run(rows(3, 0, "") + "r004,gold," + S1 + "/4,,\n");
        assertEquals(Outcome.FAULTY, result.outcome());
        assertEquals(5, result.faults().get(0).line());
        assertEquals(Set.of(), ids());
        assertEquals(List.of(), audit);
        assertTrue(result.toJson(5).get("difference").isNull());
    }

    @Test
    void aFileOfMoreSubscribersThanMayBeChangesNothing() {
        provisioning = new Manager(directory, isp, ProvisioningManager.SUBSCRIBERS_PER_FILE, "2");
        ImportResult result = run(rows(4, 0, ""));
        assertEquals(Outcome.FAULTY, result.outcome());
        assertEquals(4, result.faults().get(0).line());
        assertEquals(Set.of(), ids());
        assertEquals(Outcome.DONE, run(rows(2, 0, "")).outcome());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "2000001", "many"})
    void aBoundOutOfRangeIsNotAccepted(String bound) {
        provisioning = new Manager(directory, isp, ProvisioningManager.SUBSCRIBERS_PER_FILE, bound);
        assertEquals(Outcome.DONE, run(rows(2, 0, "")).outcome());
    }

    @Test
    void ofTwoImportsAtATimeTheSecondIsRefusedUnread() throws IOException {
        InputStream unread =
                new InputStream() {
                    @Override
                    public int read() {
                        throw new AssertionError("it is read");
                    }
                };
        List<String> refusals = new ArrayList<>();
        InputStream first =
                new ByteArrayInputStream(rows(2, 0, "").getBytes(StandardCharsets.UTF_8)) {
                    @Override
                    public synchronized int read(byte[] target, int offset, int length) {
                        refusals.add(
                                assertThrows(
                                                IllegalStateException.class,
                                                () ->
                                                        provisioning.importSubscribers(
                                                                unread,
                                                                request().dryRun(true),
                                                                ADA,
                                                                ImportProgress.UNTOLD))
                                        .getMessage());
                        return super.read(target, offset, length);
                    }
                };
        assertEquals(
                Outcome.DONE,
                provisioning
                        .importSubscribers(first, request(), ADA, ImportProgress.UNTOLD)
                        .outcome());
        assertTrue(
                refusals.get(0).contains("another import goes on at this node, ordered by " + ADA));
        assertTrue(refusals.get(0).contains("try again"));
        assertEquals(Outcome.DONE, run(HEAD + row(3, "")).outcome());
    }

    @Test
    void anImportWhoseFileBreaksOffDoesNotKeepOthersOut() {
        InputStream broken =
                new InputStream() {
                    @Override
                    public int read() throws IOException {
                        throw new IOException("the connection is lost");
                    }
                };
        assertThrows(
                IOException.class,
                () ->
                        provisioning.importSubscribers(
                                broken, request(), ADA, ImportProgress.UNTOLD));
        assertEquals(Outcome.DONE, run(rows(2, 0, "")).outcome());
    }

    @Test
    void aDryRunTellsTheDifferenceAndChangesNothing() {
        run(rows(3, 0, ""));
        audit.clear();
        ImportResult result =
                run(
                        HEAD + row(2, "business", 7, "monitor") + row(4, ""),
                        request().dryRun(true).mirror(true));
        assertEquals(Outcome.CHECKED, result.outcome());
        Difference difference = result.difference().get();
        assertEquals("r004", difference.added().get(0).id());
        assertEquals(
                Map.of(
                        "class", "residential to business",
                        "attachments", "+" + S1 + "/7 -" + S1 + "/2",
                        "prefixes", "+10.0.0.7/32 -10.0.0.2/32",
                        "mode", "enforce to monitor"),
                difference.changed().get(0).fields());
        assertEquals(
                List.of("r001", "r003"),
                difference.removed().stream().map(Subscriber::id).collect(Collectors.toList()));
        assertEquals(
                "{\"before\":\"residential\",\"after\":\"business\"}",
                result.toJson(5)
                        .get("difference")
                        .get("changed")
                        .get(0)
                        .get("fields")
                        .get("class")
                        .toString());
        assertEquals(Set.of("r001", "r002", "r003"), ids());
        assertEquals(List.of(), audit);
    }

    @Test
    void aDryRunTellsWhatItDoesAndThatItWritesNothing() throws IOException {
        List<String> told = new ArrayList<>();
        provisioning.importSubscribers(
                new ByteArrayInputStream(rows(3, 0, "").getBytes(StandardCharsets.UTF_8)),
                request().dryRun(true),
                ADA,
                (phase, done, all) -> told.add(phase + " " + done + " of " + all));
        assertEquals(List.of("READING 0 of 0", "CHECKING 0 of 3"), told);
    }

    @Test
    void whatTheDirectoryRefusesADryRunRefusesToo() {
        run(rows(3, 0, ""));
        String stolen = HEAD + row(9, "residential", 2, "");
        for (boolean dry : List.of(true, false)) {
            String message =
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> run(stolen, request().dryRun(dry)))
                            .getMessage();
            assertTrue(message.contains("r009") && message.contains("r002"), message);
        }
        assertEquals(Set.of("r001", "r002", "r003"), ids());
        // with r002 gone by the same file, it is free
        assertEquals(Outcome.DONE, run(stolen, request().mirror(true)).outcome());
        assertEquals(Set.of("r009"), ids());
    }

    @Test
    void mirroringRemovesWhoIsNotInTheFile() {
        run(rows(5, 0, ""));
        assertEquals(Outcome.UNCHANGED, run(rows(3, 0, "")).outcome());
        assertEquals(5, ids().size());
        run(rows(3, 0, ""), request().mirror(true));
        assertEquals(Set.of("r001", "r002", "r003"), ids());
    }

    @Test
    void aQuarantineGoesOn() {
        run(rows(3, 0, ""));
        directory.quarantine("r002", "quarantined", "spam", ADA);
        assertEquals(Outcome.UNCHANGED, run(rows(3, 0, "")).outcome());
        run(rows(3, 3, "business"));
        assertEquals("business", directory.subscriber("r002").get().serviceClass());
        assertEquals("spam", directory.subscriber("r002").get().quarantine().get().reason());
    }

    @Test
    void whoIsQuarantinedIsNotRemovedThoughTheFileDoesNotNameHim() {
        run(rows(3, 0, ""));
        directory.quarantine("r002", "quarantined", "spam", ADA);
        ImportResult result = run(rows(1, 0, ""), request().mirror(true));
        assertEquals(Set.of("r001", "r002"), ids());
        assertEquals("spam", directory.subscriber("r002").get().quarantine().get().reason());
        assertEquals("r002", result.difference().get().kept().get(0).id());
        assertEquals(1, result.difference().get().removed().size());
        assertEquals(
                Outcome.UNCHANGED,
                run(rows(1, 0, ""), request().mirror(true).forced(true)).outcome());
        assertEquals(
                "subscriber r9: attachment of:0000000000000001/2 belongs to subscriber r002 already;"
                        + " take it from there first",
                assertThrows(
                                IllegalArgumentException.class,
                                () ->
                                        run(
                                                HEAD
                                                        + row(1, "")
                                                        + row(2, "").replace("r002", "r9"),
                                                request().mirror(true)))
                        .getMessage());
    }

    @Test
    void lettingMoreThanTheShareSendNeedsForce() {
        run(rows(400, 0, ""));
        assertEquals(Outcome.DONE, run(rows(400, 20, "business")).outcome());
        ImportResult far = run(rows(400, 41, "business"));
        assertEquals(Outcome.GUARDED, far.outcome());
        assertEquals(21, far.reach().get().opened());
        String excess = far.reach().get().excess().get();
        assertTrue(excess.startsWith("21 of 400 subscribers would be let send directly"), excess);
        assertTrue(excess.contains("more than the 20") && excess.contains("5 %"), excess);
        assertEquals("residential", directory.subscriber("r041").get().serviceClass());
        assertEquals(
                Outcome.DONE, run(rows(400, 41, "business"), request().forced(true)).outcome());
        assertEquals("business", directory.subscriber("r041").get().serviceClass());
    }

    @Test
    void cuttingOffMoreThanTheShareNeedsForce() {
        run(rows(400, 30, "business"), request().forced(true));
        ImportResult far = run(rows(400, 9, "business"));
        assertEquals(Outcome.GUARDED, far.outcome());
        assertEquals(21, far.reach().get().cutOff());
        assertTrue(
                far.reach()
                        .get()
                        .excess()
                        .get()
                        .contains("21 of 400 subscribers would be cut off"));
        assertEquals(Outcome.DONE, run(rows(400, 10, "business")).outcome());
    }

    @Test
    void removingMoreThanTheShareNeedsForce() {
        run(rows(400, 0, ""));
        ImportResult far = run(rows(379, 0, ""), request().mirror(true));
        assertEquals(Outcome.GUARDED, far.outcome());
        assertEquals(21, far.reach().get().toJson().get("removed").asInt());
        assertEquals(400, ids().size());
        assertEquals(Outcome.DONE, run(rows(380, 0, ""), request().mirror(true)).outcome());
        assertEquals(380, ids().size());
    }

    @Test
    void whatOnlyWatchesOrSendsElsewhereCountsAsOpened() {
        run(rows(100, 5, "business"));
        assertEquals(
                11, run(rows(100, 16, "watched"), request().dryRun(true)).reach().get().opened());
        String monitored =
                HEAD
                        + IntStream.rangeClosed(20, 30)
                                .mapToObj(i -> row(i, "residential", i, "monitor"))
                                .collect(Collectors.joining());
        assertEquals(Outcome.GUARDED, run(monitored).outcome());
        String moved =
                HEAD
                        + IntStream.rangeClosed(1, 5)
                                .mapToObj(i -> row(i, "business", 500 + i, ""))
                                .collect(Collectors.joining());
        Reach reach = run(moved, request().dryRun(true)).reach().get();
        assertEquals(5, reach.opened());
        assertEquals(5, reach.cutOff());
        // who does not send may move and be refused in another way
        String others =
                HEAD
                        + IntStream.rangeClosed(20, 60)
                                .mapToObj(i -> row(i, "refused", 500 + i, ""))
                                .collect(Collectors.joining());
        assertEquals(Outcome.DONE, run(others).outcome());
    }

    @ParameterizedTest
    @CsvSource({"sheltered, 11, 11", "held, 11, 11", "guarded, 11, 11"})
    void whatElseIsOpenedOrCutOffCounts(String serviceClass, int cutOff, int opened) {
        run(rows(100, 0, ""));
        Reach tighter = run(rows(100, 11, serviceClass), request().forced(true)).reach().get();
        assertEquals(cutOff, tighter.cutOff());
        assertEquals(0, tighter.opened());
        ImportResult back = run(rows(100, 0, ""));
        assertEquals(opened, back.reach().get().opened());
        assertEquals(0, back.reach().get().cutOff());
        assertEquals(Outcome.GUARDED, back.outcome());
    }

    @Test
    void whereTheDefaultClassSendsRegisteringCutsOff() {
        isp.defaultClass = "business";
        Reach reach = run(rows(11, 0, ""), request().dryRun(true)).reach().get();
        assertEquals(11, reach.cutOff());
        assertEquals(0, reach.opened());
        assertEquals(Outcome.GUARDED, run(rows(11, 0, "")).outcome());
    }

    @Test
    void aSmallNetworkMayChangeTenWithoutForceAndTheBoundsCanBeSet() {
        assertEquals(Outcome.DONE, run(rows(12, 10, "business")).outcome());
        provisioning = new Manager(directory, isp, "guardShare", "50", "guardFloor", "0");
        assertEquals(6, limit(run(rows(12, 0, ""), request().dryRun(true))));
        provisioning = new Manager(directory, isp, "guardShare", "0", "guardFloor", "0");
        assertEquals(Outcome.GUARDED, run(rows(12, 9, "business")).outcome());
        provisioning = new Manager(directory, isp, "guardShare", "101", "guardFloor", "x");
        assertEquals(10, limit(run(rows(12, 9, "business"), request().dryRun(true))));
    }

    private static int limit(ImportResult result) {
        return result.reach().get().toJson().get("limit").asInt();
    }

    @ParameterizedTest
    @EnumSource(FileFormat.class)
    void whatIsExportedIsChosenAndImportsToNothing(FileFormat format) throws IOException {
        run(rows(50, 10, "business"));
        directory.quarantine("r002", "quarantined", "=1+1", ADA);
        StringWriter all = new StringWriter();
        assertEquals(50, provisioning.exportSubscribers(all, format, s -> true));
        ImportResult back =
                provisioning.importSubscribers(
                        new ByteArrayInputStream(all.toString().getBytes(StandardCharsets.UTF_8)),
                        ImportRequest.of(format).mirror(true),
                        ADA,
                        ImportProgress.UNTOLD);
        assertEquals(Outcome.UNCHANGED, back.outcome());
        StringWriter some = new StringWriter();
        assertEquals(
                10,
                provisioning.exportSubscribers(
                        some, format, s -> s.serviceClass().equals("business")));
        assertTrue(some.toString().contains("r010") && !some.toString().contains("r011"));
        assertFalse(all.toString().contains("=1+1"));
    }

    @Test
    void aHundredThousandAreImportedAndProgressIsTold() throws IOException {
        StringBuilder csv = new StringBuilder(HEAD);
        for (int i = 0; i < 100_000; i++) {
            csv.append(
                    String.format(
                            "c%d,residential,of:%016x/%d,10.%d.%d.%d/32,\n",
                            i, 1 + i / 100, 1 + i % 100, i >> 16, i >> 8 & 0xff, i & 0xff));
        }
        Set<String> told = ConcurrentHashMap.newKeySet();
        ImportResult result =
                provisioning.importSubscribers(
                        new ByteArrayInputStream(csv.toString().getBytes(StandardCharsets.UTF_8)),
                        request(),
                        ADA,
                        (phase, done, all) -> told.add(phase + " " + done + " of " + all));
        assertEquals(Outcome.DONE, result.outcome());
        assertEquals(100_000, directory.subscribers().size());
        assertTrue(
                told.containsAll(
                        Set.of(
                                "READING 0 of 0",
                                "CHECKING 0 of 100000",
                                "WRITING 0 of 100000",
                                "WRITING 100000 of 100000")));
        assertEquals(100_001, audit.size());
        assertEquals(
                Attachment.parse("of:00000000000003e8/100"),
                directory.subscriber("c99999").get().attachments().iterator().next());
    }
}
