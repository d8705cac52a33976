package org.postern.rest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Scanner;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import org.postern.probe.Probe;
import org.postern.probe.Resolution;

/**
 * The servers that are probed: all of them one on the loopback address, which demands
 * authentication, and greets who connects only when it is let. The name {@code none.example} does
 * not exist.
 */
final class World implements AutoCloseable {
    /** What the server has heard. */
    final List<String> heard = new CopyOnWriteArrayList<>();

    /** As many connections as there are permits are greeted; at first any number. */
    final Semaphore greetings = new Semaphore(1_000_000);

    /** Connections that were accepted. */
    final Semaphore connections = new Semaphore(0);

    private final ServerSocket server;

    World() {
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        thread(this::listen);
    }

    /** Probes these servers. */
    Probe probe() {
        return Probe.builder()
                .resolver(this::resolve)
                .connector(
                        (socket, address, timeout) ->
                                socket.connect(server.getLocalSocketAddress()))
                .build();
    }

    /** Every name has an address of its own. */
    private Resolution resolve(String host) {
        try {
            byte last = (byte) (1 + Math.floorMod(host.hashCode(), 250));
            return Resolution.of(
                    host.equals("none.example")
                            ? List.of()
                            : List.of(
                                    InetAddress.getByAddress(
                                            new byte[] {(byte) 198, 51, 100, last})));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void thread(Runnable run) {
        Thread thread = new Thread(run, "world");
        thread.setDaemon(true);
        thread.start();
    }

    private void listen() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                connections.release();
                thread(() -> serve(socket));
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            greetings.acquire();
            Scanner in = new Scanner(socket.getInputStream(), StandardCharsets.US_ASCII);
            String next = "220 mx.example";
            while (true) {
                socket.getOutputStream().write((next + "\r\n").getBytes(StandardCharsets.UTF_8));
                if (!in.hasNextLine()) {
                    return;
                }
                String line = in.nextLine();
                heard.add(line);
                next = line.startsWith("MAIL") ? "530 5.7.0 Authentication required" : "250 ok";
            }
        } catch (IOException | InterruptedException e) {
            return; // the probe went
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
