package org.postern.lab.commands;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowRuleService;

/**
 * Purges the rules of the lab's commands from ONOS's store, as pipeliners do with an application's
 * rules.
 */
@Service
@Command(
        scope = "lab",
        name = "flow-purge",
        description =
                "Takes the rules of the lab's commands out of ONOS's store for a device (JSON)")
public class PurgeCommand extends LabCommand {
    @Argument(name = "device", description = "device to purge them for", required = true)
    String deviceId;

    @Override
    protected void doExecute() {
        FlowRuleService service = get(FlowRuleService.class);
        DeviceId device = availableDevice(deviceId);
        int before = service.getFlowRuleCount(device);
        service.purgeFlowRules(device, application());
        print(object().put("before", before).put("after", service.getFlowRuleCount(device)));
    }
}
