package org.postern.dns;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.xbill.DNS.Message;
import org.xbill.DNS.io.IoClientFactory;
import org.xbill.DNS.io.TcpIoClient;
import org.xbill.DNS.io.UdpIoClient;

/**
 * Sends a question and waits for its answer, in the thread that asks, with a socket and a port of
 * its own each time (RFC 5452). The time is hard: bytes that come now and then do not lengthen it.
 */
final class Exchange implements IoClientFactory, UdpIoClient, TcpIoClient {
    private final long end;

    /**
     * Begins.
     *
     * @param time how long it may take, over UDP and then TCP too
     */
    Exchange(Duration time) {
        end = System.nanoTime() + time.toNanos();
    }

    @Override
    public TcpIoClient createOrGetTcpClient() {
        return this;
    }

    @Override
    public UdpIoClient createOrGetUdpClient() {
        return this;
    }

    @Override
    public CompletableFuture<byte[]> sendAndReceiveUdp(
            InetSocketAddress local,
            InetSocketAddress remote,
            Message query,
            byte[] data,
            int max,
            Duration timeout) {
        // connected: what others send is not received, and a closed port is told
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(remote);
            socket.send(new DatagramPacket(data, data.length));
            byte[] received = new byte[Message.MAXLENGTH];
            while (true) {
                socket.setSoTimeout(left());
                DatagramPacket packet = new DatagramPacket(received, received.length);
                socket.receive(packet);
                if (packet.getLength() > 1 && received[0] == data[0] && received[1] == data[1]) {
                    byte[] answer = new byte[packet.getLength()];
                    System.arraycopy(received, 0, answer, 0, answer.length);
                    return CompletableFuture.completedFuture(answer);
                }
            }
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    @Override
    public CompletableFuture<byte[]> sendAndReceiveTcp(
            InetSocketAddress local,
            InetSocketAddress remote,
            Message query,
            byte[] data,
            Duration timeout) {
        try (Socket socket = new Socket()) {
            socket.connect(remote, left());
            byte[] framed = new byte[data.length + 2];
            framed[0] = (byte) (data.length >> 8);
            framed[1] = (byte) data.length;
            System.arraycopy(data, 0, framed, 2, data.length);
            OutputStream out = socket.getOutputStream();
            out.write(framed);
            out.flush();
            byte[] length = read(socket, 2);
            return CompletableFuture.completedFuture(
                    read(socket, (length[0] & 0xff) << 8 | length[1] & 0xff));
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private byte[] read(Socket socket, int length) throws IOException {
        InputStream in = socket.getInputStream();
        byte[] bytes = new byte[length];
        int at = 0;
        while (at < length) {
            socket.setSoTimeout(left());
            int count = in.read(bytes, at, length - at);
            if (count < 0) {
                throw new EOFException("the server closed the connection");
            }
            at += count;
        }
        return bytes;
    }

    /** Milliseconds until then, at least one: none would be for ever. */
    private int left() throws SocketTimeoutException {
        long left = (end - System.nanoTime()) / 1_000_000;
        if (left < 1) {
            throw new SocketTimeoutException("no answer in time");
        }
        return (int) left;
    }
}
