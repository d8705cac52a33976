package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.drivers.FrontTable;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Chain;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PortRole;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;

class CompactFormTest {
    private static final DeviceId ID = DeviceId.deviceId("of:0000000000000001");
    private static final AccessDevice DEVICE =
            new AccessDevice(ID, Map.of(PortNumber.portNumber(100), PortRole.UPLINK), "default");

    private static Subscriber subscriber(String id, String serviceClass, String attachment) {
        return Subscriber.builder(id)
                .serviceClass(serviceClass)
                .attachedAt(Attachment.parse(ID + attachment))
                .build();
    }

    private static Policy policy(String defaultClass, Subscriber... subscribers) {
        return new Policy(
                new Infrastructure(List.of(), List.of(), List.of(), defaultClass),
                List.of(DEVICE),
                List.of(subscribers),
                List.of());
    }

    private static CompactForm form(Policy policy, int mailOut) {
        return CompactForm.of(
                policy,
                DEVICE,
                new TableSpace(OptionalInt.empty(), Map.of(FrontTable.MAIL_OUT, mailOut)));
    }

    /** What is said of direct mail. */
    private static Set<String> mail(CompactForm form) {
        return form.lines().stream()
                .filter(l -> l.chain() == Chain.MAIL_OUT)
                .map(PolicyLine::toString)
                .map(l -> l.replaceAll(" \\(.*", ""))
                .collect(Collectors.toSet());
    }

    @Test
    void aDenialAboveASendersPortStaysAsLongAsTheSenderSends() {
        Policy policy =
                policy(
                        "residential",
                        subscriber("b", "business", "/1"),
                        subscriber("r", "residential", "/1/7"));
        assertTrue(form(policy, 3).isWhole());
        CompactForm compact = form(policy, 2);
        assertEquals(Set.of("b"), compact.closed());
        assertEquals(Set.of("r"), compact.uncounted());
        assertEquals(Set.of("MAIL_OUT[0] any -> drop"), mail(compact));
    }

    /** The chains of pairs share a table, and what is said of one pair is told apart there. */
    @Test
    void pairsThatHaveNoRoomAreClosedWithAllOthersAndNobodyPassesForASender() {
        Subscriber[] all = new Subscriber[43];
        for (int i = 0; i < 40; i++) {
            all[i] = subscriber("p" + i, "business", "/3/100." + (i + 1));
        }
        all[40] = subscriber("owner", "business", "/3/100");
        all[41] = subscriber("r", "residential", "/3/100.99");
        all[42] = subscriber("elsewhere", "business", "/4");
        Policy policy = policy("residential", all);
        int needed = rulesOfPairs(form(policy, TableSpace.UNLIMITED));
        assertTrue(needed > 80, needed + " rules");
        assertTrue(form(policy, pairs(needed)).isWhole());
        CompactForm compact = form(policy, pairs(needed - 1));
        assertEquals(42, compact.closed().size());
        assertEquals(0, rulesOfPairs(compact));
        assertEquals(2, mail(compact).size(), mail(compact).toString());
        assertTrue(mail(compact).stream().anyMatch(l -> l.contains("in_port=4 -> jump")));
    }

    /** Who has a pair may have a VLAN elsewhere too, in the midst of a sender's port. */
    @Test
    void whoGoesWithItsPairIsNotTakenForASenderAroundItsOtherLines() {
        Subscriber both =
                subscriber("both", "residential", "/3/100.7").toBuilder()
                        .attachedAt(Attachment.parse(ID + "/1/200"))
                        .build();
        Policy policy =
                policy(
                        "residential",
                        both,
                        subscriber("around", "business", "/1"),
                        subscriber("beside", "business", "/1/300"),
                        subscriber("farther", "business", "/2"));
        CompactForm compact = form(policy, pairs(1));
        assertEquals(Set.of("around", "both"), compact.closed());
        assertEquals(2, mail(compact).stream().filter(l -> l.contains("-> jump")).count());
        assertTrue(mail(compact).stream().noneMatch(l -> l.contains("in_port=1 ")));
    }

    /** A VLAN tells for whom a packet from outside is only if it is one subscriber's. */
    @Test
    void whoIsLeftInAVlanWhereOthersWerePairsIsNotTakenForAloneInIt() {
        Policy policy =
                policy(
                        "residential",
                        subscriber("pair", "residential", "/3/200.7"),
                        subscriber("same", "business", "/7/200"),
                        subscriber("other", "business", "/7/300"));
        CompactForm compact = form(policy, pairs(1));
        assertEquals(Set.of("pair"), compact.closed());
        assertEquals(
                Set.of("other"),
                compact.lines().stream()
                        .filter(l -> l.chain() == Chain.MAIL_IN && !l.isFloor())
                        .flatMap(l -> l.subscriber().stream())
                        .collect(Collectors.toSet()));
    }

    @Test
    void whatIsSuspendedIsOpenAlsoIfNothingHasRoom() {
        Policy policy =
                policy(
                        "business",
                        subscriber("p", "business", "/3/100.1"),
                        subscriber("q", "residential", "/3/100.2"));
        Suspension everywhere = Suspension.everywhere(Instant.MAX, "test", "karaf");
        CompactForm open = form(policy.withSuspensions(List.of(everywhere)), pairs(1));
        assertTrue(
                open.lines().stream().anyMatch(l -> l.chain() == Chain.CLASSIFY && !l.isFloor()));
        CompactForm closed = form(policy, pairs(1));
        assertEquals(Set.of("p", "q"), closed.closed());
        assertTrue(closed.lines().stream().allMatch(PolicyLine::isFloor));
    }

    @Test
    void quarantinesThatCameFirstHaveRoomFirst() {
        List<Subscriber> some = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            // the later the earlier in the alphabet
            Quarantine quarantine =
                    new Quarantine("quarantined", "spam", Instant.ofEpochSecond(5 - i), "karaf");
            some.add(
                    subscriber("q" + i, "residential", "/" + (i + 1)).toBuilder()
                            .quarantine(quarantine)
                            .build());
        }
        Policy policy = policy("residential", some.toArray(new Subscriber[0]));
        int needed =
                (int)
                        form(policy, TableSpace.UNLIMITED).lines().stream()
                                .filter(l -> l.chain() == Chain.CLASSIFY)
                                .count();
        Map<Integer, Integer> room = Map.of(FrontTable.CLASSIFY, needed - 2);
        assertEquals(
                Set.of("q0", "q1"),
                form(policy, new TableSpace(OptionalInt.empty(), room)).unenforced());
    }

    /** Whoever is not guarded keeps its tunnels and its mail. */
    @Test
    void guardsThatHaveNoRoomGoAndWhoseTunnelsAreBlockedStaysAsItWas() {
        ServiceClass guarded = ServiceClass.named("guarded").sourceGuard(true).build();
        ServiceClass closed = ServiceClass.named("closed").blockTunnels(true).build();
        List<Subscriber> all = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            all.add(
                    subscriber("g" + i, "guarded", "/" + (i + 1)).toBuilder()
                            .prefix(IpPrefix.valueOf("192.0.2." + i + "/32"))
                            .build());
        }
        all.add(subscriber("b", "business", "/40"));
        all.add(subscriber("c", "closed", "/41"));
        for (String byDefault : List.of("closed", "residential")) {
            Policy policy =
                    new Policy(
                            new Infrastructure(
                                    List.of(), List.of(), List.of(guarded, closed), byDefault),
                            List.of(DEVICE),
                            all,
                            List.of());
            Map<Integer, Integer> room = Map.of(FrontTable.GUARD, 15);
            CompactForm form = form(policy, new TableSpace(OptionalInt.empty(), room));
            assertEquals(10, form.unenforced().size(), form.unenforced().toString());
            assertEquals(Set.of(), form.closed());
            long kept = byDefault.equals("closed") ? 12 : 2;
            assertTrue(
                    form.lines().stream().filter(l -> l.chain() == Chain.GUARD).count() <= kept,
                    form.lines().toString());
            for (String id : List.of("b", "c")) {
                boolean unlike = id.equals("b") == byDefault.equals("closed");
                assertEquals(
                        unlike,
                        form.lines().stream()
                                .filter(l -> l.chain() == Chain.GUARD)
                                .anyMatch(l -> l.subscriber().filter(id::equals).isPresent()),
                        id + " where the default class is " + byDefault);
            }
        }
    }

    private static TableSpace pairs(int limit) {
        return new TableSpace(OptionalInt.empty(), Map.of(FrontTable.TAG_PAIRS, limit));
    }

    private static CompactForm form(Policy policy, TableSpace space) {
        return CompactForm.of(policy, DEVICE, space);
    }

    private static int rulesOfPairs(CompactForm form) {
        return (int)
                form.lines().stream()
                        .filter(l -> FrontTableCompiler.tableOf(l.chain()) == FrontTable.TAG_PAIRS)
                        .map(
                                l ->
                                        List.of(
                                                l.match().vlan().isPresent() ? l.chain() : "any",
                                                l.rank(),
                                                l.match()))
                        .distinct()
                        .count();
    }

    @Test
    void aDefaultClassThatSendsIsClosedIfNotEveryoneWhoMustNotHasRoom() {
        Policy policy =
                policy(
                        "business",
                        subscriber("r1", "residential", "/1"),
                        subscriber("r2", "residential", "/2"));
        assertTrue(form(policy, 4).isWhole());
        CompactForm compact = form(policy, 3);
        assertEquals(Set.of("MAIL_OUT[0] any -> drop"), mail(compact));
        assertTrue(
                compact.sentences().contains("missing: class business sends mail directly"),
                compact.sentences().toString());
        assertTrue(compact.isIncomplete());
    }

    @Test
    void whoSendsGoesBeforeWhoIsOnlyWatchedOrToldAndThenInTheOrderOfIdentifiers() {
        Policy policy =
                policy(
                        "residential",
                        subscriber("a", "residential", "/1").toBuilder().mode(Mode.MONITOR).build(),
                        subscriber("b", "business", "/2"),
                        subscriber("c", "business", "/3"),
                        subscriber("d", "residential", "/4"));
        assertEquals(Set.of(), form(policy, 4).closed());
        assertEquals(Set.of("d"), form(policy, 4).uncounted());
        assertEquals(Set.of("a"), form(policy, 3).closed());
        assertEquals(Set.of("a", "c"), form(policy, 2).closed());
        assertEquals(Set.of("a", "b", "c"), form(policy, 1).closed());
    }

    @Test
    void asLastResortNobodyIsKnownToBeOfASuspendedClass() {
        Suspension ofClass = Suspension.ofClass("residential", Instant.MAX, "mx1 is down", "noc");
        assertEquals(
                LastResort.lines(DEVICE, List.of()), LastResort.lines(DEVICE, List.of(ofClass)));
    }

    @Test
    void whereGuardsHaveNoRoomNothingIsCountedAgainstThemEither() {
        ServiceClass guarded =
                ServiceClass.named("guarded").sourceGuard(true).mode(Mode.MONITOR).build();
        Subscriber watched =
                Subscriber.builder("watched")
                        .serviceClass("guarded")
                        .attachedAt(Attachment.parse(ID + "/3"))
                        .prefix(IpPrefix.valueOf("10.64.3.0/24"))
                        .build();
        Policy policy =
                new Policy(
                        new Infrastructure(List.of(), List.of(), List.of(guarded), "residential"),
                        List.of(DEVICE),
                        List.of(watched),
                        List.of());
        CompactForm form =
                CompactForm.of(
                        policy,
                        DEVICE,
                        new TableSpace(OptionalInt.empty(), Map.of(FrontTable.GUARD, 4)));
        assertEquals(
                List.of(),
                form.lines().stream()
                        .filter(l -> l.chain() == Chain.GUARD && !l.isFloor())
                        .collect(Collectors.toList()));
        assertTrue(
                form.sentences().toString().contains("what source guards would hit"),
                () -> form.sentences().toString());
    }
}
