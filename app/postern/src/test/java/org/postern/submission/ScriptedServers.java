package org.postern.submission;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import org.postern.probe.Probe;
import org.postern.probe.ProbeRequest;

/** Mail servers of a network of a test's own, which is on the loopback address. */
final class ScriptedServers implements AutoCloseable {
    /** How a server takes mail from somebody who did not authenticate. */
    enum Manner {
        ENFORCING("530 5.7.0 Authentication required", "", ""),
        OPEN("250 2.1.0 Ok", "250 2.1.5 Ok", "250 2.1.5 Ok"),
        BUSY("451 4.3.0 Try again later", "", ""),
        /** AUTH is offered, and demanded for mail elsewhere only. */
        EXCHANGING("250 2.1.0 Ok", "530 5.7.0 Authentication required", "250 2.1.5 Ours"),
        /** AUTH is offered, and demanded. */
        OFFERING("530 5.7.0 Authentication required", "", "");

        private final String mail;
        private final String rcpt;
        private final String local;

        Manner(String mail, String rcpt, String local) {
            this.mail = mail;
            this.rcpt = rcpt;
            this.local = local;
        }

        private String ehlo() {
            return this == EXCHANGING || this == OFFERING ? "250-ok\r\n250 AUTH PLAIN" : "250 ok";
        }
    }

    private final Clock clock;
    private final Map<String, Manner> manners = new ConcurrentHashMap<>();
    private final Map<String, ServerSocket> listening = new ConcurrentHashMap<>();

    private volatile SSLContext tls;

    /** The recipients that were tried, as they were written. */
    final List<String> recipients = new CopyOnWriteArrayList<>();

    /** How often somebody connected, or tried. */
    final AtomicInteger connections = new AtomicInteger();

    ScriptedServers(Clock clock) {
        this.clock = clock;
    }

    /** Has a server behave like that from now on. */
    void set(String address, int port, Manner manner) {
        manners.put(address + " " + port, manner);
    }

    /** Nobody listens there any more. */
    void down(String address, int port) {
        manners.remove(address + " " + port);
    }

    /** On port 465 they show this from now on. */
    void show(SSLContext context) {
        tls = context;
    }

    /** What finds them. */
    Prober prober() {
        return new Prober(this::probe);
    }

    /** What finds them, and trusts these authorities only. */
    Prober prober(KeyStore trusted) {
        return new Prober(() -> probe().trusting(trusted));
    }

    Probe.Builder probe() {
        return Probe.builder().patient().clock(clock).connector((s, a, t) -> connect(s, a));
    }

    /** What finds them after something else has happened. */
    Prober prober(Runnable before) {
        return new Prober(
                () ->
                        Probe.builder()
                                .patient()
                                .clock(clock)
                                .connector(
                                        (socket, address, timeout) -> {
                                            before.run();
                                            connect(socket, address);
                                        }));
    }

    private void connect(Socket socket, InetSocketAddress address) throws IOException {
        connections.incrementAndGet();
        String key = address.getAddress().getHostAddress() + " " + address.getPort();
        if (!manners.containsKey(key)) {
            throw new ConnectException("Connection refused");
        }
        socket.connect(listening.computeIfAbsent(key, this::listen).getLocalSocketAddress());
    }

    private ServerSocket listen(String key) {
        try {
            ServerSocketFactory made =
                    key.endsWith(" " + ProbeRequest.IMPLICIT_TLS)
                            ? tls.getServerSocketFactory()
                            : ServerSocketFactory.getDefault();
            ServerSocket server = made.createServerSocket(0, 5, InetAddress.getLoopbackAddress());
            Thread thread = new Thread(() -> serve(server, key), "scripted server");
            thread.setDaemon(true);
            thread.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve(ServerSocket server, String key) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                talk(socket, manners.get(key));
            } catch (IOException e) {
                // the probe went, or the test is over
            }
        }
    }

    private void talk(Socket socket, Manner manner) throws IOException {
        BufferedReader in =
                new BufferedReader(
                        new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII));
        say(socket, "220 ready");
        String line = in.readLine();
        while (line != null) {
            String verb = line.substring(0, Math.min(4, line.length())).toUpperCase(Locale.ROOT);
            switch (verb) {
                case "EHLO":
                    say(socket, manner.ehlo());
                    break;
                case "MAIL":
                    say(socket, manner.mail);
                    break;
                case "RCPT":
                    recipients.add(line.substring(line.indexOf('<') + 1, line.indexOf('>')));
                    boolean elsewhere = line.contains("@elsewhere.");
                    say(socket, elsewhere ? manner.rcpt : manner.local);
                    break;
                case "QUIT":
                    say(socket, "221 bye");
                    return;
                default:
                    say(socket, "250 ok");
                    break;
            }
            line = in.readLine();
        }
    }

    private static void say(Socket socket, String reply) throws IOException {
        socket.getOutputStream().write((reply + "\r\n").getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
    }

    @Override
    public void close() throws IOException {
        for (ServerSocket server : listening.values()) {
            server.close();
        }
    }
}
