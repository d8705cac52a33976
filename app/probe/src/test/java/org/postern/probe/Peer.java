package org.postern.probe;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A server on the loopback address that plays what a test wants, to whoever connects. */
final class Peer implements AutoCloseable {

    /** What is played to one connection, which is closed at its end. */
    interface Play {
        void to(Line line) throws IOException, InterruptedException;
    }

    private final ServerSocket listening;
    private final Play play;
    private final List<String> heard = new CopyOnWriteArrayList<>();
    private final List<Throwable> failures = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    Peer(Play play) throws IOException {
        this.play = play;
        listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread(this::listen);
    }

    private static void thread(Runnable run) {
        Thread thread = new Thread(run, "peer");
        thread.setDaemon(true);
        thread.start();
    }

    private void listen() {
        while (!listening.isClosed()) {
            try {
                Socket socket = listening.accept();
                open.add(socket);
                thread(() -> serve(socket));
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    private void serve(Socket socket) {
        try {
            play.to(new Line(socket));
        } catch (IOException e) {
            return; // the probe went
        } catch (Throwable e) {
            failures.add(e);
        } finally {
            try {
                socket.close();
            } catch (IOException e) {
                failures.add(e);
            }
        }
    }

    int port() {
        return listening.getLocalPort();
    }

    /** Every line that was heard, on all connections. */
    List<String> heard() {
        return heard;
    }

    @Override
    public void close() throws IOException {
        listening.close();
        for (Socket socket : open) {
            socket.close();
        }
        if (!failures.isEmpty()) {
            throw new AssertionError("the server of the test failed", failures.get(0));
        }
    }

    /** A connection, in clear at first. */
    final class Line {
        private final Socket raw;
        private Socket socket;

        private Line(Socket socket) {
            raw = socket;
            this.socket = socket;
        }

        /** Sends lines, in one piece. */
        void say(String... lines) throws IOException {
            send((String.join("\r\n", lines) + "\r\n").getBytes(StandardCharsets.UTF_8));
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
            socket.getOutputStream().flush();
        }

        /** Sends bytes one by one until the probe has enough. */
        void trickle(byte[] bytes) throws IOException, InterruptedException {
            for (int i = 0; ; i = (i + 1) % bytes.length) {
                send(new byte[] {bytes[i]});
                Thread.sleep(10);
            }
        }

        /** Sends bytes again and again until the probe has enough. */
        void flood(byte[] bytes) throws IOException {
            while (true) {
                send(bytes);
            }
        }

        /** Hears a line; null at the end. */
        String hear() throws IOException {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            while (true) {
                int next = socket.getInputStream().read();
                if (next < 0) {
                    return null;
                }
                if (next == '\n') {
                    String text = line.toString(StandardCharsets.US_ASCII.name()).trim();
                    heard.add(text);
                    return text;
                }
                line.write(next);
            }
        }

        /** Hears a byte. */
        void hearByte() throws IOException {
            if (socket.getInputStream().read() < 0) {
                throw new EOFException();
            }
        }

        /** Says nothing until the probe goes. */
        void wait4Ever() throws IOException {
            while (socket.getInputStream().read() >= 0) {
                continue;
            }
        }

        void tls(SSLContext context) throws IOException {
            tls(context, false);
        }

        /** Speaks TLS, and lets nobody in who has no certificate. */
        void tlsOfClientsWithCertificates(SSLContext context) throws IOException {
            tls(context, true);
        }

        private void tls(SSLContext context, boolean certificateOfClient) throws IOException {
            SSLSocket tls =
                    (SSLSocket)
                            context.getSocketFactory().createSocket(raw, null, raw.getPort(), true);
            tls.setUseClientMode(false);
            tls.setNeedClientAuth(certificateOfClient);
            tls.startHandshake();
            socket = tls;
        }

        /** Breaks the connection by a reset. */
        void reset() throws IOException {
            raw.setSoLinger(true, 0);
            raw.close();
        }
    }
}
