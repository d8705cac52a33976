package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;

/** Offers the ports of mail, and those of submission together. */
@Service
public class ProbePortsCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Stream.of("25", "465", "587", "465,587");
    }
}
