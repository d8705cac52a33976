package org.postern.drivers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.config.basics.BasicDeviceConfig;
import org.postern.fakecontroller.FakeConfiguration;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeFlowStore;
import org.postern.fakecontroller.FakeNetwork;
import org.postern.fakecontroller.FakeStorage;

/** A controller around the front table manager. */
final class DriversWorld {
    final FakeCore core = new FakeCore();
    final ApplicationId acl = core.registerApplication("org.onosproject.acl");
    final FakeConfiguration configuration = new FakeConfiguration();
    final FakeNetwork network = new FakeNetwork(configuration);
    final FakeFlowStore flows = new FakeFlowStore();
    final FakeStorage storage = new FakeStorage();
    private final List<FrontTableManager> running = new ArrayList<>();

    DriversWorld() {
        network.driver("default", "");
        network.driver("ovs", "default");
        network.driver("onosfw", "ovs");
        network.driver(FrontTable.DRIVER, "ovs");
    }

    /** A manager that runs in this world, until {@link #stop}. */
    FrontTableManager start(FakeStorage store) {
        FrontTableManager manager = manager(store);
        running.add(manager);
        return manager;
    }

    /** Stops the managers that run; those started later see the same rules. */
    void stopManagers() {
        running.forEach(FrontTableManager::deactivate);
        running.clear();
    }

    void stop() {
        stopManagers();
        flows.close();
    }

    void nameFrontDriver() {
        configuration.post(Rules.SWITCH, "basic", "{'driver': 'postern-ovs'}");
    }

    /** The driver that network configuration names; null if it has nothing of the switch. */
    String namedDriver() {
        BasicDeviceConfig config = configuration.getConfig(Rules.SWITCH, BasicDeviceConfig.class);
        return config == null ? null : config.driver();
    }

    static void done(CompletableFuture<Void> work) throws Exception {
        work.get(60, TimeUnit.SECONDS);
    }

    /** A manager that the test stops itself. */
    FrontTableManager manager(FakeStorage store) {
        FrontTableManager manager = new FrontTableManager();
        manager.coreService = core;
        manager.storageService = store;
        manager.flowRuleService = flows;
        manager.deviceService = network.devices();
        manager.driverService = network.drivers();
        manager.mastershipService = network.mastership();
        manager.networkConfigService = configuration;
        manager.componentConfigService = new ComponentConfigAdapter();
        manager.activate(null);
        return manager;
    }
}
