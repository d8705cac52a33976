package org.postern.cli;

import java.util.function.Supplier;
import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.postern.probe.JsonReport;
import org.postern.probe.PortResult;
import org.postern.probe.Probe;
import org.postern.probe.ProbeLimits;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeRequest;
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
                        + " [--greeting SECONDS] HOST\n"
                        + "This node connects to HOST. It never authenticates and never sends a message."
                        + " Give as --recipient a mail address of yours that HOST is not responsible for.")
public class ProbeCommand extends PosternCommand {

    @Option(name = "--port", description = "which ports, up to 16; on 465 TLS comes first")
    @Completion(ProbePortsCompleter.class)
    String ports = "25,465,587";

    @Option(name = "--family", description = "4, 6 or both")
    @Completion(FamilyCompleter.class)
    String family = "both";

    @Option(name = "--transcript", description = "tell what was said, and when")
    boolean transcript;

    @Option(
            name = "--recipient",
            description = "a mail address of yours elsewhere, tried as recipient")
    String recipient = ProbeRequest.NOBODY;

    @Option(
            name = "--local-recipient",
            description = "a mail address of the server's own; else postmaster@HOST")
    String localRecipient = "";

    @Option(name = "--sender", description = "whom the mail would be from; else nobody, <>")
    String sender = "";

    @Option(name = "--greeting", description = "seconds to wait for a greeting, 1 to 300")
    int greeting = (int) ProbeLimits.DEFAULT.greeting().getSeconds();

    @Argument(
            index = 0,
            name = "HOST",
            description = "name or address of the server",
            required = true)
    @Completion(SubmissionServerCompleter.class)
    String host;

    /** Makes what probes; tests have a network of their own. */
    Supplier<Probe> probes = () -> Probe.builder().build();

    @Override
    void run() {
        ProbeRequest request =
                new ProbeOptions()
                        .ports(ports)
                        .family(family)
                        .recipient(recipient)
                        .localRecipient(localRecipient)
                        .sender(sender)
                        .greeting(greeting)
                        .of(host);
        try {
            ProbeResult result = probes.get().run(request, port -> showIfText(request, port));
            if (outputJson()) {
                show(JsonReport.of(result, transcript));
            } else if (!result.notes().isEmpty()) {
                show(TextReport.notes(result));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted; the connection was closed", e);
        }
    }

    /** A probe takes its time: what is known of a port is shown at once. */
    private void showIfText(ProbeRequest request, PortResult port) {
        if (!outputJson()) {
            show(TextReport.of(request.host(), port, transcript));
        }
    }
}
