package org.postern.cli;

import java.util.function.Supplier;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.dns.Inquiry;
import org.postern.probe.JsonReport;
import org.postern.probe.PortResult;
import org.postern.probe.Probe;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeResult;
import org.postern.probe.TextReport;

/** Tells whether a submission server enforces authentication. */
@Service
@Command(
        scope = "onos",
        name = "postern-probe",
        description =
                "Tells whether a submission server enforces authentication; options come before the argument",
        detailedDescription =
                "Usage: postern-probe [-j] [--port 25,465,587] [--family 4|6|both] [--transcript]"
                        + " [--recipient ADDRESS] [--local-recipient ADDRESS] [--sender ADDRESS]"
                        + " [--greeting SECONDS] [--dns-server ADDRESS[:PORT]] HOST\n"
                        + "or, with the same options but --port: postern-probe --domain DOMAIN\n"
                        + "This node connects to HOST. It never authenticates and never sends a message."
                        + " Give as --recipient a mail address of yours that HOST is not responsible for."
                        + " Of a mail domain the servers are probed that its SRV records name"
                        + " (_submission._tcp, _submissions._tcp), on the ports of those.")
public class ProbeCommand extends ProbingCommand {

    @Option(
            name = "--port",
            description = "which ports, up to 16; else 25,465,587; on 465 TLS comes first")
    @Completion(ProbePortsCompleter.class)
    String ports;

    @Option(
            name = "--domain",
            description = "the argument is a mail domain: probe the servers of its SRV records")
    boolean domain;

    @Option(name = "--transcript", description = "tell what was said, and when")
    boolean transcript;

    @Option(
            name = "--local-recipient",
            description = "a mail address of the server's own; else postmaster, guessed")
    String localRecipient = "";

    @Argument(
            index = 0,
            name = "HOST",
            description = "name or address of the server; with --domain a mail domain",
            required = true)
    @Completion(SubmissionServerCompleter.class)
    String host;

    /** Makes what probes; tests have a network of their own. */
    Supplier<Probe> probes = () -> Probe.builder().build();

    @Override
    void run() {
        ProbeOptions options = options().localRecipient(localRecipient);
        if (ports != null && domain) {
            throw new IllegalArgumentException(Inquiry.PORTS_OF_RECORDS);
        }
        if (ports != null) {
            options.ports(ports);
        }
        Inquiry inquiry =
                (domain ? Inquiry.ofDomain(options, host) : Inquiry.ofHost(options, host))
                        .by(dnsServer);
        try {
            ProbeResult result = inquiry.run(probes.get(), port -> showIfText(inquiry, port));
            String notes = TextReport.notes(result, transcript);
            if (outputJson()) {
                show(JsonReport.of(result, transcript));
            } else if (!notes.isEmpty()) {
                show(notes);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted; the connection was closed", e);
        }
    }

    /** A probe takes its time: what is known of a port is shown at once. */
    private void showIfText(Inquiry inquiry, PortResult port) {
        if (!outputJson()) {
            show(TextReport.of(inquiry.name(), port, transcript));
        }
    }
}
