package org.postern.policy;

import java.util.Optional;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;

/**
 * The fields of a packet that a switch sees and the policy looks at. Immutable.
 *
 * <p>A fragment, the first one included, shows TCP ports 0 (Open vSwitch, {@code set-frags
 * normal}); an IPv6 packet whose upper-layer header lies in a later fragment shows protocol 0.
 */
public final class PacketHeader {
    /** Type of a neighbour advertisement in ICMPv6 (RFC 4861). */
    static final int NEIGHBOUR_ADVERTISEMENT = 136;

    private final PortNumber inPort;
    private final MacAddress sourceMac;
    private final MacAddress destinationMac;
    private final VlanId vlan;
    private final VlanId customerVlan;
    private final int etherType;
    private final IpAddress source;
    private final IpAddress destination;
    private final int protocol;
    private final int sourcePort;
    private final int destinationPort;
    private final int icmpv6Type;
    private final Ip6Address neighbourTarget;
    private final int arpOperation;
    private final Ip4Address arpSender;
    private final MacAddress arpSenderMac;

    private PacketHeader(Builder b) {
        inPort = b.inPort;
        sourceMac = b.sourceMac;
        destinationMac = b.destinationMac;
        vlan = b.vlan;
        customerVlan = b.customerVlan;
        etherType = b.etherType;
        source = b.source;
        destination = b.destination;
        protocol = b.protocol;
        sourcePort = b.sourcePort;
        destinationPort = b.destinationPort;
        icmpv6Type = b.icmpv6Type;
        neighbourTarget = b.neighbourTarget;
        arpOperation = b.arpOperation;
        arpSender = b.arpSender;
        arpSenderMac = b.arpSenderMac;
    }

    /**
     * Starts a header.
     *
     * @param inPort the port the packet came in on
     * @return a builder
     */
    public static Builder from(PortNumber inPort) {
        return new Builder(inPort);
    }

    PortNumber inPort() {
        return inPort;
    }

    MacAddress sourceMac() {
        return sourceMac;
    }

    MacAddress destinationMac() {
        return destinationMac;
    }

    Optional<VlanId> vlan() {
        return Optional.ofNullable(vlan);
    }

    /** The second tag, where the switch looks behind two. */
    Optional<VlanId> customerVlan() {
        return Optional.ofNullable(customerVlan);
    }

    int etherType() {
        return etherType;
    }

    Optional<IpAddress> source() {
        return Optional.ofNullable(source);
    }

    Optional<IpAddress> destination() {
        return Optional.ofNullable(destination);
    }

    int protocol() {
        return protocol;
    }

    int sourcePort() {
        return sourcePort;
    }

    int destinationPort() {
        return destinationPort;
    }

    /** 0 to 255; -1 if it is no ICMPv6. */
    int icmpv6Type() {
        return icmpv6Type;
    }

    Optional<Ip6Address> neighbourTarget() {
        return Optional.ofNullable(neighbourTarget);
    }

    /** 0 to 255; -1 if it is no ARP. */
    int arpOperation() {
        return arpOperation;
    }

    Optional<Ip4Address> arpSender() {
        return Optional.ofNullable(arpSender);
    }

    Optional<MacAddress> arpSenderMac() {
        return Optional.ofNullable(arpSenderMac);
    }

    @Override
    public String toString() {
        return String.format(
                "in %s vlan %s.%s type 0x%04x %s:%d > %s:%d proto %d dl_dst %s",
                inPort,
                vlan,
                customerVlan,
                etherType,
                source,
                sourcePort,
                destination,
                destinationPort,
                protocol,
                destinationMac);
    }

    /** Collects header fields; those never set are absent or 0. */
    public static final class Builder {
        private final PortNumber inPort;
        private MacAddress sourceMac = MacAddress.ZERO;
        private MacAddress destinationMac = MacAddress.ZERO;
        private VlanId vlan;
        private VlanId customerVlan;
        private int etherType;
        private IpAddress source;
        private IpAddress destination;
        private int protocol;
        private int sourcePort;
        private int destinationPort;
        private int icmpv6Type = -1;
        private Ip6Address neighbourTarget;
        private int arpOperation = -1;
        private Ip4Address arpSender;
        private MacAddress arpSenderMac;

        private Builder(PortNumber inPort) {
            this.inPort = inPort;
        }

        /**
         * Sets the link-layer destination.
         *
         * @param mac destination MAC address
         * @return this builder
         */
        public Builder destinationMac(MacAddress mac) {
            destinationMac = mac;
            return this;
        }

        /**
         * Sets the outermost VLAN tag.
         *
         * @param tag VLAN identifier
         * @return this builder
         */
        public Builder vlan(VlanId tag) {
            vlan = tag;
            return this;
        }

        /**
         * Sets the second tag from outside, of a switch that looks behind two.
         *
         * @param tag VLAN identifier
         * @return this builder
         */
        public Builder customerVlan(VlanId tag) {
            customerVlan = tag;
            return this;
        }

        /**
         * Sets the Ethernet type behind the tags that the switch looks behind.
         *
         * @param type 0 to 0xffff
         * @return this builder
         */
        public Builder etherType(int type) {
            etherType = type;
            return this;
        }

        /**
         * Sets the network-layer addresses.
         *
         * @param from source address
         * @param to destination address
         * @return this builder
         */
        public Builder addresses(IpAddress from, IpAddress to) {
            source = from;
            destination = to;
            return this;
        }

        /**
         * Sets the upper-layer protocol as the switch sees it.
         *
         * @param number IANA protocol number, 0 where the switch cannot see it
         * @return this builder
         */
        public Builder protocol(int number) {
            protocol = number;
            return this;
        }

        /**
         * Sets the transport ports as the switch sees them.
         *
         * @param from source port, 0 to 65535
         * @param to destination port, 0 to 65535
         * @return this builder
         */
        public Builder ports(int from, int to) {
            sourcePort = from;
            destinationPort = to;
            return this;
        }

        /**
         * Sets the link-layer source.
         *
         * @param mac MAC address
         * @return this builder
         */
        public Builder sourceMac(MacAddress mac) {
            sourceMac = mac;
            return this;
        }

        /**
         * Sets what the switch sees of ICMPv6.
         *
         * @param type 0 to 255
         * @param target target of neighbour discovery, or null
         * @return this builder
         */
        public Builder icmpv6(int type, Ip6Address target) {
            icmpv6Type = type;
            neighbourTarget = target;
            return this;
        }

        /**
         * Sets what an ARP sender claims to be.
         *
         * @param operation 1 for a request, 2 for a reply, 0 if the switch cannot parse it
         * @param address protocol address
         * @param mac hardware address
         * @return this builder
         */
        public Builder arp(int operation, Ip4Address address, MacAddress mac) {
            arpOperation = operation;
            arpSender = address;
            arpSenderMac = mac;
            return this;
        }

        /**
         * Makes the header.
         *
         * @return the header
         */
        public PacketHeader build() {
            return new PacketHeader(this);
        }
    }
}
