package org.postern.probe;

import java.util.Optional;

/** How a connection was enciphered. Immutable. */
public final class TlsEvidence {
    private final String version;
    private final String cipher;
    private final CertificateCheck certificate;

    TlsEvidence(String version, String cipher, CertificateCheck certificate) {
        this.version = version;
        this.cipher = cipher;
        this.certificate = certificate;
    }

    /**
     * Returns the version.
     *
     * @return such as {@code TLSv1.3}; empty if the handshake failed
     */
    public Optional<String> version() {
        return Optional.ofNullable(version);
    }

    /**
     * Returns the cipher suite.
     *
     * @return its IANA name; empty if the handshake failed
     */
    public Optional<String> cipher() {
        return Optional.ofNullable(cipher);
    }

    /**
     * Returns the certificate.
     *
     * @return empty if the server showed none
     */
    public Optional<CertificateCheck> certificate() {
        return Optional.ofNullable(certificate);
    }
}
