package org.postern.policy;

import com.google.common.base.MoreObjects;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;

/** A named policy that subscribers are put in. Immutable. */
public final class ServiceClass {
    private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9-]{0,31}");

    /** Consumer access: direct port 25 is dropped, the subscriber's own port 25 stays reachable. */
    public static final ServiceClass RESIDENTIAL =
            new ServiceClass("residential", OutboundAction.DROP, InboundRule.ALLOW);

    /** Customers that run their own mail server. */
    public static final ServiceClass BUSINESS =
            new ServiceClass("business", OutboundAction.ALLOW, InboundRule.ALLOW);

    private final String name;
    private final OutboundAction outbound;
    private final InboundRule inbound;

    /**
     * Creates a class.
     *
     * @param name 1 to 32 lower-case letters, digits and hyphens, a letter first
     * @param outbound what happens to direct port-25 traffic of its subscribers
     * @param inbound what happens to port-25 traffic towards its subscribers
     * @throws IllegalArgumentException if the name is malformed
     */
    public ServiceClass(String name, OutboundAction outbound, InboundRule inbound) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "class name \""
                            + name
                            + "\" is malformed: use 1 to 32 lower-case letters, digits and hyphens, a letter first");
        }
        this.name = name;
        this.outbound = Objects.requireNonNull(outbound);
        this.inbound = Objects.requireNonNull(inbound);
    }

    /**
     * Returns the name.
     *
     * @return the name, unique in a policy
     */
    public String name() {
        return name;
    }

    /**
     * Returns what happens to direct port-25 traffic from the class's subscribers.
     *
     * @return the action
     */
    public OutboundAction outbound() {
        return outbound;
    }

    /**
     * Returns what happens to port-25 traffic towards the class's subscribers.
     *
     * @return the rule
     */
    public InboundRule inbound() {
        return inbound;
    }

    /**
     * Tells whether subscribers of this class may speak SMTP to any host.
     *
     * @return true if direct port 25 is forwarded
     */
    public boolean allowsOutbound() {
        return outbound == OutboundAction.ALLOW;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof ServiceClass)) {
            return false;
        }
        ServiceClass that = (ServiceClass) other;
        return name.equals(that.name) && outbound == that.outbound && inbound == that.inbound;
    }

    @Override
    public int hashCode() {
        return Objects.hash(name, outbound, inbound);
    }

    @Override
    public String toString() {
        return MoreObjects.toStringHelper(this)
                .add("name", name)
                .add("outbound", outbound.name().toLowerCase(Locale.ROOT))
                .add("inbound", inbound.name().toLowerCase(Locale.ROOT))
                .toString();
    }
}
