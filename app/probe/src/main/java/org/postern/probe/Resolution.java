package org.postern.probe;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What DNS says of a host: no answer is told from "there is no such host". Immutable. */
public final class Resolution {
    private final List<InetAddress> addresses;
    private final Map<Family, String> failures;
    private final List<Lookup> lookups;

    private Resolution(
            List<InetAddress> addresses, Map<Family, String> failures, List<Lookup> lookups) {
        this.addresses = List.copyOf(addresses);
        this.failures = Map.copyOf(failures);
        this.lookups = List.copyOf(lookups);
    }

    /**
     * A host has addresses.
     *
     * @param addresses its addresses of both families; if there are none, there is no such host
     * @return the resolution
     */
    public static Resolution of(List<InetAddress> addresses) {
        return new Resolution(addresses, Map.of(), List.of());
    }

    /**
     * It is not known, of neither family.
     *
     * @param reason why
     * @return the resolution
     */
    public static Resolution failed(String reason) {
        return of(List.of()).unknown(Family.IPV4, reason).unknown(Family.IPV6, reason);
    }

    /**
     * Adds that it is not known whether there are addresses of a family.
     *
     * @param family of which
     * @param reason why
     * @return another resolution
     */
    public Resolution unknown(Family family, String reason) {
        Map<Family, String> more = new EnumMap<>(Family.class);
        more.putAll(failures);
        more.put(family, reason);
        return new Resolution(addresses, more, lookups);
    }

    /**
     * Adds what was asked of DNS.
     *
     * @param more questions and answers
     * @return another resolution
     */
    public Resolution with(List<Lookup> more) {
        List<Lookup> all = new ArrayList<>(lookups);
        all.addAll(more);
        return new Resolution(addresses, failures, all);
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
     * Returns why it is not known what addresses of a family there are.
     *
     * @param family of which
     * @return empty if DNS has answered, be it that there are none
     */
    public Optional<String> failure(Family family) {
        return Optional.ofNullable(failures.get(family));
    }

    /**
     * Returns why nothing is known.
     *
     * @return empty if there are addresses, or DNS has answered for both families
     */
    public Optional<String> failure() {
        return addresses.isEmpty()
                ? failures.keySet().stream().sorted().findFirst().map(failures::get)
                : Optional.empty();
    }

    /**
     * Returns what was asked of DNS.
     *
     * @return questions and answers; none if the system was asked, which does not tell
     */
    public List<Lookup> lookups() {
        return lookups;
    }
}
