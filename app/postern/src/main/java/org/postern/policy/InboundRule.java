package org.postern.policy;

/** What happens to unsolicited TCP port 25 traffic that arrives for a subscriber. */
public enum InboundRule {
    /** The subscriber's own mail server can be reached. */
    ALLOW,
    /** Connections to the subscriber's port 25 are dropped. */
    DROP
}
