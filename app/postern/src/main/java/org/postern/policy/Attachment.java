package org.postern.policy;

import java.util.Objects;
import java.util.Optional;
import org.onlab.packet.VlanId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;

/**
 * Where a subscriber is attached: a port of an access device, optionally one VLAN of it. Immutable.
 */
public final class Attachment {
    private final ConnectPoint point;
    private final VlanId vlan;

    private Attachment(ConnectPoint point, VlanId vlan) {
        this.point = Objects.requireNonNull(point);
        this.vlan = vlan;
    }

    /**
     * Attaches a whole port: tagged and untagged traffic alike.
     *
     * @param point device and port
     * @return the attachment
     */
    public static Attachment port(ConnectPoint point) {
        return new Attachment(point, null);
    }

    /**
     * Attaches one VLAN of a port.
     *
     * @param point device and port
     * @param vlan VLAN identifier, 1 to 4094
     * @return the attachment
     */
    public static Attachment vlan(ConnectPoint point, VlanId vlan) {
        return new Attachment(point, Objects.requireNonNull(vlan));
    }

    /**
     * Reads an attachment as operators write it: {@code of:0000000000000001/3}, or {@code
     * of:0000000000000001/3/100} for VLAN 100 of port 3.
     *
     * @param text the written form
     * @return the attachment
     * @throws IllegalArgumentException if it is malformed; the message quotes the text and says
     *     what is expected
     */
    public static Attachment parse(String text) {
        String[] parts = text.trim().split("/", -1);
        try {
            if (parts.length < 2 || parts.length > 3 || parts[0].isEmpty()) {
                throw new IllegalArgumentException("two or three parts are needed");
            }
            long number = Long.parseLong(parts[1]);
            if (number < 1 || number > 0xffffff00L) {
                throw new IllegalArgumentException("the port is out of range");
            }
            ConnectPoint point =
                    new ConnectPoint(DeviceId.deviceId(parts[0]), PortNumber.portNumber(number));
            if (!parts[0].contains(":")) {
                throw new IllegalArgumentException("the device has no scheme");
            }
            if (parts.length == 2) {
                return port(point);
            }
            int vid = Integer.parseInt(parts[2]);
            if (vid < 1 || vid > 4094) {
                throw new IllegalArgumentException("the VLAN is out of range");
            }
            return vlan(point, VlanId.vlanId((short) vid));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "attachment \""
                            + text
                            + "\" is malformed: use DEVICE/PORT or DEVICE/PORT/VLAN,"
                            + " such as of:0000000000000001/3 or of:0000000000000001/3/100 (port 1 to 4294967040,"
                            + " VLAN 1 to 4094)",
                    e);
        }
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
     * Returns the attachment to the whole port.
     *
     * @return this one without its VLAN
     */
    public Attachment wholePort() {
        return port(point);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Attachment
                && point.equals(((Attachment) other).point)
                && Objects.equals(vlan, ((Attachment) other).vlan);
    }

    @Override
    public int hashCode() {
        return Objects.hash(point, vlan);
    }

    @Override
    public String toString() {
        String text = point.deviceId() + "/" + point.port().toLong();
        return vlan == null ? text : text + "/" + vlan.toShort();
    }
}
