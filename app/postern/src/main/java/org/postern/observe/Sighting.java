package org.postern.observe;

import com.google.common.collect.ImmutableSet;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;

/** A host that ONOS sees at an access port. Immutable. */
public final class Sighting {
    private final MacAddress mac;
    private final ImmutableSet<IpAddress> ips;
    private final Attachment where;
    private final Instant since;

    Sighting(MacAddress mac, Set<IpAddress> ips, Attachment where, Instant since) {
        this.mac = Objects.requireNonNull(mac);
        this.ips = ImmutableSet.copyOf(ips);
        this.where = Objects.requireNonNull(where);
        this.since = since;
    }

    /**
     * Returns the hardware address of the host.
     *
     * @return a unicast address
     */
    public MacAddress mac() {
        return mac;
    }

    /**
     * Returns the addresses of the host.
     *
     * @return IPv4 and IPv6 addresses, as far as ONOS knows any
     */
    public Set<IpAddress> ips() {
        return ips;
    }

    /**
     * Returns where the host is.
     *
     * @return port, and VLAN or pair of VLANs if it is tagged
     */
    public Attachment where() {
        return where;
    }

    /**
     * Returns since when ONOS sees the host there.
     *
     * @return a moment by the clock of the node that saw it, or empty if ONOS does not say
     */
    public Optional<Instant> since() {
        return Optional.ofNullable(since);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Sighting)) {
            return false;
        }
        Sighting that = (Sighting) other;
        return mac.equals(that.mac)
                && ips.equals(that.ips)
                && where.equals(that.where)
                && Objects.equals(since, that.since);
    }

    @Override
    public int hashCode() {
        return Objects.hash(mac, where);
    }

    @Override
    public String toString() {
        return mac + (ips.isEmpty() ? "" : " " + ips) + " at " + where;
    }
}
