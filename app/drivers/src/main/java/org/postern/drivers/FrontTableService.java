package org.postern.drivers;

import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.onosproject.net.DeviceId;

/** Keeps the floor of each enforced device, lays it, and takes the front table away again. */
public interface FrontTableService {

    /**
     * Tells whether a device's driver puts Postern's tables in front of forwarding.
     *
     * @param device a device
     * @return true if its driver is {@link FrontTable#DRIVER} and available
     */
    boolean isFront(DeviceId device);

    /**
     * Tells whether a device has our driver, or had it when it was last connected.
     *
     * @param device a device
     * @return false if it never had, was withdrawn, or was given another by the operator
     */
    boolean wasFront(DeviceId device);

    /**
     * Tells whether nothing of Postern's is on a device, as far as is known.
     *
     * @param device a device
     * @return true if it is not to be enforced and none of Postern's rules is in ONOS's store
     */
    boolean isOff(DeviceId device);

    /**
     * Returns the floor that a device is to have.
     *
     * @param device a device
     * @return the floor, or empty if the device is not enforced
     */
    Optional<Floor> floor(DeviceId device);

    /**
     * Marks a device as enforced with the given floor. It is remembered, across restarts too, and
     * laid whenever the switch connects, before ONOS announces the device. Replaces an earlier
     * floor; rules that are in the switch stay until {@link #trim}.
     *
     * @param floor the floor; its rules belong to {@link FrontTable#APPLICATION}
     */
    void enforce(Floor floor);

    /**
     * Lays a floor in its order into a connected device of which this node is master.
     *
     * @param floor the floor of an enforced device
     * @return completed when the switch confirmed every rule; fails otherwise, also if the device
     *     is not enforced any more
     */
    CompletableFuture<Void> lay(Floor floor);

    /**
     * Removes from a device the rules of {@link FrontTable#APPLICATION} that a floor does not have,
     * in the opposite of laying order.
     *
     * @param floor the floor of an enforced device
     * @return completed when the switch confirmed; fails otherwise, also if the device is not
     *     enforced any more
     */
    CompletableFuture<Void> trim(Floor floor);

    /**
     * Tells whether the front table leaves, or would leave, a device without forwarding: others
     * forward in table 0, by rules that nobody moves, and FORWARD has nothing.
     *
     * @param device a device
     * @return the reason and what to do, or empty if FORWARD has, or will get, rules that forward
     */
    Optional<String> forwardingGap(DeviceId device);

    /**
     * Takes the front table away: the mark, then the driver name in network configuration, then the
     * rules of others are copied to table 0, then the floor and every other rule of Postern's
     * tables is removed, last what had been moved to FORWARD. Forwarding goes on all the while.
     *
     * @param device a device, enforced or not
     * @param driver name of the driver that the device shall have from now on; empty for the one it
     *     had before, or that {@link FrontTable#DRIVER} extends
     * @return completed when the switch confirmed; fails with the reason otherwise
     */
    CompletableFuture<Void> withdraw(DeviceId device, Optional<String> driver);

    /**
     * Names {@link FrontTable#DRIVER} as the driver of a device in network configuration,
     * remembering the present one.
     *
     * @param device a device
     */
    void nameDriver(DeviceId device);
}
