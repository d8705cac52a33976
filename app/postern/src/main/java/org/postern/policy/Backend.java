package org.postern.policy;

/** How the policy is put on a device. */
public enum Backend {
    /** In tables of its own in front of everybody's forwarding rules; needs Postern's driver. */
    FRONT_TABLE,
    /** Among everybody's rules in the one table of a device that keeps its driver. */
    SINGLE_TABLE
}
