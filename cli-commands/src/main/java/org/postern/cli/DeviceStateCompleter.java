package org.postern.cli;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.device.DeviceState;
import org.postern.json.Json;

/** Offers the states of devices. */
@Service
public class DeviceStateCompleter extends ServiceCompleter {
    /** Every state as operators write it. */
    static List<String> names() {
        return Stream.of(DeviceState.values())
                .map(DeviceStateCompleter::name)
                .collect(Collectors.toList());
    }

    /** A state as operators write it. */
    static String name(DeviceState state) {
        return Json.lower(state);
    }

    @Override
    Stream<String> choices() {
        return names().stream();
    }
}
