package org.postern.compile;

import com.google.common.collect.Lists;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.onlab.packet.MacAddress;
import org.onosproject.net.PortNumber;
import org.postern.policy.Chain;
import org.postern.policy.PacketMatch;
import org.postern.policy.PolicyLine;
import org.postern.policy.SingleTable;

/**
 * What one table needs to do with the packets of one port as their paths say: an entry for each
 * path that denies or steers, and for what passes above those. Of two entries that overlap and do
 * not come to the same, the one of the earlier path has the higher level.
 */
final class OneTable {
    /** What denies here cuts out all that a subscriber may send, and would name its way. */
    private static final Set<Chain> WITHOUT_WAY = Set.of(Chain.GUARD, Chain.INBOUND);

    private final List<PolicyPath> paths;
    private final boolean access;
    private final SingleTable ways;
    private final List<PolicyPath> unexpressed = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();

    private OneTable(List<PolicyPath> paths, boolean access, SingleTable ways) {
        this.paths = paths;
        this.access = access;
        this.ways = ways;
    }

    /**
     * Makes the table of one port.
     *
     * @param paths paths of its packets, in the order in which they speak
     * @param access whether it is a subscriber's: what it sends goes to the ISP's network; where to
     *     packets from there would go is not known
     * @param ways the ports by which packets leave
     */
    static OneTable of(List<PolicyPath> paths, boolean access, SingleTable ways) {
        OneTable table = new OneTable(paths, access, ways);
        table.fill();
        table.omitRepeated();
        table.level();
        return table;
    }

    /** Entries, those of earlier paths first. */
    List<Entry> entries() {
        return entries;
    }

    /** Denials that cannot be told without stopping what passes. */
    List<PolicyPath> unexpressed() {
        return unexpressed;
    }

    private void fill() {
        List<PolicyPath> acting = new ArrayList<>();
        List<List<PolicyPath>> passing = new ArrayList<>();
        for (int i = paths.size() - 1; i >= 0; i--) {
            PolicyPath path = paths.get(i);
            if (path.carriesOn()) {
                passing.add(aboveOthers(i, acting));
            } else if (path.denies() && !mayNameWay(path) && isCutOut(i)) {
                unexpressed.add(path);
            } else {
                acting.add(path);
                passing.add(List.of(path));
            }
        }
        Lists.reverse(passing).forEach(some -> some.forEach(this::enter));
    }

    private void enter(PolicyPath path) {
        if (path.denies()) {
            entries.add(new Entry(path, Optional.empty()));
            return;
        }
        if (path.carriesOn()) {
            // what would be switched to another port than the rest
            for (MacAddress mac : ways.macs().keySet()) {
                path.match()
                        .and(PacketMatch.ANY.destinationMac(mac))
                        .ifPresent(match -> output(path.narrowed(match), Optional.of(mac)));
            }
        }
        output(path, path.nextHop());
    }

    private void output(PolicyPath path, Optional<MacAddress> destination) {
        entries.add(new Entry(path, Optional.of(ways.wayTo(destination))));
    }

    private boolean mayNameWay(PolicyPath denial) {
        return access && !WITHOUT_WAY.contains(denial.last().chain());
    }

    /** Whether parts of a path's packets pass before it speaks. */
    private boolean isCutOut(int index) {
        for (int i = 0; i < index; i++) {
            PolicyPath earlier = paths.get(i);
            if (earlier.carriesOn()) {
                Optional<PolicyPath> common =
                        earlier.and(paths.get(index)).map(earlier::narrowed);
                if (common.isPresent() && !IngressPaths.isTaken(paths, i, common.get())) {
                    return true;
                }
            }
        }
        return false;
    }

    /** The packets of a path that passes, which a later one would deny or steer. */
    private List<PolicyPath> aboveOthers(int index, List<PolicyPath> later) {
        PolicyPath passing = paths.get(index);
        Map<PacketMatch, PolicyPath> common = new LinkedHashMap<>();
        for (PolicyPath acting : later) {
            passing.and(acting)
                    .ifPresent(match -> common.computeIfAbsent(match, passing::narrowed));
        }
        List<PolicyPath> all =
                common.values().stream()
                        .filter(part -> !IngressPaths.isTaken(paths, index, part))
                        .collect(Collectors.toList());
        return all.stream()
                .filter(part -> all.stream().noneMatch(p -> p != part && p.covers(part)))
                .collect(Collectors.toList());
    }

    /** Leaves out denials that a later one makes too, if nothing else speaks between. */
    private void omitRepeated() {
        List<Entry> kept = new ArrayList<>();
        for (Entry entry : Lists.reverse(new ArrayList<>(entries))) {
            if (!entry.path.denies() || !isRepeated(entry, kept)) {
                kept.add(entry);
            }
        }
        entries.clear();
        entries.addAll(Lists.reverse(kept));
    }

    /** The later ones are given in reverse order. */
    private static boolean isRepeated(Entry entry, List<Entry> later) {
        for (Entry next : Lists.reverse(later)) {
            if (next.isLike(entry)) {
                if (next.path.covers(entry.path)) {
                    return true;
                }
            } else if (next.path.and(entry.path).isPresent()) {
                return false;
            }
        }
        return false;
    }

    private void level() {
        for (int i = entries.size() - 1; i >= 0; i--) {
            Entry entry = entries.get(i);
            for (Entry later : entries.subList(i + 1, entries.size())) {
                if (later.level >= entry.level
                        && !later.isLike(entry)
                        && later.path.and(entry.path).isPresent()) {
                    entry.level = later.level + 1;
                }
            }
        }
    }

    /** A rule to be. */
    static final class Entry {
        private final PolicyPath path;
        private final Optional<PortNumber> way;
        private int level;

        private Entry(PolicyPath path, Optional<PortNumber> way) {
            this.path = path;
            this.way = way;
        }

        /** Which packets, and what becomes of them. */
        PolicyPath path() {
            return path;
        }

        /** 0 or higher. */
        int level() {
            return level;
        }

        /** The line whose packets are counted. */
        Optional<PolicyLine> counting() {
            return path.counting();
        }

        /** The port of what is output. */
        Optional<PortNumber> way() {
            return way;
        }

        private boolean isLike(Entry other) {
            return path.isLike(other.path) && way.equals(other.way);
        }

        /** What makes counters incomparable: 0 to 5. */
        int kind() {
            if (path.carriesOn()) {
                return 0;
            }
            boolean known = counting().flatMap(PolicyLine::subscriber).isPresent();
            if (path.denies()) {
                return !counting().isPresent() ? 1 : known ? 3 : 2;
            }
            return known ? 5 : 4;
        }
    }
}
