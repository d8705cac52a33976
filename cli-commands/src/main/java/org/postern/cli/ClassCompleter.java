package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.ServiceClass;

/**
 * Offers the service classes that a subscriber may be put in: quarantines have their own command.
 */
@Service
public class ClassCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services
                .get(InfrastructureService.class)
                .infrastructure()
                .classes()
                .values()
                .stream()
                .filter(c -> !c.quarantine().isPresent())
                .map(ServiceClass::name);
    }
}
