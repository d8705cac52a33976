package org.postern.exemption;

import java.lang.reflect.Proxy;
import java.time.Clock;
import org.onosproject.cluster.ClusterServiceAdapter;
import org.onosproject.core.CoreService;
import org.onosproject.event.EventDeliveryService;
import org.onosproject.store.service.StorageService;
import org.postern.audit.AuditLog;
import org.postern.infrastructure.InfrastructureService;
import org.postern.subscriber.SubscriberAdminService;

/** Exemptions as on a controller, kept in a store of the test's. */
public final class ExemptionOffice {
    /** Knows the exemptions. */
    public final ExemptionManager manager;

    /** Takes orders. */
    public final ExemptionDesk desk;

    /** Takes orders of many. */
    public final ExemptionBatchDesk batches;

    /**
     * Opens an office.
     *
     * @param core names applications
     * @param storage keeps the exemptions
     * @param audit is told of changes
     * @param subscribers who can be exempted
     * @param network their switches
     * @param clock the present
     */
    public ExemptionOffice(
            CoreService core,
            StorageService storage,
            AuditLog audit,
            SubscriberAdminService subscribers,
            InfrastructureService network,
            Clock clock) {
        manager = new Quiet(clock);
        manager.coreService = core;
        manager.storageService = storage;
        manager.auditLog = audit;
        manager.activate();
        desk = new ExemptionDesk(clock);
        desk.exemptions = manager;
        desk.subscriberService = subscribers;
        desk.infrastructureService = network;
        desk.auditLog = audit;
        batches = new ExemptionBatchDesk();
        batches.exemptions = manager;
        batches.desk = desk;
        batches.directory = subscribers;
        batches.clusterService = new ClusterServiceAdapter();
        batches.auditLog = audit;
        batches.activate();
    }

    /** Nobody here listens to events. */
    private static final class Quiet extends ExemptionManager {
        private Quiet(Clock clock) {
            super(clock, System::nanoTime);
            eventDispatcher =
                    (EventDeliveryService)
                            Proxy.newProxyInstance(
                                    EventDeliveryService.class.getClassLoader(),
                                    new Class<?>[] {EventDeliveryService.class},
                                    (proxy, method, arguments) -> null);
        }
    }
}
