package org.postern.probe.main;

import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeRequest;
import picocli.CommandLine.Option;

/** Options that one probe and many have in common. */
final class Manner {
    @Option(
            names = "--family",
            paramLabel = "4|6|both",
            defaultValue = "both",
            description = "IPv4, IPv6; default: ${DEFAULT-VALUE}")
    private String family;

    @Option(
            names = "--recipient",
            paramLabel = "ADDRESS",
            defaultValue = ProbeRequest.NOBODY,
            description =
                    "a mail address of yours elsewhere, tried as recipient; default: ${DEFAULT-VALUE}")
    private String recipient;

    @Option(
            names = "--sender",
            paramLabel = "ADDRESS",
            defaultValue = "",
            description = "whom the mail would be from; default: the null sender <>")
    private String sender;

    @Option(
            names = "--greeting",
            paramLabel = "SECONDS",
            defaultValue = "60",
            description = "how long to wait for a greeting, 1 to 300; default: ${DEFAULT-VALUE}")
    private int greeting;

    @Option(
            names = "--dns-server",
            paramLabel = "ADDRESS[:PORT]",
            defaultValue = "",
            description =
                    "ask this DNS server, and nobody else, for all names; default: as this machine does")
    private String dnsServer;

    /** Which DNS server to ask; empty for none in particular. */
    String dnsServer() {
        return dnsServer;
    }

    /** What was given, to be completed; an IllegalArgumentException says what is wrong with it. */
    ProbeOptions options() {
        return new ProbeOptions()
                .family(family)
                .recipient(recipient)
                .sender(sender)
                .greeting(greeting);
    }
}
