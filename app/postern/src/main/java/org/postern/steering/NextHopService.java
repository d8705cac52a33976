package org.postern.steering;

import java.util.Map;
import java.util.Optional;
import org.onlab.packet.MacAddress;
import org.postern.policy.NextHop;

/** Tells where next hops are at layer 2. */
public interface NextHopService {
    /**
     * Returns the next hops that can be reached.
     *
     * @return MAC by the name of the next hop
     */
    Map<String, MacAddress> reachable();

    /**
     * Tells why a next hop cannot be reached.
     *
     * @param hop a next hop of the infrastructure
     * @return the reason and what to do, or empty if it can be reached
     */
    Optional<String> problemOf(NextHop hop);

    /**
     * Has somebody told whenever a next hop comes, goes or moves.
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
