package org.postern.probe;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/** A family of addresses. */
public enum Family {
    /** IPv4: A records. */
    IPV4("IPv4"),
    /** IPv6: AAAA records. */
    IPV6("IPv6");

    /** What {@link #parse} reads. */
    public static final List<String> CHOICES = List.of("4", "6", "both");

    private final String text;

    Family(String text) {
        this.text = text;
    }

    /**
     * Returns its name.
     *
     * @return {@code IPv4} or {@code IPv6}
     */
    public String text() {
        return text;
    }

    /**
     * Tells whose an address is.
     *
     * @param address an address
     * @return its family
     */
    public static Family of(InetAddress address) {
        return address instanceof Inet4Address ? IPV4 : IPV6;
    }

    /**
     * Reads which families are meant.
     *
     * @param text {@code 4}, {@code 6} or {@code both}
     * @return the families, at least one
     * @throws IllegalArgumentException if it is anything else
     */
    public static Set<Family> parse(String text) {
        switch (text) {
            case "4":
                return EnumSet.of(IPV4);
            case "6":
                return EnumSet.of(IPV6);
            case "both":
                return EnumSet.allOf(Family.class);
            default:
                throw new IllegalArgumentException(
                        "family \"" + text + "\" is not one of: 4, 6, both");
        }
    }
}
