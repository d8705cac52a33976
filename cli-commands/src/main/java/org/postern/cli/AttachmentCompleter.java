package org.postern.cli;

import java.util.List;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Session;
import org.postern.infrastructure.InfrastructureService;

/** Offers access devices as beginnings of attachments; the operator adds the port. */
@Service
public class AttachmentCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return services.get(InfrastructureService.class).devices().keySet().stream()
                .map(device -> device + "/");
    }

    @Override
    public int complete(Session session, CommandLine commandLine, List<String> candidates) {
        int start = super.complete(session, commandLine, candidates);
        // Karaf takes a word that ends in a space for complete; this one goes on
        candidates.replaceAll(String::stripTrailing);
        return start;
    }
}
