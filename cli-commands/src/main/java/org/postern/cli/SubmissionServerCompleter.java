package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.infrastructure.InfrastructureService;

/** Offers the addresses of the ISP's own submission servers; any other host may stand there too. */
@Service
public class SubmissionServerCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services.get(InfrastructureService.class).infrastructure().servers().stream()
                .flatMap(server -> server.addresses().stream())
                .map(Object::toString);
    }
}
