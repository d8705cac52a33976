package org.postern.survey;

/** A provider and its submission server. Immutable. */
public final class Target {
    private final String provider;
    private final String host;
    private final String note;

    /**
     * Creates a target.
     *
     * @param provider its name
     * @param host name or address of its server, in the one form of {@code ProbeRequest#host}
     * @param note whatever is to be remembered; may be empty
     */
    Target(String provider, String host, String note) {
        this.provider = provider;
        this.host = host;
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
     * @return name or address
     */
    public String host() {
        return host;
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
                && host.equals(((Target) other).host);
    }

    @Override
    public int hashCode() {
        return provider.hashCode() * 31 + host.hashCode();
    }

    @Override
    public String toString() {
        return provider + " (" + host + ")";
    }
}
