package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.exemption.ExemptionState;
import org.postern.json.Json;

/** Offers the states of an exemption. */
@Service
public class ExemptionStateCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Stream.of(ExemptionState.values()).map(Json::lower);
    }
}
