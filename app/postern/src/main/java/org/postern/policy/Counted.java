package org.postern.policy;

/** What packets are counted as. */
public enum Counted {
    /** Direct mail that was dropped or rejected. */
    ATTEMPT,
    /** Direct mail that was redirected to a relay; packets of lawful connections among them. */
    REDIRECTED,
    /** Direct mail that passed because nothing is enforced, and would have been denied. */
    MONITORED,
    /**
     * Other packets that passed because nothing is enforced, and would have been dropped: TCP
     * fragments, Ethernet types that may hide IP, ARP and neighbour discovery that cannot be read,
     * forged sources, tunnels, answers from port 25, mail from outside.
     */
    MONITORED_OTHER;

    /**
     * Tells whether the packets were attempts to send mail directly against the policy.
     *
     * @return true for denied and for monitored direct mail
     */
    public boolean isAttempt() {
        return this == ATTEMPT || this == MONITORED;
    }

    /**
     * Tells whether the packets are counted because nothing is enforced.
     *
     * @return true for monitored direct mail and all else that is monitored
     */
    public boolean isMonitored() {
        return this == MONITORED || this == MONITORED_OTHER;
    }
}
