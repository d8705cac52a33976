package org.postern.probe;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Providers for surveys, one of each kind of answer, over real sockets on the loopback address:
 * each host has an address of its own; a port without a server is closed, or filtered.
 */
public final class Providers implements AutoCloseable {
    private static final Peer.Play DROPPED = line -> {};

    private final Map<String, Map<Integer, Peer>> hosts = new LinkedHashMap<>();
    private final Map<InetAddress, String> names = new ConcurrentHashMap<>();
    private final Map<String, Set<Integer>> dropped = new ConcurrentHashMap<>();

    /** How long each connection takes by the clock of the probe, beyond what it takes. */
    public Duration slowness = Duration.ZERO;

    /** Connections that were tried. */
    public final AtomicInteger tried = new AtomicInteger();

    /** Makes nobody yet. */
    public Providers() {
        // hosts are added
    }

    /** One of each kind, by name. */
    public static Providers ofEachKind() throws IOException {
        Providers all = new Providers();
        String auth = NetworkTest.AUTH_FIRST;
        all.host("enforced.example", good().answers("MAIL", auth), first().answers("MAIL", auth));
        all.host("rcpt.example", good().answers("RCPT", NetworkTest.NO_RELAY), null);
        all.host("clear.example", good().offers("AUTH PLAIN").answers("MAIL", auth), null);
        all.host("tls.example", new Mta().answers("MAIL", NetworkTest.TLS_FIRST), null);
        all.host(
                "local.example",
                good().answers("RCPT", NetworkTest.NO_RELAY)
                        .answers("RCPT TO:<postmaster@", "250 ok"),
                null);
        all.host("relay.example", good(), null);
        all.host("closed.example", null, null);
        all.host("firewalled.example", DROPPED, first().answers("MAIL", auth));
        all.host("silent.example", DROPPED, DROPPED);
        all.host("mute.example", Peer.Line::wait4Ever, null);
        all.host(
                "badtls.example",
                good().answers("MAIL", auth).answers("STARTTLS", "500 what?"),
                null);
        all.host(
                "blocked.example",
                good().answers("MAIL", "554 5.7.1 <script>alert(1)</script> blocked using a list"),
                null);
        return all;
    }

    private static Mta good() {
        return NetworkTest.submission();
    }

    private static Mta first() {
        return NetworkTest.submissions();
    }

    /** Has a host that says nothing but its greeting until it is let. */
    public void hostThatWaits(String name, Runnable until) throws IOException {
        host(
                name,
                line -> {
                    until.run();
                    new Mta().answers("MAIL", NetworkTest.AUTH_FIRST).to(line);
                },
                null);
    }

    /** Has a host that demands authentication within TLS, which comes first, on an odd port. */
    public void submissionsOn(String name, int port) throws IOException {
        host(name, null, null);
        hosts.get(name).put(port, new Peer(first().answers("MAIL", NetworkTest.AUTH_FIRST)));
    }

    /** The address of a host. */
    public InetAddress addressOf(String name) {
        return resolve(name).addresses().get(0);
    }

    private void host(String name, Peer.Play submission, Peer.Play submissions) throws IOException {
        Map<Integer, Peer> ports = new LinkedHashMap<>();
        Set<Integer> none = new TreeSet<>();
        port(587, submission, ports, none);
        port(465, submissions, ports, none);
        hosts.put(name, ports);
        dropped.put(name, none);
        names.put(Network.address(192, 0, 2, 10 + hosts.size()), name);
    }

    private static void port(int port, Peer.Play play, Map<Integer, Peer> ports, Set<Integer> none)
            throws IOException {
        if (play == DROPPED) {
            none.add(port);
        } else if (play != null) {
            ports.put(port, new Peer(play));
        }
    }

    /** Limits that nobody runs into who means to answer. */
    public static ProbeLimits limits() {
        return Network.HASTY_FOR_GREETING;
    }

    /** Probes these. */
    public Probe probe() throws GeneralSecurityException, IOException {
        return Probe.builder()
                .patient()
                .nanos(() -> System.nanoTime() + tried.get() * slowness.toNanos())
                .trusting(Authority.get().trusted())
                .resolver(this::resolve)
                .connector(
                        (socket, address, timeout) -> {
                            tried.incrementAndGet();
                            String name = names.get(address.getAddress());
                            if (dropped.get(name).contains(address.getPort())) {
                                throw new SocketTimeoutException("connect timed out");
                            }
                            Peer peer = hosts.get(name).get(address.getPort());
                            if (peer == null) {
                                throw new ConnectException("Connection refused");
                            }
                            socket.connect(
                                    new InetSocketAddress(
                                            InetAddress.getLoopbackAddress(), peer.port()));
                        })
                .build();
    }

    private Resolution resolve(String host) {
        for (Map.Entry<InetAddress, String> one : names.entrySet()) {
            if (one.getValue().equals(host)) {
                return Resolution.of(List.of(one.getKey()));
            }
        }
        return Resolution.of(List.of());
    }

    @Override
    public void close() throws IOException {
        for (Map<Integer, Peer> ports : hosts.values()) {
            for (Peer peer : ports.values()) {
                peer.close();
            }
        }
    }
}
