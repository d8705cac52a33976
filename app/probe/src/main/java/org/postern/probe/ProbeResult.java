package org.postern.probe;

import java.time.Instant;
import java.util.List;

/** What was found of a host, or of all servers of a domain. Immutable. */
public final class ProbeResult {
    private final String host;
    private final Instant at;
    private final List<PortResult> ports;
    private final List<String> notes;
    private final List<Lookup> lookups;

    /**
     * Creates a result.
     *
     * @param host the host or domain that was asked for
     * @param at when it began
     * @param ports what was found, at least one
     * @param notes what was not probed, sentences fit to be shown
     * @param lookups what was asked of DNS
     */
    public ProbeResult(
            String host,
            Instant at,
            List<PortResult> ports,
            List<String> notes,
            List<Lookup> lookups) {
        this.host = host;
        this.lookups = List.copyOf(lookups);
        this.at = at;
        this.ports = List.copyOf(ports);
        this.notes = List.copyOf(notes);
    }

    /**
     * Returns the host, or the domain that was asked for.
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
     * @return for each family each port, in the order of the request; of a domain for each service
     *     each server; at least one
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
     * Returns what was asked of DNS.
     *
     * @return questions and answers in their order; none if only the system was asked, which does
     *     not tell
     */
    public List<Lookup> lookups() {
        return lookups;
    }

    /**
     * Sums up. On port 25 a mail exchanger takes mail for its own without authentication: that is
     * no flaw, and no submission either, if it was seen not to relay; else it could not be judged.
     *
     * @return {@code FLAW} if one port has any; else {@code UNKNOWN} if one could not be judged;
     *     else {@code SOUND}; or {@code NOBODY} if nobody takes submissions on any
     */
    public Verdict.Kind summary() {
        Verdict.Kind summary = Verdict.Kind.NOBODY;
        for (PortResult port : ports) {
            Verdict.Kind kind = kind(port);
            summary = weight(kind) > weight(summary) ? kind : summary;
        }
        return summary;
    }

    private static Verdict.Kind kind(PortResult port) {
        if (port.port() != Findings.MAIL_EXCHANGE || port.verdict() != Verdict.LOCAL_UNAUTH) {
            return port.verdict().kind();
        }
        return port.isRelayingRefused() ? Verdict.Kind.NOBODY : Verdict.Kind.UNKNOWN;
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
