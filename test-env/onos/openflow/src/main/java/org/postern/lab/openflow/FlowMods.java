package org.postern.lab.openflow;

import java.util.Set;
import org.onosproject.net.driver.DriverHandler;
import org.onosproject.net.flow.FlowRule;
import org.projectfloodlight.openflow.protocol.OFFactory;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.OFFlowModFlags;
import org.projectfloodlight.openflow.types.OFBufferId;
import org.projectfloodlight.openflow.types.TableId;
import org.projectfloodlight.openflow.types.U64;

/**
 * ONOS flow rules as flow-mods.
 *
 * <p>As ONOS does: the cookie is the rule's identifier, the switch is asked to report removals,
 * counters are never reset, and the idle timeout stays in the controller (ONOS removes an idle rule
 * itself).
 */
final class FlowMods {
    /** The transaction of a flow-mod outside any batch. */
    static final long NO_BATCH = 0;

    private final OFFactory factory;
    private final DriverHandler driver;
    private final TreatmentEncoder treatments;

    FlowMods(OFFactory factory, DriverHandler driver) {
        this.factory = factory;
        this.driver = driver;
        this.treatments = new TreatmentEncoder(factory, driver);
    }

    OFFlowMod add(FlowRule rule, long transaction) {
        return build(
                factory.buildFlowAdd().setInstructions(treatments.added(rule.treatment())),
                rule,
                transaction);
    }

    /**
     * A modification, non-strict as in ONOS: it changes every rule that the match covers and adds
     * none.
     */
    OFFlowMod modify(FlowRule rule, long transaction) {
        return build(
                factory.buildFlowModify().setInstructions(treatments.modified(rule.treatment())),
                rule,
                transaction);
    }

    OFFlowMod delete(FlowRule rule, long transaction) {
        return build(factory.buildFlowDeleteStrict(), rule, transaction);
    }

    private OFFlowMod build(OFFlowMod.Builder mod, FlowRule rule, long transaction) {
        return mod.setXid(transaction)
                .setCookie(U64.of(rule.id().value()))
                .setBufferId(OFBufferId.NO_BUFFER)
                .setMatch(SelectorCodec.encode(rule.selector(), factory, driver))
                .setFlags(Set.of(OFFlowModFlags.SEND_FLOW_REM))
                .setPriority(rule.priority())
                .setTableId(TableId.of(rule.tableId()))
                .setHardTimeout(rule.hardTimeout())
                .build();
    }
}
