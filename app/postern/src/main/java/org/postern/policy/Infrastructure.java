package org.postern.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.onlab.packet.IpPrefix;

/**
 * What the ISP configures once for its whole network: submission servers, pools and service
 * classes. Immutable and consistent: the default class exists.
 */
public final class Infrastructure {
    private static final List<ServiceClass> BUILT_IN =
            List.of(
                    ServiceClass.RESIDENTIAL,
                    ServiceClass.BUSINESS,
                    ServiceClass.QUARANTINED,
                    ServiceClass.WALLED_GARDEN);

    /**
     * Nothing configured: no servers, no pools, the built-in classes, {@code residential} by
     * default.
     */
    public static final Infrastructure EMPTY =
            new Infrastructure(List.of(), List.of(), List.of(), ServiceClass.RESIDENTIAL.name());

    private final ImmutableList<SubmissionServer> servers;
    private final ImmutableList<IpPrefix> pools;
    private final ImmutableSortedMap<String, ServiceClass> classes;
    private final ServiceClass defaultClass;
    private final ImmutableSortedMap<String, NextHop> relays;
    private final Remediation remediation;
    private final RejectRates rejectRates;

    /**
     * Creates an infrastructure without relays.
     *
     * @param servers the ISP's submission servers
     * @param pools address prefixes of dynamic and residential customers
     * @param classes service classes; they add to or replace the built-in ones
     * @param defaultClass name of the class of everybody who is not known
     * @throws IllegalArgumentException if the default class does not exist
     */
    public Infrastructure(
            Collection<SubmissionServer> servers,
            Collection<IpPrefix> pools,
            Collection<ServiceClass> classes,
            String defaultClass) {
        this(servers, pools, classes, defaultClass, List.of(), Remediation.NONE);
    }

    /**
     * Creates an infrastructure.
     *
     * @param servers the ISP's submission servers
     * @param pools address prefixes of dynamic and residential customers
     * @param classes service classes; they add to or replace the built-in ones
     * @param defaultClass name of the class of everybody who is not known
     * @param relays mail relays that classes may redirect to
     * @param remediation what quarantined subscribers reach
     * @throws IllegalArgumentException if the default class does not exist or is a quarantine, or a
     *     class names a relay that does not exist
     */
    public Infrastructure(
            Collection<SubmissionServer> servers,
            Collection<IpPrefix> pools,
            Collection<ServiceClass> classes,
            String defaultClass,
            Collection<NextHop> relays,
            Remediation remediation) {
        this(servers, pools, classes, defaultClass, relays, remediation, RejectRates.USUAL);
    }

    private Infrastructure(
            Collection<SubmissionServer> servers,
            Collection<IpPrefix> pools,
            Collection<ServiceClass> classes,
            String defaultClass,
            Collection<NextHop> relays,
            Remediation remediation,
            RejectRates rejectRates) {
        this.servers = ImmutableList.copyOf(servers);
        this.pools = ImmutableList.copyOf(pools);
        Map<String, ServiceClass> byName = new java.util.TreeMap<>();
        BUILT_IN.forEach(c -> byName.put(c.name(), c));
        classes.forEach(c -> byName.put(c.name(), c));
        this.classes = ImmutableSortedMap.copyOf(byName);
        this.defaultClass = byName.get(Objects.requireNonNull(defaultClass));
        this.relays =
                ImmutableSortedMap.copyOf(
                        relays.stream().collect(Collectors.toMap(NextHop::name, r -> r)));
        this.remediation = Objects.requireNonNull(remediation);
        this.rejectRates = Objects.requireNonNull(rejectRates);
        if (this.defaultClass == null) {
            throw new IllegalArgumentException(
                    "default class \""
                            + defaultClass
                            + "\" does not exist: use one of "
                            + byName.keySet());
        }
        if (this.defaultClass.quarantine().isPresent()) {
            throw new IllegalArgumentException(
                    "default class \""
                            + defaultClass
                            + "\" is a quarantine: nobody is quarantined without being known");
        }
        for (ServiceClass each : this.classes.values()) {
            each.relay()
                    .filter(r -> !this.relays.containsKey(r))
                    .ifPresent(
                            r -> {
                                throw new IllegalArgumentException(
                                        "class "
                                                + each.name()
                                                + " redirects to relay \""
                                                + r
                                                + "\", which does not exist: name it in relays");
                            });
        }
    }

    /**
     * The same infrastructure with other rates of rejecting.
     *
     * @param rates how often direct mail is answered with a reset
     * @return an infrastructure
     */
    public Infrastructure withRejectRates(RejectRates rates) {
        return new Infrastructure(
                servers,
                pools,
                classes.values(),
                defaultClass.name(),
                relays.values(),
                remediation,
                rates);
    }

    /**
     * Returns how often direct mail is answered with a reset.
     *
     * @return the rates; {@link RejectRates#USUAL} unless others are configured
     */
    public RejectRates rejectRates() {
        return rejectRates;
    }

    /**
     * Returns the relays.
     *
     * @return relays by name
     */
    public Map<String, NextHop> relays() {
        return relays;
    }

    /**
     * Returns what quarantined subscribers reach.
     *
     * @return portal, contact path and further openings
     */
    public Remediation remediation() {
        return remediation;
    }

    /**
     * Lists every host that packets are steered to.
     *
     * @return the relays, and the portal if there is one
     */
    public List<NextHop> nextHops() {
        List<NextHop> all = new ArrayList<>(relays.values());
        remediation.portal().ifPresent(all::add);
        return all;
    }

    /**
     * Returns the submission servers.
     *
     * @return the ISP's own, in the order configured
     */
    public List<SubmissionServer> servers() {
        return servers;
    }

    /**
     * Returns the pools.
     *
     * @return prefixes of dynamic and residential customers
     */
    public List<IpPrefix> pools() {
        return pools;
    }

    /**
     * Returns the service classes.
     *
     * @return classes by name
     */
    public Map<String, ServiceClass> classes() {
        return classes;
    }

    /**
     * Returns the class of unknown subscribers.
     *
     * @return one of the classes
     */
    public ServiceClass defaultClass() {
        return defaultClass;
    }

    /**
     * Finds a class.
     *
     * @param name a class name
     * @return the class
     * @throws IllegalArgumentException if there is none; the message lists those that exist
     */
    public ServiceClass classNamed(String name) {
        ServiceClass found = classes.get(name);
        if (found == null) {
            throw new IllegalArgumentException(
                    "there is no class \""
                            + name
                            + "\": use one of "
                            + String.join(", ", classes.keySet()));
        }
        return found;
    }

    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof Infrastructure)) {
            return false;
        }
        Infrastructure that = (Infrastructure) other;
        return servers.equals(that.servers)
                && pools.equals(that.pools)
                && classes.equals(that.classes)
                && defaultClass.equals(that.defaultClass)
                && relays.equals(that.relays)
                && remediation.equals(that.remediation)
                && rejectRates.equals(that.rejectRates);
    }

    @Override
    public int hashCode() {
        return Objects.hash(servers, pools, classes, defaultClass);
    }
}
