package org.postern.survey;

import java.util.Objects;

/** A provider and its submission server, or the domain that names its servers. Immutable. */
public final class Target {
    private final String provider;
    private final String host;
    private final String domain;
    private final String note;

    /**
     * Creates a target.
     *
     * @param provider its name
     * @param host name or address of its server, in the one form of {@code ProbeRequest#host};
     *     empty if it is given by a domain
     * @param domain its mail domain, in the one form of {@code Inquiry#name}; else empty
     * @param note whatever is to be remembered; may be empty
     */
    Target(String provider, String host, String domain, String note) {
        this.provider = provider;
        this.host = host;
        this.domain = domain;
        this.note = note;
    }

    /**
     * Returns who it is.
     *
     * @return a name, not empty
     */
    public String provider() {
        return provider;
    }

    /**
     * Returns its server.
     *
     * @return name or address; empty if it is given by a domain
     */
    public String host() {
        return host;
    }

    /**
     * Returns the mail domain that names its servers.
     *
     * @return a domain; empty if the server is given
     */
    public String domain() {
        return domain;
    }

    /**
     * Returns what was noted.
     *
     * @return text, maybe empty
     */
    public String note() {
        return note;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Target
                && provider.equals(((Target) other).provider)
                && host.equals(((Target) other).host)
                && domain.equals(((Target) other).domain);
    }

    @Override
    public int hashCode() {
        return Objects.hash(provider, host, domain);
    }

    @Override
    public String toString() {
        return provider + " (" + (domain.isEmpty() ? host : "domain " + domain) + ")";
    }
}
