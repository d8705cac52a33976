package org.postern.policy;

import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.onlab.packet.VlanId;
import org.onosproject.net.DeviceId;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;
import org.pcollections.TreePMap;

/**
 * The subscribers of an ISP at one moment, found by identifier, access device and VLAN. Immutable;
 * what a change makes of it shares all that did not change, so one change of a hundred thousand
 * subscribers costs what a few cost.
 */
public final class Subscribers {
    /** Nobody. */
    public static final Subscribers NONE =
            new Subscribers(TreePMap.empty(), HashTreePMap.empty(), HashTreePMap.empty());

    private final TreePMap<String, Subscriber> byId;
    private final PMap<DeviceId, TreePMap<String, Subscriber>> byDevice;

    /** Identifiers of those who have a VLAN, by the device where they have it. */
    private final PMap<VlanId, PMap<DeviceId, PSet<String>>> byVlan;

    private Subscribers(
            TreePMap<String, Subscriber> byId,
            PMap<DeviceId, TreePMap<String, Subscriber>> byDevice,
            PMap<VlanId, PMap<DeviceId, PSet<String>>> byVlan) {
        this.byId = byId;
        this.byDevice = byDevice;
        this.byVlan = byVlan;
    }

    /**
     * Takes a list of subscribers.
     *
     * @param subscribers no two with the same identifier, or the later one counts
     * @return all of them
     */
    public static Subscribers of(Collection<Subscriber> subscribers) {
        Subscribers all = NONE;
        for (Subscriber subscriber : subscribers) {
            all = all.with(subscriber);
        }
        return all;
    }

    /**
     * These and one more, or one in place of the one with the same identifier.
     *
     * @param subscriber a subscriber
     * @return the others and this one
     */
    public Subscribers with(Subscriber subscriber) {
        Subscriber former = byId.get(subscriber.id());
        if (subscriber.equals(former)) {
            return this;
        }
        Subscribers others = without(subscriber.id());
        PMap<DeviceId, TreePMap<String, Subscriber>> devices = others.byDevice;
        PMap<VlanId, PMap<DeviceId, PSet<String>>> vlans = others.byVlan;
        for (Attachment attachment : subscriber.attachments()) {
            DeviceId device = attachment.device();
            devices =
                    devices.plus(
                            device,
                            devices.getOrDefault(device, TreePMap.empty())
                                    .plus(subscriber.id(), subscriber));
            if (attachment.vlan().isPresent()) {
                VlanId vlan = attachment.vlan().get();
                PMap<DeviceId, PSet<String>> users = vlans.getOrDefault(vlan, HashTreePMap.empty());
                PSet<String> here = users.getOrDefault(device, HashTreePSet.empty());
                vlans = vlans.plus(vlan, users.plus(device, here.plus(subscriber.id())));
            }
        }
        return new Subscribers(others.byId.plus(subscriber.id(), subscriber), devices, vlans);
    }

    /**
     * These but one.
     *
     * @param id an identifier
     * @return the others; the same if there is no such subscriber
     */
    public Subscribers without(String id) {
        Subscriber former = byId.get(id);
        if (former == null) {
            return this;
        }
        PMap<DeviceId, TreePMap<String, Subscriber>> devices = byDevice;
        PMap<VlanId, PMap<DeviceId, PSet<String>>> vlans = byVlan;
        for (Attachment attachment : former.attachments()) {
            DeviceId device = attachment.device();
            TreePMap<String, Subscriber> left =
                    devices.getOrDefault(device, TreePMap.empty()).minus(id);
            devices = left.isEmpty() ? devices.minus(device) : devices.plus(device, left);
            if (attachment.vlan().isPresent()) {
                VlanId vlan = attachment.vlan().get();
                PMap<DeviceId, PSet<String>> users = vlans.getOrDefault(vlan, HashTreePMap.empty());
                PSet<String> here = users.getOrDefault(device, HashTreePSet.empty()).minus(id);
                users = here.isEmpty() ? users.minus(device) : users.plus(device, here);
                vlans = users.isEmpty() ? vlans.minus(vlan) : vlans.plus(vlan, users);
            }
        }
        return new Subscribers(byId.minus(id), devices, vlans);
    }

    /**
     * Returns all of them.
     *
     * @return subscribers by identifier, in the order of the identifiers
     */
    public Map<String, Subscriber> byId() {
        return byId;
    }

    /**
     * Lists the subscribers that are attached to a device.
     *
     * @param device a device
     * @return its subscribers in the order of their identifiers; the same object for as long as
     *     nothing of them changes
     */
    public Map<String, Subscriber> at(DeviceId device) {
        return byDevice.getOrDefault(device, TreePMap.empty());
    }

    /**
     * Lists where somebody is attached.
     *
     * @return devices with at least one subscriber
     */
    public Set<DeviceId> devices() {
        return byDevice.keySet();
    }

    /**
     * Finds who has a VLAN.
     *
     * @param vlan a VLAN
     * @return identifiers of its subscribers, by the device where they have it
     */
    Map<DeviceId, Set<String>> usersOf(VlanId vlan) {
        return Collections.unmodifiableMap(byVlan.getOrDefault(vlan, HashTreePMap.empty()));
    }

    @Override
    public boolean equals(Object other) {
        return this == other
                || other instanceof Subscribers && byId.equals(((Subscribers) other).byId);
    }

    @Override
    public int hashCode() {
        return byId.hashCode();
    }

    @Override
    public String toString() {
        return byId.values().stream().map(Subscriber::toString).collect(Collectors.joining(", "));
    }
}
