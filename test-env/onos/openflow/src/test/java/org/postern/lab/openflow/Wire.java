package org.postern.lab.openflow;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Map;
import org.onosproject.net.DeviceId;
import org.onosproject.net.driver.Behaviour;
import org.onosproject.net.driver.DefaultDriver;
import org.onosproject.net.driver.DefaultDriverData;
import org.onosproject.net.driver.DefaultDriverHandler;
import org.onosproject.net.driver.Driver;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.TrafficSelector;
import org.onosproject.net.flow.TrafficTreatment;
import org.projectfloodlight.openflow.exceptions.OFParseError;
import org.projectfloodlight.openflow.protocol.OFFactories;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFFlowStatsEntry;
import org.projectfloodlight.openflow.protocol.OFFlowStatsReply;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFVersion;
import org.projectfloodlight.openflow.types.U64;

/** The way of a rule to a switch and back, through bytes. */
final class Wire {
    static final OFFactory FACTORY = OFFactories.getFactory(OFVersion.OF_13);
    static final DeviceId DEVICE = DeviceId.deviceId("of:0000000000000001");

    private Wire() {}

    static DriverHandler driver(
            Map<Class<? extends Behaviour>, Class<? extends Behaviour>> behaviours) {
        Driver driver = new DefaultDriver("test", List.of(), "", "", "", behaviours, Map.of());
        return new DefaultDriverHandler(new DefaultDriverData(driver, DEVICE));
    }

    static DriverHandler plainDriver() {
        return driver(Map.of());
    }

    static FlowRule rule(TrafficSelector selector, TrafficTreatment treatment) {
        return DefaultFlowRule.builder()
                .forDevice(DEVICE)
                .forTable(3)
                .withCookie(0x0042_0000_0000_0007L)
                .withPriority(60_001)
                .withSelector(selector)
                .withTreatment(treatment)
                .makePermanent()
                .build();
    }

    static OFMessage throughBytes(OFMessage message) {
        ByteBuf bytes = Unpooled.buffer();
        message.writeTo(bytes);
        try {
            return OFFactories.getGenericReader().readFrom(bytes);
        } catch (OFParseError e) {
            throw new AssertionError("what was written cannot be read", e);
        }
    }

    /** What ONOS is told of a rule at the next poll, if the switch keeps what it was sent. */
    static FlowEntry readBack(FlowRule rule, DriverHandler driver) {
        OFFlowMod sent = (OFFlowMod) throughBytes(new FlowMods(FACTORY, driver).add(rule, 5));
        OFFlowStatsEntry stats =
                FACTORY.buildFlowStatsEntry()
                        .setMatch(sent.getMatch())
                        .setInstructions(sent.getInstructions())
                        .setTableId(sent.getTableId())
                        .setPriority(sent.getPriority())
                        .setCookie(sent.getCookie())
                        .setDurationSec(9)
                        .setPacketCount(U64.of(11))
                        .setByteCount(U64.of(1_100))
                        .build();
        OFFlowStatsReply reply =
                (OFFlowStatsReply)
                        throughBytes(
                                FACTORY.buildFlowStatsReply().setEntries(List.of(stats)).build());
        return new FlowEntries(DEVICE, driver).installed(reply.getEntries().get(0));
    }
}
