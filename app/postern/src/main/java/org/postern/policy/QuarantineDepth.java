package org.postern.policy;

/** How far a quarantine goes (RFC 6561, section 5.4; M3AAWG, Walled Garden). */
public enum QuarantineDepth {
    /**
     * No outbound mail at all: ports 25, 465 and 587 are closed to every host but the contact path;
     * everything else works.
     */
    MAIL,
    /**
     * Name resolution, addresses, time, the remediation portal and a list of allowed prefixes; web
     * requests are led to the portal, everything else is dropped.
     */
    WALLED_GARDEN
}
