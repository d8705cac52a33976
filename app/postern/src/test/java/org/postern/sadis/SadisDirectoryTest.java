package org.postern.sadis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onlab.packet.MacAddress;
import org.postern.exemption.ExemptionState;
import org.postern.exemption.ExemptionWorld;
import org.postern.fakecontroller.Await;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;

class SadisDirectoryTest extends SadisWorld {
    private static final String MAC = "02:00:00:00:00:01";

    // ------------------------------------------------------------------ what is taken over

    @Test
    void whoIsKnownByThePortsNameIsRegisteredWithPortAddressAndMac() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        start();
        Subscriber alice = subscriber("alice");
        assertEquals(Set.of(Attachment.parse(ACCESS + "/1")), alice.attachments());
        assertEquals("[10.64.0.1/32]", alice.prefixes().toString());
        assertEquals("[02:00:00:00:00:01]", alice.macs().toString());
        assertEquals("residential", alice.serviceClass());
        assertEquals(Set.of("alice"), ids());
        assertEquals(1, source.subscribers());
        assertTrue(audit.get(0).startsWith("sadis (directory) "), audit::toString);
        assertEquals(Map.of(), source.problems());
        assertEquals(Set.of("p1", "p2", "p3"), Set.copyOf(sadis.asked), "and the uplink is not");
    }

    @Test
    void whatIsAsItWasIsNotWrittenAgain() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        start();
        int written = audit.size();
        round();
        assertEquals(written, audit.size());
        assertEquals(6, sadis.asked.size());
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.9");
        round();
        assertEquals("[10.64.0.9/32]", subscriber("alice").prefixes().toString());
        assertEquals(written + 1, audit.size());
    }

    @Test
    void withoutIdentifierThePortOfTheAccessServerIsItsName() {
        sadis.know("p1", null).setNasPortId("pon-1-1");
        start();
        assertEquals(Set.of("pon-1-1"), ids());
    }

    @Test
    void aServiceOrABandwidthProfileChoosesTheClass() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1", service("hsia", "gold", 1, 1));
        sadis.know("p2", "bob", "02:00:00:00:00:02", "10.64.0.2", service("office", "x", 1, 2));
        start();
        assertEquals("residential", subscriber("alice").serviceClass());
        map("{'classes': {'gold': 'business', 'office': 'business'}}");
        assertEquals("business", subscriber("alice").serviceClass());
        assertEquals("business", subscriber("bob").serviceClass());
        map("{'classes': {'gold': 'nonesuch', 'office': 'business'}}");
        assertEquals("business", subscriber("alice").serviceClass());
        assertTrue(problem(1).contains("nonesuch"), problem(1));
    }

    @Test
    void servicesOfDifferentClassesAreNotGuessedAt() {
        sadis.know(
                "p1",
                "alice",
                "02:00:00:00:00:01",
                "10.64.0.1",
                service("hsia", "gold", 1, 1),
                service("voip", "slow", 1, 2));
        start();
        map("{'classes': {'gold': 'business', 'voip': 'residential'}}");
        assertEquals("residential", subscriber("alice").serviceClass());
        assertTrue(problem(1).contains("different classes [business, residential]"), problem(1));
        map("{'classes': {'gold': 'business'}}");
        assertEquals("business", subscriber("alice").serviceClass());
        assertEquals("", problem(1));
    }

    @Test
    void tagsTellWhereOnThePortIfThatIsConfigured() {
        sadis.know(
                "p1",
                "alice",
                "02:00:00:00:00:01",
                "10.64.0.1",
                service("hsia", "gold", 100, 7),
                service("voip", "slow", 4096, 8));
        start();
        map("{'attachments': 'tags'}");
        assertEquals(
                Set.of(Attachment.parse(ACCESS + "/1/100.7"), Attachment.parse(ACCESS + "/1/8")),
                subscriber("alice").attachments());
        map("{}");
        assertEquals(Set.of(Attachment.parse(ACCESS + "/1")), subscriber("alice").attachments());
    }

    @Test
    void aBadConfigurationIsRefusedWithItsReasons() {
        start();
        String message =
                assertThrows(
                                IllegalArgumentException.class,
                                () -> map("{'class': {}, 'attachments': 'x', 'classes': {'a': 1}}"))
                        .getMessage();
        for (String named : List.of("field class:", "field attachments: x", "field classes.a")) {
            assertTrue(message.contains(named), message);
        }
    }

    @Test
    void whatBecomesOfTheConfigurationIsTakenDownOnce() {
        start();
        assertEquals(List.of(), audit);
        map("{'attachments': 'tags'}");
        map("{'attachments': 'port'}");
        configuration.delete(app, "sadis");
        settle();
        List<String> expected =
                List.of(
                        "unknown (network-configuration) apps/org.postern/sadis is new",
                        "unknown (network-configuration) apps/org.postern/sadis is different",
                        "unknown (network-configuration) apps/org.postern/sadis was deleted,"
                                + " everybody is taken over by port, in the default class");
        assertEquals(expected, audit);
        source.deactivate();
        start();
        assertEquals(expected, audit);
    }

    @Test
    void aConfigurationChangedWhileThereWasNoSadisIsTakenDownWhenThereIs() {
        start();
        map("{'attachments': 'tags'}");
        source.deactivate();
        configuration.post(app, "sadis", "{'attachments': 'port'}");
        assertEquals(1, audit.size());
        start();
        assertEquals(2, audit.size());
        assertTrue(audit.get(1).endsWith("apps/org.postern/sadis is different"), audit.get(1));
    }

    // ------------------------------------------------------------------ who wins

    @Test
    void aPortOfTheDirectorysOwnIsNotEvenLookedUp() {
        directory.put(List.of(own("carol", 1).build()), OPERATOR);
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start();
        assertEquals(Set.of("carol", "bob"), ids());
        assertFalse(sadis.asked.contains("p1"));
        directory.remove("carol", OPERATOR);
        round();
        assertEquals(Set.of("alice", "bob"), ids());
    }

    @Test
    void anIdentifierOfTheDirectorysOwnIsNotTakenFromIt() {
        directory.put(List.of(own("alice", 3).build()), OPERATOR);
        sadis.know("p1", "alice");
        start();
        assertEquals(own("alice", 3).build(), subscriber("alice"));
        assertTrue(problem(1).contains("subscriber alice is registered"), problem(1));
    }

    @Test
    void whomAnOperatorChangedIsTheOperatorsFromThenOn() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        sadis.know("p2", "bob");
        start();
        directory.setClass("alice", "business", OPERATOR);
        sadis.entries.remove("p1");
        round();
        round();
        round();
        assertEquals("business", subscriber("alice").serviceClass());
    }

    @Test
    void aQuarantineStaysAndTheSubscriberIsStillSadiss() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        start();
        directory.quarantine("alice", "quarantined", "worm", OPERATOR);
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.9");
        round();
        assertTrue(subscriber("alice").quarantine().isPresent());
        assertEquals("[10.64.0.9/32]", subscriber("alice").prefixes().toString());
    }

    @Test
    void aNodeThatStartsAgainKnowsWhoCameFromSadis() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        start();
        source.deactivate();
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.9");
        start();
        assertEquals("[10.64.0.9/32]", subscriber("alice").prefixes().toString());
    }

    @Test
    void aNodeThatEndedBeforeItWroteLeavesNoStranger() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        start();
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.9");
        storage.failWrites("alice"::equals);
        round();
        assertEquals("[10.64.0.1/32]", subscriber("alice").prefixes().toString());
        assertTrue(problem(1).contains("tried again"), problem(1));
        storage.failWrites(key -> false);
        round();
        assertEquals("[10.64.0.9/32]", subscriber("alice").prefixes().toString());
        assertEquals("", problem(1));
    }

    // ------------------------------------------------------------------ who moves, who goes

    @Test
    void whoMovesIsMovedAndLeavesNothingBehind() {
        sadis.know("p1", "alice");
        start();
        sadis.entries.remove("p1");
        sadis.know("p2", "alice");
        round();
        assertEquals(Set.of(Attachment.parse(ACCESS + "/2")), subscriber("alice").attachments());
        assertEquals(Set.of("alice"), ids());
    }

    @Test
    void whoMovesFromAPortThatIsGoneIsMoved() {
        sadis.know("p1", "alice");
        start();
        network.removePort(ACCESS, 1);
        assertEquals(Set.of("alice"), ids());
        sadis.know("p2", "alice");
        network.portName(ACCESS, 2, "p2");
        settle();
        assertEquals(Set.of(Attachment.parse(ACCESS + "/2")), subscriber("alice").attachments());
    }

    @Test
    void oneSubscriberForTwoPortsStaysWhereItIsAndThatIsTold() {
        sadis.know("p1", "alice");
        start();
        sadis.know("p2", "alice");
        round();
        round();
        assertEquals(Set.of(Attachment.parse(ACCESS + "/1")), subscriber("alice").attachments());
        assertTrue(problem(2).contains("for this port and for " + at(1)), problem(2));
        assertEquals("", problem(1));
    }

    @Test
    void aPortsNextCustomerTakesTheFormersPlace() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        start();
        sadis.know("p1", "zoe", "02:00:00:00:00:01", "10.64.0.1");
        round();
        assertEquals(Set.of("zoe"), ids());
    }

    @Test
    void whoIsNotFoundTwiceWhileOthersAreIsRemoved() {
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start();
        sadis.entries.remove("p1");
        round();
        assertEquals(Set.of("alice", "bob"), ids(), "once is not enough");
        sadis.know("p1", "alice");
        round();
        sadis.entries.remove("p1");
        round();
        assertEquals(Set.of("alice", "bob"), ids(), "nor once again");
        round();
        assertEquals(Set.of("bob"), ids());
        assertEquals(1, source.subscribers());
    }

    @Test
    void aSadisThatFindsNobodyHasLostItsServerAndNobodyIsRemoved() {
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start();
        sadis.entries.clear();
        for (int i = 0; i < 5; i++) {
            round();
        }
        assertEquals(Set.of("alice", "bob"), ids());
    }

    @Test
    void whoIsMissingForAWhileHasItsExemptionsWhenItIsBackAndNotMeanwhile() {
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        sadis.know("p2", "bob");
        start();
        exempt("alice");
        assertEquals(ExemptionState.IN_FORCE, state());
        sadis.entries.remove("p1");
        round();
        round();
        assertEquals(Set.of("bob"), ids());
        assertEquals(ExemptionState.WAITING, state());
        assertEquals(List.of(), exemptions.inForce());
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        round();
        assertEquals(Set.of("alice", "bob"), ids());
        assertEquals(ExemptionState.IN_FORCE, state());
    }

    @Test
    void whomSadisNamesWithAnEntryThatCannotBeUsedIsAwaitedAsLongAsItDoes() {
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start();
        exempt("alice");
        sadis.entries.remove("p1");
        round();
        round();
        directory.put(List.of(own("carol", 3).mac(MacAddress.valueOf(MAC)).build()), OPERATOR);
        sadis.know("p1", "alice", MAC, "10.64.0.1");
        for (int hours = 0; hours <= 40; hours += 20) {
            later = Duration.ofHours(hours);
            round();
            assertTrue(problem(1).contains("belongs to subscriber carol"), problem(1));
            ExemptionWorld.compare(exemptions);
            assertEquals(ExemptionState.WAITING, state());
        }
        sadis.know("p1", "alice");
        round();
        assertEquals(ExemptionState.IN_FORCE, state());
    }

    @Test
    void whosePortIsAnothersForAWhileHasItsExemptionsWhenItIsBack() {
        sadis.know("p1", "alice");
        start();
        exempt("alice");
        sadis.know("p1", "zoe");
        round();
        assertEquals(Set.of("zoe"), ids());
        assertEquals(ExemptionState.WAITING, state());
        sadis.know("p3", "alice");
        round();
        assertEquals(Set.of("alice", "zoe"), ids());
        assertEquals(ExemptionState.IN_FORCE, state());
    }

    @Test
    void whoeverElseRegistersTheIdentifierMeanwhileBeginsWithoutExemptions() {
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start();
        exempt("alice");
        sadis.entries.remove("p1");
        round();
        round();
        directory.put(List.of(own("alice", 3).build()), OPERATOR);
        assertEquals(List.of(), List.copyOf(exemptions.exemptions()));
        assertTrue(
                storage.consistentMapBuilder()
                        .withName("postern-exemptions-waiting")
                        .build()
                        .isEmpty());
    }

    @Test
    void whoIsRemovedByAnOperatorAndComesBackFromSadisHasNoExemptions() {
        sadis.know("p1", "alice");
        start();
        exempt("alice");
        directory.remove("alice", OPERATOR);
        round();
        assertEquals(Set.of("alice"), ids());
        assertEquals(List.of(), List.copyOf(exemptions.exemptions()));
    }

    @Test
    void aQuarantineIsNotEndedByAnotherSubscriberAtItsPort() {
        sadis.know("p1", "alice");
        start();
        directory.quarantine("alice", "quarantined", "worm", OPERATOR);
        sadis.know("p1", "zoe");
        round();
        assertEquals(Set.of("alice"), ids());
        assertTrue(
                problem(1)
                        .contains(
                                "subscriber alice is quarantined and stays, though SADIS names zoe"
                                        + " for its port; release or remove it"),
                problem(1));
        directory.release("alice", OPERATOR);
        round();
        assertEquals(Set.of("zoe"), ids());
    }

    // ------------------------------------------------------------------ which ports, and when

    @Test
    void aPortThatAppearsIsLookedUpAtOnceAndNoOther() {
        start();
        sadis.asked.clear();
        sadis.know("p4", "dora");
        network.addPort(ACCESS, 4);
        settle();
        sadis.asked.clear();
        network.statistics(ACCESS);
        settle();
        assertEquals(List.of(), sadis.asked);
        network.portName(ACCESS, 4, "p4");
        settle();
        assertEquals(Set.of("dora"), ids());
    }

    @Test
    void onlyTheMasterLooksUp() {
        network.master(ACCESS, false);
        sadis.know("p1", "alice");
        start();
        assertEquals(List.of(), sadis.asked);
        network.master(ACCESS, true);
        settle();
        assertEquals(Set.of("alice"), ids());
    }

    // ------------------------------------------------------------------ a SADIS that misbehaves

    @Test
    void aLookupThatFailsIsToldAndTriedAgainAndHoldsNobody() {
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        sadis.failing.add("p1");
        start(LONG, SHORT);
        assertEquals(Set.of("bob"), ids());
        assertTrue(problem(1).contains("SADIS failed for \"p1\""), problem(1));
        assertTrue(problem(1).contains("no route to p1"), problem(1));
        sadis.failing.clear();
        Await.until("alice is there", () -> directory.subscriber("alice").isPresent());
        Await.until("nothing is wrong", () -> source.problems().isEmpty());
    }

    @Test
    void aFailureIsNoMiss() {
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start();
        sadis.failing.add("p1");
        for (int i = 0; i < 4; i++) {
            round();
        }
        assertEquals(Set.of("alice", "bob"), ids());
    }

    @Test
    void aSadisWithoutItsServiceIsToldOf() {
        sadis.serviceMissing = true;
        sadis.know("p1", "alice");
        start();
        assertEquals(Set.of(), ids());
        assertEquals(3, source.problems().size());
        sadis.serviceMissing = false;
        round();
        assertEquals(Set.of("alice"), ids());
    }

    @Test
    void aLookupThatHangsIsGivenUpAndHoldsNobodyAndIsNotAskedTwice() {
        sadis.hang("p1");
        sadis.know("p1", "alice");
        sadis.know("p2", "bob");
        start(Duration.ofSeconds(1), SHORT);
        assertEquals(Set.of("bob"), ids());
        assertTrue(problem(1).contains("did not answer"), problem(1));
        round();
        assertTrue(problem(1).contains("still hangs"), problem(1));
        assertEquals(1, Collections.frequency(sadis.asked, "p1"));
        sadis.release("p1");
        Await.until("alice is there", () -> directory.subscriber("alice").isPresent());
    }

    @Test
    void whateverHangsTheThreadsAreFewAndItGoesOnAfterwards() {
        int many = 3 * Lookups.HANGING;
        for (int port = 4; port < UPLINK && port < 4 + many; port++) {
            network.addPort(ACCESS, port);
            network.portName(ACCESS, port, "p" + port);
            sadis.hang("p" + port);
            sadis.know("p" + port, "s" + port);
        }
        start(SHORT, LONG);
        round();
        assertTrue(
                sadis.hangs.get() >= Lookups.HANGING
                        && sadis.hangs.get() <= Lookups.HANGING + Lookups.AT_ONCE,
                sadis.hangs::toString);
        assertTrue(
                source.problems().values().stream().anyMatch(p -> p.contains("lookups hang")),
                () -> source.problems().toString());
        List.copyOf(sadis.hanging.keySet()).forEach(sadis::release);
        Await.until("all have ended", () -> sadis.hangs.get() == 0);
        Await.until(
                "everybody is there",
                () -> {
                    round();
                    return ids().size() == many;
                });
    }

    @Test
    void answersThatCannotBeUsedAreToldAndTheOthersAreTakenOver() {
        sadis.know("p1", "PON 1/1/03:1", "02:00:00:00:00:01", "10.64.0.1");
        sadis.know("p2", "bob", "ff:ff:ff:ff:ff:ff", "0.0.0.0");
        sadis.know("p3", null);
        start();
        assertEquals(Set.of("bob"), ids());
        assertEquals(Set.of(), subscriber("bob").macs());
        assertEquals(Set.of(), subscriber("bob").prefixes());
        assertTrue(problem(1).contains("PON 1/1/03:1"), problem(1));
        assertTrue(problem(3).contains("malformed"), problem(3));
    }

    @Test
    void whatAnotherHasIsRefusedAndNothingIsChanged() {
        directory.put(List.of(own("carol", 3).mac(MacAddress.valueOf(MAC)).build()), OPERATOR);
        sadis.know("p1", "alice", "02:00:00:00:00:01", "10.64.0.1");
        start();
        assertEquals(Set.of("carol"), ids());
        assertTrue(problem(1).contains("belongs to subscriber carol"), problem(1));
        assertEquals(0, source.subscribers());
    }

    @Test
    void stoppingLeavesTheSubscribersAndNoListeners() {
        sadis.know("p1", "alice");
        start();
        source.deactivate();
        int asked = sadis.asked.size();
        network.portName(ACCESS, 2, "p2");
        network.master(ACCESS, true);
        assertEquals(asked, sadis.asked.size());
        assertEquals(Set.of("alice"), ids());
        source = null;
    }
}
