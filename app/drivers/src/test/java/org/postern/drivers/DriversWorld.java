package org.postern.drivers;

import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.core.ApplicationId;
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

    DriversWorld() {
        network.driver("default", "");
        network.driver("ovs", "default");
        network.driver("onosfw", "ovs");
        network.driver(FrontTable.DRIVER, "ovs");
    }

    /** A manager that runs in this world. */
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
