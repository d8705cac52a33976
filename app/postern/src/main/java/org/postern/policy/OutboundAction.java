package org.postern.policy;

/**
 * What happens to TCP port 25 traffic that a subscriber sends to anything but a submission server
 * of its ISP.
 */
public enum OutboundAction {
    /**
     * The packets are dropped and counted as attempts; so are the subscriber's TCP fragments, which
     * show no port.
     */
    DROP,
    /** The packets are forwarded like any others. */
    ALLOW,
    /**
     * The packets are steered to a relay of the ISP, which demands authentication; TCP fragments
     * are dropped. While the relay is unreachable the class's fallback holds.
     */
    REDIRECT,
    /**
     * As {@link #DROP}, but connections are refused at once by a TCP reset, up to a rate; above it
     * the packets are dropped.
     */
    REJECT
}
