package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Iterables;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.FlowRule;
import org.postern.drivers.FrontTable;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.Outcome;
import org.postern.fakeswitch.Packet;
import org.postern.fakeswitch.PacketBuilder;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Chain;
import org.postern.policy.Counted;
import org.postern.policy.Exemption;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.OutboundAction;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PortRole;
import org.postern.policy.Quarantine;
import org.postern.policy.ServiceClass;
import org.postern.policy.SingleTable;
import org.postern.policy.Subscriber;
import org.postern.policy.Suspension;
import org.postern.policy.TruePacket;
import org.postern.policy.TruePacket.Piece;
import org.postern.policy.Verdict;

/** Who is exempted, from what, where to, and that nobody else is with it. */
class ExemptionsOnTheSwitchTest extends ServiceClassesOnTheSwitch {
    private static final long BAKERY = 3;
    private static final String BAKER = "10.64.5.2";
    private static final String BAKER_6 = "2001:db8:64:5::2";
    private static final String BAKER_MAC = "02:00:00:00:00:05";
    private static final String EXCHANGER = "203.0.113.25";
    private static final String EXCHANGER_6 = "2001:db8:f00d::25";
    private static final ServiceClass REFUSE =
            ServiceClass.named("refused").outbound(OutboundAction.REJECT).build();

    private final List<Exemption> exemptions = new ArrayList<>();
    private final List<Suspension> suspensions = new ArrayList<>();
    private final List<AccessDevice> devices = new ArrayList<>();

    private static Exemption.Builder exemption(String id) {
        return Exemption.builder(id)
                .subscriber("bakery")
                .reason("own mail server")
                .by("noc")
                .from(Instant.EPOCH)
                .until(Instant.parse("2030-01-01T00:00:00Z"));
    }

    private static Exemption toExchanger() {
        return exemption("e-1")
                .destination(IpPrefix.valueOf(EXCHANGER + "/32"))
                .destination(IpPrefix.valueOf(EXCHANGER_6 + "/128"))
                .build();
    }

    @Override
    Policy policy() {
        Policy whole = super.policy();
        Infrastructure known = whole.infrastructure();
        List<ServiceClass> classes = new ArrayList<>(known.classes().values());
        classes.add(REFUSE);
        List<AccessDevice> all = new ArrayList<>(devices);
        all.add(device());
        return whole.toBuilder()
                .infrastructure(
                        new Infrastructure(
                                known.servers(),
                                known.pools(),
                                classes,
                                byDefault,
                                known.relays().values(),
                                known.remediation()))
                .devices(all)
                .suspensions(suspensions)
                .exemptions(exemptions)
                .build();
    }

    private void bakery(String serviceClass, String... places) {
        Subscriber.Builder bakery =
                Subscriber.builder("bakery")
                        .serviceClass(serviceClass)
                        .prefix(IpPrefix.valueOf("10.64.5.0/29"))
                        .prefix(IpPrefix.valueOf("2001:db8:64:5::/64"))
                        .mac(MacAddress.valueOf(BAKER_MAC));
        for (String place : places) {
            bakery.attachedAt(Attachment.parse(DEVICE + "/" + place));
        }
        subscribers.removeIf(s -> s.id().equals("bakery"));
        subscribers.add(bakery.build());
    }

    private static PacketBuilder from(String host, String to) {
        return Packet.from(BAKER_MAC)
                .to(GATEWAY)
                .ip(IpAddress.valueOf(host), IpAddress.valueOf(to));
    }

    private static Packet mail(String to) {
        return from(to.contains(":") ? BAKER_6 : BAKER, to).tcp(40_000, 25).build();
    }

    /** Mail from the bakery's line, seen by a switch that looks behind two tags. */
    private static TruePacket tagged(String to, Integer... vlans) {
        return TruePacket.tcp(BAKERY, BAKER, 40_000, to, 25)
                .fromMac(MacAddress.valueOf(BAKER_MAC))
                .tagged(vlans)
                .seenBehindTags(2);
    }

    private void assertPasses(boolean expected, TruePacket mail) {
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        for (Piece piece : List.of(Piece.WHOLE, Piece.FIRST, Piece.LATER)) {
            TruePacket packet = mail.piece(piece);
            assertEquals(
                    expected ? Verdict.PASS : Verdict.DROP,
                    tables.decide(packet),
                    () -> tables.explain(packet));
        }
    }

    private static Packet answer(String from, String to) {
        return Packet.from(GATEWAY)
                .to(MAC)
                .ip(IpAddress.valueOf(from), IpAddress.valueOf(to))
                .tcp(25, 40_000)
                .build();
    }

    private static Packet[] fragments(String to) {
        String host = to.contains(":") ? BAKER_6 : BAKER;
        return new Packet[] {
            from(host, to).fragment(0, true).tcp(40_000, 587).build(),
            from(host, to).fragment(1480, false).raw(6, new byte[16]).build()
        };
    }

    @Test
    void exemptSubscriberReachesNamedMailExchangerButNoOther() {
        bakery("residential", "3");
        assertDropped(BAKERY, mail(EXCHANGER), mail(EXCHANGER_6));
        exemptions.add(toExchanger());
        assertPass(BAKERY, mail(EXCHANGER), mail(EXCHANGER_6));
        assertDropped(BAKERY, mail(FOREIGN), mail(FOREIGN_6));
        assertDropped(HOME, mail(EXCHANGER), mail(EXCHANGER_6));
        assertDropped(UNLISTED, mail(EXCHANGER), mail(EXCHANGER_6));
    }

    @Test
    void answersOfTheNamedMailExchangerComeBackToNobodyElse() {
        bakery("residential", "3");
        assertDropped(UPLINK, answer(EXCHANGER, BAKER), answer(EXCHANGER_6, BAKER_6));
        exemptions.add(toExchanger());
        assertPass(UPLINK, answer(EXCHANGER, BAKER), answer(EXCHANGER_6, BAKER_6));
        assertDropped(UPLINK, answer(FOREIGN, BAKER), answer(FOREIGN_6, BAKER_6));
        assertDropped(UPLINK, answer(EXCHANGER, HERE), answer(EXCHANGER_6, HERE_6));
    }

    @Test
    void answersFindAnExemptSubscriberByItsMacOrItsOwnVlan() {
        subscribers.add(at("bakery", BAKERY).mac(MacAddress.valueOf(BAKER_MAC)).build());
        subscribers.add(at("cafe", "3/100").build());
        subscribers.add(at("florist", "3/200").build());
        exemptions.add(toExchanger());
        exemptions.add(toExchanger().toBuilder().subscriber("cafe").build());
        Packet toMac =
                Packet.from(GATEWAY).to(BAKER_MAC).ipv4(EXCHANGER, BAKER).tcp(25, 40_000).build();
        PacketBuilder inVlan = Packet.from(GATEWAY).to(MAC).vlan(100);
        PacketBuilder inOther = Packet.from(GATEWAY).to(MAC).vlan(200);
        assertPass(UPLINK, toMac, inVlan.ipv4(EXCHANGER, BAKER).tcp(25, 40_000).build());
        assertDropped(UPLINK, inOther.ipv4(EXCHANGER, BAKER).tcp(25, 40_000).build());
        assertDropped(UPLINK, answer(EXCHANGER, BAKER));
    }

    @Test
    void fragmentsToTheNamedMailExchangerPassAndToOthersDoNot() {
        bakery("residential", "3");
        assertDropped(BAKERY, fragments(EXCHANGER));
        exemptions.add(toExchanger());
        assertPass(BAKERY, fragments(EXCHANGER));
        assertPass(BAKERY, fragments(EXCHANGER_6)[0]);
        assertDropped(BAKERY, fragments(FOREIGN));
        assertDropped(BAKERY, fragments(FOREIGN_6)[0]);
        assertDropped(HOME, fragments(EXCHANGER));
        PacketBuilder hidden = from(BAKER_6, EXCHANGER_6).fragment(0, true);
        byte[] options = {6, 7, 1, 4, 0, 0, 0, 0};
        assertPass(BAKERY, hidden.raw(60, options).build());
        assertDropped(BAKERY, hiddenUpperLayer());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "3",
                "3/100",
                "3/100.7",
                "3@10.64.5.0/29",
                "3@02:00:00:00:00:05",
                "3/100@10.64.5.0/29",
                "3/100@02:00:00:00:00:05"
            })
    void exemptSubscriberIsExemptedWhereItIsAttachedAndNotBeside(String place) {
        bakery("residential", place);
        exemptions.add(toExchanger());
        Integer[] tags = {};
        if (place.contains("/100")) {
            tags = place.contains(".7") ? new Integer[] {100, 7} : new Integer[] {100};
        }
        assertPasses(true, tagged(EXCHANGER, tags));
        assertPasses(false, tagged(FOREIGN, tags));
        if (!place.equals("3")) {
            TruePacket beside =
                    TruePacket.tcp(BAKERY, HERE, 40_000, EXCHANGER, 25).seenBehindTags(2);
            assertPasses(false, beside);
            assertPasses(false, beside.tagged(200));
            assertPasses(false, beside.tagged(200, 7));
        }
    }

    @Test
    void aSubscriberOfSeveralPortsIsExemptedOnEach() {
        bakery("residential", "3", "5");
        exemptions.add(toExchanger());
        assertPass(BAKERY, mail(EXCHANGER));
        assertPass(5, mail(EXCHANGER));
        assertDropped(5, mail(FOREIGN));
    }

    @Test
    void whoHasAPartOfTheLineIsNotExemptedWithIt() {
        bakery("residential", "3");
        subscribers.add(at("cafe", "3/100").build());
        subscribers.add(at("florist", "3/200.7").build());
        exemptions.add(toExchanger());
        assertPasses(true, tagged(EXCHANGER));
        assertPasses(true, tagged(EXCHANGER, 300));
        assertPasses(true, tagged(EXCHANGER, 200, 8));
        assertPasses(false, tagged(EXCHANGER, 100));
        assertPasses(false, tagged(EXCHANGER, 200, 7));
    }

    /** Other rules may be missing for a moment; what counts only, for longer. */
    @Test
    void onTheLastingFloorNobodyPassesForWhoIsExemptedOnTheSameLine() {
        bakery("residential", "3");
        subscribers.add(at("cafe", "3/100").build());
        exemptions.add(toExchanger());
        DeviceRules rules = AccessSwitch.compiled(policy(), device());
        AccessSwitch tables = AccessSwitch.empty();
        tables.install(rules.floor().lasting());
        tables.install(rules.permits());
        assertEquals(Verdict.PASS, tables.decide(tagged(EXCHANGER)));
        assertEquals(Verdict.DROP, tables.decide(tagged(EXCHANGER, 100)));
        assertEquals(Verdict.DROP, tables.decide(tagged(EXCHANGER, 100).piece(Piece.FIRST)));
    }

    /** While an import swaps attachments, or two nodes add at once. */
    @Test
    void whileTwoClaimAnAttachmentItIsNobodysExemption() {
        bakery("residential", "3");
        exemptions.add(toExchanger());
        subscribers.add(at("cafe", BAKERY).build());
        assertDropped(BAKERY, mail(EXCHANGER));
        assertDropped(BAKERY, fragments(EXCHANGER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"destinations", "everything", "class"})
    void quarantineGoesBeforeEveryKindOfExemption(String kind) {
        bakery("residential", "3");
        if (kind.equals("destinations")) {
            exemptions.add(toExchanger());
        } else {
            exemptions.add(
                    exemption("e-2")
                            .serviceClass(kind.equals("class") ? "business" : null)
                            .build());
        }
        assertPass(BAKERY, mail(EXCHANGER));
        assertPass(BAKERY, fragments(EXCHANGER));
        assertPass(UPLINK, answer(EXCHANGER, BAKER));
        Quarantine quarantine = new Quarantine("quarantined", "spam", Instant.EPOCH, "noc");
        Subscriber bakery = Iterables.getLast(subscribers);
        subscribers.remove(bakery);
        subscribers.add(bakery.toBuilder().quarantine(quarantine).build());
        assertDropped(BAKERY, mail(EXCHANGER), mail(EXCHANGER_6));
        assertDropped(BAKERY, fragments(EXCHANGER));
        assertDropped(UPLINK, answer(EXCHANGER, BAKER));
    }

    @Test
    void whoIsExemptedFromEverythingSendsToAnybodyAndTheRestOfItsClassStays() {
        bakery("guarded", "3");
        Packet tunnel = to(FOREIGN).gre().build();
        assertDropped(BAKERY, mail(FOREIGN));
        exemptions.add(exemption("e-2").build());
        exemptions.add(exemption("e-3").subscriber("sealed").build());
        assertPass(BAKERY, mail(FOREIGN), mail(FOREIGN_6));
        assertPass(BAKERY, fragments(FOREIGN));
        assertPass(UPLINK, answer(FOREIGN, BAKER), answer(FOREIGN_6, BAKER_6));
        assertDropped(BAKERY, from(HERE, FOREIGN).tcp(40_000, 25).build());
        assertPass(SEALED, tcp(FOREIGN, 25));
        assertDropped(SEALED, tunnel);
        assertPass(BAKERY, from(BAKER, FOREIGN).gre().build());
    }

    @Test
    void anExemptionMayGiveAnotherClassAltogether() {
        bakery("residential", "3");
        exemptions.add(exemption("e-2").serviceClass("sealed").build());
        assertDropped(BAKERY, mail(FOREIGN), from(BAKER, FOREIGN).gre().build());
        exemptions.add(
                exemption("e-3")
                        .serviceClass("business")
                        .from(Instant.EPOCH.plusSeconds(1))
                        .build());
        assertPass(BAKERY, mail(FOREIGN), from(BAKER, FOREIGN).gre().build());
        assertPass(UPLINK, answer(FOREIGN, BAKER));
        assertDropped(HOME, mail(FOREIGN));
    }

    @Test
    void mailToWhereSomebodyIsExemptedIsNotRedirected() {
        nextHops.put("mx", RELAY_MAC);
        bakery("steered", "3");
        assertBecomes(Verdict.PASS.steeredTo(RELAY_MAC), BAKERY, mail(EXCHANGER), mail(FOREIGN));
        exemptions.add(toExchanger());
        assertPass(BAKERY, mail(EXCHANGER), mail(EXCHANGER_6));
        assertBecomes(Verdict.PASS.steeredTo(RELAY_MAC), BAKERY, mail(FOREIGN), mail(FOREIGN_6));
        bakery("residential", "3");
        byDefault = "steered";
        assertPass(BAKERY, mail(EXCHANGER));
        assertDropped(BAKERY, mail(FOREIGN));
        assertBecomes(Verdict.PASS.steeredTo(RELAY_MAC), UNLISTED, mail(EXCHANGER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"residential", "refused", "watched"})
    void mailToWhereSomebodyIsExemptedIsNeitherAnAttemptNorMonitored(String serviceClass) {
        watch = ServiceClass.named("watched").mode(Mode.MONITOR).build();
        bakery(serviceClass, "3");
        exemptions.add(toExchanger());
        DeviceRules rules = AccessSwitch.metered(policy(), device());
        List<FlowRule> all = new ArrayList<>(rules.floor().rules());
        all.addAll(rules.permits());
        AccessSwitch tables = AccessSwitch.empty();
        tables.install(all);
        List<FlowRule> counting =
                all.stream()
                        .filter(r -> rules.counted().containsKey(RuleKey.of(r)))
                        .collect(Collectors.toList());
        assertEquals(Verdict.PASS, tables.decide(mail(EXCHANGER), BAKERY));
        assertEquals(Verdict.PASS, tables.decide(fragments(EXCHANGER)[0], BAKERY));
        assertEquals(Verdict.PASS, tables.decide(answer(EXCHANGER, BAKER), UPLINK));
        assertEquals(0, counting.stream().mapToLong(tables::packets).sum());
        tables.decide(mail(FOREIGN), BAKERY);
        assertEquals(1, counting.stream().mapToLong(tables::packets).sum());
    }

    @Test
    void whatIsSuspendedPassesAndTheExemptionIsThereAgainAfterwards() {
        bakery("residential", "3");
        exemptions.add(toExchanger());
        suspensions.add(
                Suspension.ofClass(
                        "residential", Instant.parse("2030-01-01T00:00:00Z"), "test", "noc"));
        assertPass(BAKERY, mail(EXCHANGER), mail(FOREIGN));
        assertPass(BAKERY, fragments(FOREIGN));
        suspensions.clear();
        assertPass(BAKERY, mail(EXCHANGER));
        assertDropped(BAKERY, mail(FOREIGN));
    }

    @Test
    void onAMonitoredDeviceMailPassesByExemptionOrCounted() {
        bakery("residential", "3");
        exemptions.add(toExchanger());
        deviceMode = Mode.MONITOR;
        assertPass(BAKERY, mail(EXCHANGER), mail(FOREIGN));
        DeviceRules rules = AccessSwitch.compiled(policy(), device());
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        List<FlowRule> monitored =
                AccessSwitch.rules(policy(), device()).stream()
                        .filter(r -> rules.counted().containsKey(RuleKey.of(r)))
                        .filter(
                                r ->
                                        rules.counted().get(RuleKey.of(r)).counted().get()
                                                == Counted.MONITORED)
                        .collect(Collectors.toList());
        tables.decide(mail(EXCHANGER), BAKERY);
        assertEquals(0, monitored.stream().mapToLong(tables::packets).sum());
        tables.decide(mail(FOREIGN), BAKERY);
        assertEquals(1, monitored.stream().mapToLong(tables::packets).sum());
    }

    @Test
    void devicesOfTheChainLetTheAnswersThroughAndOthersDoNot() {
        bakery("residential", "3");
        exemptions.add(toExchanger());
        AccessDevice chained = other("of:0000000000000002", "default");
        AccessDevice elsewhere = other("of:0000000000000003", "west");
        devices.add(chained);
        devices.add(elsewhere);
        Packet answer = answer(EXCHANGER, BAKER);
        assertEquals(Verdict.PASS, AccessSwitch.under(policy(), chained).decide(answer, UPLINK));
        assertEquals(
                Verdict.DROP,
                AccessSwitch.under(policy(), chained).decide(answer(FOREIGN, BAKER), UPLINK));
        assertEquals(Verdict.DROP, AccessSwitch.under(policy(), elsewhere).decide(answer, UPLINK));
        // who is attached here is not exempted there
        assertEquals(
                Verdict.DROP, AccessSwitch.under(policy(), chained).decide(mail(EXCHANGER), 3));
    }

    @Override
    AccessDevice device() {
        AccessDevice plain = super.device();
        return devices.isEmpty() ? plain : other(DEVICE.toString(), "default");
    }

    private static AccessDevice other(String id, String chain) {
        return new AccessDevice(
                DeviceId.deviceId(id),
                Map.of(
                        PortNumber.portNumber(UPLINK), PortRole.UPLINK,
                        PortNumber.portNumber(10), PortRole.TRANSIT),
                chain);
    }

    @Test
    void withoutRoomAnExemptSubscriberIsClosedAsAWholeAndNamed() {
        bakery("residential", "3");
        exemptions.add(toExchanger());
        CompactForm whole = CompactForm.of(policy(), device(), TableSpace.UNLIMITED);
        long mailOut = whole.lines().stream().filter(l -> l.chain() == Chain.MAIL_OUT).count();
        CompactForm uncounted = CompactForm.of(policy(), device(), mailOutOf(mailOut - 1));
        assertEquals(Set.of(), uncounted.closed());
        assertEquals(4, permitsOf(uncounted, "bakery").size() / 2);
        CompactForm closed = CompactForm.of(policy(), device(), mailOutOf(2));
        assertEquals(Set.of("bakery"), closed.closed());
        assertEquals(List.of(), permitsOf(closed, "bakery"));
        assertTrue(
                closed.sentences().stream()
                        .anyMatch(s -> s.contains("their direct mail is dropped: bakery")),
                closed.sentences().toString());
    }

    private static TableSpace mailOutOf(long rules) {
        return new TableSpace(OptionalInt.empty(), Map.of(FrontTable.MAIL_OUT, (int) rules));
    }

    private static List<PolicyLine> permitsOf(CompactForm form, String subscriber) {
        return form.lines().stream()
                .filter(l -> !l.isFloor() && l.subscriber().filter(subscriber::equals).isPresent())
                .collect(Collectors.toList());
    }

    @Test
    void oneTableOutputsWhatIsExemptedAndDropsTheRest() {
        bakery("residential", "3");
        exemptions.add(toExchanger());
        assertEquals(List.of(PortNumber.portNumber(UPLINK)), inOneTable(mail(EXCHANGER)).ports());
        assertEquals(List.of(PortNumber.portNumber(UPLINK)), inOneTable(mail(EXCHANGER_6)).ports());
        for (Packet fragment : fragments(EXCHANGER)) {
            assertEquals(List.of(PortNumber.portNumber(UPLINK)), inOneTable(fragment).ports());
        }
        assertTrue(inOneTable(mail(FOREIGN)).dropped());
        assertTrue(inOneTable(mail(FOREIGN_6)).dropped());
        assertTrue(inOneTable(fragments(FOREIGN)[1]).dropped());
    }

    @Test
    void oneTableSaysThatItHoldsNoAnswersBackOnceSomebodyIsExempted() {
        bakery("residential", "3");
        Infrastructure poolsOnly =
                new Infrastructure(
                        List.of(),
                        List.of(IpPrefix.valueOf("10.64.0.0/16")),
                        List.of(),
                        "residential");
        Policy none = policy().toBuilder().infrastructure(poolsOnly).build();
        Policy some = none.toBuilder().exemptions(List.of(toExchanger())).build();
        String limit = "not dropped on port 9, since a part of it may pass";
        String before = String.join("\n", SingleTableSwitch.compiled(none, oneTable()).limits());
        String after = String.join("\n", SingleTableSwitch.compiled(some, oneTable()).limits());
        assertFalse(before.contains(limit), before);
        assertTrue(after.contains(limit), after);
        assertTrue(after.contains("from port 25 to pool 10.64.0.0/16"), after);
    }

    private AccessDevice oneTable() {
        return SingleTableSwitch.keepingItsDriver(
                device(), new SingleTable(PortNumber.portNumber(UPLINK), Map.of()));
    }

    private Outcome inOneTable(Packet packet) {
        FakeSwitch table = FakeSwitch.create();
        table.install(SingleTableSwitch.rules(SingleTableSwitch.compiled(policy(), oneTable())));
        Outcome outcome = table.forward(packet, BAKERY);
        assertFalse(outcome.matched().isEmpty(), outcome::toString);
        return outcome;
    }
}
