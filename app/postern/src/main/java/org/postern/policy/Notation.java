package org.postern.policy;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;

/**
 * How operators write addresses, devices and modes, on the console, in files and over REST alike. A
 * refusal quotes what was written and says what is allowed.
 */
public final class Notation {
    private static final Pattern PREFIX = Pattern.compile("([0-9A-Fa-f.:]+)/(\\d{1,3})");
    private static final Pattern MAC = Pattern.compile("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}");
    private static final Pattern DEVICE = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:\\S+");

    private Notation() {}

    /**
     * Reads a subscriber's address prefix.
     *
     * @param text an IPv4 or IPv6 prefix with its length
     * @return the prefix
     * @throws IllegalArgumentException if it is malformed, has host bits or length 0
     */
    public static IpPrefix prefix(String text) {
        Matcher parts = PREFIX.matcher(text.trim());
        if (!parts.matches()) {
            throw malformedPrefix(
                    text, text.contains("/") ? "is malformed" : "lacks its length, such as /32");
        }
        IpAddress address;
        try {
            address = IpAddress.valueOf(parts.group(1));
        } catch (IllegalArgumentException e) {
            throw malformedPrefix(text, "is malformed");
        }
        int length = Integer.parseInt(parts.group(2));
        int longest =
                address.isIp4() ? IpPrefix.MAX_INET_MASK_LENGTH : IpPrefix.MAX_INET6_MASK_LENGTH;
        if (length < 1 || length > longest) {
            throw malformedPrefix(text, "has a length that is not 1 to " + longest);
        }
        IpPrefix prefix = IpPrefix.valueOf(address, length);
        if (!prefix.address().equals(address)) {
            throw malformedPrefix(text, "has host bits, " + prefix + " may be meant");
        }
        return prefix;
    }

    private static IllegalArgumentException malformedPrefix(String text, String what) {
        return new IllegalArgumentException(
                "prefix \""
                        + text
                        + "\" "
                        + what
                        + ": use an IPv4 or IPv6 prefix, such as 10.64.1.7/32 or 2001:db8:64:7::/64");
    }

    /**
     * Reads a hardware address.
     *
     * @param text six pairs of hexadecimal digits with colons between
     * @return the address
     * @throws IllegalArgumentException if it is malformed
     */
    public static MacAddress mac(String text) {
        if (!MAC.matcher(text.trim()).matches()) {
            throw new IllegalArgumentException(
                    "MAC \""
                            + text
                            + "\" is malformed: use six pairs of hexadecimal digits, such as 02:64:00:00:00:07");
        }
        return MacAddress.valueOf(text.trim());
    }

    /**
     * Reads a device identifier.
     *
     * @param text scheme, colon and name
     * @return the identifier
     * @throws IllegalArgumentException if it is malformed
     */
    public static DeviceId device(String text) {
        if (!DEVICE.matcher(text).matches()) {
            throw malformedDevice(text);
        }
        try {
            return DeviceId.deviceId(text);
        } catch (IllegalArgumentException e) {
            throw malformedDevice(text);
        }
    }

    private static IllegalArgumentException malformedDevice(String text) {
        return new IllegalArgumentException(
                "device \""
                        + text
                        + "\" is malformed: use its identifier, such as of:0000000000000001");
    }

    /**
     * Reads whether something is enforced.
     *
     * @param text {@code enforce} or {@code monitor}
     * @return the mode
     * @throws IllegalArgumentException if it is neither {@code enforce} nor {@code monitor}
     */
    public static Mode mode(String text) {
        for (Mode mode : Mode.values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
                return mode;
            }
        }
        throw new IllegalArgumentException(
                "mode \"" + text + "\" is unknown: use enforce or monitor");
    }
}
