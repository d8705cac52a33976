package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.device.DeviceState;
import org.postern.json.Json;

/** Offers the states of devices. */
@Service
public class DeviceStateCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Stream.of(DeviceState.values()).map(Json::lower);
    }
}
