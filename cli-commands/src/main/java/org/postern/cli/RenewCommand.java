package org.postern.cli;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionAdminService;
import org.postern.exemption.ExemptionService;
import org.postern.policy.Exemption;
import org.postern.report.ExemptionReport;

/** Lets an exemption last longer. */
@Service
@Command(
        scope = "onos",
        name = "postern-renew",
        description =
                "Sets another end to an exemption, also to one that is over; options come before the argument",
        detailedDescription =
                "Usage: postern-renew (--for DURATION | --until MOMENT) [--reason TEXT] EXEMPTION\n"
                        + "DURATION counts from now.")
public class RenewCommand extends PosternCommand {

    @Option(name = "--for", description = "how long from now, such as 30d or 12h")
    @Completion(TermCompleter.class)
    String length;

    @Option(name = "--until", description = "when it ends, such as 2027-01-31")
    @Completion(DayCompleter.class)
    String until;

    @Option(name = "--reason", description = "why; the reason it had if not given")
    String reason;

    @Argument(
            index = 0,
            name = "EXEMPTION",
            description = "the exemption's identifier",
            required = true)
    @Completion(ExemptionCompleter.class)
    String id;

    @Override
    void run() {
        Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Instant end = Term.end(length, until, now, clock.getZone());
        Exemption renewed =
                service(ExemptionAdminService.class)
                        .renew(id, end, Optional.ofNullable(reason), order());
        showDone(
                "renewed "
                        + id
                        + " of "
                        + renewed.subscriber()
                        + " until "
                        + Moments.moment(end, now, clock.getZone()),
                json ->
                        json.setAll(
                                ExemptionReport.json(
                                        renewed,
                                        service(ExemptionService.class).stateOf(renewed))));
    }
}
