package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.net.DeviceId;
import org.postern.infrastructure.InfrastructureService;

/** Offers access devices. */
@Service
public class DeviceCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services.get(InfrastructureService.class).devices().keySet().stream()
                .map(DeviceId::toString);
    }
}
