package org.postern.device;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.onosproject.mastership.MastershipService;
import org.onosproject.net.DeviceId;
import org.onosproject.net.device.DeviceService;
import org.postern.audit.AuditLog;
import org.postern.audit.AuditedChange;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.drivers.FrontTable;
import org.postern.drivers.FrontTableService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Backend;

/** Takes Postern off access devices and puts it back, as operators order it. */
final class DeviceOrders {
    /** Longest wait for a switch to confirm a withdrawal. Seconds. */
    private static final int WITHDRAWAL = 60;

    private final AuditLog audit;
    private final EnforcementStore store;
    private final PolicyPlanner planner;
    private final Pipelines pipelines;
    private final FrontTableService frontTable;
    private final DeviceService devices;
    private final MastershipService masterships;

    DeviceOrders(
            AuditLog audit,
            EnforcementStore store,
            PolicyPlanner planner,
            Pipelines pipelines,
            FrontTableService frontTable,
            DeviceService devices,
            MastershipService masterships) {
        this.audit = audit;
        this.store = store;
        this.planner = planner;
        this.pipelines = pipelines;
        this.frontTable = frontTable;
        this.devices = devices;
        this.masterships = masterships;
    }

    /** As {@link EnforcementService#withdraw} says, of a device that is an access device. */
    void withdraw(DeviceId device, Optional<String> driver, Order order) {
        // one that was never seen has no rules to be taken off
        if ((devices.getDevice(device) != null || frontTable.wasFront(device))
                && (!devices.isAvailable(device) || !masterships.isLocalMaster(device))) {
            throw new IllegalStateException(
                    devices.isAvailable(device)
                            ? "another node is master of "
                                    + device
                                    + ": run this on "
                                    + masterships.getMasterFor(device)
                            : device
                                    + " is not connected: withdraw it when it is, its rules can be removed only then");
        }
        Change change =
                Change.of(
                                "withdraw",
                                device.toString(),
                                device + driver.map(d -> ", driver " + d).orElse(""))
                        .between(Optional.of(present(device)), Optional.of(json(true, driver)));
        AuditedChange.attempt(audit, order, change, () -> takeOff(device, driver, order));
    }

    private void takeOff(DeviceId device, Optional<String> driver, Order order) {
        boolean before = store.withdrawn().contains(device);
        DeviceProgrammer programmer = planner.take(device, order.by());
        try {
            programmer.awaitPass();
            (isSingleTable(device) && !pipelines.hasFrontTable(device)
                            ? clear(programmer, driver)
                            : frontTable.withdraw(device, driver))
                    .get(WITHDRAWAL, TimeUnit.SECONDS);
            planner.planAndWait();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(
                    "withdrawal of " + device + " was interrupted; run it again", e);
        } catch (TimeoutException e) {
            throw new IllegalStateException(
                    "the switch did not confirm the withdrawal of "
                            + device
                            + " within "
                            + WITHDRAWAL
                            + " s; run it again",
                    e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                // refused before anything was done: all is again as it was
                if (!before) {
                    planner.giveBack(device);
                }
                throw (IllegalArgumentException) e.getCause();
            }
            throw new IllegalStateException(
                    e.getCause().getMessage() + "; run postern-withdraw again", e);
        }
    }

    private static CompletableFuture<Void> clear(
            DeviceProgrammer programmer, Optional<String> driver) {
        return driver.isPresent()
                ? CompletableFuture.failedFuture(
                        new IllegalArgumentException(
                                "driver "
                                        + driver.get()
                                        + ": a device with backend single-table keeps the driver it has; leave"
                                        + " --driver out"))
                : programmer.clear();
    }

    /** As {@link EnforcementService#enforce} says, of a device that is an access device. */
    void enforce(DeviceId device, Order order) {
        if (isSingleTable(device)) {
            Pipelines.refuse(device, pipelines.fault(planner.policy().devices().get(device)));
            enforce(device, pipelines.driverName(device), order, () -> planner.giveBack(device));
            return;
        }
        Pipelines.refuse(device, pipelines.misfit(device));
        Pipelines.refuse(device, frontTable.forwardingGap(device));
        enforce(
                device,
                FrontTable.DRIVER,
                order,
                () -> {
                    planner.programmerOf(device).ifPresent(DeviceProgrammer::forgetFullTables);
                    planner.giveBackInFront(device);
                });
    }

    /** What is ordered already is tried anew, and is no order. */
    private void enforce(DeviceId device, String driver, Order order, Runnable work) {
        String before = present(device);
        String after = json(false, Optional.of(driver));
        if (before.equals(after)) {
            work.run();
            return;
        }
        Change change =
                Change.of("enforce", device.toString(), device.toString())
                        .between(Optional.of(before), Optional.of(after));
        AuditedChange.attempt(audit, order, change, work);
    }

    private boolean isSingleTable(DeviceId device) {
        AccessDevice known = planner.policy().devices().get(device);
        return known != null && known.backend() == Backend.SINGLE_TABLE;
    }

    private String present(DeviceId device) {
        return json(store.withdrawn().contains(device), Optional.of(pipelines.driverName(device)));
    }

    /** What an order changes of a device; the driver is left out if the order does not name it. */
    private static String json(boolean withdrawn, Optional<String> driver) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("withdrawn", withdrawn);
        driver.ifPresent(name -> json.put("driver", name));
        return json.toString();
    }
}
