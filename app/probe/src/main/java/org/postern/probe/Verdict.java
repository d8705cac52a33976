package org.postern.probe;

import java.util.Locale;

/** What was found of one port; no answer is never taken for a no. */
public enum Verdict {
    /** An address elsewhere was accepted as recipient without authentication: an open relay. */
    RELAY_SUSPECTED(Kind.FLAW),
    /** An address of the server's own was accepted without authentication (against RFC 5068). */
    LOCAL_UNAUTH(Kind.FLAW),
    /** PLAIN, LOGIN or a bearer token is offered before TLS: passwords would be sent in clear. */
    AUTH_IN_CLEAR(Kind.FLAW),
    /** TLS is demanded, but that authentication is too was not seen. */
    TLS_REQUIRED_ONLY(Kind.FLAW),
    /** MAIL is accepted, RCPT refused for want of authentication. */
    ENFORCED_AT_RCPT(Kind.SOUND),
    /** MAIL is refused for want of authentication (RFC 6409, section 4.3). */
    ENFORCED(Kind.SOUND),
    /** TLS could not be had. */
    TLS_FAILURE(Kind.UNKNOWN),
    /** The connection was accepted, and no greeting came. */
    NO_BANNER(Kind.UNKNOWN),
    /** No answer to the connection: something on the way drops it, or there is no host. */
    FILTERED(Kind.UNKNOWN),
    /** The connection was refused: nobody listens. */
    CLOSED(Kind.NOBODY),
    /**
     * DNS says that the domain names no such service: its SRV target is "." (RFC 2782, RFC 6186).
     */
    NOT_OFFERED(Kind.NOBODY),
    /** DNS says that the domain has no SRV record of the service: mail programs have to be told. */
    NOT_ANNOUNCED(Kind.NOBODY),
    /** DNS says that there is no such name, or no address of this family. */
    NO_SUCH_HOST(Kind.UNKNOWN),
    /** It cannot be told; the reason says why. */
    INCONCLUSIVE(Kind.UNKNOWN);

    /** What a verdict means for whoever asks whether the server is sound. */
    public enum Kind {
        /** Authentication is enforced. */
        SOUND,
        /** Something is wrong with the server. */
        FLAW,
        /** Neither is known. */
        UNKNOWN,
        /** There is no server to be sound or not. */
        NOBODY
    }

    private final Kind kind;

    Verdict(Kind kind) {
        this.kind = kind;
    }

    /**
     * Returns what it means.
     *
     * @return its kind
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns its name as people and programs read it.
     *
     * @return such as {@code enforced-at-rcpt}
     */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
