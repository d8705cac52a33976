package org.postern.lab.openflow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.onlab.packet.EthType;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onlab.packet.MplsLabel;
import org.onlab.packet.TpPort;
import org.onlab.packet.VlanId;
import org.onosproject.core.GroupId;
import org.onosproject.driver.extensions.NiciraExtensionTreatmentInterpreter;
import org.onosproject.driver.extensions.NiciraResubmitTable;
import org.onosproject.net.PortNumber;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.onosproject.net.flow.criteria.Criteria;
import org.onosproject.net.flow.instructions.Instructions;
import org.onosproject.net.meter.MeterId;
import org.onosproject.openflow.controller.ExtensionTreatmentInterpreter;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFFlowModFlags;

/** Actions and rules as a whole; for matches see {@link SelectorReadBackTest}. */
class RuleReadBackTest {
    private static final PortNumber ONE = PortNumber.portNumber(1);
    private static final MacAddress MAC = MacAddress.valueOf("02:00:00:00:00:01");
    private static final TrafficSelector SMTP =
            DefaultTrafficSelector.builder()
                    .matchEthType((short) 0x0800)
                    .matchIPProtocol((byte) 6)
                    .matchTcpDst(TpPort.tpPort(25))
                    .build();

    private static Arguments action(String name, UnaryOperator<TrafficTreatment.Builder> action) {
        return Arguments.of(name, action.apply(DefaultTrafficTreatment.builder()).build());
    }

    static Stream<Arguments> stableTreatments() {
        return Stream.of(
                action("output", t -> t.setOutput(ONE)),
                action("output to the controller", t -> t.setOutput(PortNumber.CONTROLLER)),
                action("NORMAL", t -> t.setOutput(PortNumber.NORMAL)),
                action("IN_PORT", t -> t.setOutput(PortNumber.IN_PORT)),
                action("FLOOD", t -> t.setOutput(PortNumber.FLOOD)),
                action("ALL", t -> t.setOutput(PortNumber.ALL)),
                action("TABLE", t -> t.setOutput(PortNumber.TABLE)),
                action("LOCAL", t -> t.setOutput(PortNumber.LOCAL)),
                action("two outputs", t -> t.setOutput(ONE).setOutput(PortNumber.portNumber(2))),
                action("drop", TrafficTreatment.Builder::drop),
                action("goto", t -> t.transition(10)),
                action("metadata", t -> t.writeMetadata(0xfedc_ba98_7654_3210L, -1L).transition(4)),
                action("masked metadata", t -> t.writeMetadata(0x10, 0xff0).transition(4)),
                action("clear actions", TrafficTreatment.Builder::wipeDeferred),
                action("clear actions and goto", t -> t.wipeDeferred().transition(4)),
                action("clear actions and output", t -> t.wipeDeferred().setOutput(ONE)),
                action("write actions", t -> t.deferred().setOutput(ONE)),
                action("apply and write actions", t -> t.setEthDst(MAC).deferred().setOutput(ONE)),
                action("set Ethernet source", t -> t.setEthSrc(MAC).setOutput(ONE)),
                action("set Ethernet destination", t -> t.setEthDst(MAC).setOutput(ONE)),
                action(
                        "set IPv4 source",
                        t -> t.setIpSrc(IpAddress.valueOf("192.0.2.1")).setOutput(ONE)),
                action(
                        "set IPv4 destination",
                        t -> t.setIpDst(IpAddress.valueOf("192.0.2.1")).setOutput(ONE)),
                action("set DSCP", t -> t.setIpDscp((byte) 10).setOutput(ONE)),
                action(
                        "push VLAN",
                        t -> t.pushVlan().setVlanId(VlanId.vlanId((short) 9)).setOutput(ONE)),
                action("pop VLAN", t -> t.popVlan().setOutput(ONE)),
                action(
                        "take an outer tag off",
                        t -> t.popVlan().writeMetadata(0x1064, -1L).transition(4)),
                action(
                        "put an outer tag back",
                        t ->
                                t.pushVlan(new EthType(0x88a8))
                                        .setVlanId(VlanId.vlanId((short) 100))
                                        .writeMetadata(7, -1L)
                                        .transition(4)),
                action("set VLAN priority", t -> t.setVlanPcp((byte) 3).setOutput(ONE)),
                action("set TCP source", t -> t.setTcpSrc(TpPort.tpPort(65_535)).setOutput(ONE)),
                action("set TCP destination", t -> t.setTcpDst(TpPort.tpPort(587)).setOutput(ONE)),
                action("set UDP source", t -> t.setUdpSrc(TpPort.tpPort(53)).setOutput(ONE)),
                action("set UDP destination", t -> t.setUdpDst(TpPort.tpPort(53)).setOutput(ONE)),
                action("meter", t -> t.meter(MeterId.meterId(7)).setOutput(ONE)),
                action("group", t -> t.group(new GroupId(3))),
                action("queue", t -> t.setQueue(2).setOutput(ONE)),
                action("decrement TTL", t -> t.decNwTtl().setOutput(ONE)),
                action("set tunnel", t -> t.setTunnelId(99).setOutput(ONE)),
                action(
                        "set ARP operation",
                        t -> t.setArpOp((short) 2).setOutput(PortNumber.IN_PORT)),
                action(
                        "set ARP addresses",
                        t -> t.setArpSha(MAC).setArpSpa(Ip4Address.valueOf("10.0.0.1"))),
                action(
                        "push MPLS",
                        t -> t.pushMpls().setMpls(MplsLabel.mplsLabel(16)).setOutput(ONE)));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("stableTreatments")
    void aRuleReadsBackAsItWasSent(String name, TrafficTreatment treatment) {
        FlowRule rule = Wire.rule(SMTP, treatment);

        FlowEntry entry = Wire.readBack(rule, Wire.plainDriver());

        assertTrue(rule.exactMatch(entry), () -> rule + " was read back as " + entry);
        assertEquals(rule.id(), entry.id());
        assertEquals(FlowEntry.FlowEntryState.ADDED, entry.state());
        assertEquals(11, entry.packets());
        assertEquals(1_100, entry.bytes());
        assertEquals(9, entry.life());
    }

    @Test
    void anOuterTagThatIsPutBackReadsBackThroughTheDriverOfOpenVSwitchToo() {
        DriverHandler driver =
                Wire.driver(
                        Map.of(
                                ExtensionTreatmentInterpreter.class,
                                NiciraExtensionTreatmentInterpreter.class));
        TrafficTreatment back =
                DefaultTrafficTreatment.builder()
                        .pushVlan(new EthType(0x88a8))
                        .setVlanId(VlanId.vlanId((short) 100))
                        .writeMetadata(0, -1L)
                        .transition(4)
                        .build();
        FlowRule rule = Wire.rule(SMTP, back);

        assertTrue(rule.exactMatch(Wire.readBack(rule, driver)));
    }

    static Stream<Arguments> unstableTreatments() {
        return Stream.of(
                action("drop beside clear actions", t -> t.wipeDeferred().drop()),
                action(
                        "set IPv6",
                        t -> t.add(Instructions.modL3IPv6Dst(IpAddress.valueOf("2001:db8::1")))));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("unstableTreatments")
    void whatOnosDoesNotReadBackIsNotReadBackHere(String name, TrafficTreatment treatment) {
        FlowRule rule = Wire.rule(SMTP, treatment);

        assertFalse(rule.exactMatch(Wire.readBack(rule, Wire.plainDriver())));
    }

    @Test
    void aCriterionThatOnosDoesNotEncodeIsMissingFromTheSwitch() {
        TrafficSelector inner =
                DefaultTrafficSelector.builder(SMTP)
                        .matchInnerVlanId(VlanId.vlanId((short) 5))
                        .build();

        FlowEntry entry =
                Wire.readBack(
                        Wire.rule(inner, DefaultTrafficTreatment.emptyTreatment()),
                        Wire.plainDriver());

        assertEquals(SMTP, entry.selector());
    }

    @Test
    void thePhysicalInPortIsSentAsTheInPort() {
        TrafficSelector physical = DefaultTrafficSelector.builder().matchInPhyPort(ONE).build();

        FlowEntry entry =
                Wire.readBack(
                        Wire.rule(physical, DefaultTrafficTreatment.emptyTreatment()),
                        Wire.plainDriver());

        assertEquals(Set.of(Criteria.matchInPort(ONE)), entry.selector().criteria());
    }

    @Test
    void aNiciraExtensionReadsBackThroughTheDriver() {
        DriverHandler driver =
                Wire.driver(
                        Map.of(
                                ExtensionTreatmentInterpreter.class,
                                NiciraExtensionTreatmentInterpreter.class));
        TrafficTreatment resubmit =
                DefaultTrafficTreatment.builder()
                        .extension(
                                new NiciraResubmitTable(PortNumber.portNumber(1), (short) 10),
                                Wire.DEVICE)
                        .build();
        FlowRule rule = Wire.rule(SMTP, resubmit);

        assertTrue(rule.exactMatch(Wire.readBack(rule, driver)));
        assertNotEquals(
                resubmit,
                Wire.readBack(Wire.rule(SMTP, DefaultTrafficTreatment.emptyTreatment()), driver)
                        .treatment());
    }

    @Test
    void aRuleCarriesItsIdentifierAndAsksForNewsOfItsRemoval() {
        FlowRule rule = Wire.rule(SMTP, DefaultTrafficTreatment.emptyTreatment());
        FlowMods mods = new FlowMods(Wire.FACTORY, Wire.plainDriver());

        for (OFFlowMod mod :
                new OFFlowMod[] {mods.add(rule, 5), mods.modify(rule, 5), mods.delete(rule, 5)}) {
            assertEquals(rule.id().value(), mod.getCookie().getValue());
            assertEquals(Set.of(OFFlowModFlags.SEND_FLOW_REM), mod.getFlags());
            assertEquals(rule.priority(), mod.getPriority());
            assertEquals(3, mod.getTableId().getValue());
            assertEquals(5, mod.getXid());
        }
        assertEquals(0, mods.add(rule, 5).getIdleTimeout());
    }
}
