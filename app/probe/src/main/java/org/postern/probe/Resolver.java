package org.postern.probe;

/**
 * Finds the addresses of a host.
 *
 * <p>It knows A and AAAA records only. SRV ({@code _submission}, {@code _submissions}; RFC 6186,
 * RFC 8314) leads from a domain to hosts and ports, so it comes before a {@link ProbeRequest}, not
 * into this: see {@code org.postern.dns}.
 */
public interface Resolver {
    /**
     * Resolves a name or address; may take as long as it likes, the probe waits no longer than it
     * may.
     *
     * @param host a name in ASCII or an address
     * @return the addresses, or that there are none, or why it is not known; never null
     */
    Resolution resolve(String host);
}
