package org.postern.audit;

import java.util.Objects;
import org.postern.json.Json;

/** Who orders a change, by which interface, and why. Immutable. */
public final class Order {
    /** By which interface a change comes. */
    public enum Interface {
        /** A command of the Karaf console. */
        CONSOLE,
        /** A request to the REST interface. */
        REST,
        /** ONOS's network configuration; it does not say who changed it. */
        NETWORK_CONFIGURATION,
        /** Properties of Postern's components; ONOS does not say who changed them. */
        COMPONENT_CONFIGURATION,
        /** A directory of the ISP that Postern reads, such as SADIS. */
        DIRECTORY,
        /** Postern itself: something ended, or became reachable. */
        POSTERN;

        /**
         * Returns the name in lower case with hyphens.
         *
         * @return such as {@code network-configuration}
         */
        public String text() {
            return Json.lower(this);
        }

        /**
         * Reads the name of an interface.
         *
         * @param text what {@link #text} returns
         * @return the interface
         * @throws IllegalArgumentException if there is none of that name; the message lists them
         */
        public static Interface of(String text) {
            return Json.constant(Interface.class, "interface", text);
        }
    }

    /** What Postern does by itself. */
    public static final Order POSTERN = new Order("postern", Interface.POSTERN);

    private final String by;
    private final Interface via;
    private final String reason;

    private Order(String by, Interface via, String reason) {
        this.by = Objects.requireNonNull(by);
        this.via = Objects.requireNonNull(via);
        this.reason = reason;
    }

    /**
     * Creates an order that gives no reason.
     *
     * @param by who orders it: a user of ONOS, or a system
     * @param via by which interface
     */
    public Order(String by, Interface via) {
        this(by, via, "");
    }

    /**
     * An order given at the console.
     *
     * @param by user of the console session
     * @return the order
     */
    public static Order console(String by) {
        return new Order(by, Interface.CONSOLE);
    }

    /**
     * The same order with its reason. The audit has it with every change that follows from the
     * order, but for those that have a reason of their own.
     *
     * @param why as the operator gave it
     * @return the order
     * @throws IllegalArgumentException if it is not as {@link Reasons#checked} wants it
     */
    public Order because(String why) {
        return new Order(by, via, Reasons.checked(why));
    }

    /**
     * Returns who orders it.
     *
     * @return a user of ONOS, or a system
     */
    public String by() {
        return by;
    }

    /**
     * Returns by which interface it comes.
     *
     * @return the interface
     */
    public Interface via() {
        return via;
    }

    /**
     * Returns why.
     *
     * @return as the operator gave it, empty if none was given
     */
    public String reason() {
        return reason;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Order
                && by.equals(((Order) other).by)
                && via == ((Order) other).via
                && reason.equals(((Order) other).reason);
    }

    @Override
    public int hashCode() {
        return Objects.hash(by, via, reason);
    }

    @Override
    public String toString() {
        return by + " (" + via.text() + ")" + (reason.isEmpty() ? "" : ": " + reason);
    }
}
