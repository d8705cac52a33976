package org.postern.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.osgi.framework.Bundle;
import org.osgi.framework.FrameworkUtil;
import org.postern.device.EnforcementService;
import org.postern.device.EnforcementStatus;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureService;
import org.postern.json.Json;
import org.postern.policy.Exemption;
import org.postern.policy.Policy;
import org.postern.steering.NextHopService;

/** Tells whether the policy is in force, and if not, where and why. */
@Service
@Command(
        scope = "onos",
        name = "postern-status",
        description = "Tells whether the policy is in force, and if not, where and why",
        detailedDescription =
                "Usage: postern-status [-j]\n"
                        + "Also: configuration errors, suspensions, unreachable relays, and every device.")
public class StatusCommand extends PosternCommand {

    @Override
    void run() {
        EnforcementService enforcement = service(EnforcementService.class);
        ConfigurationStatus configuration = service(InfrastructureService.class).status();
        Policy policy = enforcement.policy();
        EnforcementStatus status =
                EnforcementStatus.of(enforcement.devices(), policy.suspensions());
        Map<String, String> unreachable = unreachable(policy);
        if (outputJson()) {
            ObjectNode json = Json.status(version(), configuration, policy, status, unreachable);
            json.put("exemptions", policy.exemptions().size());
            ArrayNode ids = json.putArray("exemptionsEnding");
            ending().forEach(e -> ids.add(e.id()));
            show(json);
        } else {
            show(
                    StatusText.of(
                                    version(),
                                    configuration,
                                    policy,
                                    status,
                                    unreachable,
                                    ending(),
                                    clock.instant(),
                                    clock.getZone())
                            .toString());
        }
    }

    private List<Exemption> ending() {
        ExemptionService exemptions = service(ExemptionService.class);
        return exemptions.inForce().stream()
                .filter(e -> exemptions.stateOf(e) == ExemptionState.ENDING)
                .collect(Collectors.toList());
    }

    /** Why relays and portal cannot be reached, by name; those that can be are not in it. */
    private Map<String, String> unreachable(Policy policy) {
        NextHopService steering = service(NextHopService.class);
        Map<String, String> reasons = new TreeMap<>();
        policy.infrastructure()
                .nextHops()
                .forEach(
                        hop ->
                                steering.problemOf(hop)
                                        .ifPresent(reason -> reasons.put(hop.name(), reason)));
        return reasons;
    }

    private static String version() {
        Bundle own = FrameworkUtil.getBundle(StatusCommand.class);
        return own == null ? "unknown" : own.getVersion().toString();
    }
}
