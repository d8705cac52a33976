package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Offers for how long an exemption may hold. */
@Service
public class TermCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Stream.of("12h", "1d", "7d", "30d", "90d", "365d");
    }
}
