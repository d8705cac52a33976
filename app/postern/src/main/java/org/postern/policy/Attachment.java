package org.postern.policy;

import java.util.Objects;
import java.util.Optional;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;

/**
 * Where a subscriber is attached: a port of an access device, optionally one VLAN of it, and, where
 * several subscribers share that, optionally one inner VLAN, source prefix or MAC of it. Immutable.
 *
 * <p>A port, a VLAN and a pair of tags cannot be spoofed; among those who share them a source can.
 */
public final class Attachment {
    /** OpenFlow 1.3 OFPP_MAX. */
    private static final long LARGEST_PORT = 0xffffff00L;

    private static final int LARGEST_VLAN = 4094;

    private final ConnectPoint point;
    private final VlanId vlan;
    private final VlanId customerVlan;
    private final IpPrefix source;
    private final MacAddress sourceMac;

    private Attachment(
            ConnectPoint point,
            VlanId vlan,
            VlanId customerVlan,
            IpPrefix source,
            MacAddress sourceMac) {
        this.point = Objects.requireNonNull(point);
        this.vlan = vlan;
        this.customerVlan = customerVlan;
        this.source = source;
        this.sourceMac = sourceMac;
    }

    /**
     * Attaches a whole port: tagged and untagged traffic alike.
     *
     * @param point device and port
     * @return the attachment
     */
    public static Attachment port(ConnectPoint point) {
        return new Attachment(point, null, null, null, null);
    }

    /**
     * Attaches one VLAN of a port.
     *
     * @param point device and port
     * @param vlan VLAN identifier, 1 to 4094
     * @return the attachment
     */
    public static Attachment vlan(ConnectPoint point, VlanId vlan) {
        return new Attachment(point, Objects.requireNonNull(vlan), null, null, null);
    }

    /**
     * Attaches one inner VLAN within one outer VLAN of a port (IEEE 802.1ad; TR-101, 1:1 VLANs).
     *
     * @param point device and port
     * @param service outer VLAN identifier, 1 to 4094
     * @param customer inner VLAN identifier, 1 to 4094
     * @return the attachment
     */
    public static Attachment pair(ConnectPoint point, VlanId service, VlanId customer) {
        return new Attachment(
                point,
                Objects.requireNonNull(service),
                Objects.requireNonNull(customer),
                null,
                null);
    }

    /**
     * Narrows to packets from a prefix, where several subscribers share port and VLAN.
     *
     * @param prefix source prefix, not /0
     * @return the narrower attachment
     */
    public Attachment from(IpPrefix prefix) {
        if (prefix.prefixLength() == 0) {
            throw new IllegalArgumentException("prefix " + prefix + " tells nobody apart");
        }
        refusePair();
        return new Attachment(point, vlan, null, prefix, null);
    }

    /**
     * Narrows to packets from a MAC, where several subscribers share port and VLAN.
     *
     * @param mac a unicast address
     * @return the narrower attachment
     */
    public Attachment from(MacAddress mac) {
        if (mac.isMulticast() || mac.isBroadcast() || MacAddress.ZERO.equals(mac)) {
            throw new IllegalArgumentException("MAC " + mac + " is not a host's");
        }
        refusePair();
        return new Attachment(point, vlan, null, null, mac);
    }

    private void refusePair() {
        if (customerVlan != null) {
            throw new IllegalArgumentException("a pair of VLANs is one subscriber's");
        }
    }

    /**
     * Reads an attachment as operators write it: {@code of:0000000000000001/3}, {@code
     * of:0000000000000001/3/100} for VLAN 100 of port 3, and behind either {@code @100.64.3.0/29}
     * or {@code @02:00:00:00:00:01} for one source of several; {@code of:0000000000000001/3/100.7}
     * for inner VLAN 7 within VLAN 100.
     *
     * @param text the written form
     * @return the attachment
     * @throws IllegalArgumentException if it is malformed; the message quotes the text and says
     *     what is expected
     */
    public static Attachment parse(String text) {
        String[] sides = text.trim().split("@", -1);
        try {
            Attachment place = place(sides[0]);
            if (sides.length > 2) {
                throw new IllegalArgumentException("one source is enough");
            }
            return sides.length == 1 ? place : fromSource(place, sides[1]);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "attachment \""
                            + text
                            + "\" is malformed: use DEVICE/PORT or DEVICE/PORT/VLAN,"
                            + " such as of:0000000000000001/3 or of:0000000000000001/3/100 (port 1 to 4294967040,"
                            + " VLAN 1 to 4094), where several share it followed by @PREFIX or @MAC; or"
                            + " DEVICE/PORT/OUTER.INNER for a pair of VLANs, such as of:0000000000000001/3/100.7",
                    e);
        }
    }

    private static Attachment place(String text) {
        String[] parts = text.split("/", -1);
        if (parts.length < 2 || parts.length > 3 || !parts[0].contains(":")) {
            throw new IllegalArgumentException("a device with a scheme and a port are needed");
        }
        long number = Long.parseLong(parts[1]);
        if (number < 1 || number > LARGEST_PORT) {
            throw new IllegalArgumentException("the port is out of range");
        }
        ConnectPoint point =
                new ConnectPoint(DeviceId.deviceId(parts[0]), PortNumber.portNumber(number));
        if (parts.length == 2) {
            return port(point);
        }
        String[] tags = parts[2].split("\\.", -1);
        if (tags.length > 2) {
            throw new IllegalArgumentException("two tags are the most");
        }
        return tags.length == 1
                ? vlan(point, vlanOf(tags[0]))
                : pair(point, vlanOf(tags[0]), vlanOf(tags[1]));
    }

    private static VlanId vlanOf(String text) {
        int vid = Integer.parseInt(text);
        if (vid < 1 || vid > LARGEST_VLAN) {
            throw new IllegalArgumentException("the VLAN is out of range");
        }
        return VlanId.vlanId((short) vid);
    }

    private static Attachment fromSource(Attachment place, String source) {
        if (!source.contains("/")) {
            return place.from(MacAddress.valueOf(source));
        }
        IpPrefix prefix = IpPrefix.valueOf(source);
        if (!prefix.address().equals(IpAddress.valueOf(source.split("/")[0]))) {
            throw new IllegalArgumentException("the prefix has host bits");
        }
        return place.from(prefix);
    }

    /**
     * Returns the access device.
     *
     * @return its identifier
     */
    public DeviceId device() {
        return point.deviceId();
    }

    /**
     * Returns the access port.
     *
     * @return its number
     */
    public PortNumber port() {
        return point.port();
    }

    /**
     * Returns the VLAN, where only one of the port is the subscriber's.
     *
     * @return the VLAN, or empty for the whole port
     */
    public Optional<VlanId> vlan() {
        return Optional.ofNullable(vlan);
    }

    /**
     * Returns the inner VLAN, where only one within the VLAN is the subscriber's.
     *
     * @return the VLAN of the second tag, or empty if the first alone tells
     */
    public Optional<VlanId> customerVlan() {
        return Optional.ofNullable(customerVlan);
    }

    /**
     * Returns the source prefix, where several subscribers share port and VLAN.
     *
     * @return the prefix, or empty if no prefix tells them apart
     */
    public Optional<IpPrefix> source() {
        return Optional.ofNullable(source);
    }

    /**
     * Returns the source MAC, where several subscribers share port and VLAN.
     *
     * @return the MAC, or empty if no MAC tells them apart
     */
    public Optional<MacAddress> sourceMac() {
        return Optional.ofNullable(sourceMac);
    }

    /**
     * Tells whether others may be behind the same port and VLAN.
     *
     * @return true if a source or an inner VLAN tells the subscriber from them
     */
    public boolean isShared() {
        return customerVlan != null || source != null || sourceMac != null;
    }

    /**
     * Returns the attachment to the whole port.
     *
     * @return this one without VLAN and source
     */
    public Attachment wholePort() {
        return port(point);
    }

    /**
     * Returns the attachment to port and VLAN.
     *
     * @return this one without its source or inner VLAN
     */
    public Attachment wholeLine() {
        return new Attachment(point, vlan, null, null, null);
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Attachment)) {
            return false;
        }
        Attachment that = (Attachment) other;
        return point.equals(that.point)
                && Objects.equals(vlan, that.vlan)
                && Objects.equals(customerVlan, that.customerVlan)
                && Objects.equals(source, that.source)
                && Objects.equals(sourceMac, that.sourceMac);
    }

    @Override
    public int hashCode() {
        return Objects.hash(point, vlan, customerVlan, source, sourceMac);
    }

    @Override
    public String toString() {
        String text = point.deviceId() + "/" + point.port().toLong();
        if (vlan != null) {
            text += "/" + vlan.toShort();
        }
        if (customerVlan != null) {
            return text + "." + customerVlan.toShort();
        }
        return isShared() ? text + "@" + (source == null ? sourceMac : source) : text;
    }
}
