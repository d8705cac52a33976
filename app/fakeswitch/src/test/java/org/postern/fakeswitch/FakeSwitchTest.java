package org.postern.fakeswitch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.common.collect.Lists;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.criteria.Criteria;

class FakeSwitchTest {
    private static final short IPV4 = (short) 0x0800;
    private static final short IPV6 = (short) 0x86dd;
    private static final MacAddress RELAY = MacAddress.valueOf("02:00:00:00:00:99");
    private static final PortNumber UPLINK = PortNumber.portNumber(100);
    private static final Packet MAIL = tcp(25);
    private static final Packet SUBMISSION = tcp(587);
    private static final FlowRule BLOCK_25 = rule(0, 50, port25(), treatment().drop());
    private static final FlowRule TO_FORWARD = rule(0, 0, selector(), treatment().transition(10));

    private final FakeSwitch fake = FakeSwitch.endingAt(10);

    private static Packet tcp(int port) {
        return Packet.from("02:00:00:00:00:01")
                .ipv4("10.64.0.7", "203.0.113.9")
                .tcp(40000, port)
                .build();
    }

    private static TrafficSelector.Builder selector() {
        return DefaultTrafficSelector.builder();
    }

    private static TrafficTreatment.Builder treatment() {
        return DefaultTrafficTreatment.builder();
    }

    private static TrafficSelector.Builder port25() {
        return selector()
                .matchEthType(IPV4)
                .matchIPProtocol((byte) 6)
                .matchTcpDst(TpPort.tpPort(25));
    }

    private static FlowRule rule(
            int table,
            int priority,
            TrafficSelector.Builder selector,
            TrafficTreatment.Builder treatment) {
        return RandomRules.rule(table, priority, selector.build(), treatment.build());
    }

    private Outcome send(Packet packet) {
        return fake.forward(packet, 1);
    }

    @Test
    void anEmptySwitchDropsEverything() {
        assertTrue(send(SUBMISSION).dropped());
        assertEquals(OptionalInt.of(0), send(SUBMISSION).missedTable());
        assertEquals(2, fake.misses(0));
    }

    @Test
    void theHighestPriorityWinsInWhateverOrderRulesCome() {
        List<FlowRule> rules = List.of(BLOCK_25, TO_FORWARD);
        for (List<FlowRule> order : List.of(rules, Lists.reverse(rules))) {
            fake.clear();
            fake.install(order);
            assertTrue(send(MAIL).dropped());
            assertEquals(List.of(BLOCK_25), send(MAIL).matched());
            assertEquals(OptionalInt.of(10), send(SUBMISSION).reachedTable());
            assertEquals(rules, fake.rules());
        }
    }

    @Test
    void aTerminalTableEndsTheWayEvenIfItHasRules() {
        fake.install(List.of(TO_FORWARD, rule(10, 1, selector(), treatment().drop())));
        assertTrue(send(MAIL).forwarded());
        FakeSwitch whole = FakeSwitch.create();
        whole.install(fake.rules());
        assertTrue(whole.forward(MAIL, 1).dropped());
    }

    @Test
    void aNaiveRuleLeaksFragmentsAndDoublyTaggedMail() {
        fake.install(List.of(BLOCK_25, TO_FORWARD));
        PacketBuilder mail = Packet.from("02:00:00:00:00:01").ipv4("10.64.0.7", "203.0.113.9");
        assertTrue(send(mail.fragment(0, true).tcp(40000, 25).build()).forwarded());
        Packet twice =
                Packet.from("02:00:00:00:00:01")
                        .vlan(1)
                        .vlan(2)
                        .ipv4("10.64.0.7", "203.0.113.9")
                        .tcp(40000, 25)
                        .build();
        assertTrue(send(twice).forwarded());
        TrafficSelector.Builder port0 =
                selector()
                        .matchEthType(IPV4)
                        .matchIPProtocol((byte) 6)
                        .matchTcpDst(TpPort.tpPort(0));
        fake.install(
                List.of(
                        rule(0, 50, port0, treatment().drop()),
                        rule(0, 60, selector().matchEthType((short) 0x8100), treatment().drop())));
        assertTrue(send(mail.build()).dropped());
        assertTrue(send(twice).dropped());
        assertTrue(send(SUBMISSION).forwarded());
    }

    @Test
    void maskedComplementsOfPort25MatchEveryOtherPort() {
        // One rule for each bit in which a port may differ from 25 first: together all ports but
        // 25.
        for (int bit = 0; bit < 16; bit++) {
            int mask = 0xffff & -1 << bit;
            TpPort value = TpPort.tpPort((25 ^ 1 << bit) & mask);
            TrafficSelector.Builder others =
                    selector()
                            .matchEthType(IPV4)
                            .matchIPProtocol((byte) 6)
                            .matchTcpDstMasked(value, TpPort.tpPort(mask));
            fake.install(List.of(rule(0, 10, others, treatment().transition(10))));
        }
        for (int port = 0; port < 65536; port++) {
            assertEquals(port == 25, send(tcp(port)).dropped(), "port " + port);
        }
    }

    @Test
    void metadataWrittenInOneTableIsMatchedInTheNext() {
        fake.install(
                List.of(
                        rule(
                                0,
                                1,
                                selector().matchInPort(PortNumber.portNumber(1)),
                                treatment().writeMetadata(0x1234, 0xff).transition(1)),
                        rule(1, 1, selector().matchMetadata(0x34), treatment().transition(10))));
        assertTrue(send(MAIL).forwarded());
        assertTrue(fake.forward(MAIL, 2).dropped());
    }

    @Test
    void steeringRewritesTheEthernetDestinationAndNothingElse() {
        fake.install(List.of(rule(0, 1, selector(), treatment().setEthDst(RELAY).transition(10))));
        assertEquals(MAIL.withDestination(RELAY), send(MAIL).frame());
    }

    @Test
    void appliedOutputsGoOutAtOnceAndWrittenOnesAtTheEnd() {
        fake.install(
                List.of(
                        rule(
                                0,
                                1,
                                selector(),
                                treatment()
                                        .setOutput(PortNumber.CONTROLLER)
                                        .setEthDst(RELAY)
                                        .deferred()
                                        .setOutput(PortNumber.portNumber(7))
                                        .setOutput(UPLINK)
                                        .transition(1)),
                        rule(1, 1, selector(), treatment().setOutput(PortNumber.NORMAL))));
        Outcome outcome = send(MAIL);
        assertEquals(List.of(PortNumber.CONTROLLER, PortNumber.NORMAL, UPLINK), outcome.ports());
        assertEquals(MAIL, outcome.outputs().get(0).frame());
        assertEquals(RELAY, outcome.outputs().get(1).frame().destination());
    }

    @Test
    void clearedActionsAreNotExecuted() {
        fake.install(
                List.of(
                        rule(
                                0,
                                1,
                                selector(),
                                treatment().deferred().setOutput(UPLINK).transition(1)),
                        rule(1, 1, selector(), treatment().wipeDeferred())));
        assertTrue(send(MAIL).dropped());
        fake.install(List.of(rule(1, 1, selector(), treatment().drop())));
        assertEquals(List.of(UPLINK), send(MAIL).ports());
    }

    @Test
    void nothingGoesBackToItsIngressPortUnlessTheRuleSaysInPort() {
        fake.install(
                List.of(rule(0, 1, selector(), treatment().setOutput(PortNumber.portNumber(1)))));
        assertTrue(send(MAIL).dropped());
        assertTrue(fake.forward(MAIL, 2).forwarded());
        fake.install(List.of(rule(0, 1, selector(), treatment().setOutput(PortNumber.IN_PORT))));
        assertEquals(List.of(PortNumber.IN_PORT), send(MAIL).ports());
    }

    @Test
    void aRuleCountsWhatItMatchesAndKeepsItsCountsWhenReplaced() {
        fake.install(List.of(BLOCK_25, TO_FORWARD));
        send(MAIL);
        send(MAIL);
        send(SUBMISSION);
        FlowRule allow = rule(0, 50, port25(), treatment().transition(10));
        fake.install(List.of(allow));
        assertTrue(send(MAIL).forwarded());
        assertEquals(3, fake.packets(allow));
        assertEquals(3L * MAIL.length(), fake.bytes(allow));
        assertEquals(1, fake.packets(TO_FORWARD));
        assertEquals(2, fake.rules().size());
        fake.remove(List.of(BLOCK_25));
        assertEquals(List.of(TO_FORWARD), fake.rules());
        fake.install(List.of(BLOCK_25));
        assertEquals(0, fake.packets(BLOCK_25));
        assertThrows(
                IllegalArgumentException.class,
                () -> fake.packets(rule(3, 1, selector(), treatment())));
    }

    @Test
    void rulesThatOverlapAtOnePriorityAreReportedOnlyIfTheyDisagree() {
        FlowRule byPort = rule(0, 50, port1(), treatment().drop());
        fake.install(List.of(BLOCK_25, byPort));
        assertTrue(send(MAIL).dropped());
        fake.install(List.of(rule(0, 50, port1(), treatment().transition(10))));
        assertThrows(IllegalStateException.class, () -> send(MAIL));
        assertTrue(send(SUBMISSION).forwarded());
    }

    private static TrafficSelector.Builder port1() {
        return selector().matchInPort(PortNumber.portNumber(1));
    }

    private void assertRefused(String reason, TrafficSelector.Builder selector) {
        assertRefused(reason, rule(0, 1, selector, treatment()));
    }

    private void assertRefused(String reason, FlowRule rule) {
        RefusedRuleException refused =
                assertThrows(
                        RefusedRuleException.class, () -> fake.install(List.of(TO_FORWARD, rule)));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        assertTrue(fake.rules().isEmpty(), "a refused batch leaves nothing behind");
    }

    @Test
    void aMatchWithoutItsPrerequisitesIsRefused() {
        TpPort mail = TpPort.tpPort(25);
        IpPrefix address = IpPrefix.valueOf("10.64.0.0/16");
        assertRefused("prerequisite", selector().matchTcpDst(mail));
        assertRefused("prerequisite", selector().matchEthType(IPV4).matchTcpDst(mail));
        assertRefused(
                "prerequisite",
                selector().matchEthType(IPV4).matchIPProtocol((byte) 17).matchTcpDst(mail));
        assertRefused("prerequisite", selector().matchEthType(IPV6).matchIPSrc(address));
        assertRefused("prerequisite", selector().matchIPProtocol((byte) 6));
        assertRefused("prerequisite", selector().matchEthType(IPV4).matchArpOp(1));
        Ip6Address target = Ip6Address.valueOf("2001:db8::1");
        TrafficSelector.Builder echo = selector().matchEthType(IPV6).matchIPProtocol((byte) 58);
        assertRefused(
                "ICMPV6_TYPE", echo.matchIcmpv6Type((byte) 0x7f).matchIPv6NDTargetAddress(target));
    }

    @Test
    void aMatchThatMeansMoreOrLessThanItSaysIsRefused() {
        assertRefused(
                "length 0",
                selector().matchEthType(IPV4).matchIPDst(IpPrefix.valueOf("0.0.0.0/0")));
        assertRefused(
                "length 0", selector().matchEthType(IPV6).matchIPv6Dst(IpPrefix.valueOf("::/0")));
        assertRefused("INNER_VLAN_VID", selector().matchInnerVlanId(VlanId.vlanId((short) 5)));
        assertRefused("TCP_FLAGS", port25().add(Criteria.matchTcpFlags(2)));
        assertRefused("IPV6_EXTHDR", selector().matchEthType(IPV6).matchIPv6ExthdrFlags((short) 1));
        assertRefused(
                "outside its mask",
                selector().matchEthDstMasked(RELAY, MacAddress.valueOf(0x010000000000L)));
        assertRefused(
                "twice", port25().matchTcpDstMasked(TpPort.tpPort(24), TpPort.tpPort(0xfff8)));
    }

    @Test
    void anInstructionThatTheSwitchCannotCarryOutIsRefused() {
        assertRefused("only forwards", rule(3, 1, selector(), treatment().transition(3)));
        assertRefused("253", rule(3, 1, selector(), treatment().transition(254)));
        assertRefused("does not know", rule(0, 1, selector(), treatment().pushMpls()));
        assertRefused("VLAN tag", rule(0, 1, selector(), treatment().popVlan()));
        assertRefused(
                "VLAN tag",
                rule(0, 1, selector(), treatment().setVlanId(VlanId.vlanId((short) 5))));
        assertRefused("TABLE", rule(0, 1, selector(), treatment().setOutput(PortNumber.TABLE)));
        assertRefused("table", rule(254, 1, selector(), treatment()));
    }

    @Test
    void twoRulesOfOneBatchThatOverwriteEachOtherAreRefused() {
        fake.install(List.of(BLOCK_25, rule(0, 50, port25(), treatment().drop())));
        assertEquals(1, fake.rules().size());
        fake.clear();
        FlowRule allow = rule(0, 50, port25(), treatment().transition(10));
        RefusedRuleException refused =
                assertThrows(
                        RefusedRuleException.class, () -> fake.install(List.of(BLOCK_25, allow)));
        assertTrue(
                refused.getMessage().contains("same table, priority and match"),
                refused.getMessage());
    }
}
