package org.postern.lab.commands;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.flow.FlowEntry;
import org.onosproject.net.flow.FlowRule;
import org.onosproject.net.flow.FlowRuleService;
import org.onosproject.net.meter.Meter;
import org.onosproject.net.meter.MeterId;
import org.onosproject.net.meter.MeterService;
import org.postern.lab.commands.SampleRules.Sample;

/**
 * Installs a rule for every match and action, watches them over several polls, and says which read
 * back as they were sent.
 */
@Service
@Command(
        scope = "lab",
        name = "flow-roundtrip",
        description =
                "Installs a rule for every match and action and reports which of them stay as they are (JSON)")
public class RoundtripCommand extends LabCommand {
    @Option(
            name = "-n",
            aliases = "--polls",
            description = "polls of the switch's statistics to watch")
    int polls = 3;

    @Option(
            name = "-m",
            aliases = "--meter",
            description = "adds a meter to the switch and rules that use it")
    boolean metered;

    @Option(name = "-k", aliases = "--keep", description = "leaves the rules on the switch")
    boolean keep;

    @Argument(name = "device", description = "device to install them on", required = true)
    String deviceId;

    @Override
    protected void doExecute() throws InterruptedException {
        FlowRuleService service = get(FlowRuleService.class);
        ApplicationId application = application();
        DeviceId device = availableDevice(deviceId);
        Meter meter = metered ? LabMeter.add(get(MeterService.class), device, application) : null;
        MeterId meterId = meter == null ? null : (MeterId) meter.meterCellId();
        List<Sample> samples = SampleRules.on(device, application, meterId);
        List<FlowRule> rules = samples.stream().map(Sample::rule).collect(Collectors.toList());
        RuleWatch watch = new RuleWatch();
        Set<FlowRule> failed = RuleBatch.add(service, rules);
        service.addListener(watch);
        try {
            watch.awaitPolls(polls);
            print(report(service, samples, failed, watch));
        } finally {
            service.removeListener(watch);
            if (!keep) {
                service.removeFlowRules(rules.toArray(new FlowRule[0]));
                LabMeter.remove(get(MeterService.class), device, application);
            }
        }
    }

    private ObjectNode report(
            FlowRuleService service, List<Sample> samples, Set<FlowRule> failed, RuleWatch watch) {
        ObjectNode report = object().put("device", deviceId).put("polls", watch.polls());
        ArrayNode list = report.putArray("rules");
        for (Sample sample : samples) {
            FlowEntry entry = service.getFlowEntry(sample.rule());
            list.addObject()
                    .put("name", sample.name())
                    .put("priority", sample.rule().priority())
                    .put("cookie", Long.toHexString(sample.rule().id().value()))
                    .put("expectedStable", sample.stable())
                    .put("failed", failed.contains(sample.rule()))
                    .put("state", entry == null ? "ABSENT" : entry.state().name())
                    .put("life", entry == null ? 0 : entry.life())
                    .put("polls", watch.updates(sample.rule()))
                    .put("flaps", watch.flaps(sample.rule()));
        }
        return report;
    }
}
