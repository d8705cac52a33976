package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.ServiceClass;

/** Offers the classes that quarantine. */
@Service
public class QuarantineClassCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services
                .get(InfrastructureService.class)
                .infrastructure()
                .classes()
                .values()
                .stream()
                .filter(c -> c.quarantine().isPresent())
                .map(ServiceClass::name);
    }
}
