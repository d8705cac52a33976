package org.postern.reject;

import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import org.onosproject.net.DeviceId;
import org.postern.compile.RejectMeters;
import org.postern.policy.RejectRates;

/**
 * Answers what the switches let through of direct mail that is to be rejected, and keeps the meters
 * that bound it.
 */
public interface RejectService {
    /**
     * Says which meters a device needs from now on. They are not made at once: {@link #keep} does,
     * and the listeners are told when one is there.
     *
     * @param device the device
     * @param purposes what meters are needed for ({@link RejectMeters#purposeOf}); none if nothing
     *     is rejected. The device's own comes with any other
     * @param rates their rates
     * @return those that are in the switch; while rates change, still the old ones
     */
    RejectMeters require(DeviceId device, Set<String> purposes, RejectRates rates);

    /**
     * Forgets what other devices needed.
     *
     * @param devices those on which the policy is enforced
     */
    void retain(Set<DeviceId> devices);

    /**
     * Makes meters that are missing, and removes those that nobody needs and no rule names.
     *
     * @param programmed which devices this node programs now
     */
    void keep(Predicate<DeviceId> programmed);

    /**
     * Has somebody told when the meters of a device have changed.
     *
     * @param listener runs on a thread of ONOS and must return at once
     */
    void addListener(Runnable listener);

    /**
     * Tells somebody no more.
     *
     * @param listener what was given to {@link #addListener}
     */
    void removeListener(Runnable listener);

    /**
     * Says what an operator should know of rejecting on a device.
     *
     * @param device the device
     * @return sentences, possibly none
     */
    List<String> warnings(DeviceId device);

    /**
     * Returns how many connections were rejected.
     *
     * @param device the device
     * @return resets sent since this node started; retried and unmetered packets are none
     */
    long rejected(DeviceId device);
}
