package org.postern.cli;

import java.util.List;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.device.DeviceStatus;
import org.postern.device.EnforcementService;
import org.postern.report.DeviceReport;

/** Tells of every access device. */
@Service
@Command(
        scope = "onos",
        name = "postern-devices",
        description = "Lists access devices: state, rules, drift, foreign rules, warnings",
        detailedDescription =
                "Usage: postern-devices [-j]\n"
                        + "RULES the device should have, those PRESENT in the flow store, those VERIFIED by the last"
                        + " two polls of the switch, those REPAIRED because somebody had removed them.")
public class DevicesCommand extends PosternCommand {

    @Override
    void run() {
        List<DeviceStatus> devices = service(EnforcementService.class).devices();
        if (outputJson()) {
            show(DeviceReport.json(devices));
        } else {
            show(DevicesText.of(devices, clock.instant(), clock.getZone()).toString());
        }
    }
}
