package org.postern.policy;

import java.time.Instant;
import java.util.Objects;

/** That a subscriber is quarantined: how, why, since when and by whom. Immutable. */
public final class Quarantine {
    private final String serviceClass;
    private final String reason;
    private final Instant since;
    private final String by;

    /**
     * Creates a quarantine.
     *
     * @param serviceClass name of a class with a quarantine depth, in place of the subscriber's own
     * @param reason why, for the subscriber and the audit
     * @param since when it began
     * @param by who ordered it
     */
    public Quarantine(String serviceClass, String reason, Instant since, String by) {
        this.serviceClass = Objects.requireNonNull(serviceClass);
        this.reason = Objects.requireNonNull(reason);
        this.since = Objects.requireNonNull(since);
        this.by = Objects.requireNonNull(by);
    }

    /**
     * Returns the class.
     *
     * @return name of the class that holds while the quarantine lasts
     */
    public String serviceClass() {
        return serviceClass;
    }

    /**
     * Returns why.
     *
     * @return one line
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns since when.
     *
     * @return the moment it began
     */
    public Instant since() {
        return since;
    }

    /**
     * Returns who ordered it.
     *
     * @return a user of the controller
     */
    public String by() {
        return by;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Quarantine)) {
            return false;
        }
        Quarantine that = (Quarantine) other;
        return serviceClass.equals(that.serviceClass)
                && reason.equals(that.reason)
                && since.equals(that.since)
                && by.equals(that.by);
    }

    @Override
    public int hashCode() {
        return Objects.hash(serviceClass, reason, since, by);
    }

    @Override
    public String toString() {
        return serviceClass + " since " + since + " by " + by + ": " + reason;
    }
}
