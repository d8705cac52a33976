package org.postern.policy;

import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import org.onosproject.net.DeviceId;

/**
 * Break-glass: enforcement set aside for a while, everywhere, on a device or for a class.
 * Immutable.
 */
public final class Suspension {
    private final DeviceId device;
    private final String serviceClass;
    private final Instant until;
    private final String reason;
    private final String by;

    private Suspension(
            DeviceId device, String serviceClass, Instant until, String reason, String by) {
        this.device = device;
        this.serviceClass = serviceClass;
        this.until = Objects.requireNonNull(until);
        this.reason = Objects.requireNonNull(reason);
        this.by = Objects.requireNonNull(by);
    }

    /**
     * Suspends enforcement on every device.
     *
     * @param until when it ends by itself
     * @param reason why
     * @param by who ordered it
     * @return the suspension
     */
    public static Suspension everywhere(Instant until, String reason, String by) {
        return new Suspension(null, null, until, reason, by);
    }

    /**
     * Suspends enforcement on one device.
     *
     * @param device the device
     * @param until when it ends by itself
     * @param reason why
     * @param by who ordered it
     * @return the suspension
     */
    public static Suspension ofDevice(DeviceId device, Instant until, String reason, String by) {
        return new Suspension(Objects.requireNonNull(device), null, until, reason, by);
    }

    /**
     * Suspends enforcement for one service class.
     *
     * @param serviceClass name of the class
     * @param until when it ends by itself
     * @param reason why
     * @param by who ordered it
     * @return the suspension
     */
    public static Suspension ofClass(String serviceClass, Instant until, String reason, String by) {
        return new Suspension(null, Objects.requireNonNull(serviceClass), until, reason, by);
    }

    /**
     * Tells whether a whole device is suspended by this.
     *
     * @param id the device asked about
     * @return true if nothing is enforced on it while this lasts
     */
    public boolean coversDevice(DeviceId id) {
        return serviceClass == null && (device == null || device.equals(id));
    }

    /**
     * Returns the suspended device.
     *
     * @return the one device, or empty if this suspends all devices or a class
     */
    public Optional<DeviceId> device() {
        return Optional.ofNullable(device);
    }

    /**
     * Returns the suspended class.
     *
     * @return its name, or empty if this suspends devices
     */
    public Optional<String> serviceClass() {
        return Optional.ofNullable(serviceClass);
    }

    /**
     * Returns what is suspended, as operators name it; unique among the suspensions in force.
     *
     * @return {@code everywhere}, {@code device ID} or {@code class NAME}
     */
    public String scope() {
        if (device != null) {
            return "device " + device;
        }
        return serviceClass == null ? "everywhere" : "class " + serviceClass;
    }

    /**
     * Returns the end.
     *
     * @return when enforcement resumes by itself
     */
    public Instant until() {
        return until;
    }

    /**
     * Returns the reason.
     *
     * @return why enforcement was suspended
     */
    public String reason() {
        return reason;
    }

    /**
     * Returns who ordered it.
     *
     * @return a user name
     */
    public String by() {
        return by;
    }

    @Override
    public boolean equals(Object other) {
        if (!(other instanceof Suspension)) {
            return false;
        }
        Suspension that = (Suspension) other;
        return scope().equals(that.scope())
                && until.equals(that.until)
                && reason.equals(that.reason)
                && by.equals(that.by);
    }

    @Override
    public int hashCode() {
        return Objects.hash(scope(), until, reason, by);
    }

    @Override
    public String toString() {
        return scope() + " until " + until + " by " + by + ": " + reason;
    }
}
