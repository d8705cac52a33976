package org.postern.exemption;

import java.time.Clock;
import java.util.Optional;
import java.util.function.LongSupplier;
import org.onlab.junit.TestUtils;
import org.onosproject.cluster.ClusterService;
import org.onosproject.common.event.impl.TestEventDispatcher;
import org.onosproject.core.CoreService;
import org.onosproject.store.service.StorageService;
import org.postern.audit.AuditLog;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Exemption;
import org.postern.subscriber.SubscriberAdminService;

/** Exemption managers for tests. */
public final class ExemptionWorld {
    private ExemptionWorld() {}

    /**
     * Starts a manager by the clock of this machine.
     *
     * @param core names applications
     * @param storage keeps the exemptions
     * @param audit is told who changed what
     * @return a manager, to be stopped by {@link #stop}
     */
    public static ExemptionManager start(CoreService core, StorageService storage, AuditLog audit) {
        return start(core, storage, audit, Clock.systemUTC(), System::nanoTime);
    }

    /**
     * Starts a manager.
     *
     * @param core names applications
     * @param storage keeps the exemptions
     * @param audit is told who changed what
     * @param clock the time of day
     * @param nanos time that only goes forward, in nanoseconds
     * @return a manager, to be stopped by {@link #stop}
     */
    public static ExemptionManager start(
            CoreService core,
            StorageService storage,
            AuditLog audit,
            Clock clock,
            LongSupplier nanos) {
        ExemptionManager manager = new ExemptionManager(clock, nanos);
        manager.coreService = core;
        manager.storageService = storage;
        manager.auditLog = audit;
        TestUtils.setField(manager, "eventDispatcher", new TestEventDispatcher());
        manager.activate();
        return manager;
    }

    /**
     * Opens a desk.
     *
     * @param manager that was started
     * @param directory who can be exempted
     * @param network their switches
     * @param audit is told who changed what
     * @param clock the time of day
     * @return where orders of single exemptions are taken
     */
    public static ExemptionDesk desk(
            ExemptionManager manager,
            SubscriberAdminService directory,
            InfrastructureService network,
            AuditLog audit,
            Clock clock) {
        ExemptionDesk desk = new ExemptionDesk(clock);
        desk.exemptions = manager;
        desk.subscriberService = directory;
        desk.infrastructureService = network;
        desk.auditLog = audit;
        return desk;
    }

    /**
     * Opens a desk for many at once.
     *
     * @param desk for single ones
     * @param directory who can be exempted
     * @param cluster which nodes there are
     * @return where orders of many exemptions are taken, to be closed by {@link #close}
     */
    public static ExemptionBatchDesk batches(
            ExemptionDesk desk, SubscriberAdminService directory, ClusterService cluster) {
        ExemptionBatchDesk batches = new ExemptionBatchDesk();
        batches.desk = desk;
        batches.exemptions = desk.exemptions;
        batches.directory = directory;
        batches.clusterService = cluster;
        batches.auditLog = desk.auditLog;
        batches.activate();
        return batches;
    }

    /**
     * Has a node look for what others left half written.
     *
     * @param batches that was opened
     */
    public static void finish(ExemptionBatchDesk batches) {
        batches.finishOthers();
    }

    /**
     * Closes a desk.
     *
     * @param batches that was opened
     */
    public static void close(ExemptionBatchDesk batches) {
        batches.deactivate();
    }

    /**
     * Has an exemption written as it is, unchecked.
     *
     * @param manager that was started
     * @param exemption one that is new
     */
    public static void put(ExemptionManager manager, Exemption exemption) {
        manager.write(exemption.id(), 0, Optional.of(exemption));
    }

    /**
     * Has a manager compare itself with the store.
     *
     * @param manager that was started
     */
    public static void compare(ExemptionManager manager) {
        manager.compare();
    }

    /**
     * Stops a manager.
     *
     * @param manager that was started
     */
    public static void stop(ExemptionManager manager) {
        manager.deactivate();
    }
}
