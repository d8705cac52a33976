package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionService;
import org.postern.policy.Exemption;

/** Offers exemptions, those that are over included: they can be renewed. */
@Service
public class ExemptionCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services.get(ExemptionService.class).exemptions().stream().map(Exemption::id);
    }
}
