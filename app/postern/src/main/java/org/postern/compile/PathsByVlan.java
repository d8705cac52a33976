package org.postern.compile;

import com.google.common.collect.Iterables;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.onlab.packet.VlanId;

/**
 * Finds those of many paths that may have to do with another: hundreds of subscribers behind one
 * port are told by VLANs, and have nothing to do with each other.
 *
 * @param <T> what is found by its path
 */
final class PathsByVlan<T> {
    private final Function<T, PolicyPath> pathOf;
    private final ListMultimap<Optional<VlanId>, T> byVlan =
            MultimapBuilder.linkedHashKeys().arrayListValues().build();

    PathsByVlan(Function<T, PolicyPath> pathOf) {
        this.pathOf = pathOf;
    }

    void add(T one) {
        byVlan.put(pathOf.apply(one).match().vlan(), one);
    }

    /** Those that may match every packet of a path. */
    Iterable<T> around(PolicyPath path) {
        List<T> any = byVlan.get(Optional.empty());
        Optional<VlanId> vlan = path.match().vlan();
        return vlan.isPresent() ? Iterables.concat(any, byVlan.get(vlan)) : any;
    }

    /** Those that may match some packet of a path. */
    Iterable<T> near(PolicyPath path) {
        return path.match().vlan().isPresent() ? around(path) : byVlan.values();
    }
}
