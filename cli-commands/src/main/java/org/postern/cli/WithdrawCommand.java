package org.postern.cli;

import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.net.DeviceId;
import org.postern.audit.Order;
import org.postern.device.EnforcementService;

/** Takes Postern off a device. */
@Service
@Command(
        scope = "onos",
        name = "postern-withdraw",
        description =
                "Takes Postern off a device, forwarding going on; options come before the argument",
        detailedDescription =
                "Usage: postern-withdraw [-y] [--driver NAME] [--reason TEXT] DEVICE\n"
                        + "The policy is not enforced on the device from then on, until postern-enforce.")
public class WithdrawCommand extends DangerousCommand {

    @Option(
            name = "--driver",
            description = "driver that the device shall have; if not given, the one it had before")
    @Completion(DriverCompleter.class)
    String driver;

    @Option(name = "--reason", description = "why; it is audited")
    String reason;

    @Argument(index = 0, name = "DEVICE", description = "an access device", required = true)
    @Completion(DeviceCompleter.class)
    String device;

    @Override
    void run() {
        DeviceId id = Operands.device(device);
        Order order = order(reason);
        if (driver != null && driver.trim().isEmpty()) {
            throw new IllegalArgumentException(
                    "give --driver the name of a driver, or leave it away");
        }
        EnforcementService enforcement = service(EnforcementService.class);
        if (enforcement.policy().devices().containsKey(id)) {
            confirm("the policy is not enforced on " + id + " any more");
        }
        enforcement.withdraw(id, Optional.ofNullable(driver), order);
        showDone(
                "withdrawn from " + id + "; postern-enforce puts it back",
                json -> json.put("device", id.toString()).put("enforced", false));
    }
}
