package org.postern.probe;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** The certificate that a server has shown, and whether a client would have gone on. Immutable. */
public final class CertificateCheck {
    private static final int NAMES = 50;
    private static final int DNS_NAME = 2;
    private static final int IP_ADDRESS = 7;

    private final String subject;
    private final String issuer;
    private final List<String> names;
    private final Instant notBefore;
    private final Instant notAfter;
    private final int chain;
    private final String chainProblem;
    private final String nameProblem;

    /**
     * Creates a check.
     *
     * @param certificate the server's own
     * @param chain how many certificates it has shown
     * @param chainProblem why the chain is not valid; null if it is
     * @param nameProblem what it is, if it does not match the name; null if it does
     */
    CertificateCheck(
            X509Certificate certificate, int chain, String chainProblem, String nameProblem) {
        subject = Printable.of(certificate.getSubjectX500Principal().getName());
        issuer = Printable.of(certificate.getIssuerX500Principal().getName());
        names = namesOf(certificate);
        notBefore = certificate.getNotBefore().toInstant();
        notAfter = certificate.getNotAfter().toInstant();
        this.chain = chain;
        this.chainProblem = chainProblem;
        this.nameProblem = nameProblem;
    }

    private static List<String> namesOf(X509Certificate certificate) {
        List<String> names = new ArrayList<>();
        try {
            Collection<List<?>> all = certificate.getSubjectAlternativeNames();
            for (List<?> name : all == null ? List.<List<?>>of() : all) {
                boolean named = name.get(0).equals(DNS_NAME) || name.get(0).equals(IP_ADDRESS);
                if (named && names.size() < NAMES) {
                    names.add(Printable.abridged(Printable.of(String.valueOf(name.get(1))), 255));
                }
            }
        } catch (CertificateParsingException e) {
            return List.of(); // then they count for nobody, and the name does not match
        }
        return List.copyOf(names);
    }

    /**
     * Returns whose it is.
     *
     * @return a distinguished name (RFC 2253)
     */
    public String subject() {
        return subject;
    }

    /**
     * Returns who signed it.
     *
     * @return a distinguished name (RFC 2253)
     */
    public String issuer() {
        return issuer;
    }

    /**
     * Returns the hosts that it is for.
     *
     * @return its subject alternative names that are DNS names or addresses, 50 at most
     */
    public List<String> names() {
        return names;
    }

    /**
     * Returns from when on it is valid.
     *
     * @return a moment
     */
    public Instant notBefore() {
        return notBefore;
    }

    /**
     * Returns when it expires.
     *
     * @return a moment
     */
    public Instant notAfter() {
        return notAfter;
    }

    /**
     * Returns how many certificates the server has shown.
     *
     * @return at least 1
     */
    public int chainLength() {
        return chain;
    }

    /**
     * Returns why the chain is not valid: no way to an authority that is trusted here, or expired.
     *
     * @return empty if it is valid
     */
    public Optional<String> chainProblem() {
        return Optional.ofNullable(chainProblem);
    }

    /**
     * Returns why the name does not match that of the host, or why that cannot be told.
     *
     * @return empty if it does match; else what the certificate is: {@code not for HOST: …}
     */
    public Optional<String> nameProblem() {
        return Optional.ofNullable(nameProblem);
    }

    /**
     * Tells whether a client would accept it.
     *
     * @return whether chain and name are right
     */
    public boolean isValid() {
        return chainProblem == null && nameProblem == null;
    }
}
