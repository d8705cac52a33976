package org.postern.cli;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.report.StatusReport;

/** Tells whether the policy is in force, and if not, where and why. */
@Service
@Command(
        scope = "onos",
        name = "postern-status",
        description = "Tells whether the policy is in force, and if not, where and why",
        detailedDescription =
                "Usage: postern-status [-j]\n"
                        + "Also: configuration errors, suspensions, unreachable relays, SADIS, and the devices: with"
                        + " more than 20 those only of which there is something to be told; -j shows all.")
public class StatusCommand extends PosternCommand {

    @Override
    void run() {
        StatusReport report = StatusReport.of(services);
        if (outputJson()) {
            show(report.json());
        } else {
            show(StatusText.of(report, clock.instant(), clock.getZone()).toString());
        }
    }
}
