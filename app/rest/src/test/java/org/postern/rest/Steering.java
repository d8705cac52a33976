package org.postern.rest;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.onlab.packet.MacAddress;
import org.postern.policy.NextHop;
import org.postern.steering.NextHopService;

/** There are neither relays nor a portal. */
final class Steering implements NextHopService {
    @Override
    public Map<String, MacAddress> reachable() {
        return Map.of();
    }

    @Override
    public Set<String> refused() {
        return Set.of();
    }

    @Override
    public Optional<String> problemOf(NextHop hop) {
        return Optional.empty();
    }

    @Override
    public void listen(Runnable listener) {}

    @Override
    public void forget(Runnable listener) {}
}
