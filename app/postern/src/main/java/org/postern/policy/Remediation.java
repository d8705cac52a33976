package org.postern.policy;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;

/** What quarantined subscribers reach all the same. Immutable. */
public final class Remediation {
    /** Nothing is configured. */
    public static final Remediation NONE = new Remediation(null, List.of(), List.of(), List.of());

    private final NextHop portal;
    private final ImmutableList<IpPrefix> contact;
    private final ImmutableList<IpPrefix> allowed;
    private final ImmutableList<IpAddress> resolvers;

    /**
     * Creates it.
     *
     * @param portal the remediation portal, or null if there is none
     * @param contact prefixes reachable on every port in every quarantine: the way to get help
     * @param allowed further prefixes reachable from the walled garden, such as update servers
     * @param resolvers name servers reachable from the walled garden; if empty, any
     */
    public Remediation(
            NextHop portal,
            List<IpPrefix> contact,
            List<IpPrefix> allowed,
            List<IpAddress> resolvers) {
        this.portal = portal;
        this.contact = ImmutableList.copyOf(contact);
        this.allowed = ImmutableList.copyOf(allowed);
        this.resolvers = ImmutableList.copyOf(resolvers);
    }

    /**
     * Returns the portal.
     *
     * @return where web requests are led, or empty if there is none
     */
    public Optional<NextHop> portal() {
        return Optional.ofNullable(portal);
    }

    /**
     * Returns the contact path.
     *
     * @return prefixes reachable in every quarantine
     */
    public List<IpPrefix> contact() {
        return contact;
    }

    /**
     * Returns what is reachable on every port in every quarantine.
     *
     * @return the contact path and the portal's addresses, each once
     */
    public List<IpPrefix> help() {
        return Stream.concat(
                        contact.stream(),
                        portal().stream()
                                .flatMap(p -> p.addresses().stream())
                                .map(IpAddress::toIpPrefix))
                .distinct()
                .collect(ImmutableList.toImmutableList());
    }

    /**
     * Returns what else the walled garden opens.
     *
     * @return prefixes
     */
    public List<IpPrefix> allowed() {
        return allowed;
    }

    /**
     * Returns the name servers of the walled garden.
     *
     * @return addresses; none means any
     */
    public List<IpAddress> resolvers() {
        return resolvers;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Remediation)) {
            return false;
        }
        Remediation that = (Remediation) other;
        return Objects.equals(portal, that.portal)
                && contact.equals(that.contact)
                && allowed.equals(that.allowed)
                && resolvers.equals(that.resolvers);
    }

    @Override
    public int hashCode() {
        return Objects.hash(portal, contact, allowed, resolvers);
    }
}
