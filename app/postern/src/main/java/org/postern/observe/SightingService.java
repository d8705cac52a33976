package org.postern.observe;

import java.util.List;
import org.postern.policy.Subscriber;

/**
 * Tells what ONOS sees of subscribers' hosts. Nothing is enforced by it: a host has the class of
 * the port it is at, whatever its addresses.
 */
public interface SightingService {

    /**
     * Lists the hosts that ONOS sees where a subscriber is attached.
     *
     * @param subscriber a subscriber
     * @return hosts by place and MAC; none if ONOS has no application that learns hosts
     */
    List<Sighting> at(Subscriber subscriber);

    /**
     * Lists hosts with a registered MAC or address of a subscriber that ONOS sees at an access port
     * where the subscriber is not attached: it has moved without its registration, or somebody
     * claims to be it. Looks through all hosts of ONOS if the subscriber has prefixes of more than
     * one address.
     *
     * @param subscriber a subscriber
     * @return hosts by place and MAC
     */
    List<Sighting> strays(Subscriber subscriber);
}
