package org.postern.cli;

import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.postern.probe.ProbeLimits;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeRequest;

/** A command that probes servers of others. */
abstract class ProbingCommand extends PosternCommand {
    @Option(
            name = "--dns-server",
            description = "ask this DNS server, and nobody else, for all names")
    @Completion(DnsServerCompleter.class)
    String dnsServer = "";

    @Option(name = "--family", description = "4, 6 or both")
    @Completion(FamilyCompleter.class)
    String family = "both";

    @Option(
            name = "--recipient",
            description = "a mail address of yours elsewhere, tried as recipient")
    String recipient = ProbeRequest.NOBODY;

    @Option(name = "--sender", description = "whom the mail would be from; else nobody, <>")
    String sender = "";

    @Option(name = "--greeting", description = "seconds to wait for a greeting, 1 to 300")
    int greeting = (int) ProbeLimits.DEFAULT.greeting().getSeconds();

    /** How servers are probed. */
    final ProbeOptions options() {
        return new ProbeOptions()
                .family(family)
                .recipient(recipient)
                .sender(sender)
                .greeting(greeting);
    }
}
