package org.postern.submission;

import java.time.Instant;
import java.util.Optional;
import java.util.stream.Stream;
import org.postern.probe.CertificateCheck;
import org.postern.probe.PortResult;
import org.postern.probe.Reply;
import org.postern.probe.TlsEvidence;
import org.postern.probe.Verdict;

/** What one probe has found, as far as the guard cares. Immutable. */
final class Observation {
    private static final String UNSEEN =
            "; what it does with mail for its own was not seen: set "
                    + SubmissionGuard.LOCAL_RECIPIENT
                    + " to an address that there is";

    private final Instant at;
    private final Verdict verdict;
    private final String reason;
    private final boolean demands;
    private final Instant expires;
    private final String refused;
    private final Seen seen;

    /**
     * Creates an observation.
     *
     * @param demands whether authentication was seen to be demanded, whatever else is wrong
     * @param expires when its certificate expires; null if none was seen
     * @param refused why clients refuse its certificate; null if they do not
     * @param seen what shows that something is mended
     */
    Observation(
            Instant at,
            Verdict verdict,
            String reason,
            boolean demands,
            Instant expires,
            String refused,
            Seen seen) {
        this.at = at;
        this.verdict = verdict;
        this.reason = reason;
        this.demands = demands;
        this.expires = expires;
        this.refused = refused;
        this.seen = seen;
    }

    /** What was seen of that which could be wrong. Immutable. */
    static final class Seen {
        /** Nothing, as of what is only kept. */
        static final Seen NOTHING = new Seen(false, true, null, null, false);

        private final boolean relayingRefused;
        private final boolean ownUnseen;
        private final String ownTaken;
        private final Boolean passwordsInClear;
        private final boolean withoutTls;

        /**
         * Creates it.
         *
         * @param relayingRefused whether it does not relay for who did not authenticate
         * @param ownUnseen whether it was not seen what it does with mail for its own
         * @param ownTaken which address of its own was taken without authentication; null if none
         * @param passwordsInClear whether it takes them; null if that was not seen
         * @param withoutTls whether it was seen that it does not offer TLS
         */
        Seen(
                boolean relayingRefused,
                boolean ownUnseen,
                String ownTaken,
                Boolean passwordsInClear,
                boolean withoutTls) {
            this.relayingRefused = relayingRefused;
            this.ownUnseen = ownUnseen;
            this.ownTaken = ownTaken;
            this.passwordsInClear = passwordsInClear;
            this.withoutTls = withoutTls;
        }
    }

    /**
     * Draws it from a probe.
     *
     * @param kind of what
     * @param named whether the server was probed by a name that its certificate can be for
     */
    static Observation of(PortResult result, Watched.Kind kind, boolean named) {
        Optional<CertificateCheck> certificate = result.tls().flatMap(TlsEvidence::certificate);
        Optional<String> refused =
                certificate.flatMap(
                        c ->
                                c.chainProblem().isPresent() || !named
                                        ? c.chainProblem()
                                        : c.nameProblem());
        // to a mail exchanger passwords in clear are the worse flaw, to a relay open doors
        Optional<Reply> opened =
                kind == Watched.Kind.RELAY && result.verdict() == Verdict.AUTH_IN_CLEAR
                        ? takenForItsOwn(result)
                        : Optional.empty();
        return new Observation(
                result.at(),
                opened.isPresent() ? Verdict.LOCAL_UNAUTH : result.verdict(),
                opened.map(reply -> "RCPT of its own was accepted without authentication: " + reply)
                                .orElse(result.reason())
                        + (result.isOwnUnseen() ? UNSEEN : ""),
                result.demandsAuthentication(),
                certificate.map(CertificateCheck::notAfter).orElse(null),
                refused.orElse(null),
                new Seen(
                        result.isRelayingRefused(),
                        result.isOwnUnseen(),
                        result.ownTaken().orElse(null),
                        result.takesPasswordsInClear().orElse(null),
                        result.startTls().filter(offered -> !offered).isPresent()));
    }

    private static Optional<Reply> takenForItsOwn(PortResult result) {
        return Stream.of(result.clear(), result.withinTls())
                .flatMap(Optional::stream)
                .flatMap(trial -> trial.local().stream())
                .filter(Reply::isPositive)
                .findFirst();
    }

    /** The same look, with the certificate that an earlier one has seen. */
    Observation withCertificateOf(Observation earlier) {
        return new Observation(
                at, verdict, reason, demands, earlier.expires, earlier.refused, seen);
    }

    Instant at() {
        return at;
    }

    Verdict verdict() {
        return verdict;
    }

    String reason() {
        return reason;
    }

    Optional<Instant> expires() {
        return Optional.ofNullable(expires);
    }

    Optional<String> refused() {
        return Optional.ofNullable(refused);
    }

    /** Whether authentication was seen to be demanded, all the way through. */
    boolean demandsAuthentication() {
        return demands;
    }

    /** Whether it was seen that it does not relay for who did not authenticate. */
    boolean isRelayingRefused() {
        return seen.relayingRefused;
    }

    /** Whether it was not seen what it does with mail for its own. */
    boolean isOwnUnseen() {
        return seen.ownUnseen;
    }

    /** Whether it was seen that it does not offer TLS. */
    boolean isWithoutTls() {
        return seen.withoutTls;
    }

    /** Which address of its own was taken without authentication. */
    Optional<String> ownTaken() {
        return Optional.ofNullable(seen.ownTaken);
    }

    /** Whether passwords can be sent in clear; empty if that was not seen. */
    Optional<Boolean> takesPasswordsInClear() {
        return Optional.ofNullable(seen.passwordsInClear);
    }

    /** Whether it was seen that the server is sound, or that it is not. */
    boolean judges() {
        return verdict.kind() == Verdict.Kind.SOUND || verdict.kind() == Verdict.Kind.FLAW;
    }

    /** Whether mail was taken from somebody who did not authenticate. */
    boolean isOpen() {
        return verdict == Verdict.RELAY_SUSPECTED || verdict == Verdict.LOCAL_UNAUTH;
    }
}
