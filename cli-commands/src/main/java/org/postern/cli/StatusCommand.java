package org.postern.cli;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.postern.device.EnforcementService;
import org.postern.device.EnforcementStatus;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Policy;

/** Tells whether the policy is in force, and if not, where and why. */
@Service
@Command(
        scope = "onos",
        name = "postern-status",
        description = "Tells whether the policy is in force, and if not, where and why",
        detailedDescription =
                "Usage: postern-status [-j]\nAlso: configuration errors, suspensions, and every device.")
public class StatusCommand extends PosternCommand {

    @Override
    void run() {
        EnforcementService enforcement = service(EnforcementService.class);
        ConfigurationStatus configuration = service(InfrastructureService.class).status();
        Policy policy = enforcement.policy();
        EnforcementStatus status =
                EnforcementStatus.of(enforcement.devices(), policy.suspensions());
        if (outputJson()) {
            show(Json.status(version(), configuration, policy, status));
        } else {
            show(
                    StatusText.of(
                                    version(),
                                    configuration,
                                    policy,
                                    status,
                                    clock.instant(),
                                    clock.getZone())
                            .toString());
        }
    }

    private static String version() {
        Bundle own = FrameworkUtil.getBundle(StatusCommand.class);
        return own == null ? "unknown" : own.getVersion().toString();
    }
}
