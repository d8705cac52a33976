package org.postern.probe;

/** A service of a mail domain that SRV records may name. */
public enum Service {
    /** Submission: TLS comes by STARTTLS (RFC 6186, RFC 6409). */
    SUBMISSION("_submission._tcp", 587, false),
    /** Submission over TLS, which comes first (RFC 8314). */
    SUBMISSIONS("_submissions._tcp", ProbeRequest.IMPLICIT_TLS, true);

    private final String label;
    private final int port;
    private final boolean tls;

    Service(String label, int port, boolean tls) {
        this.label = label;
        this.port = port;
        this.tls = tls;
    }

    /**
     * Returns what stands before the domain in the name of the records.
     *
     * @return such as {@code _submission._tcp}
     */
    public String label() {
        return label;
    }

    /**
     * Returns the port that it has unless a record says otherwise.
     *
     * @return 587 or 465
     */
    public int port() {
        return port;
    }

    /** Whether TLS comes first, on any port. */
    boolean beginsWithTls() {
        return tls;
    }
}
