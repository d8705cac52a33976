package org.postern.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionService;
import org.postern.policy.Exemption;
import org.postern.report.ExemptionReport;

/** Lists exemptions. */
@Service
@Command(
        scope = "onos",
        name = "postern-exemptions",
        description = "Lists exemptions that are not over, or those of a subscriber or a state",
        detailedDescription =
                "Usage: postern-exemptions [-j] [--subscriber SUBSCRIBER] [--state STATE] [--ticket TICKET]\n"
                        + "States: pending (not begun), in-force, ending (in force, ends within 7 days or the"
                        + " last quarter), waiting (its subscriber is missing in its directory, a day at most), ended"
                        + " (kept for 90 days).")
public class ExemptionsCommand extends PosternCommand {

    @Option(name = "--subscriber", description = "only those of this subscriber")
    @Completion(ExemptedCompleter.class)
    String subscriber;

    @Option(
            name = "--state",
            description = "only those in this state: pending, in-force, ending, waiting, ended")
    @Completion(ExemptionStateCompleter.class)
    String state;

    @Option(name = "--ticket", description = "only those ordered under this ticket")
    @Completion(TicketCompleter.class)
    String ticket;

    @Override
    void run() {
        ExemptionService service = service(ExemptionService.class);
        List<Exemption> chosen =
                service.exemptions().stream()
                        .filter(new ExemptionChoice(service, subscriber, state, ticket))
                        .collect(Collectors.toList());
        if (outputJson()) {
            ArrayNode json = JsonNodeFactory.instance.arrayNode();
            chosen.forEach(e -> json.add(ExemptionReport.json(e, service.stateOf(e))));
            show(json);
        } else {
            show(ExemptionsText.of(chosen, service, clock).toString());
        }
    }
}
