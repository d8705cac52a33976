package org.postern.policy;

/** What is attached to a port of an access device. */
public enum PortRole {
    /**
     * Subscribers. The role of every port that the configuration does not name, so that a new port
     * is never open.
     */
    ACCESS,
    /** The way to the ISP's network and the Internet. */
    UPLINK,
    /**
     * Another access device of a ring or daisy chain: its packets were, or will be, examined
     * elsewhere.
     */
    TRANSIT,
    /** A server of the ISP, attached to the access device itself. */
    SERVER
}
