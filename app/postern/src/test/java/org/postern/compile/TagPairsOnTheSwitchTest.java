package org.postern.compile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.criteria.Criterion;
import org.postern.fakeswitch.FakeSwitch;
import org.postern.fakeswitch.Outcome;
import org.postern.fakeswitch.Packet;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.Quarantine;
import org.postern.policy.Remediation;
import org.postern.policy.ServiceClass;
import org.postern.policy.SubmissionServer;
import org.postern.policy.Subscriber;
import org.postern.policy.TruePacket;
import org.postern.policy.TruePacket.Kind;
import org.postern.policy.TruePacket.Piece;

/** Subscribers that are told apart by the inner of two VLAN tags: whose packets get out? */
class TagPairsOnTheSwitchTest {
    private static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");
    private static final long PORT = 3;
    private static final int OUTER = 100;
    private static final int SHOP = 7;
    private static final int HOME = 8;
    private static final int UNKNOWN = 9;
    private static final String SERVER = "198.51.100.25";
    private static final String[] HERE = {"10.64.0.7", "2001:db8:64::7"};
    private static final String[] FOREIGN = {"203.0.113.9", "2001:db8:f00d::9"};

    /** No two tags, or none that anybody has, come out anywhere. */
    private static final Integer[][] OF_NOBODY = {
        {OUTER, UNKNOWN},
        {OUTER, HOME},
        {OUTER, 0},
        {OUTER, 4095},
        {OUTER, OUTER},
        {SHOP, OUTER},
        {0, SHOP},
        {0, OUTER},
        {200, SHOP},
        {OUTER},
        {SHOP},
        {0},
        {},
        {OUTER, SHOP, SHOP},
        {0, OUTER, SHOP},
        {OUTER, 0, SHOP},
    };

    private final List<Subscriber> subscribers =
            new ArrayList<>(
                    List.of(
                            at("shop", "100.7").serviceClass("business").build(),
                            at("home", "100.8").build()));
    private int outerTag = 0x8100;
    private String defaultClass = "residential";

    private static Subscriber.Builder at(String id, String line) {
        String attachment = DEVICE + "/3" + (line.isEmpty() ? "" : "/" + line);
        return Subscriber.builder(id).attachedAt(Attachment.parse(attachment));
    }

    private AccessDevice device() {
        return new AccessDevice(
                        DEVICE,
                        Map.of(PortNumber.portNumber(9), PortRole.UPLINK),
                        "default",
                        Mode.ENFORCE,
                        Set.of())
                .withOuterTag(outerTag);
    }

    private Policy policy() {
        return new Policy(
                new Infrastructure(
                        List.of(
                                new SubmissionServer(
                                        "smtp.isp.example",
                                        Set.of(IpAddress.valueOf(SERVER)),
                                        Set.of(25, 587))),
                        List.of(IpPrefix.valueOf("10.64.0.0/16")),
                        List.of(ServiceClass.named("sealed").blockTunnels(true).build()),
                        defaultClass,
                        List.of(),
                        new Remediation(null, List.of(), List.of(), List.of())),
                List.of(device()),
                subscribers,
                List.of());
    }

    private boolean passes(TruePacket packet) {
        return AccessSwitch.under(policy(), device()).passes(packet);
    }

    private void assertPasses(TruePacket packet) {
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        assertTrue(tables.passes(packet), () -> packet + " " + tables.explain(packet));
    }

    private void assertDropped(TruePacket packet) {
        AccessSwitch tables = AccessSwitch.under(policy(), device());
        assertFalse(tables.passes(packet), () -> packet + " " + tables.explain(packet));
    }

    private static TruePacket tcp(int family, int port, Integer... tags) {
        return TruePacket.tcp(PORT, HERE[family], 40000, FOREIGN[family], port)
                .tagged(tags)
                .seenBehindTags(2);
    }

    /** Mail in every form in which it may be tried. */
    private static List<TruePacket> mail(Integer... tags) {
        List<TruePacket> mail = new ArrayList<>();
        for (int family = 0; family < 2; family++) {
            TruePacket whole = tcp(family, 25, tags);
            mail.add(whole);
            mail.add(whole.extended());
            for (Piece piece : List.of(Piece.FIRST, Piece.SHORT_FIRST)) {
                mail.add(whole.piece(piece));
            }
        }
        mail.add(tcp(0, 25, tags).piece(Piece.LATER));
        mail.add(tcp(1, 25, tags).piece(Piece.HIDDEN_FIRST));
        mail.add(tcp(1, 25, tags).piece(Piece.ATOMIC));
        return mail;
    }

    @Test
    void mailOfThePairThatSendsPassesInEveryFormAndNobodyElses() {
        mail(OUTER, SHOP).forEach(this::assertPasses);
        for (Integer[] tags : OF_NOBODY) {
            mail(tags).forEach(this::assertDropped);
        }
    }

    @Test
    void aSwitchThatLooksBehindOneTagLetsNobodyOut() {
        for (TruePacket mail : mail(OUTER, SHOP)) {
            assertDropped(mail.seenBehindTags(1));
            assertDropped(mail.as(Kind.UDP).seenBehindTags(1));
        }
        for (Integer[] tags : OF_NOBODY) {
            mail(tags).forEach(mail -> assertDropped(mail.seenBehindTags(1)));
        }
    }

    @Test
    void submissionOfEverybodyPassesAndTheFrameIsNotTouched() {
        outerTag = 0x88a8;
        for (Integer[] tags : new Integer[][] {{OUTER, SHOP}, {OUTER, HOME}, {OUTER, UNKNOWN}}) {
            for (int family = 0; family < 2; family++) {
                Packet frame = tcp(family, 587, tags).frame();
                assertEquals(frame, through(frame).frame());
            }
        }
    }

    private Outcome through(Packet frame) {
        FakeSwitch tables = FakeSwitch.endingAt(12);
        tables.lookBehindTags(2);
        tables.install(AccessSwitch.rules(policy(), device()));
        Outcome outcome = tables.forward(frame, PORT);
        assertTrue(outcome.forwarded(), outcome::toString);
        return outcome;
    }

    @Test
    void mailLeavesWithTheOuterTagOfTheConfiguredTypeAndPriorityZero() {
        Packet plain = tcp(0, 25, SHOP).frame();
        for (int type : new int[] {0x8100, 0x88a8}) {
            outerTag = type;
            for (int came : new int[] {0x8100, 0x88a8}) {
                Packet frame = plain.withOuterTag(came, 5 << 13 | OUTER);
                assertEquals(plain.withOuterTag(type, OUTER), through(frame).frame());
            }
        }
    }

    /** A frame that came with one tag is not made one of a provider's by its neighbours' pairs. */
    @Test
    void aSingleTagStaysWhatItIsInMailFragmentsAndBesideAQuarantine() {
        outerTag = 0x88a8;
        subscribers.add(at("tower", "100").serviceClass("business").build());
        leavesAsItCame(25);
        subscribers.set(1, quarantined(at("home", "100.8")));
        leavesAsItCame(25);
        leavesAsItCame(587);
        subscribers.set(2, at("tower", "").serviceClass("business").build());
        leavesAsItCame(25);
        leavesAsItCame(587);
        Attachment some = Attachment.parse(DEVICE + "/3@10.64.9.0/29");
        subscribers.add(quarantined(Subscriber.builder("jailed").attachedAt(some)));
        leavesAsItCame(25);
        leavesAsItCame(587);
    }

    /** But for its priority; a tag of a provider's with another within is one afterwards, too. */
    private void leavesAsItCame(int port) {
        for (int family = 0; family < 2; family++) {
            Packet within = tcp(family, port).frame();
            Packet one = within.withOuterTag(0x8100, 5 << 13 | OUTER);
            assertEquals(within.withOuterTag(0x8100, OUTER), through(one).frame());
            Packet piece = tcp(family, port, OUTER).piece(Piece.FIRST).frame();
            assertEquals(piece, through(piece).frame());
            for (int inner : new int[] {0, SHOP, UNKNOWN}) {
                Packet tagged = tcp(family, port, inner).frame();
                assertEquals(
                        tagged.withOuterTag(0x88a8, OUTER),
                        through(tagged.withOuterTag(0x88a8, OUTER)).frame());
            }
        }
    }

    /** OpenFlow does not see the type of a tag: one that says it is a provider's is not known. */
    @Test
    void aSingleTagOfAProvidersTypeIsPutBackAsACustomers() {
        outerTag = 0x88a8;
        subscribers.add(at("tower", "100").serviceClass("business").build());
        Packet within = tcp(0, 25).frame();
        assertEquals(
                within.withOuterTag(0x8100, OUTER),
                through(within.withOuterTag(0x88a8, OUTER)).frame());
    }

    @Test
    void aQuarantinedPairSendsNoMailAndItsNeighboursAreAsEver() {
        subscribers.set(1, quarantined(at("home", "100.8")));
        mail(OUTER, SHOP).forEach(this::assertPasses);
        assertDropped(tcp(0, 587, OUTER, HOME));
        assertPasses(tcp(0, 443, OUTER, HOME));
        assertPasses(tcp(0, 587, OUTER, SHOP));
        assertPasses(tcp(0, 587, OUTER, UNKNOWN));
        assertPasses(tcp(1, 587, OUTER));
        for (Integer[] tags : OF_NOBODY) {
            mail(tags).forEach(this::assertDropped);
        }
        subscribers.set(0, quarantined(at("shop", "100.7").serviceClass("business")));
        mail(OUTER, SHOP).forEach(this::assertDropped);
        assertDropped(tcp(0, 587, OUTER, SHOP));
    }

    private static Subscriber quarantined(Subscriber.Builder subscriber) {
        return subscriber
                .quarantine(new Quarantine("quarantined", "spam", Instant.EPOCH, "noc"))
                .build();
    }

    @Test
    void pairsAreNotQuarantinedWithWhoHasTheRestOfTheirVlan() {
        subscribers.add(quarantined(at("tower", "100")));
        mail(OUTER, SHOP).forEach(this::assertPasses);
        assertPasses(tcp(0, 587, OUTER, HOME));
        assertDropped(tcp(0, 587, OUTER, UNKNOWN));
        assertDropped(tcp(0, 587, OUTER));
        assertPasses(tcp(0, 587, 200));
    }

    @Test
    void aPairThatDropsIsNotLetOutByWhoHasTheRestOfItsVlanOrPort() {
        for (String line : List.of("100", "")) {
            subscribers.add(at("tower", line).serviceClass("business").build());
            mail(OUTER, SHOP).forEach(this::assertPasses);
            mail(OUTER, HOME).forEach(this::assertDropped);
            mail(OUTER, UNKNOWN).forEach(this::assertPasses);
            mail(OUTER).forEach(this::assertPasses);
            subscribers.remove(2);
        }
    }

    @Test
    void theInnerVlanIsNoLineOfThePort() {
        subscribers.add(at("other", "8").serviceClass("business").build());
        mail(HOME).forEach(this::assertPasses);
        mail(OUTER, HOME).forEach(this::assertDropped);
        mail(OUTER, UNKNOWN).forEach(this::assertDropped);
    }

    @Test
    void tunnelsOfAMonitoredPairPassWhereTheDefaultClassBlocksThem() {
        defaultClass = "sealed";
        subscribers.set(1, at("home", "100.8").mode(Mode.MONITOR).build());
        assertPasses(tcp(0, 0, OUTER, HOME).as(Kind.GRE));
        assertDropped(tcp(0, 0, OUTER, UNKNOWN).as(Kind.GRE));
    }

    @Test
    void tunnelsOfAnEnforcedPairAreBlockedOnAMonitoredLine() {
        defaultClass = "sealed";
        subscribers.set(1, at("home", "100").mode(Mode.MONITOR).build());
        subscribers.add(at("flat", "100.9").serviceClass("sealed").build());
        assertPasses(tcp(0, 0, OUTER, HOME).as(Kind.GRE));
        assertDropped(tcp(0, 0, OUTER, UNKNOWN).as(Kind.GRE));
    }

    @Test
    void tunnelsAreBlockedForThePairWhoseClassSaysSo() {
        subscribers.set(1, at("home", "100.8").serviceClass("sealed").build());
        assertDropped(tcp(0, 0, OUTER, HOME).as(Kind.GRE));
        assertPasses(tcp(0, 0, OUTER, SHOP).as(Kind.GRE));
        assertPasses(tcp(0, 0, OUTER, UNKNOWN).as(Kind.GRE));
        assertPasses(tcp(0, 587, OUTER, HOME));
        mail(OUTER, SHOP).forEach(this::assertPasses);
        mail(OUTER, HOME).forEach(this::assertDropped);
    }

    @Test
    void whatGoesToASubmissionServerPassesOnEveryPort() {
        for (Integer[] tags : new Integer[][] {{OUTER, SHOP}, {OUTER, HOME}, {OUTER, UNKNOWN}}) {
            TruePacket packet =
                    TruePacket.tcp(PORT, HERE[0], 40000, SERVER, 25).tagged(tags).seenBehindTags(2);
            assertPasses(packet);
            assertPasses(packet.piece(Piece.FIRST));
        }
    }

    @Test
    void noRuleAsksForTheInnerVlanByACriterionThatOnosLeavesOut() {
        assertTrue(
                AccessSwitch.rules(policy(), device()).stream()
                        .noneMatch(
                                rule ->
                                        rule.selector().getCriterion(Criterion.Type.INNER_VLAN_VID)
                                                != null));
        assertFalse(passes(tcp(0, 25, OUTER, HOME)));
    }
}
