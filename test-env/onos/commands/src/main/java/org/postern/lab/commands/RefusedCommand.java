package org.postern.lab.commands;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.DefaultFlowRule;
import org.onosproject.net.flow.DefaultTrafficSelector;
import org.onosproject.net.flow.DefaultTrafficTreatment;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.flow.TrafficTreatment;

/**
 * Installs a batch of which a switch must refuse one rule, and says which of them ONOS reports as
 * failed.
 */
@Service
@Command(
        scope = "lab",
        name = "flow-refused",
        description =
                "Installs two good rules and one that no switch accepts and reports what failed (JSON)")
public class RefusedCommand extends LabCommand {
    @Argument(name = "device", description = "device to install them on", required = true)
    String deviceId;

    @Override
    protected void doExecute() {
        FlowRuleService service = get(FlowRuleService.class);
        ApplicationId application = application();
        DeviceId device = availableDevice(deviceId);
        FlowRule first =
                rule(device, application, 1, DefaultTrafficTreatment.builder().drop().build());
        FlowRule second =
                rule(device, application, 2, DefaultTrafficTreatment.builder().drop().build());
        // OpenFlow 1.3.5, 5.11: packets go to later tables only.
        FlowRule backwards =
                rule(
                        device,
                        application,
                        3,
                        DefaultTrafficTreatment.builder().transition(TABLE).build());
        List<FlowRule> rules = List.of(first, second, backwards);
        try {
            Set<FlowRule> failed = RuleBatch.add(service, rules);
            ObjectNode report = object();
            report.put("first", failed.contains(first));
            report.put("second", failed.contains(second));
            report.put("backwards", failed.contains(backwards));
            print(report);
        } finally {
            service.removeFlowRules(rules.toArray(new FlowRule[0]));
        }
    }

    private static FlowRule rule(
            DeviceId device, ApplicationId application, long number, TrafficTreatment treatment) {
        return DefaultFlowRule.builder()
                .forDevice(device)
                .forTable(TABLE)
                .fromApp(application)
                .withPriority(1)
                .withSelector(DefaultTrafficSelector.builder().matchMetadata(number).build())
                .withTreatment(treatment)
                .makePermanent()
                .build();
    }
}
