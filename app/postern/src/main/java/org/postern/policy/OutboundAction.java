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
    ALLOW
}
