package org.postern.compile;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.postern.policy.Counted;
import org.postern.policy.PacketMatch;
import org.postern.policy.PolicyLine;

/**
 * One way through the chains: the lines that speak one after the other, and the packets of which
 * they all do. Of two paths that match a packet, the earlier one of {@link IngressPaths} is the
 * packet's. Immutable.
 */
final class PolicyPath {
    /** Of a number that is not asked. */
    private static final int ANY = -1;

    private final PacketMatch match;
    private final ImmutableList<PolicyLine> lines;
    private final int order;
    private final boolean denies;
    private final MacAddress nextHop;
    private final PolicyLine counting;

    // of the match; pairs of paths are compared by these first, there are many pairs
    private final VlanId vlan;
    private final MacAddress sourceMac;
    private final int etherType;
    private final int destinationPort;

    /**
     * Creates a path.
     *
     * @param order how many paths speak before it
     */
    PolicyPath(PacketMatch match, List<PolicyLine> lines, int order) {
        this.match = match;
        this.order = order;
        this.lines = ImmutableList.copyOf(lines);
        this.vlan = match.vlan().orElse(null);
        this.sourceMac = match.sourceMac().orElse(null);
        this.etherType = orAny(match.etherType());
        this.destinationPort = orAny(match.destinationPort());
        this.denies = last().verdict().denies();
        PolicyLine steering =
                lines.stream()
                        .filter(line -> line.verdict().nextHop().isPresent())
                        .findFirst()
                        .orElse(null);
        this.nextHop = steering == null ? null : steering.verdict().nextHop().get();
        PolicyLine deciding = denies ? last() : steering;
        this.counting = deciding == null || !deciding.counted().isPresent() ? null : deciding;
    }

    private static int orAny(OptionalInt number) {
        return number.orElse(ANY);
    }

    /** The same path for fewer packets. */
    PolicyPath narrowed(PacketMatch fewer) {
        return new PolicyPath(fewer, lines, order);
    }

    /** How many paths speak before it. */
    int order() {
        return order;
    }

    PacketMatch match() {
        return match;
    }

    /** The line that has the last word. */
    PolicyLine last() {
        return Iterables.getLast(lines);
    }

    boolean denies() {
        return denies;
    }

    /** Where packets are steered on the way, if they are. */
    Optional<MacAddress> nextHop() {
        return Optional.ofNullable(nextHop);
    }

    /** Whether packets go on as if nobody had asked. */
    boolean carriesOn() {
        return !denies && nextHop == null;
    }

    /** The line that denies or steers, if its packets are counted; what carries on is not. */
    Optional<PolicyLine> counting() {
        return Optional.ofNullable(counting);
    }

    /** What packets of both match, or empty if there are none. */
    Optional<PacketMatch> and(PolicyPath other) {
        return differ(vlan, other.vlan)
                        || differ(sourceMac, other.sourceMac)
                        || differ(etherType, other.etherType)
                        || differ(destinationPort, other.destinationPort)
                ? Optional.empty()
                : match.and(other.match);
    }

    private static boolean differ(Object one, Object other) {
        return one != null && other != null && !one.equals(other);
    }

    private static boolean differ(int one, int other) {
        return one != ANY && other != ANY && one != other;
    }

    /** Whether every packet of another path is one of this. */
    boolean covers(PolicyPath other) {
        return (vlan == null || vlan.equals(other.vlan))
                && (sourceMac == null || sourceMac.equals(other.sourceMac))
                && (etherType == ANY || etherType == other.etherType)
                && (destinationPort == ANY || destinationPort == other.destinationPort)
                && match.and(other.match).filter(other.match::equals).isPresent();
    }

    /** Whether two paths come to the same, counts included. */
    boolean isLike(PolicyPath other) {
        return denies == other.denies
                && Objects.equals(nextHop, other.nextHop)
                && Objects.equals(countedAs(), other.countedAs())
                && Objects.equals(countedOf(), other.countedOf());
    }

    private Counted countedAs() {
        return counting == null ? null : counting.counted().orElse(null);
    }

    private String countedOf() {
        return counting == null ? null : counting.subscriber().orElse(null);
    }

    @Override
    public String toString() {
        return match + " -> " + last().verdict() + " (" + last().reason() + ")";
    }
}
