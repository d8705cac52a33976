package org.postern.submission;

import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.DefaultControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.event.EventDeliveryService;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.Serializer;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.infrastructure.InfrastructureService;
import org.postern.probe.Verdict;

/** The guard of servers on a node that is not to probe; a test says what another node has found. */
public final class GuardOffice {
    /** The guard. */
    public final SubmissionGuard guard = new Quiet();

    private final FakeStorage storage = new FakeStorage();
    private final Instant now;

    /**
     * Starts it.
     *
     * @param infrastructure what is to be watched
     * @param now when other nodes look
     */
    public GuardOffice(InfrastructureService infrastructure, Instant now) {
        this.now = now;
        guard.coreService = new FakeCore();
        guard.storageService = storage;
        guard.componentConfigService = new ComponentConfigAdapter();
        guard.infrastructureService = infrastructure;
        guard.auditLog = (order, change) -> {};
        guard.clusterService =
                new ClusterServiceAdapter() {
                    private ControllerNode node(String name) {
                        return new DefaultControllerNode(
                                new NodeId(name), IpAddress.valueOf("192.0.2.1"));
                    }

                    @Override
                    public ControllerNode getLocalNode() {
                        return node("n2");
                    }

                    @Override
                    public Set<ControllerNode> getNodes() {
                        return Set.of(node("n1"), node("n2"));
                    }

                    @Override
                    public ControllerNode.State getState(NodeId id) {
                        return ControllerNode.State.READY;
                    }
                };
        guard.activate(null);
    }

    /**
     * Another node has looked.
     *
     * @param kind at a server or a relay
     * @param name its name
     * @param address its address
     * @param port at which port
     * @param verdict what was found
     * @param expires when its certificate expires; null if it has none
     */
    public void found(
            Watched.Kind kind,
            String name,
            String address,
            int port,
            Verdict verdict,
            Instant expires) {
        Watched watched = new Watched(kind, name, IpAddress.valueOf(address), port);
        Finding finding =
                Finding.after(
                        watched,
                        Optional.empty(),
                        new Observation(
                                now,
                                verdict,
                                "250 2.1.5 Ok",
                                false,
                                expires,
                                null,
                                new Observation.Seen(
                                        false,
                                        false,
                                        null,
                                        verdict == Verdict.AUTH_IN_CLEAR,
                                        false)),
                        Duration.ofDays(SubmissionGuard.CERTIFICATE_NOTICE_DEFAULT));
        storage.<String, String>consistentMapBuilder()
                .withName("postern-submission")
                .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                .build()
                .put(watched.key(), finding.stored());
    }

    /** Nobody here listens to events. */
    private static final class Quiet extends SubmissionGuard {
        private Quiet() {
            eventDispatcher =
                    (EventDeliveryService)
                            Proxy.newProxyInstance(
                                    EventDeliveryService.class.getClassLoader(),
                                    new Class<?>[] {EventDeliveryService.class},
                                    (proxy, method, arguments) -> null);
        }
    }
}
