package org.postern.device;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.postern.policy.Suspension;

/**
 * Whether the policy is in force, and what keeps it from that: the one answer of which all others
 * (text, JSON, {@link EnforcementService#isInForce()}) are made. Immutable.
 *
 * <p>The policy is in force if this node enforces it on one device at least, every device that is
 * to enforce and that this node is master of is {@link DeviceState#IN_FORCE}, and nothing is
 * suspended: a suspended class opens no device as a whole, but its subscribers send mail. Withdrawn
 * devices are not to enforce; of devices of another node only that node knows.
 */
public final class EnforcementStatus {
    private final ImmutableList<DeviceStatus> devices;
    private final ImmutableList<Suspension> suspensions;

    private EnforcementStatus(
            Collection<DeviceStatus> devices, Collection<Suspension> suspensions) {
        this.devices = ImmutableList.copyOf(devices);
        this.suspensions = ImmutableList.copyOf(suspensions);
    }

    /**
     * Judges what was found at one moment.
     *
     * @param devices every access device
     * @param suspensions the suspensions in force
     * @return the answer
     */
    public static EnforcementStatus of(
            Collection<DeviceStatus> devices, Collection<Suspension> suspensions) {
        return new EnforcementStatus(devices, suspensions);
    }

    /**
     * Tells whether the policy is in force.
     *
     * @return false too if there is no access device that this node enforces
     */
    public boolean isInForce() {
        return !enforced().isEmpty() && failing().isEmpty() && suspensions.isEmpty();
    }

    /**
     * Returns since when every device that this node enforces is.
     *
     * @return the moment, or empty if none is
     */
    public Optional<Instant> since() {
        return enforced().stream().map(DeviceStatus::since).max(Instant::compareTo);
    }

    /**
     * Lists all access devices.
     *
     * @return devices in the order given
     */
    public List<DeviceStatus> devices() {
        return devices;
    }

    /**
     * Lists the devices on which every rule is in force.
     *
     * @return devices in the order given
     */
    public List<DeviceStatus> enforced() {
        return in(DeviceState.IN_FORCE);
    }

    /**
     * Lists the devices that are this node's and should enforce, but do not, or not verifiably.
     *
     * @return devices in the order given
     */
    public List<DeviceStatus> failing() {
        return devices.stream()
                .filter(
                        d ->
                                d.state() != DeviceState.IN_FORCE
                                        && d.state() != DeviceState.WITHDRAWN
                                        && d.state() != DeviceState.NOT_MASTER)
                .collect(ImmutableList.toImmutableList());
    }

    /**
     * Lists the devices that an operator has withdrawn.
     *
     * @return devices in the order given
     */
    public List<DeviceStatus> withdrawn() {
        return in(DeviceState.WITHDRAWN);
    }

    /**
     * Lists the devices that this node is not master of.
     *
     * @return devices in the order given
     */
    public List<DeviceStatus> elsewhere() {
        return in(DeviceState.NOT_MASTER);
    }

    /**
     * Lists what is suspended.
     *
     * @return suspensions in the order given
     */
    public List<Suspension> suspensions() {
        return suspensions;
    }

    private List<DeviceStatus> in(DeviceState state) {
        return devices.stream()
                .filter(d -> d.state() == state)
                .collect(ImmutableList.toImmutableList());
    }
}
