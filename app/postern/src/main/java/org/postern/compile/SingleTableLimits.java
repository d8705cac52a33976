package org.postern.compile;

import com.google.common.base.Joiner;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.onosproject.net.PortNumber;
import org.postern.policy.AccessDevice;
import org.postern.policy.Chain;
import org.postern.policy.Counted;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.Subscriber;
import org.postern.policy.Verdict;

/** What one table does not do of a device's policy, in words for operators. */
final class SingleTableLimits {
    private static final Set<Chain> GUARDS = Set.of(Chain.MAC_GUARD, Chain.GUARD);

    /** Further names are only counted. */
    private static final int NAMED = 5;

    private final List<PolicyLine> lines;
    private final Map<Chain, Set<String>> unexpressed = new EnumMap<>(Chain.class);
    private final Map<Chain, Set<Long>> ports = new EnumMap<>(Chain.class);
    private final Set<Long> ways = new TreeSet<>();

    /** Subscribers that are attached by a pair of VLANs, and those that would be quarantined. */
    private final Set<String> paired = new TreeSet<>();

    private final Set<String> pairedInQuarantine = new TreeSet<>();
    private int outputs;

    SingleTableLimits(List<PolicyLine> lines) {
        this.lines = lines;
    }

    /**
     * Takes note of subscribers of a device that have no lines, since one table cannot tell them.
     */
    void notePairs(Policy policy, AccessDevice device) {
        for (Subscriber subscriber : policy.subscribersOf(device.id())) {
            if (subscriber.attachments().stream()
                    .anyMatch(
                            a -> a.device().equals(device.id()) && a.customerVlan().isPresent())) {
                paired.add(subscriber.id());
                if (policy.classOf(subscriber).quarantine().isPresent()) {
                    pairedInQuarantine.add(subscriber.id());
                }
            }
        }
    }

    /** Takes note of a denial that is not made. */
    void unexpressed(PolicyPath path, PortNumber port) {
        Chain chain = path.last().chain();
        unexpressed.computeIfAbsent(chain, c -> new TreeSet<>()).add(path.last().reason());
        ports.computeIfAbsent(chain, c -> new TreeSet<>()).add(port.toLong());
    }

    /** Takes note of a rule that outputs. */
    void output(PortNumber way) {
        outputs++;
        ways.add(way.toLong());
    }

    List<String> sentences() {
        List<String> all = new ArrayList<>();
        all.add(
                "a switch that lost its rules lets mail pass until ONOS has restored them, about a second after it"
                        + " connects; a restart of the controller may have the same effect");
        all.add(
                "a port that appears is open until its rules are there, unless the device's configuration names it"
                        + " in access");
        all.add(
                "Ethernet types of access ports are not held to a list of those allowed: only those known to hide"
                        + " IP are dropped");
        all.add(
                "there is no compact form: if the table is full, ports whose rules it refuses are open, and the reason"
                        + " says how many rules are not confirmed");
        unexpressed.keySet().forEach(chain -> all.add(unexpressed(chain)));
        Set<String> guarded =
                lines.stream()
                        .filter(SingleTableLimits::isGuard)
                        .flatMap(line -> line.subscriber().stream())
                        .collect(Collectors.toCollection(TreeSet::new));
        if (!guarded.isEmpty()) {
            all.add(
                    "sourceGuard does nothing here, neither are its subscribers held to their addresses nor others kept"
                            + " from claiming them: "
                            + named(guarded));
        }
        if (!paired.isEmpty()) {
            all.add(
                    "pairs of VLANs are not told: there these are treated as whoever has the rest of the VLAN, or as"
                            + " unknown: "
                            + named(paired));
        }
        if (!pairedInQuarantine.isEmpty()) {
            // whoever quarantined somebody looks for that name
            all.add(
                    "NOT quarantined where they are attached by a pair of VLANs: "
                            + Joiner.on("; ").join(pairedInQuarantine));
        }
        if (lines.stream().anyMatch(line -> line.verdict().equals(Verdict.REJECT))) {
            all.add("connections of classes that reject are dropped without a reset");
        }
        if (lines.stream().anyMatch(SingleTableLimits::monitors)) {
            all.add("what monitoring lets pass is not counted");
        }
        if (outputs > 0) {
            all.add(
                    outputs
                            + " rules output what is permitted to port "
                            + Joiner.on(", ").join(ways)
                            + " as it is: it does not get to neighbours on this device, and no VLAN tag is added or"
                            + " removed");
        }
        return all;
    }

    /** Whether a line denies sources. */
    static boolean isGuard(PolicyLine line) {
        return GUARDS.contains(line.chain()) && line.verdict().denies();
    }

    private static boolean monitors(PolicyLine line) {
        return line.counted().filter(Counted::isMonitored).isPresent();
    }

    private String unexpressed(Chain chain) {
        return "not dropped on port "
                + named(ports.get(chain))
                + ", since a part of it may pass, and where to is not known: "
                + named(unexpressed.get(chain));
    }

    private static String named(Set<?> all) {
        String first =
                all.stream().limit(NAMED).map(String::valueOf).collect(Collectors.joining("; "));
        return all.size() > NAMED ? first + "; and " + (all.size() - NAMED) + " more" : first;
    }
}
