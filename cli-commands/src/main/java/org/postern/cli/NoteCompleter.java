package org.postern.cli;

import java.util.List;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Session;
import org.postern.policy.Exemption;

/** Offers the fields of the exemption checklist as beginnings of notes. */
@Service
public class NoteCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Exemption.CHECKLIST.stream().map(key -> key + "=");
    }

    @Override
    public int complete(Session session, CommandLine commandLine, List<String> candidates) {
        int start = super.complete(session, commandLine, candidates);
        // Karaf takes a word that ends in a space for complete; this one goes on
        candidates.replaceAll(String::stripTrailing);
        return start;
    }
}
