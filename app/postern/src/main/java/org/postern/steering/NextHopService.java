package org.postern.steering;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.MacAddress;
import org.postern.policy.NextHop;

/** Tells where next hops are at layer 2, and to which of them nothing may be led. */
public interface NextHopService {
    /**
     * Returns the next hops that can be reached.
     *
     * @return MAC by the name of the next hop, of refused ones too
     */
    Map<String, MacAddress> reachable();

    /**
     * Lists the relays that nothing may be redirected to, since they take mail without
     * authentication: abuse would only change its door. What is for them is dropped, whatever the
     * fallback of a class is.
     *
     * @return names of relays
     */
    Set<String> refused();

    /**
     * Tells why a next hop is not used.
     *
     * @param hop a next hop of the infrastructure
     * @return the reason and what to do, or empty if it can be reached and may be
     */
    Optional<String> problemOf(NextHop hop);

    /**
     * Has somebody told whenever a next hop comes, goes, moves or is refused.
     *
     * @param listener what to call; it must not block
     */
    void listen(Runnable listener);

    /**
     * Ends {@link #listen}.
     *
     * @param listener what was given
     */
    void forget(Runnable listener);
}
