package org.postern.policy;

import com.google.common.collect.ImmutableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;

/**
 * A host that subscribers' packets are steered to at layer 2: a mail relay, or the remediation
 * portal. It must be on the subscribers' own layer-2 network, since only the destination MAC is
 * rewritten. Immutable.
 */
public final class NextHop {
    private final String name;
    private final ImmutableSet<IpAddress> addresses;
    private final MacAddress mac;
    private final ImmutableSet<VlanId> vlans;
    private final boolean unauthenticated;

    /**
     * Creates a next hop.
     *
     * @param name what the operator calls it
     * @param addresses its addresses, by which ONOS's hosts tell its MAC
     * @param mac its MAC if it is not to be learnt; null otherwise
     * @param vlans the VLANs in which it is reached by its MAC; empty if subscribers and it are
     *     untagged
     * @throws IllegalArgumentException if there is neither an address nor a MAC
     */
    public NextHop(String name, Set<IpAddress> addresses, MacAddress mac, Set<VlanId> vlans) {
        this(name, addresses, mac, vlans, false);
    }

    private NextHop(
            String name,
            Set<IpAddress> addresses,
            MacAddress mac,
            Set<VlanId> vlans,
            boolean unauthenticated) {
        this.name = Objects.requireNonNull(name);
        this.addresses = ImmutableSet.copyOf(addresses);
        this.mac = mac;
        this.vlans = ImmutableSet.copyOf(vlans);
        this.unauthenticated = unauthenticated;
        if (this.addresses.isEmpty() && mac == null) {
            throw new IllegalArgumentException(
                    "\"" + name + "\" has neither an address nor a MAC: give one of them");
        }
    }

    /**
     * The same, but mail may be redirected to it though it demands no authentication.
     *
     * @return a next hop that {@link #allowsUnauthenticated}
     */
    public NextHop allowingUnauthenticated() {
        return new NextHop(name, addresses, mac, vlans, true);
    }

    /**
     * Tells whether mail may be redirected to it though it demands no authentication: the operator
     * has said so, and answers for it by other means.
     *
     * @return false unless {@link #allowingUnauthenticated}
     */
    public boolean allowsUnauthenticated() {
        return unauthenticated;
    }

    /**
     * Returns the name.
     *
     * @return what the operator calls it
     */
    public String name() {
        return name;
    }

    /**
     * Returns the addresses.
     *
     * @return IPv4 and IPv6 addresses, possibly none
     */
    public Set<IpAddress> addresses() {
        return addresses;
    }

    /**
     * Returns the configured MAC.
     *
     * @return MAC address, or empty if it is learnt
     */
    public Optional<MacAddress> mac() {
        return Optional.ofNullable(mac);
    }

    /**
     * Tells whether packets of an attachment reach it at layer 2.
     *
     * @param vlan the attachment's VLAN, or empty if it has none
     * @return true if it is in the same VLAN
     */
    public boolean isIn(Optional<VlanId> vlan) {
        return vlan.map(vlans::contains).orElse(vlans.isEmpty());
    }

    /**
     * Returns the VLANs.
     *
     * @return VLANs in which it is reached, none if untagged
     */
    public Set<VlanId> vlans() {
        return vlans;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof NextHop)) {
            return false;
        }
        NextHop that = (NextHop) other;
        return name.equals(that.name)
                && addresses.equals(that.addresses)
                && Objects.equals(mac, that.mac)
                && vlans.equals(that.vlans)
                && unauthenticated == that.unauthenticated;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, addresses, mac, vlans, unauthenticated);
    }

    @Override
    public String toString() {
        return name + addresses;
    }
}
