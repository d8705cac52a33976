package org.postern.policy;

import com.google.common.collect.ImmutableSortedMap;
import java.util.Comparator;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.onlab.packet.MacAddress;
import org.onosproject.net.PortNumber;

/**
 * Where a device with one table sends what is permitted although more is denied: in one table
 * "permit" cannot mean "carry on", so it names a port. Immutable.
 */
public final class SingleTable {
    private final PortNumber exit;
    private final ImmutableSortedMap<MacAddress, PortNumber> macs;

    /**
     * Creates the ways out of a device.
     *
     * @param exit the port towards the ISP's network
     * @param macs ports of hosts of the same layer-2 network that are reached by another one
     */
    public SingleTable(PortNumber exit, Map<MacAddress, PortNumber> macs) {
        this.exit = Objects.requireNonNull(exit);
        this.macs = ImmutableSortedMap.copyOf(macs, Comparator.comparingLong(MacAddress::toLong));
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
     * Returns the hosts that are reached by another port.
     *
     * @return ports by MAC
     */
    public Map<MacAddress, PortNumber> macs() {
        return macs;
    }

    /**
     * Returns the port by which a frame leaves.
     *
     * @param destination its destination, if that is known
     * @return the port of that host, else {@link #exit}
     */
    public PortNumber wayTo(Optional<MacAddress> destination) {
        return destination.map(mac -> macs.getOrDefault(mac, exit)).orElse(exit);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof SingleTable
                && exit.equals(((SingleTable) other).exit)
                && macs.equals(((SingleTable) other).macs);
    }

    @Override
    public int hashCode() {
        return Objects.hash(exit, macs);
    }

    @Override
    public String toString() {
        return "single table, exit " + exit + ", via " + macs;
    }
}
