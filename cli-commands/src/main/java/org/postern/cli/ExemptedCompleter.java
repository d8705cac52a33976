package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionService;
import org.postern.policy.Exemption;

/** Offers subscribers that have or had an exemption. */
@Service
public class ExemptedCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services.get(ExemptionService.class).exemptions().stream()
                .map(Exemption::subscriber)
                .distinct();
    }
}
