package org.postern.device;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.onosproject.net.DeviceId;
import org.postern.audit.Order;
import org.postern.policy.Policy;
import org.postern.policy.Suspension;

/**
 * What operators ask and order: is the policy in force, suspend it, take it off a device. A refusal
 * is an {@link IllegalArgumentException} whose message says what is wrong and what to do.
 */
public interface EnforcementService {

    /**
     * Returns the policy that is to be enforced.
     *
     * @return a snapshot
     */
    Policy policy();

    /**
     * Reports on every access device.
     *
     * @return status by device identifier
     */
    List<DeviceStatus> devices();

    /**
     * Reports on one access device, without a look at the others.
     *
     * @param id identifier
     * @return its status; empty if it is no access device
     */
    Optional<DeviceStatus> device(DeviceId id);

    /**
     * Tells where more than direct mail should be denied to a subscriber, by a quarantine for
     * instance, and is not for want of room in the front table of its device. Waits until what was
     * changed before is planned.
     *
     * @param id identifier of a subscriber
     * @return a sentence for operators; empty if every front table that this node plans has room
     *     for it
     * @throws IllegalStateException if the policy could not be planned in time
     */
    Optional<String> shortageOf(String id);

    /**
     * Tells whether the policy is in force; {@link EnforcementStatus} says what that means.
     *
     * @return false too if there is no access device that this node enforces
     */
    boolean isInForce();

    /**
     * Sets enforcement aside everywhere.
     *
     * @param duration for how long, 1 second to 24 hours
     * @param reason why
     * @param order who orders it
     * @return the suspension
     * @throws IllegalArgumentException if the duration or the reason is not acceptable
     */
    Suspension suspendEverywhere(Duration duration, String reason, Order order);

    /**
     * Sets enforcement aside on a device.
     *
     * @param device an access device
     * @param duration for how long, 1 second to 24 hours
     * @param reason why
     * @param order who orders it
     * @return the suspension
     * @throws IllegalArgumentException if the device is not an access device, or the duration or
     *     reason not acceptable
     */
    Suspension suspendDevice(DeviceId device, Duration duration, String reason, Order order);

    /**
     * Sets enforcement aside for a class.
     *
     * @param serviceClass name of a class
     * @param duration for how long, 1 second to 24 hours
     * @param reason why
     * @param order who orders it
     * @return the suspension
     * @throws IllegalArgumentException if there is no such class, or the duration or reason is not
     *     acceptable
     */
    Suspension suspendClass(String serviceClass, Duration duration, String reason, Order order);

    /**
     * Lists what is suspended, as ordered: {@link #policy()} has it a moment later.
     *
     * @return suspensions in the store of the cluster; of a scope there is one
     */
    List<Suspension> suspensions();

    /**
     * Ends a suspension early.
     *
     * @param scope its {@link Suspension#scope()}
     * @param order who orders it
     * @throws IllegalArgumentException if there is no such suspension
     */
    void resume(String scope, Order order);

    /**
     * Takes Postern off a device, with forwarding going on; the policy is not enforced on it from
     * then on, until {@link #enforce}.
     *
     * @param device an access device
     * @param driver name of the driver that the device shall have; empty for the one it had before
     * @param order who orders it
     * @throws IllegalArgumentException if the device is not an access device
     * @throws IllegalStateException if the switch did not confirm; the message says how far it came
     */
    void withdraw(DeviceId device, Optional<String> driver, Order order);

    /**
     * Puts Postern (back) on a device: names its driver in network configuration, and enforces.
     *
     * @param device an access device
     * @param order who orders it
     * @throws IllegalArgumentException if the device is not an access device
     */
    void enforce(DeviceId device, Order order);
}
