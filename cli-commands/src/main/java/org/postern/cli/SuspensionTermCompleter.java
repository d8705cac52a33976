package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Offers for how long enforcement may be suspended. */
@Service
public class SuspensionTermCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Stream.of("5m", "10m", "30m", "1h", "4h", "24h");
    }
}
