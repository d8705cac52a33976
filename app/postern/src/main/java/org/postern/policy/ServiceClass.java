package org.postern.policy;

import com.google.common.base.MoreObjects;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;

/** A named policy that subscribers are put in. Immutable. */
public final class ServiceClass {
    static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");

    /** Consumer access: direct port 25 is dropped, the subscriber's own port 25 stays reachable. */
    public static final ServiceClass RESIDENTIAL =
            new ServiceClass("residential", OutboundAction.DROP, InboundRule.ALLOW);

    /** Customers that run their own mail server. */
    public static final ServiceClass BUSINESS =
            new ServiceClass("business", OutboundAction.ALLOW, InboundRule.ALLOW);

    /** Subscribers that sent abuse: no outbound mail. */
    public static final ServiceClass QUARANTINED =
            named("quarantined").quarantine(QuarantineDepth.MAIL).build();

    /** Subscribers that sent abuse: the walled garden. */
    public static final ServiceClass WALLED_GARDEN =
            named("walled-garden").quarantine(QuarantineDepth.WALLED_GARDEN).build();

    private final Builder b;

    private ServiceClass(Builder builder) {
        b = builder.copy();
        if (!NAME.matcher(b.name).matches()) {
            throw new IllegalArgumentException(
                    "class name \""
                            + b.name
                            + "\" is malformed: use 1 to 32 lower-case letters, digits and hyphens, a letter first");
        }
        if (b.outbound == OutboundAction.REDIRECT && b.relay == null) {
            throw new IllegalArgumentException(
                    "class " + b.name + " redirects but names no relay: give its name in relay");
        }
        if (b.quarantine != null && (b.outbound != OutboundAction.DROP || b.mode == Mode.MONITOR)) {
            throw new IllegalArgumentException(
                    "class "
                            + b.name
                            + " is a quarantine: give it neither an outbound action nor a mode");
        }
    }

    /**
     * Creates a class that does nothing but what its two rules say.
     *
     * @param name 1 to 32 lower-case letters, digits and hyphens, a letter first
     * @param outbound what happens to direct port-25 traffic of its subscribers; not {@link
     *     OutboundAction#REDIRECT}, which needs a relay
     * @param inbound what happens to port-25 traffic towards its subscribers
     * @throws IllegalArgumentException if the name is malformed
     */
    public ServiceClass(String name, OutboundAction outbound, InboundRule inbound) {
        this(named(name).outbound(outbound).inbound(inbound));
    }

    /**
     * Begins a class that drops direct mail and leaves everything else alone.
     *
     * @param name 1 to 32 lower-case letters, digits and hyphens, a letter first
     * @return a builder
     */
    public static Builder named(String name) {
        return new Builder(name);
    }

    /**
     * Returns the name.
     *
     * @return the name, unique in a policy
     */
    public String name() {
        return b.name;
    }

    /**
     * Returns what happens to direct port-25 traffic from the class's subscribers.
     *
     * @return the action
     */
    public OutboundAction outbound() {
        return b.outbound;
    }

    /**
     * Returns what happens to port-25 traffic towards the class's subscribers.
     *
     * @return the rule
     */
    public InboundRule inbound() {
        return b.inbound;
    }

    /**
     * Returns whether the class is enforced.
     *
     * @return the mode
     */
    public Mode mode() {
        return b.mode;
    }

    /**
     * Tells whether subscribers may send from their own addresses only.
     *
     * @return true if source addresses are guarded (BCP 38)
     */
    public boolean guardsSources() {
        return b.sourceGuard;
    }

    /**
     * Tells whether tunnels are closed.
     *
     * @return true if unencrypted tunnels, which could carry mail, are dropped
     */
    public boolean blocksTunnels() {
        return b.blockTunnels;
    }

    /**
     * Returns the relay that mail is redirected to.
     *
     * @return name of a relay; empty unless the class redirects
     */
    public Optional<String> relay() {
        return Optional.ofNullable(b.relay);
    }

    /**
     * Returns what holds while the relay is unreachable.
     *
     * @return {@link OutboundAction#DROP} or {@link OutboundAction#ALLOW}
     */
    public OutboundAction fallback() {
        return b.fallback;
    }

    /**
     * Returns how far the class quarantines.
     *
     * @return the depth, or empty if it does not
     */
    public Optional<QuarantineDepth> quarantine() {
        return Optional.ofNullable(b.quarantine);
    }

    /**
     * Tells whether subscribers of this class may send mail directly.
     *
     * @return true if direct port 25 passes
     */
    public boolean allowsOutbound() {
        return b.outbound == OutboundAction.ALLOW;
    }

    /** A quarantine of a subscriber of this class: what this class denies stays denied. */
    ServiceClass quarantinedBy(ServiceClass quarantine) {
        Builder both = quarantine.b.copy();
        both.sourceGuard |= b.sourceGuard;
        both.blockTunnels |= b.blockTunnels;
        if (b.inbound == InboundRule.DROP) {
            both.inbound = InboundRule.DROP;
        }
        return both.build();
    }

    /** This class for a subscriber that is exempted from everything. */
    ServiceClass sendingDirectly() {
        return new ServiceClass(b.copy().outbound(OutboundAction.ALLOW).relay(null));
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ServiceClass)) {
            return false;
        }
        Builder that = ((ServiceClass) other).b;
        return b.name.equals(that.name)
                && b.outbound == that.outbound
                && b.inbound == that.inbound
                && b.mode == that.mode
                && b.sourceGuard == that.sourceGuard
                && b.blockTunnels == that.blockTunnels
                && Objects.equals(b.relay, that.relay)
                && b.fallback == that.fallback
                && b.quarantine == that.quarantine;
    }

    @Override
    public int hashCode() {
        return Objects.hash(b.name, b.outbound, b.inbound, b.mode, b.quarantine);
    }

    @Override
    public String toString() {
        return MoreObjects.toStringHelper(this)
                .add("name", b.name)
                .add("outbound", lower(b.outbound))
                .add("inbound", lower(b.inbound))
                .add("mode", lower(b.mode))
                .add("relay", b.relay)
                .add("quarantine", b.quarantine == null ? null : lower(b.quarantine))
                .omitNullValues()
                .toString();
    }

    private static String lower(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT);
    }

    /** Collects what a class is made of. */
    public static final class Builder {
        private final String name;
        private OutboundAction outbound = OutboundAction.DROP;
        private InboundRule inbound = InboundRule.ALLOW;
        private Mode mode = Mode.ENFORCE;
        private boolean sourceGuard;
        private boolean blockTunnels;
        private String relay;
        private OutboundAction fallback = OutboundAction.DROP;
        private QuarantineDepth quarantine;

        private Builder(String name) {
            this.name = Objects.requireNonNull(name);
        }

        private Builder copy() {
            Builder copy = new Builder(name);
            copy.outbound = outbound;
            copy.inbound = inbound;
            copy.mode = mode;
            copy.sourceGuard = sourceGuard;
            copy.blockTunnels = blockTunnels;
            copy.relay = relay;
            copy.fallback = fallback;
            copy.quarantine = quarantine;
            return copy;
        }

        /**
         * Sets what happens to direct port-25 traffic.
         *
         * @param action the action; drop if this is not called
         * @return this builder
         */
        public Builder outbound(OutboundAction action) {
            outbound = Objects.requireNonNull(action);
            return this;
        }

        /**
         * Sets what happens to port-25 traffic towards the subscribers.
         *
         * @param rule the rule; allow if this is not called
         * @return this builder
         */
        public Builder inbound(InboundRule rule) {
            inbound = Objects.requireNonNull(rule);
            return this;
        }

        /**
         * Sets whether the class is enforced.
         *
         * @param value the mode; enforce if this is not called
         * @return this builder
         */
        public Builder mode(Mode value) {
            mode = Objects.requireNonNull(value);
            return this;
        }

        /**
         * Sets whether subscribers may send from their own addresses only.
         *
         * @param guarded true to guard source addresses
         * @return this builder
         */
        public Builder sourceGuard(boolean guarded) {
            sourceGuard = guarded;
            return this;
        }

        /**
         * Sets whether tunnels are closed.
         *
         * @param blocked true to close unencrypted tunnels
         * @return this builder
         */
        public Builder blockTunnels(boolean blocked) {
            blockTunnels = blocked;
            return this;
        }

        /**
         * Has mail redirected.
         *
         * @param relayName name of a relay, or null for none
         * @return this builder
         */
        public Builder relay(String relayName) {
            relay = relayName;
            return this;
        }

        /**
         * Sets what holds while the relay is unreachable.
         *
         * @param action drop or allow; drop if this is not called
         * @return this builder
         * @throws IllegalArgumentException if it is another action
         */
        public Builder fallback(OutboundAction action) {
            if (action != OutboundAction.DROP && action != OutboundAction.ALLOW) {
                throw new IllegalArgumentException("a fallback is drop or allow, not " + action);
            }
            fallback = action;
            return this;
        }

        /**
         * Makes it a quarantine.
         *
         * @param depth how far, or null for no quarantine
         * @return this builder
         */
        public Builder quarantine(QuarantineDepth depth) {
            quarantine = depth;
            return this;
        }

        /**
         * Makes the class.
         *
         * @return the class
         * @throws IllegalArgumentException if the name is malformed, a redirect has no relay, or a
         *     quarantine has an outbound action or a mode
         */
        public ServiceClass build() {
            return new ServiceClass(this);
        }
    }
}
