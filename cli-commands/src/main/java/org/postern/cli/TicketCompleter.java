package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionService;
import org.postern.policy.Exemption;

/** Offers tickets under which exemptions were ordered. */
@Service
public class TicketCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services.get(ExemptionService.class).exemptions().stream()
                .map(Exemption::ticket)
                .filter(ticket -> !ticket.isEmpty())
                .distinct();
    }
}
