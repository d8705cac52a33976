package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.infrastructure.InfrastructureService;

/** Offers service classes. */
@Service
public class ClassCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services
                .get(InfrastructureService.class)
                .infrastructure()
                .classes()
                .keySet()
                .stream();
    }
}
