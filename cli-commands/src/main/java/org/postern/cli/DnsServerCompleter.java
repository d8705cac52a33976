package org.postern.cli;

import java.util.stream.Stream;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.dns.Inquiry;

/** Offers the DNS servers of this node; any other may stand there too. */
@Service
public class DnsServerCompleter extends ServiceCompleter {
    @Override
    Stream<String> choices() {
        return Inquiry.serversOfMachine().stream();
    }
}
