package org.postern.cli;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.net.DeviceId;
import org.postern.device.EnforcementService;

/** Puts Postern (back) on a device. */
@Service
@Command(
        scope = "onos",
        name = "postern-enforce",
        description =
                "Puts Postern (back) on a device: names its driver, and enforces; options come before the argument",
        detailedDescription = "Usage: postern-enforce [--reason TEXT] DEVICE")
public class EnforceCommand extends PosternCommand {

    @Option(name = "--reason", description = "why; it is audited")
    String reason;

    @Argument(index = 0, name = "DEVICE", description = "an access device", required = true)
    @Completion(DeviceCompleter.class)
    String device;

    @Override
    void run() {
        DeviceId id = Operands.device(device);
        service(EnforcementService.class).enforce(id, order(reason));
        showDone(
                "enforcing on " + id + "; postern-devices tells when the policy is in force",
                json -> json.put("device", id.toString()).put("enforced", true));
    }
}
