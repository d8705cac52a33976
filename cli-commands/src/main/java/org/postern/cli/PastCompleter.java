package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Offers moments of the past, as audits ask for them. */
@Service
public class PastCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Stream.of("30m", "1h", "12h", "1d", "7d", "30d");
    }
}
