package org.postern.submission;

import java.time.Instant;
import java.util.Optional;
import org.postern.probe.CertificateCheck;
import org.postern.probe.PortResult;
import org.postern.probe.TlsEvidence;
import org.postern.probe.Verdict;

/** What one probe has found, as far as the guard cares. Immutable. */
final class Observation {
    private final Instant at;
    private final Verdict verdict;
    private final String reason;
    private final Instant expires;
    private final String refused;

    /**
     * Creates an observation.
     *
     * @param expires when its certificate expires; null if none was seen
     * @param refused why clients refuse its certificate; null if they do not
     */
    Observation(Instant at, Verdict verdict, String reason, Instant expires, String refused) {
        this.at = at;
        this.verdict = verdict;
        this.reason = reason;
        this.expires = expires;
        this.refused = refused;
    }

    /**
     * Draws it from a probe.
     *
     * @param named whether the server was probed by a name that its certificate can be for
     */
    static Observation of(PortResult result, boolean named) {
        Optional<CertificateCheck> certificate = result.tls().flatMap(TlsEvidence::certificate);
        Optional<String> refused =
                certificate.flatMap(
                        c ->
                                c.chainProblem().isPresent() || !named
                                        ? c.chainProblem()
                                        : c.nameProblem());
        return new Observation(
                result.at(),
                result.verdict(),
                result.reason(),
                certificate.map(CertificateCheck::notAfter).orElse(null),
                refused.orElse(null));
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

    /** Whether it was seen that the server is sound, or that it is not. */
    boolean judges() {
        return verdict.kind() == Verdict.Kind.SOUND || verdict.kind() == Verdict.Kind.FLAW;
    }
}
