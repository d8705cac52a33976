package org.postern.policy;

import com.google.common.collect.ImmutableSet;
import java.util.Objects;
import java.util.Set;
import org.onlab.packet.IpAddress;

/**
 * A submission server of the ISP (RFC 6409): subscribers reach it on every TCP port, 25 included.
 * Immutable.
 */
public final class SubmissionServer {
    private final String name;
    private final ImmutableSet<IpAddress> addresses;
    private final ImmutableSet<Integer> ports;

    /**
     * Creates a submission server.
     *
     * @param name what operators call it, usually its host name
     * @param addresses IPv4 and IPv6 addresses, at least one
     * @param ports TCP ports on which it accepts submission, 1 to 65535
     * @throws IllegalArgumentException if there is no address or a port is out of range
     */
    public SubmissionServer(String name, Set<IpAddress> addresses, Set<Integer> ports) {
        this.name = Objects.requireNonNull(name);
        this.addresses = ImmutableSet.copyOf(addresses);
        this.ports = ImmutableSet.copyOf(ports);
        if (this.addresses.isEmpty()) {
            throw new IllegalArgumentException("submission server \"" + name + "\" has no address");
        }
        for (int port : this.ports) {
            if (port < 1 || port > 65535) {
                throw new IllegalArgumentException(
                        "submission server \""
                                + name
                                + "\": port "
                                + port
                                + " is not within 1 to 65535");
            }
        }
    }

    /**
     * Returns the name.
     *
     * @return what operators call the server
     */
    public String name() {
        return name;
    }

    /**
     * Returns the addresses.
     *
     * @return IPv4 and IPv6 addresses, at least one
     */
    public Set<IpAddress> addresses() {
        return addresses;
    }

    /**
     * Returns the ports on which it accepts submission.
     *
     * @return TCP ports; they do not narrow what is permitted
     */
    public Set<Integer> ports() {
        return ports;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof SubmissionServer)) {
            return false;
        }
        SubmissionServer that = (SubmissionServer) other;
        return name.equals(that.name)
                && addresses.equals(that.addresses)
                && ports.equals(that.ports);
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, addresses, ports);
    }

    @Override
    public String toString() {
        return name + addresses;
    }
}
