package org.postern.policy;

/**
 * A list of policy lines that packets are held against, first match wins. Packets start in {@link
 * #CLASSIFY} and go only downwards in this order.
 */
public enum Chain {
    /** By the role of the port a packet came in on. */
    CLASSIFY,
    /** TCP port 25 from subscribers. */
    MAIL_OUT,
    /** TCP fragments from subscribers, which show no port. */
    FRAGMENTS,
    /**
     * TCP from port 25 towards subscribers: answers to direct mail, or to somebody who spoofs a
     * subscriber.
     */
    MAIL_IN,
    /** TCP to port 25 of subscribers. */
    INBOUND,
    /** What a subscriber without outbound mail sends. */
    QUARANTINE,
    /** What a subscriber in the walled garden sends. */
    WALLED_GARDEN,
    /** From which MACs a subscriber may send. */
    MAC_GUARD,
    /** From which addresses a subscriber may send. */
    GUARD,
    /** Packets within packets. */
    TUNNELS
}
