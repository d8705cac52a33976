package org.postern.policy;

/**
 * A list of policy lines that packets are held against, first match wins. Packets start in {@link
 * #CLASSIFY} and go only downwards in this order.
 */
public enum Chain {
    /** By the role of the port a packet came in on. */
    CLASSIFY,
    /**
     * Mail from lines with tag pairs. Before this chain and the next two only the outer tag of a
     * packet is seen; here both are.
     */
    PAIRED_MAIL,
    /** TCP fragments from lines with tag pairs. */
    PAIRED_FRAGMENTS,
    /** Everything else from lines with tag pairs that are not treated alike in everything. */
    PAIRED_OTHERS,
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
