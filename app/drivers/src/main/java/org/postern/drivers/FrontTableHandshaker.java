package org.postern.drivers;

import java.util.List;
import java.util.Optional;
import org.onlab.osgi.ServiceNotFoundException;
import org.onosproject.driver.handshaker.NiciraSwitchHandshaker;
import org.onosproject.net.flow.FlowRule;
import org.projectfloodlight.openflow.protocol.OFFlowDeleteStrict;
import org.projectfloodlight.openflow.protocol.OFMessage;
import org.projectfloodlight.openflow.protocol.OFVersion;

/**
 * Lays the floor while a switch connects, before ONOS announces it: ONOS itself restores rules
 * about a second later, in arbitrary order.
 *
 * <p>And keeps it: the first poll of flow statistics may come before the floor is in ONOS's store,
 * and ONOS then takes it for somebody's left-overs. A rule is taken off once it is of the floor no
 * more.
 *
 * <p>Runs on the OpenFlow controller's I/O thread, on every node that the switch connects to: it
 * only sends, and waits for nothing.
 */
public class FrontTableHandshaker extends NiciraSwitchHandshaker {
    private volatile boolean laid;
    private volatile FloorKeys kept;

    @Override
    public void startDriverHandshake() {
        super.startDriverHandshake();
        try {
            if (factory().getVersion() == OFVersion.OF_13) {
                floor().ifPresent(this::send);
            } else {
                log.warn(
                        "{} speaks {}: the floor needs OpenFlow 1.3",
                        getStringId(),
                        factory().getVersion());
            }
        } finally {
            laid = true;
        }
    }

    private Optional<Floor> floor() {
        return handler().get(FrontTableService.class).floor(handler().data().deviceId());
    }

    /**
     * {@inheritDoc}
     *
     * <p>ONOS sends a single deletion only for what a poll found to be too much; what applications
     * remove goes by lists.
     */
    @Override
    public void sendMsg(OFMessage message) {
        if (message instanceof OFFlowDeleteStrict && isKept((OFFlowDeleteStrict) message)) {
            log.debug("Kept a rule of the floor of {}: {}", getStringId(), message);
        } else {
            super.sendMsg(message);
        }
    }

    private boolean isKept(OFFlowDeleteStrict message) {
        FloorKeys keys = kept;
        try {
            Floor floor = floor().orElse(null);
            if (floor == null) {
                keys = null;
            } else if (keys == null || !keys.areOf(floor)) {
                keys = new FloorKeys(floor, factory());
            }
            kept = keys;
        } catch (ServiceNotFoundException e) {
            log.debug("Nobody knows the floor of {}: as it last was", getStringId());
        }
        return keys != null && keys.include(message);
    }

    private void send(Floor floor) {
        FloorMessages messages = new FloorMessages(factory());
        for (List<FlowRule> stage : floor.stagesForFullTables()) {
            stage.forEach(rule -> sendHandshakeMessage(messages.add(rule)));
            sendHandshakeMessage(messages.barrier());
        }
        log.info("Laid the floor of {}: {} rules", floor.device(), floor.rules().size());
    }

    @Override
    public boolean isDriverHandshakeComplete() {
        return laid;
    }
}
