package org.postern.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.net.DeviceId;
import org.postern.device.DeviceState;
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
                "Usage: postern-devices [-j] [--state STATE] [DEVICE]\n"
                        + "RULES the device should have, those PRESENT in the flow store, those VERIFIED by the last"
                        + " two polls of the switch, those REPAIRED because somebody had removed them.")
public class DevicesCommand extends PosternCommand {

    @Option(name = "--state", description = "only those in this state, such as in-force")
    @Completion(DeviceStateCompleter.class)
    String state;

    @Argument(index = 0, name = "DEVICE", description = "only this access device")
    @Completion(DeviceCompleter.class)
    String device;

    @Override
    void run() {
        List<DeviceStatus> devices = chosen(service(EnforcementService.class));
        if (outputJson()) {
            show(DeviceReport.json(devices));
        } else {
            show(DevicesText.of(devices, clock.instant(), clock.getZone()).toString());
        }
    }

    private List<DeviceStatus> chosen(EnforcementService enforcement) {
        DeviceState wanted = state == null ? null : DeviceState.of(state);
        return devices(enforcement).stream()
                .filter(d -> wanted == null || d.state() == wanted)
                .collect(Collectors.toList());
    }

    private List<DeviceStatus> devices(EnforcementService enforcement) {
        if (device == null) {
            return enforcement.devices();
        }
        DeviceId id = Operands.device(device);
        return List.of(
                enforcement
                        .device(id)
                        .orElseThrow(
                                () ->
                                        new IllegalArgumentException(
                                                id
                                                        + " is not an access device: see postern-devices")));
    }
}
