package org.postern.policy;

import com.google.common.collect.ImmutableMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.PortNumber;

/**
 * Where a device with one table sends what is permitted although more is denied: in one table
 * "permit" cannot mean "carry on", so it names a port. Immutable.
 */
public final class SingleTable {
    private final PortNumber exit;
    private final ImmutableMap<IpPrefix, PortNumber> addresses;
    private final ImmutableMap<MacAddress, PortNumber> macs;

    /**
     * Creates the ways out of a device.
     *
     * @param exit the port towards the ISP's network
     * @param addresses ports of hosts that are reached by another one, by their addresses
     * @param macs likewise by their MACs: relays and the portal, to which packets are steered
     */
    public SingleTable(
            PortNumber exit,
            Map<IpPrefix, PortNumber> addresses,
            Map<MacAddress, PortNumber> macs) {
        this.exit = Objects.requireNonNull(exit);
        this.addresses = ImmutableMap.copyOf(addresses);
        this.macs = ImmutableMap.copyOf(macs);
    }

    /**
     * Returns the way to the ISP's network.
     *
     * @return port number
     */
    public PortNumber exit() {
        return exit;
    }

    /**
     * Returns the port by which a packet leaves.
     *
     * @param match which packets
     * @param nextHop MAC to which they are steered, if they are
     * @return the port of the next hop or of the destination if there is one, else {@link #exit}
     */
    public PortNumber wayOf(PacketMatch match, Optional<MacAddress> nextHop) {
        if (nextHop.isPresent()) {
            return macs.getOrDefault(nextHop.get(), exit);
        }
        return match.destination()
                .flatMap(
                        to ->
                                addresses.entrySet().stream()
                                        .filter(via -> via.getKey().contains(to))
                                        .map(Map.Entry::getValue)
                                        .findFirst())
                .orElse(exit);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SingleTable
                && exit.equals(((SingleTable) other).exit)
                && addresses.equals(((SingleTable) other).addresses)
                && macs.equals(((SingleTable) other).macs);
    }

    @Override
    public int hashCode() {
        return Objects.hash(exit, addresses, macs);
    }

    @Override
    public String toString() {
        return "single table, exit " + exit + ", via " + addresses + macs;
    }
}
