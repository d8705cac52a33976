package org.postern.probe;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A network of one host, {@code mx.example}: real sockets on the loopback address, whatever the
 * address and port that are asked for. Ports without a server are closed.
 */
final class Network implements AutoCloseable {
    static final String HOST = "mx.example";

    /** Limits that nobody runs into who answers. */
    static final ProbeLimits PATIENT = limits(60_000, 60_000, 60_000, 60_000);

    /** The same, but for who does not take a connection. */
    static final ProbeLimits HASTY_TO_CONNECT = limits(400, 60_000, 60_000, 60_000);

    /** The same, but for who does not greet. */
    static final ProbeLimits HASTY_FOR_GREETING = limits(60_000, 400, 60_000, 60_000);

    /** The same, but for who does not shake hands. */
    static final ProbeLimits HASTY_FOR_TLS = limits(60_000, 60_000, 400, 60_000);

    /** The same, but for who does not reply. */
    static final ProbeLimits HASTY_FOR_REPLY = limits(60_000, 60_000, 60_000, 400);

    private static final Set<String> ALLOWED =
            Set.of("EHLO", "HELO", "MAIL", "RCPT", "RSET", "STARTTLS", "QUIT");

    private final Map<Integer, Peer> peers = new HashMap<>();
    private final List<Peer> all = new ArrayList<>();
    private final int closed;

    Network() throws IOException {
        try (ServerSocket soonClosed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = soonClosed.getLocalPort();
        }
    }

    private static ProbeLimits limits(int connect, int greeting, int tls, int reply) {
        return new ProbeLimits(
                Duration.ofMillis(connect),
                Duration.ofMillis(greeting),
                Duration.ofMillis(tls),
                Duration.ofMillis(reply),
                Duration.ofMinutes(4),
                Duration.ZERO,
                256 << 10);
    }

    /** Has a server on a port, from now on. */
    Network with(int port, Peer.Play play) throws IOException {
        Peer peer = new Peer(play);
        peers.put(port, peer);
        all.add(peer);
        return this;
    }

    Peer peer(int port) {
        return peers.get(port);
    }

    Probe.Builder probe() {
        try {
            return Probe.builder()
                    .trusting(Authority.get().trusted())
                    .resolver(host -> Resolution.of(List.of(address(192, 0, 2, 1))))
                    .connector(
                            (socket, address, timeout) ->
                                    socket.connect(
                                            new InetSocketAddress(
                                                    InetAddress.getLoopbackAddress(),
                                                    peers.containsKey(address.getPort())
                                                            ? peers.get(address.getPort()).port()
                                                            : closed),
                                            (int) timeout.toMillis()));
        } catch (GeneralSecurityException | IOException e) {
            throw new AssertionError(e);
        }
    }

    /** Probes one port. */
    PortResult probe(int port, ProbeLimits limits) throws InterruptedException {
        return probe().build()
                .run(
                        ProbeRequest.of(HOST).ports(List.of(port)).limits(limits).build(),
                        p -> assertTrue(p.port() == port))
                .ports()
                .get(0);
    }

    static InetAddress address(int... bytes) {
        byte[] address = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            address[i] = (byte) bytes[i];
        }
        try {
            return InetAddress.getByAddress(HOST, address);
        } catch (UnknownHostException e) {
            throw new AssertionError(e);
        }
    }

    /** Closes the servers, and checks that none was told what a probe never says. */
    @Override
    public void close() throws IOException {
        for (Peer peer : all) {
            peer.close();
            for (String line : peer.heard()) {
                assertTrue(ALLOWED.contains(line.split(" ")[0]), "a probe never says: " + line);
            }
        }
    }
}
