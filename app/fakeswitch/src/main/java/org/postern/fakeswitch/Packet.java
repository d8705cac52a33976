package org.postern.fakeswitch;

import static com.google.common.base.Preconditions.checkArgument;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.onlab.packet.MacAddress;

/**
 * An Ethernet frame as its bytes, without frame check sequence. Immutable; equal when the bytes
 * are.
 *
 * <p>Built with {@link #from(String)} in the order in which the headers appear on the wire:
 *
 * <pre>{@code
 * Packet syn = Packet.from("02:00:00:00:00:01").to("02:00:00:00:00:02")
 *         .vlan(100).ipv4("10.64.0.7", "203.0.113.9").tcp(40000, 25).build();
 * }</pre>
 */
public final class Packet {
    /** Length of an Ethernet header in bytes: the shortest frame a switch looks at. */
    static final int ETHERNET_HEADER = 14;

    private static final int MAC = 6;
    private static final int TCP_CHECKSUM = 16;

    /** Length of a VLAN tag in bytes. */
    private static final int TAG = 4;

    private final byte[] bytes;

    private Packet(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * Returns the frame with these bytes.
     *
     * @param bytes the frame from its destination address on; copied
     * @return the frame
     * @throws IllegalArgumentException if there are fewer than 14 bytes, which no switch takes for
     *     a frame
     */
    public static Packet of(byte[] bytes) {
        checkArgument(
                bytes.length >= ETHERNET_HEADER,
                "an Ethernet frame has at least %s bytes, this one %s",
                ETHERNET_HEADER,
                bytes.length);
        return new Packet(bytes.clone());
    }

    /**
     * Returns the frame written as hexadecimal digits.
     *
     * @param hex two digits for each byte, white space ignored
     * @return the frame
     * @throws IllegalArgumentException if these are not at least 14 bytes in hexadecimal digits
     */
    public static Packet ofHex(String hex) {
        String digits = hex.replaceAll("\\s", "");
        checkArgument(digits.length() % 2 == 0, "an odd number of hexadecimal digits");
        byte[] bytes = new byte[digits.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(digits.substring(2 * i, 2 * i + 2), 16);
        }
        return of(bytes);
    }

    /**
     * Starts building a frame.
     *
     * @param source Ethernet source address, as {@code 02:00:00:00:00:01}
     * @return a builder; the destination is broadcast until {@link PacketBuilder#to} says otherwise
     */
    public static PacketBuilder from(String source) {
        return from(MacAddress.valueOf(source));
    }

    /**
     * Starts building a frame.
     *
     * @param source Ethernet source address
     * @return a builder; the destination is broadcast until {@link PacketBuilder#to} says otherwise
     */
    public static PacketBuilder from(MacAddress source) {
        return new PacketBuilder(source);
    }

    /**
     * Returns the frame's bytes.
     *
     * @return a copy
     */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * Returns the frame's length.
     *
     * @return bytes, at least 14
     */
    public int length() {
        return bytes.length;
    }

    /**
     * Returns the bytes as hexadecimal digits, as {@code ovs-appctl ofproto/trace} takes them.
     *
     * @return two lower-case digits for each byte
     */
    public String hex() {
        StringBuilder text = new StringBuilder(2 * bytes.length);
        for (byte b : bytes) {
            text.append(Character.forDigit(b >> 4 & 0xf, 16))
                    .append(Character.forDigit(b & 0xf, 16));
        }
        return text.toString();
    }

    /**
     * Returns the Ethernet destination address.
     *
     * @return the first six bytes
     */
    public MacAddress destination() {
        return MacAddress.valueOf(Arrays.copyOf(bytes, MAC));
    }

    /**
     * Returns the Ethernet source address.
     *
     * @return the second six bytes
     */
    public MacAddress source() {
        return MacAddress.valueOf(Arrays.copyOfRange(bytes, MAC, 2 * MAC));
    }

    /**
     * Returns this frame sent to another Ethernet address.
     *
     * @param destination the new destination address
     * @return a new frame
     */
    public Packet withDestination(MacAddress destination) {
        byte[] copy = bytes.clone();
        System.arraycopy(destination.toBytes(), 0, copy, 0, MAC);
        return new Packet(copy);
    }

    /**
     * Returns this frame sent from another Ethernet address.
     *
     * @param source the new source address
     * @return a new frame
     */
    public Packet withSource(MacAddress source) {
        byte[] copy = bytes.clone();
        System.arraycopy(source.toBytes(), 0, copy, MAC, MAC);
        return new Packet(copy);
    }

    /**
     * Returns this frame without its outer VLAN tag.
     *
     * @return a new frame; this one if it is too short for a tag
     */
    public Packet withoutOuterTag() {
        if (bytes.length < ETHERNET_HEADER + TAG) {
            return this;
        }
        byte[] copy = new byte[bytes.length - TAG];
        System.arraycopy(bytes, 0, copy, 0, 2 * MAC);
        System.arraycopy(bytes, 2 * MAC + TAG, copy, 2 * MAC, copy.length - 2 * MAC);
        return new Packet(copy);
    }

    /**
     * Returns this frame with one more VLAN tag outside.
     *
     * @param type Ethernet type of the tag
     * @param control priority and VLAN number
     * @return a new frame
     */
    public Packet withOuterTag(int type, int control) {
        byte[] copy = new byte[bytes.length + TAG];
        System.arraycopy(bytes, 0, copy, 0, 2 * MAC);
        put(copy, 2 * MAC, type);
        put(copy, 2 * MAC + 2, control);
        System.arraycopy(bytes, 2 * MAC, copy, 2 * MAC + TAG, bytes.length - 2 * MAC);
        return new Packet(copy);
    }

    /**
     * Returns this frame with another VLAN in its outer tag.
     *
     * @param vlan VLAN number
     * @return a new frame
     */
    public Packet withVlan(int vlan) {
        byte[] copy = bytes.clone();
        copy[2 * MAC + 2] = (byte) (copy[2 * MAC + 2] & 0xf0 | vlan >> 8);
        copy[2 * MAC + 3] = (byte) vlan;
        return new Packet(copy);
    }

    private static void put(byte[] into, int at, int value) {
        into[at] = (byte) (value >> 8);
        into[at + 1] = (byte) value;
    }

    /**
     * Returns this TCP segment sent to another port, with the checksum that belongs to it (RFC
     * 1624).
     *
     * @param port the new destination port, 0 to 65535
     * @return a new frame; this one if it holds no TCP header
     */
    public Packet withTcpDestination(int port) {
        FrameParser parser = new FrameParser(bytes, 2);
        parser.parse();
        int at = parser.transport();
        if (at == 0) {
            return this;
        }
        ByteBuffer copy = ByteBuffer.wrap(bytes.clone());
        int sum = (~copy.getShort(at + TCP_CHECKSUM) & 0xffff) + port;
        sum += ~copy.getShort(at + Short.BYTES) & 0xffff;
        sum = (sum & 0xffff) + (sum >>> 16);
        sum = (sum & 0xffff) + (sum >>> 16);
        copy.putShort(at + Short.BYTES, (short) port);
        copy.putShort(at + TCP_CHECKSUM, (short) ~sum);
        return new Packet(copy.array());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Packet && Arrays.equals(bytes, ((Packet) other).bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** Shows what Open vSwitch would read and the bytes themselves. */
    @Override
    public String toString() {
        return FlowKey.parse(this) + " <" + hex() + ">";
    }
}
