package org.postern.drivers;

import java.util.List;
import org.onosproject.driver.handshaker.NiciraSwitchHandshaker;
import org.onosproject.net.flow.FlowRule;
import org.projectfloodlight.openflow.protocol.OFVersion;

/**
 * Lays the floor while a switch connects, before ONOS announces it: ONOS itself restores rules
 * about a second later, in arbitrary order.
 *
 * <p>Runs on the OpenFlow controller's I/O thread, on every node that the switch connects to: it
 * only sends, and waits for nothing.
 */
public class FrontTableHandshaker extends NiciraSwitchHandshaker {
    private volatile boolean laid;

    @Override
    public void startDriverHandshake() {
        super.startDriverHandshake();
        try {
            if (factory().getVersion() == OFVersion.OF_13) {
                handler()
                        .get(FrontTableService.class)
                        .floor(handler().data().deviceId())
                        .ifPresent(this::send);
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

    private void send(Floor floor) {
        FloorMessages messages = new FloorMessages(factory());
        for (List<FlowRule> stage : floor.stages(rule -> true)) {
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
