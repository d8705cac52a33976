package org.postern.probe;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;

/** Connects to servers. */
public interface Connector {
    /** Connects as anybody does. */
    Connector DIRECT =
            (socket, address, timeout) -> socket.connect(address, (int) timeout.toMillis());

    /**
     * Connects a socket.
     *
     * @param socket not connected yet
     * @param address where to
     * @param timeout how long at most
     * @throws IOException as {@link Socket#connect(java.net.SocketAddress, int)} does
     */
    void connect(Socket socket, InetSocketAddress address, Duration timeout) throws IOException;
}
