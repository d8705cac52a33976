package org.postern.compile;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.postern.policy.PacketMatch;
import org.postern.policy.PolicyLine;

/**
 * One way through the chains: the lines that speak one after the other, and the packets of which
 * they all do. Of two paths that match a packet, the earlier one of {@link IngressPaths} is the
 * packet's. Immutable.
 */
final class PolicyPath {
    private final PacketMatch match;
    private final PacketMatch whole;
    private final ImmutableList<PolicyLine> lines;

    // asked of every pair of paths
    private final VlanId vlan;
    private final MacAddress sourceMac;
    private final int etherType;
    private final int destinationPort;

    PolicyPath(PacketMatch match, List<PolicyLine> lines) {
        this(match, match, lines);
    }

    private PolicyPath(PacketMatch match, PacketMatch whole, List<PolicyLine> lines) {
        this.match = match;
        this.whole = whole;
        this.lines = ImmutableList.copyOf(lines);
        this.vlan = match.vlan().orElse(null);
        this.sourceMac = match.sourceMac().orElse(null);
        this.etherType = orAny(match.etherType());
        this.destinationPort = orAny(match.destinationPort());
    }

    private static int orAny(OptionalInt number) {
        return number.orElse(-1);
    }

    /** The same path for fewer packets. */
    PolicyPath narrowed(PacketMatch fewer) {
        return new PolicyPath(fewer, whole, lines);
    }

    PacketMatch match() {
        return match;
    }

    /** Whether the path was narrowed. */
    boolean isPart() {
        return !match.equals(whole);
    }

    /** The line that decides. */
    PolicyLine last() {
        return Iterables.getLast(lines);
    }

    boolean denies() {
        return last().verdict().denies();
    }

    /** Where packets are steered on the way, if they are. */
    Optional<MacAddress> nextHop() {
        return lines.stream().flatMap(line -> line.verdict().nextHop().stream()).findFirst();
    }

    /** Whether packets go on as if nobody had asked. */
    boolean carriesOn() {
        return !denies() && !nextHop().isPresent();
    }

    /** The line whose packets are counted; of several, the one that says what it is about. */
    Optional<PolicyLine> counting() {
        return lines.stream().filter(line -> line.counted().isPresent()).findFirst();
    }

    /** What packets of both match, or empty if there are none. */
    Optional<PacketMatch> and(PolicyPath other) {
        if (differ(vlan, other.vlan)
                || differ(sourceMac, other.sourceMac)
                || differ(etherType, other.etherType)
                || differ(destinationPort, other.destinationPort)) {
            return Optional.empty();
        }
        return match.and(other.match);
    }

    private static boolean differ(Object one, Object other) {
        return one != null && other != null && !one.equals(other);
    }

    private static boolean differ(int one, int other) {
        return one >= 0 && other >= 0 && one != other;
    }

    /** Whether every packet of an expression is one of this path's. */
    boolean covers(PacketMatch fewer) {
        return match.and(fewer).filter(fewer::equals).isPresent();
    }

    boolean covers(PolicyPath other) {
        return and(other).filter(other.match::equals).isPresent();
    }

    /** Whether two paths come to the same, counts included. */
    boolean isLike(PolicyPath other) {
        return denies() == other.denies()
                && nextHop().equals(other.nextHop())
                && Objects.equals(
                        counting().map(PolicyLine::counted),
                        other.counting().map(PolicyLine::counted))
                && Objects.equals(
                        counting().map(PolicyLine::subscriber),
                        other.counting().map(PolicyLine::subscriber));
    }

    @Override
    public String toString() {
        return match + " -> " + last().verdict() + " (" + last().reason() + ")";
    }
}
