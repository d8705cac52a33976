package org.postern.dns;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.xbill.DNS.Address;
import org.xbill.DNS.SimpleResolver;

/** A DNS server that somebody gave. Immutable. */
public final class DnsServer {
    private static final Pattern FORM =
            Pattern.compile("\\[([0-9A-Fa-f:.]+)](?::(\\d{1,5}))?|([0-9.]+)(?::(\\d{1,5}))?");

    private final InetSocketAddress address;

    private DnsServer(InetSocketAddress address) {
        this.address = address;
    }

    /**
     * Reads a server.
     *
     * @param text an address, or one with a port: {@code 192.0.2.53}, {@code 192.0.2.53:5353},
     *     {@code 2001:db8::53}, {@code [2001:db8::53]:5353}; 53 unless a port is given
     * @return the server
     * @throws IllegalArgumentException if it is none; a name is none, since it would have to be
     *     looked up
     */
    public static DnsServer parse(String text) {
        String given = text.strip();
        Matcher parts =
                FORM.matcher(
                        given.indexOf(':') < given.lastIndexOf(':') && !given.startsWith("[")
                                ? "[" + given + "]"
                                : given);
        if (!parts.matches()) {
            throw none(text);
        }
        String address = parts.group(1) == null ? parts.group(3) : parts.group(1);
        String port = parts.group(1) == null ? parts.group(4) : parts.group(2);
        int number = port == null ? SimpleResolver.DEFAULT_PORT : Integer.parseInt(port);
        if (number < 1 || number > 65_535) {
            throw none(text);
        }
        try {
            return new DnsServer(new InetSocketAddress(literal(address), number));
        } catch (UnknownHostException e) {
            throw none(text);
        }
    }

    /** An address that is written as one; nothing is looked up. */
    static InetAddress literal(String address) throws UnknownHostException {
        return Address.getByAddress(address);
    }

    private static IllegalArgumentException none(String text) {
        return new IllegalArgumentException(
                "\""
                        + text.replaceAll("[^\\x20-\\x7e]", "?")
                        + "\" is no DNS server: give an address such as 192.0.2.53, 192.0.2.53:5353 or"
                        + " [2001:db8::53]:5353");
    }

    InetSocketAddress address() {
        return address;
    }

    /** An address and a port, as they are read. */
    static String text(InetSocketAddress server) {
        String address = server.getAddress().getHostAddress();
        return (address.contains(":") ? "[" + address + "]" : address) + ":" + server.getPort();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof DnsServer && address.equals(((DnsServer) other).address);
    }

    @Override
    public int hashCode() {
        return address.hashCode();
    }

    @Override
    public String toString() {
        return text(address);
    }
}
