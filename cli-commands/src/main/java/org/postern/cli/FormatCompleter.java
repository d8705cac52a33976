package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.provisioning.FileFormat;

/** Offers the formats of files of subscribers. */
@Service
public class FormatCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Stream.of(FileFormat.values()).map(FileFormat::text);
    }
}
