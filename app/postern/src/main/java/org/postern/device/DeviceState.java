package org.postern.device;

import java.util.Locale;
import org.postern.json.Json;

/** How far a device enforces the policy. */
public enum DeviceState {
    /** Every rule is confirmed, and was seen in the switch in the last two polls. */
    IN_FORCE,
    /** Rules are on their way, or confirmed but not yet seen. */
    PROGRAMMING,
    /** Rules were refused, are missing, or are shadowed; the reason says which. */
    DEGRADED,
    /** Enforcement is suspended by an operator. */
    SUSPENDED,
    /** The device's driver or pipeline cannot carry the policy; it does not enforce. */
    UNSUPPORTED,
    /** The device is not connected; it goes on with the rules it has. */
    OFFLINE,
    /** Withdrawn by an operator; it does not enforce. */
    WITHDRAWN,
    /** Another node of the cluster programs it, and knows its state. */
    NOT_MASTER;

    /**
     * Reads the name of a state.
     *
     * @param text such as {@code in-force}, or as it is told: {@code IN_FORCE}
     * @return the state
     * @throws IllegalArgumentException if there is none of that name; the message lists them
     */
    public static DeviceState of(String text) {
        return Json.constant(
                DeviceState.class, "state", text.toLowerCase(Locale.ROOT).replace('_', '-'));
    }
}
