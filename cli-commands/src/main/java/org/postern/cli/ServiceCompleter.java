package org.postern.cli;

import java.util.List;
import java.util.stream.Stream;
import org.apache.karaf.shell.api.console.CommandLine;
import org.apache.karaf.shell.api.console.Completer;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.onlab.osgi.DefaultServiceDirectory;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.osgi.ServiceNotFoundException;

/** Offers what a service knows of; nothing while the service is away. */
abstract class ServiceCompleter implements Completer {
    ServiceDirectory services = new DefaultServiceDirectory();

    /** Lists everything that may stand here. */
    abstract Stream<String> choices();

    @Override
    public int complete(Session session, CommandLine commandLine, List<String> candidates) {
        StringsCompleter strings = new StringsCompleter();
        try {
            choices().forEach(strings.getStrings()::add);
        } catch (ServiceNotFoundException e) {
            return -1;
        }
        return strings.complete(session, commandLine, candidates);
    }
}
