package org.postern.probe;

import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What was found of one port at one address, with the evidence. Immutable. */
public final class PortResult {
    /** How warnings of certificates begin. */
    public static final String OF_CERTIFICATE = "the certificate is ";

    private final String host;
    private final Service service;
    private final int port;
    private final Family family;
    private final InetAddress address;
    private final Instant at;
    private final Duration took;
    private final Verdict verdict;
    private final String reason;
    private final boolean demands;
    private final boolean ownUnseen;
    private final String ownTaken;
    private final boolean relayingRefused;
    private final List<String> warnings;
    private final Reply greeting;
    private final Boolean startTls;
    private final Boolean passwordsInClear;
    private final List<String> authBeforeTls;
    private final List<String> authWithinTls;
    private final TlsEvidence tls;
    private final Trial clear;
    private final Trial withinTls;
    private final Transcript transcript;

    private PortResult(
            Builder builder, Duration took, Findings.Conclusion conclusion, Transcript transcript) {
        host = builder.host;
        service = builder.service;
        port = builder.port;
        family = builder.family;
        address = builder.address;
        at = builder.at;
        this.took = took;
        verdict = conclusion.verdict;
        reason = conclusion.reason;
        demands = conclusion.demands;
        ownUnseen = builder.ownUnseen;
        ownTaken = builder.ownTaken;
        relayingRefused = builder.relayingRefused;
        warnings = List.copyOf(builder.warnings);
        greeting = builder.greeting;
        startTls = builder.startTls;
        passwordsInClear = builder.passwordsInClear;
        authBeforeTls = builder.authBeforeTls;
        authWithinTls = builder.authWithinTls;
        tls = builder.tls;
        clear = builder.clear;
        withinTls = builder.withinTls;
        this.transcript = transcript;
    }

    /** What is known without a connection. */
    static PortResult unconnected(
            ProbeRequest request,
            int port,
            Family family,
            Instant at,
            Verdict verdict,
            String reason) {
        return new Builder(request, port, family, null, at).unconnected(verdict, reason);
    }

    /**
     * Tells what is known of a service for which a domain names no server that can be probed.
     *
     * @param service the service
     * @param at when it was looked up
     * @param verdict the verdict
     * @param reason what it rests on, in words fit to be shown
     * @return a result of the port that the service has everywhere, without a host
     */
    public static PortResult ofService(
            Service service, Instant at, Verdict verdict, String reason) {
        return new Builder(null, service, service.port(), null, null, at)
                .unconnected(verdict, reason);
    }

    /**
     * Returns the host.
     *
     * @return as in {@link ProbeRequest#host}; empty if a domain names none
     */
    public Optional<String> host() {
        return Optional.ofNullable(host);
    }

    /**
     * Returns as which service a domain names the host, or none.
     *
     * @return empty if no domain was asked for
     */
    public Optional<Service> service() {
        return Optional.ofNullable(service);
    }

    /**
     * Returns the port.
     *
     * @return 1 to 65535
     */
    public int port() {
        return port;
    }

    /**
     * Returns the family.
     *
     * @return empty if the host has no address of any that was asked for
     */
    public Optional<Family> family() {
        return Optional.ofNullable(family);
    }

    /**
     * Returns the address.
     *
     * @return empty if the host has none
     */
    public Optional<InetAddress> address() {
        return Optional.ofNullable(address);
    }

    /**
     * Returns when it was probed.
     *
     * @return when the connection began
     */
    public Instant at() {
        return at;
    }

    /**
     * Returns how long it took.
     *
     * @return zero if there was no connection
     */
    public Duration took() {
        return took;
    }

    /**
     * Returns the verdict.
     *
     * @return never null
     */
    public Verdict verdict() {
        return verdict;
    }

    /**
     * Returns what the verdict rests on.
     *
     * @return words fit to be shown
     */
    public String reason() {
        return reason;
    }

    /**
     * Tells whether authentication was seen to be demanded all the way through.
     *
     * @return true for sound verdicts, and for {@link Verdict#AUTH_IN_CLEAR} if that is all that is
     *     wrong
     */
    public boolean demandsAuthentication() {
        return demands;
    }

    /**
     * Tells whether it was not seen that authentication is demanded for mail to its own: an address
     * that is a guess was refused at RCPT as one elsewhere is, which a server may do to all that
     * are none of its own; or it was refused for what it is, as if it were unknown.
     *
     * @return true only if a demand of authentication was seen at RCPT, of another recipient
     */
    public boolean isOwnUnseen() {
        return ownUnseen;
    }

    /**
     * Returns which address of its own was taken as recipient without authentication.
     *
     * @return empty if none was, or none was tried
     */
    public Optional<String> ownTaken() {
        return Optional.ofNullable(ownTaken);
    }

    /**
     * Tells whether it was seen that it does not relay for strangers. What is said of no such
     * recipient shows that only if the recipient elsewhere was given, and not the default.
     *
     * @return whether the dialogue went to its end, and in clear and within TLS the recipient
     *     elsewhere was refused for good, or MAIL already for want of authentication or TLS; false
     *     if STARTTLS may be masked
     */
    public boolean isRelayingRefused() {
        return relayingRefused;
    }

    /**
     * Returns what is wrong beside, or puts the verdict in doubt.
     *
     * @return sentences fit to be shown
     */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Returns the greeting.
     *
     * @return empty if none came
     */
    public Optional<Reply> greeting() {
        return Optional.ofNullable(greeting);
    }

    /**
     * Tells whether STARTTLS is offered.
     *
     * @return empty if it is not known, or TLS came first
     */
    public Optional<Boolean> startTls() {
        return Optional.ofNullable(startTls);
    }

    /**
     * Tells whether passwords, or what is as good, can be sent before TLS.
     *
     * @return empty if it is not known, or TLS came first
     */
    public Optional<Boolean> takesPasswordsInClear() {
        return Optional.ofNullable(passwordsInClear);
    }

    /**
     * Returns the mechanisms that are offered before TLS.
     *
     * @return in upper case
     */
    public List<String> authBeforeTls() {
        return authBeforeTls;
    }

    /**
     * Returns the mechanisms that are offered within TLS.
     *
     * @return in upper case
     */
    public List<String> authWithinTls() {
        return authWithinTls;
    }

    /**
     * Returns how it was enciphered.
     *
     * @return empty if no handshake was tried
     */
    public Optional<TlsEvidence> tls() {
        return Optional.ofNullable(tls);
    }

    /**
     * Returns what was let through in clear.
     *
     * @return empty if it was not tried
     */
    public Optional<Trial> clear() {
        return Optional.ofNullable(clear);
    }

    /**
     * Returns what was let through within TLS.
     *
     * @return empty if it was not tried
     */
    public Optional<Trial> withinTls() {
        return Optional.ofNullable(withinTls);
    }

    /**
     * Returns what was said.
     *
     * @return empty of entries if there was no connection
     */
    public Transcript transcript() {
        return transcript;
    }

    /** Gathers the evidence while it comes. */
    static final class Builder {
        private final String host;
        private final Service service;
        private final int port;
        private final Family family;
        private final InetAddress address;
        private final Instant at;
        private final List<String> warnings = new ArrayList<>();
        private Reply greeting;
        private Boolean startTls;
        private Boolean passwordsInClear;
        private List<String> authBeforeTls = List.of();
        private List<String> authWithinTls = List.of();
        private TlsEvidence tls;
        private Trial clear;
        private Trial withinTls;
        private boolean ownUnseen;
        private String ownTaken;
        private boolean relayingRefused;

        Builder(ProbeRequest request, int port, Family family, InetAddress address, Instant at) {
            this(request.host(), request.service().orElse(null), port, family, address, at);
        }

        private Builder(
                String host,
                Service service,
                int port,
                Family family,
                InetAddress address,
                Instant at) {
            this.host = host;
            this.service = service;
            this.port = port;
            this.family = family;
            this.address = address;
            this.at = at;
        }

        void greeting(Reply reply) {
            greeting = reply;
        }

        void offersBeforeTls(Extensions offered) {
            startTls = offered.offersStartTls();
            passwordsInClear = offered.offersPlainPasswords();
            authBeforeTls = offered.auth();
        }

        void offersWithinTls(Extensions offered) {
            authWithinTls = offered.auth();
        }

        void tls(TlsEvidence evidence) {
            tls = evidence;
        }

        void trials(Findings findings) {
            clear = findings.clear().orElse(null);
            withinTls = findings.withinTls().orElse(null);
            relayingRefused = findings.relayingRefused();
        }

        void ownTaken(String address) {
            ownTaken = address;
        }

        void ownUnseen() {
            ownUnseen = true;
        }

        void warn(String warning) {
            if (!warnings.contains(warning)) {
                warnings.add(warning);
            }
        }

        private PortResult unconnected(Verdict verdict, String reason) {
            return build(
                    Duration.ZERO,
                    new Findings.Conclusion(verdict, reason),
                    new Transcript.Recorder().transcript());
        }

        PortResult build(Duration took, Findings.Conclusion conclusion, Transcript transcript) {
            return new PortResult(this, took, conclusion, transcript);
        }
    }
}
