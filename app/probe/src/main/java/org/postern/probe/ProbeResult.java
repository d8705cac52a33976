package org.postern.probe;

import java.time.Instant;
import java.util.List;

/** What was found of a host. Immutable. */
public final class ProbeResult {
    private final String host;
    private final Instant at;
    private final List<PortResult> ports;
    private final List<String> notes;

    ProbeResult(String host, Instant at, List<PortResult> ports, List<String> notes) {
        this.host = host;
        this.at = at;
        this.ports = List.copyOf(ports);
        this.notes = List.copyOf(notes);
    }

    /**
     * Returns the host.
     *
     * @return as in {@link ProbeRequest#host}
     */
    public String host() {
        return host;
    }

    /**
     * Returns when it was probed.
     *
     * @return when it began
     */
    public Instant at() {
        return at;
    }

    /**
     * Returns what was found.
     *
     * @return for each family each port, in the order of the request; at least one
     */
    public List<PortResult> ports() {
        return ports;
    }

    /**
     * Returns what was not probed, and why.
     *
     * @return sentences fit to be shown
     */
    public List<String> notes() {
        return notes;
    }

    /**
     * Sums up. On port 25 a mail exchanger takes mail for its own without authentication: that is
     * no flaw, and no submission either.
     *
     * @return {@code FLAW} if one port has any; else {@code UNKNOWN} if one could not be judged;
     *     else {@code SOUND}; or {@code NOBODY} if nobody takes submissions on any
     */
    public Verdict.Kind summary() {
        Verdict.Kind summary = Verdict.Kind.NOBODY;
        for (PortResult port : ports) {
            Verdict.Kind kind =
                    port.port() == Findings.MAIL_EXCHANGE && port.verdict() == Verdict.LOCAL_UNAUTH
                            ? Verdict.Kind.NOBODY
                            : port.verdict().kind();
            summary = weight(kind) > weight(summary) ? kind : summary;
        }
        return summary;
    }

    private static int weight(Verdict.Kind kind) {
        switch (kind) {
            case FLAW:
                return 3;
            case UNKNOWN:
                return 2;
            case SOUND:
                return 1;
            default:
                return 0;
        }
    }
}
