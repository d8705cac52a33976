package org.postern.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;

/**
 * Everything that is to be enforced, at one moment. Immutable; what follows from it is computed,
 * never stored in it.
 */
public final class Policy {
    /** Nothing configured, nothing to enforce. */
    public static final Policy EMPTY = builder().build();

    private final Infrastructure infrastructure;
    private final ImmutableMap<DeviceId, AccessDevice> devices;

    /** Devices with transit ports, by their chain. */
    private final ImmutableListMultimap<String, AccessDevice> chains;

    private final Subscribers subscribers;
    private final ImmutableList<Subscriber> elsewhere;
    private final ImmutableList<Suspension> suspensions;
    private final ImmutableMap<String, MacAddress> nextHops;
    private final ImmutableSet<String> refusedRelays;
    private final Exemptions exemptions;

    /** Exemptions of those who are attached to a device. */
    private final ImmutableListMultimap<DeviceId, Exemption> exemptionsByDevice;

    /**
     * Takes a snapshot in which no next hop is reachable and nobody is exempted.
     *
     * @param infrastructure servers, pools and classes
     * @param devices access devices
     * @param subscribers subscribers; one whose class does not exist is treated as of the default
     *     class
     * @param suspensions suspensions in force at this moment
     */
    public Policy(
            Infrastructure infrastructure,
            Collection<AccessDevice> devices,
            Collection<Subscriber> subscribers,
            Collection<Suspension> suspensions) {
        this(infrastructure, devices, subscribers, suspensions, Map.of());
    }

    /**
     * Takes a snapshot in which nobody is exempted.
     *
     * @param infrastructure servers, pools and classes
     * @param devices access devices
     * @param subscribers subscribers; one whose class does not exist is treated as of the default
     *     class
     * @param suspensions suspensions in force at this moment
     * @param nextHops MAC of each next hop that is reachable at this moment, by its name
     */
    public Policy(
            Infrastructure infrastructure,
            Collection<AccessDevice> devices,
            Collection<Subscriber> subscribers,
            Collection<Suspension> suspensions,
            Map<String, MacAddress> nextHops) {
        this(
                builder()
                        .infrastructure(infrastructure)
                        .devices(devices)
                        .subscribers(subscribers)
                        .suspensions(suspensions)
                        .nextHops(nextHops));
    }

    private Policy(Builder builder) {
        this.nextHops = ImmutableMap.copyOf(builder.nextHops);
        this.refusedRelays = ImmutableSet.copyOf(builder.refusedRelays);
        this.infrastructure = builder.infrastructure;
        this.exemptions = builder.exemptions;
        this.devices =
                builder.devices.stream()
                        .collect(ImmutableMap.toImmutableMap(AccessDevice::id, d -> d));
        this.chains =
                this.devices.values().stream()
                        .filter(AccessDevice::hasTransit)
                        .collect(
                                ImmutableListMultimap.toImmutableListMultimap(
                                        AccessDevice::chain, d -> d));
        this.subscribers = builder.subscribers;
        this.elsewhere =
                subscribers.devices().stream()
                        .filter(device -> !this.devices.containsKey(device))
                        .flatMap(device -> subscribers.at(device).values().stream())
                        .distinct()
                        .sorted(Comparator.comparing(Subscriber::id))
                        .collect(ImmutableList.toImmutableList());
        this.suspensions = ImmutableList.copyOf(builder.suspensions);
        this.exemptionsByDevice = exemptions.byDevice(subscribers);
    }

    /**
     * Begins a snapshot of nothing.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Begins a snapshot that differs from this one.
     *
     * @return a builder with everything this one has
     */
    public Builder toBuilder() {
        return builder()
                .infrastructure(infrastructure)
                .devices(devices.values())
                .subscribers(subscribers)
                .suspensions(suspensions)
                .nextHops(nextHops)
                .refusedRelays(refusedRelays)
                .exemptions(exemptions);
    }

    /**
     * Finds who has a VLAN, without looking at all subscribers.
     *
     * @param vlan a VLAN
     * @return identifiers of its subscribers, by the device where they have it
     */
    Map<DeviceId, Set<String>> usersOf(VlanId vlan) {
        return subscribers.usersOf(vlan);
    }

    /**
     * Returns all that bears on a device. Whatever does not change this does not change what has to
     * be on the device.
     *
     * @param device an access device of this policy
     * @return a value to be compared with that of another policy; cheap to make, and to compare
     *     where little changed
     */
    public Object bearingOn(AccessDevice device) {
        ImmutableList.Builder<Object> all = ImmutableList.builder();
        all.add(infrastructure, suspensions, nextHops, refusedRelays, device, elsewhere);
        elsewhere.forEach(s -> all.add(exemptions.of(s)));
        for (AccessDevice carried : carriedBy(device)) {
            all.add(carried, subscribers.at(carried.id()), exemptionsByDevice.get(carried.id()));
        }
        return all.build();
    }

    /**
     * Lists the devices whose traffic passes a device.
     *
     * @param device an access device of this policy
     * @return the device itself, and those of its chain
     */
    List<AccessDevice> carriedBy(AccessDevice device) {
        return device.hasTransit() ? chains.get(device.chain()) : ImmutableList.of(device);
    }

    /**
     * The same policy with other subscribers.
     *
     * @param others all subscribers
     * @return a snapshot
     */
    public Policy withSubscribers(Subscribers others) {
        return toBuilder().subscribers(others).build();
    }

    /**
     * Returns the subscribers as they are indexed.
     *
     * @return all subscribers
     */
    public Subscribers directory() {
        return subscribers;
    }

    /**
     * The same policy with other suspensions.
     *
     * @param others suspensions in force
     * @return a snapshot
     */
    public Policy withSuspensions(Collection<Suspension> others) {
        return toBuilder().suspensions(others).build();
    }

    /**
     * Returns servers, pools and classes.
     *
     * @return the infrastructure
     */
    public Infrastructure infrastructure() {
        return infrastructure;
    }

    /**
     * Returns the access devices.
     *
     * @return devices by identifier
     */
    public Map<DeviceId, AccessDevice> devices() {
        return devices;
    }

    /**
     * Returns the subscribers.
     *
     * @return subscribers by identifier
     */
    public Map<String, Subscriber> subscribers() {
        return subscribers.byId();
    }

    /**
     * Lists the subscribers that are attached to a device.
     *
     * @param device an access device
     * @return its subscribers by identifier
     */
    public Collection<Subscriber> subscribersOf(DeviceId device) {
        return subscribers.at(device).values();
    }

    /**
     * Lists the subscribers with an attachment to a device that is no access device (any more), a
     * withdrawn one, for instance. Where their traffic passes is not known.
     *
     * @return subscribers by identifier
     */
    public List<Subscriber> subscribersElsewhere() {
        return elsewhere;
    }

    /**
     * Returns the suspensions.
     *
     * @return suspensions in force
     */
    public List<Suspension> suspensions() {
        return suspensions;
    }

    /**
     * Returns the exemptions.
     *
     * @return those in force
     */
    public Collection<Exemption> exemptions() {
        return exemptions.all();
    }

    /**
     * Returns the exemptions of a subscriber.
     *
     * @param subscriber a subscriber
     * @return those in force, the one that began first first
     */
    public List<Exemption> exemptionsOf(Subscriber subscriber) {
        return exemptions.of(subscriber);
    }

    /**
     * Returns the class that holds for a subscriber.
     *
     * @param subscriber a subscriber
     * @return the class of its quarantine, or else of the exemption with a class that began last,
     *     or else its own; the default class if that does not exist any more; that class, but with
     *     direct mail allowed, if it is exempted from everything
     */
    public ServiceClass classOf(Subscriber subscriber) {
        ServiceClass held = classHeldBy(subscriber);
        // nobody is exempted from a quarantine
        return !held.quarantine().isPresent() && exemptions.fromEverything(subscriber).isPresent()
                ? held.sendingDirectly()
                : held;
    }

    /** The class that holds for a subscriber, whatever it is exempted from besides. */
    private ServiceClass classHeldBy(Subscriber subscriber) {
        return overrideOf(subscriber)
                .flatMap(Exemption::serviceClass)
                .map(infrastructure.classes()::get)
                .orElseGet(() -> classWithoutExemptions(subscriber));
    }

    private ServiceClass classWithoutExemptions(Subscriber subscriber) {
        Map<String, ServiceClass> classes = infrastructure.classes();
        ServiceClass own =
                classes.getOrDefault(subscriber.serviceClass(), infrastructure.defaultClass());
        // whatever became of the class of a quarantine, only a release ends it
        return subscriber
                .quarantine()
                .map(q -> classes.getOrDefault(q.serviceClass(), ServiceClass.WALLED_GARDEN))
                .map(c -> c.quarantine().isPresent() ? c : ServiceClass.WALLED_GARDEN)
                .map(own::quarantinedBy)
                .orElse(own);
    }

    /** The exemption that gives a subscriber another class, if one does: that which began last. */
    Optional<Exemption> overrideOf(Subscriber subscriber) {
        return exemptionsOf(subscriber).isEmpty()
                        || classWithoutExemptions(subscriber).quarantine().isPresent()
                ? Optional.empty()
                : exemptions.override(subscriber, infrastructure.classes());
    }

    /** The exemption that lets mail of a subscriber out which its class would not, if one does. */
    Optional<Exemption> exemptionOpening(Subscriber subscriber) {
        if (exemptionsOf(subscriber).isEmpty()) {
            return Optional.empty();
        }
        ServiceClass held = classHeldBy(subscriber);
        if (held.quarantine().isPresent() || mayBeOpen(subscriber, held)) {
            return Optional.empty();
        }
        return exemptions
                .fromEverything(subscriber)
                .or(() -> exemptions.toDestinations(subscriber));
    }

    /**
     * Returns where a subscriber's direct mail passes by exemption, whatever its class says.
     *
     * @param subscriber a subscriber
     * @return prefixes, none within another; none at all while it is quarantined, or while all of
     *     its direct mail passes anyway
     */
    public Set<IpPrefix> exemptDestinationsOf(Subscriber subscriber) {
        if (exemptionsOf(subscriber).isEmpty()) {
            return Set.of();
        }
        ServiceClass own = classOf(subscriber);
        return own.quarantine().isPresent() || sendsFreely(own)
                ? Set.of()
                : namedDestinationsOf(subscriber);
    }

    /** All destinations that exemptions of a subscriber name, none within another. */
    Set<IpPrefix> namedDestinationsOf(Subscriber subscriber) {
        return exemptions.destinations(subscriber);
    }

    /**
     * Tells whether nothing of a subscriber is dropped, but counted.
     *
     * @param subscriber a subscriber
     * @return true if it, or its class, is in mode monitor and it is not quarantined
     */
    public boolean isMonitored(Subscriber subscriber) {
        return !classOf(subscriber).quarantine().isPresent()
                && (subscriber.mode() == Mode.MONITOR
                        || classOf(subscriber).mode() == Mode.MONITOR);
    }

    /**
     * Tells whether a subscriber's direct mail gets out as it is, now or whenever a relay is
     * unreachable, so that answers must find it.
     *
     * @param subscriber a subscriber
     * @return true if its class allows, may fall back to allowing, or it is monitored
     */
    boolean mayBeOpen(Subscriber subscriber) {
        return mayBeOpen(subscriber, classOf(subscriber));
    }

    private boolean mayBeOpen(Subscriber subscriber, ServiceClass own) {
        return own.allowsOutbound()
                || own.outbound() == OutboundAction.REDIRECT
                        && own.fallback() == OutboundAction.ALLOW
                || isMonitored(subscriber);
    }

    /**
     * Suspending a class lets its mail out for as long as it lasts; everything else of the class
     * stays.
     */
    boolean sendsFreely(ServiceClass serviceClass) {
        return isSuspended(serviceClass)
                || !serviceClass.quarantine().isPresent()
                        && outboundOf(serviceClass) == OutboundAction.ALLOW;
    }

    /**
     * Returns what becomes of a class's direct mail at this moment.
     *
     * @param serviceClass a class
     * @return its action, or the fallback if its relay is unreachable; drop for a quarantine, and
     *     if its relay is refused
     */
    public OutboundAction outboundOf(ServiceClass serviceClass) {
        if (serviceClass.relay().filter(refusedRelays::contains).isPresent()) {
            return OutboundAction.DROP;
        }
        boolean stranded =
                serviceClass.outbound() == OutboundAction.REDIRECT
                        && !relayOf(serviceClass).isPresent();
        return stranded ? serviceClass.fallback() : serviceClass.outbound();
    }

    /**
     * Finds where a class's mail is redirected to.
     *
     * @param serviceClass a class
     * @return the MAC of its relay, or empty if it has none or that is unreachable or refused
     */
    public Optional<MacAddress> relayOf(ServiceClass serviceClass) {
        return serviceClass.relay().filter(r -> !refusedRelays.contains(r)).map(nextHops::get);
    }

    /**
     * Returns the relays that nothing may be redirected to.
     *
     * @return names of relays; direct mail that is for them is dropped
     */
    public Set<String> refusedRelays() {
        return refusedRelays;
    }

    /**
     * Finds where web requests from the walled garden are led.
     *
     * @return the MAC of the portal, or empty if there is none or it is unreachable
     */
    public Optional<MacAddress> portal() {
        return infrastructure.remediation().portal().map(p -> nextHops.get(p.name()));
    }

    /**
     * Returns the next hops that are reachable.
     *
     * @return MAC by name
     */
    public Map<String, MacAddress> nextHops() {
        return nextHops;
    }

    /**
     * Returns the suspension of a device.
     *
     * @param device an access device
     * @return the suspension because of which nothing is enforced on it, if any
     */
    public Optional<Suspension> suspensionOf(DeviceId device) {
        return suspensions.stream().filter(s -> s.coversDevice(device)).findFirst();
    }

    /**
     * Tells whether a class is suspended.
     *
     * @param serviceClass a class
     * @return true if nothing is enforced for its subscribers
     */
    public boolean isSuspended(ServiceClass serviceClass) {
        return suspensions.stream()
                .anyMatch(s -> s.serviceClass().filter(serviceClass.name()::equals).isPresent());
    }

    /** Collects what a snapshot is made of. */
    public static final class Builder {
        private Infrastructure infrastructure = Infrastructure.EMPTY;
        private Collection<AccessDevice> devices = List.of();
        private Subscribers subscribers = Subscribers.NONE;
        private Collection<Suspension> suspensions = List.of();
        private Map<String, MacAddress> nextHops = Map.of();
        private Collection<String> refusedRelays = List.of();
        private Exemptions exemptions = new Exemptions(List.of());

        private Builder() {}

        /**
         * Sets servers, pools and classes.
         *
         * @param value the infrastructure; an empty one if this is not called
         * @return this builder
         */
        public Builder infrastructure(Infrastructure value) {
            infrastructure = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Sets the access devices.
         *
         * @param all access devices
         * @return this builder
         */
        public Builder devices(Collection<AccessDevice> all) {
            devices = Objects.requireNonNull(all);
            return this;
        }

        /**
         * Sets the subscribers.
         *
         * @param all subscribers; one whose class does not exist is treated as of the default class
         * @return this builder
         */
        public Builder subscribers(Collection<Subscriber> all) {
            return subscribers(Subscribers.of(all));
        }

        /**
         * Sets the subscribers.
         *
         * @param all subscribers as they are indexed; one whose class does not exist is treated as
         *     of the default class
         * @return this builder
         */
        public Builder subscribers(Subscribers all) {
            subscribers = Objects.requireNonNull(all);
            return this;
        }

        /**
         * Sets the suspensions.
         *
         * @param all those in force at this moment
         * @return this builder
         */
        public Builder suspensions(Collection<Suspension> all) {
            suspensions = Objects.requireNonNull(all);
            return this;
        }

        /**
         * Sets the next hops.
         *
         * @param reachable MAC of each that is reachable at this moment, by its name
         * @return this builder
         */
        public Builder nextHops(Map<String, MacAddress> reachable) {
            nextHops = Objects.requireNonNull(reachable);
            return this;
        }

        /**
         * Sets the relays that nothing may be redirected to.
         *
         * @param names of relays; direct mail that is for them is dropped
         * @return this builder
         */
        public Builder refusedRelays(Collection<String> names) {
            refusedRelays = Objects.requireNonNull(names);
            return this;
        }

        /**
         * Sets the exemptions.
         *
         * @param all those in force at this moment; one of nobody, or with a class that does not
         *     exist or quarantines, has no effect
         * @return this builder
         */
        public Builder exemptions(Collection<Exemption> all) {
            return exemptions(new Exemptions(all));
        }

        private Builder exemptions(Exemptions all) {
            exemptions = all;
            return this;
        }

        /**
         * Takes the snapshot.
         *
         * @return a policy
         */
        public Policy build() {
            return new Policy(this);
        }
    }
}
