package org.postern.submission;

import com.google.common.collect.ImmutableSortedSet;
import java.util.Locale;
import java.util.Objects;
import java.util.SortedSet;
import org.onlab.packet.IpAddress;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.SubmissionServer;

/** One port at one address of a submission server or relay of the ISP's own. Immutable. */
public final class Watched implements Comparable<Watched> {
    /** Where what is redirected to a relay arrives. */
    static final int MAIL = 25;

    /** What the ISP has it for. */
    public enum Kind {
        /** Subscribers send their mail through it. */
        SERVER("submission server"),
        /** Direct mail of classes is redirected to it. */
        RELAY("relay");

        private final String text;

        Kind(String text) {
            this.text = text;
        }

        /**
         * Returns how it is called.
         *
         * @return such as {@code submission server}
         */
        public String text() {
            return text;
        }
    }

    private final Kind kind;
    private final String name;
    private final IpAddress address;
    private final int port;

    Watched(Kind kind, String name, IpAddress address, int port) {
        this.kind = kind;
        this.name = name;
        this.address = address;
        this.port = port;
    }

    /**
     * Lists what is to be watched: each port of each address of each submission server, and port 25
     * of each address of the relays that must demand authentication.
     */
    static SortedSet<Watched> of(Infrastructure infrastructure) {
        ImmutableSortedSet.Builder<Watched> all = ImmutableSortedSet.naturalOrder();
        for (SubmissionServer server : infrastructure.servers()) {
            for (IpAddress address : server.addresses()) {
                server.ports()
                        .forEach(
                                port ->
                                        all.add(
                                                new Watched(
                                                        Kind.SERVER,
                                                        server.name(),
                                                        address,
                                                        port)));
            }
        }
        for (NextHop relay : infrastructure.relays().values()) {
            if (!relay.allowsUnauthenticated()) {
                relay.addresses()
                        .forEach(
                                address ->
                                        all.add(
                                                new Watched(
                                                        Kind.RELAY, relay.name(), address, MAIL)));
            }
        }
        return all.build();
    }

    /**
     * Returns what the ISP has it for.
     *
     * @return server or relay
     */
    public Kind kind() {
        return kind;
    }

    /**
     * Returns the name of the server or relay.
     *
     * @return as configured
     */
    public String name() {
        return name;
    }

    /**
     * Returns the address.
     *
     * @return one of the configured ones
     */
    public IpAddress address() {
        return address;
    }

    /**
     * Returns the TCP port.
     *
     * @return 1 to 65535
     */
    public int port() {
        return port;
    }

    /** By what it is found in the store: the name does not belong to it, it may change. */
    String key() {
        return kind.name().toLowerCase(Locale.ROOT) + " " + address + " " + port;
    }

    /**
     * Says which it is.
     *
     * @return such as {@code submission server smtp.isp.example (192.0.2.25) port 587}
     */
    public String text() {
        return kind.text() + " " + name + " (" + address + ") port " + port;
    }

    @Override
    public int compareTo(Watched other) {
        int order = kind.compareTo(other.kind);
        order = order != 0 ? order : name.compareTo(other.name);
        order = order != 0 ? order : address.version().compareTo(other.address.version());
        order = order != 0 ? order : address.compareTo(other.address);
        return order != 0 ? order : Integer.compare(port, other.port);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Watched && compareTo((Watched) other) == 0;
    }

    @Override
    public int hashCode() {
        return Objects.hash(kind, name, address, port);
    }

    @Override
    public String toString() {
        return text();
    }
}
