package org.postern.policy;

/** Whether what the policy denies is dropped, or counted only. */
public enum Mode {
    /** What the policy denies is dropped. */
    ENFORCE,
    /** Nothing is dropped; what would be is counted. */
    MONITOR
}
