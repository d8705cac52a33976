package org.postern.lab.commands;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
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

/** Installs many rules in one batch and returns when ONOS reports the batch complete. */
@Service
@Command(
        scope = "lab",
        name = "flow-load",
        description =
                "Installs so many rules in one batch, leaves them, and reports when ONOS called it done (JSON)")
public class LoadCommand extends LabCommand {
    @Argument(name = "device", description = "device to install them on", required = true)
    String deviceId;

    @Argument(index = 1, name = "count", description = "number of rules", required = true)
    int count;

    @Override
    protected void doExecute() {
        ApplicationId application = application();
        DeviceId device = availableDevice(deviceId);
        List<FlowRule> rules =
                LongStream.rangeClosed(1, count)
                        .mapToObj(number -> rule(device, application, number))
                        .collect(Collectors.toList());
        long begun = System.nanoTime();
        int failed = RuleBatch.add(get(FlowRuleService.class), rules).size();
        long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
        print(object().put("rules", count).put("failed", failed).put("milliseconds", took));
    }

    private static FlowRule rule(DeviceId device, ApplicationId application, long number) {
        return DefaultFlowRule.builder()
                .forDevice(device)
                .forTable(TABLE)
                .fromApp(application)
                .withPriority(10)
                .withSelector(DefaultTrafficSelector.builder().matchMetadata(number).build())
                .withTreatment(DefaultTrafficTreatment.builder().drop().build())
                .makePermanent()
                .build();
    }
}
