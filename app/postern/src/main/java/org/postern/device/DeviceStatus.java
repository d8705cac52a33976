package org.postern.device;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.onosproject.net.DeviceId;
import org.postern.policy.Backend;

/** What an operator wants to know of a device at a glance. Immutable. */
public final class DeviceStatus {
    private final Builder b;
    private final ImmutableList<ForeignRule> foreignRules;
    private final ImmutableList<String> warnings;
    private final ImmutableList<String> limits;
    private final ImmutableList<String> tableSpace;

    private DeviceStatus(Builder builder) {
        b = builder;
        foreignRules = ImmutableList.copyOf(builder.foreignRules);
        warnings = ImmutableList.copyOf(builder.warnings);
        limits = ImmutableList.copyOf(builder.limits);
        tableSpace = ImmutableList.copyOf(builder.tableSpace);
    }

    static Builder of(DeviceId device) {
        return new Builder(device);
    }

    /**
     * Returns the device.
     *
     * @return its identifier
     */
    public DeviceId device() {
        return b.device;
    }

    /**
     * Returns the driver.
     *
     * @return its name; {@code none} if the device has none
     */
    public String driver() {
        return b.driver;
    }

    /**
     * Returns how far the device enforces.
     *
     * @return the state
     */
    public DeviceState state() {
        return b.state;
    }

    /**
     * Returns why the state is not {@link DeviceState#IN_FORCE}.
     *
     * @return a sentence, empty if it is
     */
    public String reason() {
        return b.reason;
    }

    /**
     * Returns when the state began.
     *
     * @return the moment
     */
    public Instant since() {
        return b.since;
    }

    /**
     * Returns how many rules the device should have.
     *
     * @return rules compiled for it
     */
    public int rulesDesired() {
        return b.desired;
    }

    /**
     * Returns how many of them ONOS's flow store has.
     *
     * @return at most {@link #rulesDesired()}
     */
    public int rulesPresent() {
        return b.present;
    }

    /**
     * Returns how many of them were seen in the switch in the last two polls.
     *
     * @return at most {@link #rulesPresent()}
     */
    public int rulesVerified() {
        return b.verified;
    }

    /**
     * Returns how many rules had to be put back because somebody took them away.
     *
     * @return count since this node started
     */
    public long driftRepaired() {
        return b.driftRepaired;
    }

    /**
     * Returns how many connections were rejected with a reset.
     *
     * @return resets since this node started
     */
    public long rejected() {
        return b.rejected;
    }

    /**
     * Returns the last time during which enforcement was not verified.
     *
     * @return from when to when and why, or empty if there was none
     */
    public Optional<Unverified> unverified() {
        return Optional.ofNullable(b.unverified);
    }

    /**
     * Returns rules of others in Postern's tables.
     *
     * @return rules, possibly none
     */
    public List<ForeignRule> foreignRules() {
        return foreignRules;
    }

    /**
     * Returns what an operator should see to.
     *
     * @return sentences, possibly none
     */
    public List<String> warnings() {
        return warnings;
    }

    /**
     * Returns how the policy is put on the device.
     *
     * @return the backend that its configuration names
     */
    public Backend backend() {
        return b.backend;
    }

    /**
     * Returns what of the policy the device does not do, though it is in force.
     *
     * @return sentences; none with the front table
     */
    public List<String> limits() {
        return limits;
    }

    /**
     * Returns what has no room in the device's tables.
     *
     * @return sentences: which limit, and what was left out; none if nothing was
     */
    public List<String> tableSpace() {
        return tableSpace;
    }

    /** A span during which a device was not verified. Immutable. */
    public static final class Unverified {
        private final Instant from;
        private final Instant to;
        private final String reason;

        Unverified(Instant from, Instant to, String reason) {
            this.from = from;
            this.to = to;
            this.reason = reason;
        }

        /**
         * Returns the beginning.
         *
         * @return when the device was last verified before
         */
        public Instant from() {
            return from;
        }

        /**
         * Returns the end.
         *
         * @return when it was verified again
         */
        public Instant to() {
            return to;
        }

        /**
         * Returns why.
         *
         * @return in the order of events: that the controller or Postern was away, and the names of
         *     the states seen; such as {@code OFFLINE, PROGRAMMING}
         */
        public String reason() {
            return reason;
        }
    }

    /** Collects a status. */
    static final class Builder {
        private final DeviceId device;
        private String driver = "none";
        private DeviceState state = DeviceState.OFFLINE;
        private String reason = "";
        private Instant since = Instant.EPOCH;
        private int desired;
        private int present;
        private int verified;
        private long driftRepaired;
        private long rejected;
        private Unverified unverified;
        private List<ForeignRule> foreignRules = List.of();
        private List<String> warnings = List.of();
        private List<String> limits = List.of();
        private Backend backend = Backend.FRONT_TABLE;
        private List<String> tableSpace = List.of();

        private Builder(DeviceId device) {
            this.device = device;
        }

        Builder driver(String name) {
            driver = name;
            return this;
        }

        Builder state(DeviceState value, String why, Instant from) {
            state = value;
            reason = why;
            since = from;
            return this;
        }

        Builder rules(int wanted, int there, int seen) {
            desired = wanted;
            present = there;
            verified = seen;
            return this;
        }

        Builder driftRepaired(long count) {
            driftRepaired = count;
            return this;
        }

        Builder rejected(long count) {
            rejected = count;
            return this;
        }

        Builder unverified(Unverified span) {
            unverified = span;
            return this;
        }

        Builder foreignRules(List<ForeignRule> rules) {
            foreignRules = rules;
            return this;
        }

        Builder warnings(List<String> sentences) {
            warnings = sentences;
            return this;
        }

        Builder limits(List<String> sentences) {
            limits = sentences;
            return this;
        }

        Builder backend(Backend value) {
            backend = value;
            return this;
        }

        Builder tableSpace(List<String> sentences) {
            tableSpace = sentences;
            return this;
        }

        DeviceStatus build() {
            return new DeviceStatus(this);
        }
    }
}
