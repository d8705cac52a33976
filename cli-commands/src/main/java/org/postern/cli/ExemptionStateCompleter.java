package org.postern.cli;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionState;
import org.postern.json.Json;

/** Offers the states of an exemption. */
@Service
public class ExemptionStateCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return names().stream();
    }

    static List<String> names() {
        return Arrays.stream(ExemptionState.values()).map(Json::lower).collect(Collectors.toList());
    }
}
