package org.postern.policy;

import com.google.common.collect.ImmutableSet;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;

/**
 * A customer of the ISP. Its identity is where it is attached, not its address: that survives DHCP
 * and cannot be spoofed. Immutable.
 */
public final class Subscriber {
    static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._@:-]{0,63}");

    private final String id;
    private final String serviceClass;
    private final ImmutableSet<Attachment> attachments;
    private final ImmutableSet<IpPrefix> prefixes;
    private final ImmutableSet<MacAddress> macs;
    private final Mode mode;
    private final Quarantine quarantine;

    private Subscriber(Builder builder) {
        if (builder.id == null || !ID.matcher(builder.id).matches()) {
            throw new IllegalArgumentException(
                    "subscriber id \""
                            + builder.id
                            + "\" is malformed: use 1 to 64 letters, digits and . _ @ : -, a letter or digit first");
        }
        id = builder.id;
        serviceClass = Objects.requireNonNull(builder.serviceClass, "class");
        attachments = ImmutableSet.copyOf(builder.attachments);
        prefixes = ImmutableSet.copyOf(builder.prefixes);
        macs = ImmutableSet.copyOf(builder.macs);
        mode = builder.mode;
        quarantine = builder.quarantine;
        if (attachments.isEmpty()) {
            throw new IllegalArgumentException(
                    "subscriber " + id + " has no attachment: give at least one DEVICE/PORT");
        }
        for (IpPrefix prefix : prefixes) {
            if (prefix.prefixLength() == 0) {
                throw new IllegalArgumentException(
                        "subscriber "
                                + id
                                + ": prefix "
                                + prefix
                                + " is the whole Internet: give its own prefixes");
            }
        }
        for (IpPrefix prefix : prefixes) {
            if (prefix.address().isZero()
                    || prefix.address().isLinkLocal()
                    || prefix.address().isMulticast()) {
                throw new IllegalArgumentException(
                        "subscriber "
                                + id
                                + ": prefix "
                                + prefix
                                + " is everybody's (unspecified, link-local or multicast): give its own prefixes");
            }
        }
        for (MacAddress mac : macs) {
            if (mac.isMulticast() || mac.isBroadcast() || MacAddress.ZERO.equals(mac)) {
                throw new IllegalArgumentException(
                        "subscriber "
                                + id
                                + ": MAC "
                                + mac
                                + " is not a host's: give a unicast address");
            }
        }
    }

    /**
     * Starts a subscriber.
     *
     * @param id 1 to 64 letters, digits and {@code . _ @ : -}
     * @return a builder without attachments
     */
    public static Builder builder(String id) {
        return new Builder(id);
    }

    /**
     * Starts from this subscriber.
     *
     * @return a builder with everything this one has
     */
    public Builder toBuilder() {
        Builder builder = new Builder(id).serviceClass(serviceClass);
        builder.attachments.addAll(attachments);
        builder.prefixes.addAll(prefixes);
        builder.macs.addAll(macs);
        return builder.mode(mode).quarantine(quarantine);
    }

    /**
     * Returns the identifier.
     *
     * @return the ISP's own name for the customer
     */
    public String id() {
        return id;
    }

    /**
     * Returns the service class.
     *
     * @return the name of a class of the policy
     */
    public String serviceClass() {
        return serviceClass;
    }

    /**
     * Returns where the subscriber is attached.
     *
     * @return at least one attachment; several for dual homing and link aggregation
     */
    public Set<Attachment> attachments() {
        return attachments;
    }

    /**
     * Returns the subscriber's address prefixes.
     *
     * @return IPv4 and IPv6 prefixes, possibly none
     */
    public Set<IpPrefix> prefixes() {
        return prefixes;
    }

    /**
     * Returns the hardware addresses of the subscriber's equipment.
     *
     * @return unicast addresses, possibly none
     */
    public Set<MacAddress> macs() {
        return macs;
    }

    /**
     * Returns whether anything is enforced on the subscriber.
     *
     * @return the mode
     */
    public Mode mode() {
        return mode;
    }

    /**
     * Returns the quarantine.
     *
     * @return why and since when the subscriber is quarantined, or empty if it is not
     */
    public Optional<Quarantine> quarantine() {
        return Optional.ofNullable(quarantine);
    }

    /**
     * Tells whether the subscriber is attached to a device.
     *
     * @param device an access device
     * @return true if one of the attachments is there
     */
    public boolean isAttachedTo(DeviceId device) {
        return attachments.stream().anyMatch(a -> a.device().equals(device));
    }

    @Override
    public boolean equals(Object other) {
        if (this == other) {
            return true;
        }
        if (!(other instanceof Subscriber)) {
            return false;
        }
        Subscriber that = (Subscriber) other;
        return id.equals(that.id)
                && serviceClass.equals(that.serviceClass)
                && attachments.equals(that.attachments)
                && prefixes.equals(that.prefixes)
                && macs.equals(that.macs)
                && mode == that.mode
                && Objects.equals(quarantine, that.quarantine);
    }

    @Override
    public int hashCode() {
        return id.hashCode();
    }

    @Override
    public String toString() {
        return id + "(" + serviceClass + " at " + attachments + ")";
    }

    /** Collects what a subscriber is made of. */
    public static final class Builder {
        private final String id;
        private String serviceClass = ServiceClass.RESIDENTIAL.name();
        private final Set<Attachment> attachments = new LinkedHashSet<>();
        private final Set<IpPrefix> prefixes = new LinkedHashSet<>();
        private final Set<MacAddress> macs = new LinkedHashSet<>();
        private Mode mode = Mode.ENFORCE;
        private Quarantine quarantine;

        private Builder(String id) {
            this.id = id;
        }

        /**
         * Sets the service class.
         *
         * @param name name of a class; {@code residential} if never set
         * @return this builder
         */
        public Builder serviceClass(String name) {
            serviceClass = name;
            return this;
        }

        /**
         * Adds an attachment.
         *
         * @param attachment where the subscriber is attached
         * @return this builder
         */
        public Builder attachedAt(Attachment attachment) {
            attachments.add(attachment);
            return this;
        }

        /**
         * Adds an address prefix.
         *
         * @param prefix an IPv4 or IPv6 prefix of the subscriber, not /0
         * @return this builder
         */
        public Builder prefix(IpPrefix prefix) {
            prefixes.add(prefix);
            return this;
        }

        /**
         * Adds a hardware address.
         *
         * @param mac a unicast address
         * @return this builder
         */
        public Builder mac(MacAddress mac) {
            macs.add(mac);
            return this;
        }

        /**
         * Sets whether anything is enforced.
         *
         * @param value the mode; enforce if this is not called
         * @return this builder
         */
        public Builder mode(Mode value) {
            mode = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Quarantines the subscriber, or releases it.
         *
         * @param value the quarantine, or null for none
         * @return this builder
         */
        public Builder quarantine(Quarantine value) {
            quarantine = value;
            return this;
        }

        /**
         * Makes the subscriber.
         *
         * @return the subscriber
         * @throws IllegalArgumentException naming what is malformed or missing
         */
        public Subscriber build() {
            return new Subscriber(this);
        }
    }
}
