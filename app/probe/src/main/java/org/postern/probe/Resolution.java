package org.postern.probe;

import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** What DNS says of a host: no answer is told from "there is no such host". Immutable. */
public final class Resolution {
    private final List<InetAddress> addresses;
    private final String failure;

    private Resolution(List<InetAddress> addresses, String failure) {
        this.addresses = List.copyOf(addresses);
        this.failure = failure;
    }

    /**
     * A host has addresses.
     *
     * @param addresses its addresses of both families; if there are none, there is no such host
     * @return the resolution
     */
    public static Resolution of(List<InetAddress> addresses) {
        return new Resolution(addresses, null);
    }

    /**
     * It is not known.
     *
     * @param reason why
     * @return the resolution
     */
    public static Resolution failed(String reason) {
        return new Resolution(List.of(), reason);
    }

    /**
     * Returns the addresses of a family.
     *
     * @param family a family
     * @return in the order in which they are to be tried; none if it failed
     */
    public List<InetAddress> addresses(Family family) {
        return addresses.stream().filter(a -> Family.of(a) == family).collect(Collectors.toList());
    }

    /**
     * Returns all addresses.
     *
     * @return in the order in which they are to be tried; none if it failed
     */
    public List<InetAddress> addresses() {
        return addresses;
    }

    /**
     * Returns why it is not known.
     *
     * @return empty if DNS has answered, be it that there is no such host
     */
    public Optional<String> failure() {
        return Optional.ofNullable(failure);
    }
}
