package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.onosproject.net.driver.Driver;
import org.onosproject.net.driver.DriverService;

/** Offers drivers. */
@Service
public class DriverCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services.get(DriverService.class).getDrivers().stream().map(Driver::name);
    }
}
