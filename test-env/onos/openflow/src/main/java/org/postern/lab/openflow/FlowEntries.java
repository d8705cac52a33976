package org.postern.lab.openflow;

import org.onosproject.net.DeviceId;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.flow.DefaultFlowEntry;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowEntry.FlowEntryState;
import org.onosproject.net.flow.FlowRule;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFFlowRemoved;
import org.projectfloodlight.openflow.protocol.OFFlowStatsEntry;

/** What a switch says about its flows, as ONOS flow entries. */
final class FlowEntries {
    private final DeviceId device;
    private final DriverHandler driver;
    private final TreatmentDecoder treatments;

    FlowEntries(DeviceId device, DriverHandler driver) {
        this.device = device;
        this.driver = driver;
        this.treatments = new TreatmentDecoder(device, driver);
    }

    FlowEntry installed(OFFlowStatsEntry stats) {
        FlowRule rule =
                DefaultFlowRule.builder()
                        .forDevice(device)
                        .withSelector(SelectorCodec.decode(stats.getMatch(), device, driver))
                        .withTreatment(treatments.decode(stats.getInstructions()))
                        .withPriority(stats.getPriority())
                        .withIdleTimeout(stats.getIdleTimeout())
                        .withCookie(stats.getCookie().getValue())
                        .forTable(stats.getTableId().getValue())
                        .build();
        return new DefaultFlowEntry(
                rule,
                FlowEntryState.ADDED,
                stats.getDurationSec(),
                stats.getPacketCount().getValue(),
                stats.getByteCount().getValue());
    }

    /** A removed flow; OpenFlow does not say what its instructions were. */
    FlowEntry removed(OFFlowRemoved removed) {
        FlowRule rule =
                DefaultFlowRule.builder()
                        .forDevice(device)
                        .withSelector(SelectorCodec.decode(removed.getMatch(), device, driver))
                        .withPriority(removed.getPriority())
                        .withIdleTimeout(removed.getIdleTimeout())
                        .withCookie(removed.getCookie().getValue())
                        .withReason(
                                FlowRule.FlowRemoveReason.parseShort(
                                        (short) removed.getReason().ordinal()))
                        .forTable(removed.getTableId().getValue())
                        .build();
        return new DefaultFlowEntry(
                rule,
                FlowEntryState.REMOVED,
                removed.getDurationSec(),
                removed.getPacketCount().getValue(),
                removed.getByteCount().getValue());
    }

    /** The rule that a refused flow-mod asked for. */
    FlowEntry refused(OFFlowMod mod) {
        FlowRule rule =
                DefaultFlowRule.builder()
                        .forDevice(device)
                        .withSelector(SelectorCodec.decode(mod.getMatch(), device, driver))
                        .withTreatment(treatments.decode(mod.getInstructions()))
                        .withPriority(mod.getPriority())
                        .withIdleTimeout(mod.getIdleTimeout())
                        .withCookie(mod.getCookie().getValue())
                        .forTable(mod.getTableId().getValue())
                        .build();
        return new DefaultFlowEntry(rule, FlowEntryState.FAILED, 0, 0, 0);
    }
}
