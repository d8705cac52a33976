package org.postern.cli;

import static org.postern.cli.Console.NOW;

import java.time.Clock;
import java.time.ZoneOffset;
import java.util.concurrent.Executors;
import org.onlab.packet.IpAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.postern.audit.AuditManager;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;

/** The audit log, kept in a store of the test's. */
final class AuditOffice extends AuditManager {
    AuditOffice() {
        super(Clock.fixed(NOW, ZoneOffset.UTC), Executors.newSingleThreadScheduledExecutor());
        coreService = new FakeCore();
        storageService = new FakeStorage();
        componentConfigService = new ComponentConfigAdapter();
        clusterService =
                new ClusterServiceAdapter() {
                    @Override
                    public ControllerNode getLocalNode() {
                        return new DefaultControllerNode(
                                new NodeId("n1"), IpAddress.valueOf("192.0.2.1"));
                    }
                };
        activate(null);
    }
}
