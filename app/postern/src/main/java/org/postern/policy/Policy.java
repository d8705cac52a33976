package org.postern.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;

/**
 * Everything that is to be enforced, at one moment. Immutable; what follows from it is computed,
 * never stored in it.
 */
public final class Policy {
    /** Nothing configured, nothing to enforce. */
    public static final Policy EMPTY =
            new Policy(Infrastructure.EMPTY, List.of(), List.of(), List.of());

    private final Infrastructure infrastructure;
    private final ImmutableMap<DeviceId, AccessDevice> devices;
    private final Subscribers subscribers;
    private final ImmutableList<Subscriber> elsewhere;
    private final ImmutableList<Suspension> suspensions;
    private final ImmutableMap<String, MacAddress> nextHops;

    /**
     * Takes a snapshot in which no next hop is reachable.
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
        this(infrastructure, devices, Subscribers.of(subscribers), suspensions, Map.of());
    }

    /**
     * Takes a snapshot.
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
        this(infrastructure, devices, Subscribers.of(subscribers), suspensions, nextHops);
    }

    /**
     * Takes a snapshot.
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
            Subscribers subscribers,
            Collection<Suspension> suspensions,
            Map<String, MacAddress> nextHops) {
        this.nextHops = ImmutableMap.copyOf(nextHops);
        this.infrastructure = infrastructure;
        this.devices =
                devices.stream().collect(ImmutableMap.toImmutableMap(AccessDevice::id, d -> d));
        this.subscribers = subscribers;
        this.elsewhere =
                subscribers.devices().stream()
                        .filter(device -> !this.devices.containsKey(device))
                        .flatMap(device -> subscribers.at(device).values().stream())
                        .distinct()
                        .sorted(Comparator.comparing(Subscriber::id))
                        .collect(ImmutableList.toImmutableList());
        this.suspensions = ImmutableList.copyOf(suspensions);
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
     * The same policy with other subscribers.
     *
     * @param others all subscribers
     * @return a snapshot
     */
    public Policy withSubscribers(Subscribers others) {
        return new Policy(infrastructure, devices.values(), others, suspensions, nextHops);
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
        return new Policy(infrastructure, devices.values(), subscribers, others, nextHops);
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
     * Returns the class that holds for a subscriber.
     *
     * @param subscriber a subscriber
     * @return the class of its quarantine, or else its own; the default class if that does not
     *     exist any more
     */
    public ServiceClass classOf(Subscriber subscriber) {
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
        ServiceClass own = classOf(subscriber);
        return own.allowsOutbound()
                || own.outbound() == OutboundAction.REDIRECT
                        && own.fallback() == OutboundAction.ALLOW
                || isMonitored(subscriber);
    }

    /**
     * Returns what becomes of a class's direct mail at this moment.
     *
     * @param serviceClass a class
     * @return its action, or the fallback if its relay is unreachable; drop for a quarantine
     */
    public OutboundAction outboundOf(ServiceClass serviceClass) {
        boolean stranded =
                serviceClass.outbound() == OutboundAction.REDIRECT
                        && !relayOf(serviceClass).isPresent();
        return stranded ? serviceClass.fallback() : serviceClass.outbound();
    }

    /**
     * Finds where a class's mail is redirected to.
     *
     * @param serviceClass a class
     * @return the MAC of its relay, or empty if it has none or that is unreachable
     */
    public Optional<MacAddress> relayOf(ServiceClass serviceClass) {
        return serviceClass.relay().map(nextHops::get);
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
}
