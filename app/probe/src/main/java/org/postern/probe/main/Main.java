package org.postern.probe.main;

import java.io.PrintWriter;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.postern.dns.Inquiry;
import org.postern.probe.JsonReport;
import org.postern.probe.PortResult;
import org.postern.probe.Probe;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeResult;
import org.postern.probe.TextReport;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code java -jar postern-probe-…-standalone.jar}. */
@Command(
        name = "postern-probe",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Tells whether a mail submission server enforces authentication. It never authenticates and never sends a"
                    + " message.",
            "",
            "Many providers at once: postern-probe survey --help (a host of that name: survey.)",
            ""
        },
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {
            "0:every port that listens enforces authentication",
            "1:a port does not: auth-in-clear, tls-required-only, local-unauth (but on port 25), relay-suspected",
            "2:the command was not understood",
            "3:no such flaw was seen, but not every port could be judged, or nobody listens"
        })
public final class Main implements Callable<Integer> {
    private static final int FLAW = 1;
    private static final int UNKNOWN = 3;

    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "HOST",
            description = "name or address of the server; with --domain a mail domain")
    private String host;

    @Option(
            names = "--port",
            paramLabel = "PORTS",
            description = "which ports, up to 16; default: 25,465,587. On 465 TLS comes first")
    private String ports;

    @Option(
            names = "--domain",
            description =
                    "HOST is a mail domain: probe the servers that its SRV records name (_submission._tcp,"
                            + " _submissions._tcp), on the ports of those")
    private boolean domain;

    @Mixin private Manner manner;

    @Option(names = "--transcript", description = "tell what was said, and when")
    private boolean transcript;

    @Option(names = "-j", description = "as JSON")
    private boolean json;

    @Option(
            names = "--local-recipient",
            paramLabel = "ADDRESS",
            defaultValue = "",
            description =
                    "a mail address of the server's own, tried as recipient; else postmaster at the domain, or at HOST"
                            + " and the names it goes by")
    private String localRecipient;

    private final Probe probe;

    /**
     * Makes the command.
     *
     * @param probe what probes
     */
    Main(Probe probe) {
        this.probe = probe;
    }

    /**
     * Runs the command and ends the Java machine with its status.
     *
     * @param words its options and arguments
     */
    public static void main(String[] words) {
        boolean survey = words.length > 0 && words[0].equals("survey");
        System.exit(
                survey
                        ? SurveyMain.command(Probe.builder().patient().build())
                                .execute(Arrays.copyOfRange(words, 1, words.length))
                        : command(Probe.builder().build()).execute(words));
    }

    /** The command, ready to be run. */
    static CommandLine command(Probe probe) {
        return new CommandLine(new Main(probe)).setUsageHelpWidth(80);
    }

    @Override
    public Integer call() throws InterruptedException {
        PrintWriter out = spec.commandLine().getOut();
        Inquiry inquiry = inquiry();
        ProbeResult result = inquiry.run(probe, port -> show(out, inquiry.name(), port));
        String notes = TextReport.notes(result, transcript);
        if (json) {
            out.println(JsonReport.of(result, transcript));
        } else if (!notes.isEmpty()) {
            out.println(notes);
        }
        out.flush();
        switch (result.summary()) {
            case SOUND:
                return 0;
            case FLAW:
                return FLAW;
            default:
                return UNKNOWN;
        }
    }

    private Inquiry inquiry() {
        try {
            ProbeOptions options = manner.options().localRecipient(localRecipient);
            if (ports != null && domain) {
                throw new IllegalArgumentException(Inquiry.PORTS_OF_RECORDS);
            }
            if (ports != null) {
                options.ports(ports);
            }
            Inquiry inquiry =
                    domain ? Inquiry.ofDomain(options, host) : Inquiry.ofHost(options, host);
            return inquiry.by(manner.dnsServer());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private void show(PrintWriter out, String name, PortResult port) {
        if (!json) {
            out.println(TextReport.of(name, port, transcript));
            out.println();
            out.flush();
        }
    }
}
