package org.postern.report;

import java.util.function.Predicate;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.postern.policy.Mode;
import org.postern.policy.Subscriber;

/** Which subscribers are asked for. Immutable. */
public final class SubscriberQuery implements Predicate<Subscriber> {
    private final Predicate<Subscriber> which;

    private SubscriberQuery(Predicate<Subscriber> which) {
        this.which = which;
    }

    /**
     * Asks for every subscriber.
     *
     * @return a query to be narrowed
     */
    public static SubscriberQuery all() {
        return new SubscriberQuery(subscriber -> true);
    }

    private SubscriberQuery narrowed(Predicate<Subscriber> more) {
        return new SubscriberQuery(which.and(more));
    }

    /**
     * Asks for identifiers that begin so only.
     *
     * @param text any text
     * @return the query
     */
    public SubscriberQuery beginningWith(String text) {
        return narrowed(subscriber -> subscriber.id().startsWith(text));
    }

    /**
     * Asks for a class only, whatever a quarantine makes of it.
     *
     * @param name of the class
     * @return the query
     */
    public SubscriberQuery ofClass(String name) {
        return narrowed(subscriber -> subscriber.serviceClass().equals(name));
    }

    /**
     * Asks for who is attached to a device only.
     *
     * @param device the device
     * @return the query
     */
    public SubscriberQuery at(DeviceId device) {
        return narrowed(subscriber -> subscriber.isAttachedTo(device));
    }

    /**
     * Asks for who is attached to a port only, whatever the VLAN.
     *
     * @param device the device
     * @param port number of the port
     * @return the query
     */
    public SubscriberQuery at(DeviceId device, long port) {
        return narrowed(
                subscriber ->
                        subscriber.attachments().stream()
                                .anyMatch(
                                        attachment ->
                                                attachment.device().equals(device)
                                                        && attachment.port().toLong() == port));
    }

    /**
     * Asks for who is quarantined, or is not, only.
     *
     * @param wanted which of the two
     * @return the query
     */
    public SubscriberQuery quarantined(boolean wanted) {
        return narrowed(subscriber -> subscriber.quarantine().isPresent() == wanted);
    }

    /**
     * Asks for a mode only.
     *
     * @param mode the mode
     * @return the query
     */
    public SubscriberQuery inMode(Mode mode) {
        return narrowed(subscriber -> subscriber.mode() == mode);
    }

    /**
     * Asks for who has addresses of a prefix only.
     *
     * @param prefix IPv4 or IPv6
     * @return the query
     */
    public SubscriberQuery within(IpPrefix prefix) {
        return narrowed(
                subscriber ->
                        subscriber.prefixes().stream()
                                .anyMatch(own -> own.contains(prefix) || prefix.contains(own)));
    }

    /**
     * Asks for who has a MAC address only.
     *
     * @param mac the address
     * @return the query
     */
    public SubscriberQuery having(MacAddress mac) {
        return narrowed(subscriber -> subscriber.macs().contains(mac));
    }

    /**
     * Reads the prefix of one host.
     *
     * @param text an IPv4 or IPv6 address
     * @return the prefix of full length
     * @throws IllegalArgumentException if it is no address; the message quotes it
     */
    public static IpPrefix host(String text) {
        try {
            IpAddress address = IpAddress.valueOf(text);
            return IpPrefix.valueOf(
                    address,
                    address.isIp4()
                            ? IpPrefix.MAX_INET_MASK_LENGTH
                            : IpPrefix.MAX_INET6_MASK_LENGTH);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not an IPv4 or IPv6 address", e);
        }
    }

    @Override
    public boolean test(Subscriber subscriber) {
        return which.test(subscriber);
    }
}
