package org.postern.compile;

import com.google.common.collect.Lists;
import com.google.common.collect.Streams;
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
    /**
     * Where parts of what is denied may be output to the ISP's side: mail, tunnels, and what is
     * open in quarantine.
     */
    private static final Set<Chain> NAMING_WAY =
            Set.of(
                    Chain.CLASSIFY,
                    Chain.MAIL_OUT,
                    Chain.FRAGMENTS,
                    Chain.QUARANTINE,
                    Chain.WALLED_GARDEN,
                    Chain.TUNNELS);

    private final IngressPaths paths;
    private final boolean access;
    private final SingleTable ways;
    private final List<PolicyPath> unexpressed = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();

    private OneTable(IngressPaths paths, boolean access, SingleTable ways) {
        this.paths = paths;
        this.access = access;
        this.ways = ways;
    }

    /**
     * Makes the table of one port.
     *
     * @param paths paths of its packets
     * @param access whether it is a subscriber's: what it sends goes to the ISP's network; where to
     *     packets from there would go is not known
     * @param ways the ports by which packets leave
     */
    static OneTable of(IngressPaths paths, boolean access, SingleTable ways) {
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
        PathsByVlan<PolicyPath> acting = new PathsByVlan<>(path -> path);
        List<List<PolicyPath>> wanted = new ArrayList<>();
        for (PolicyPath path : Lists.reverse(paths.all())) {
            if (path.carriesOn()) {
                wanted.add(aboveOthers(path, acting));
            } else if (path.denies() && !mayNameWay(path) && paths.isCutOut(path)) {
                unexpressed.add(path);
            } else {
                acting.add(path);
                wanted.add(List.of(path));
            }
        }
        Lists.reverse(wanted).forEach(some -> some.forEach(this::enter));
    }

    private void enter(PolicyPath path) {
        if (path.denies()) {
            entries.add(new Entry(path, Optional.empty(), entries.size()));
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
        entries.add(new Entry(path, Optional.of(ways.wayTo(destination)), entries.size()));
    }

    private boolean mayNameWay(PolicyPath denial) {
        return access && NAMING_WAY.contains(denial.last().chain());
    }

    /** The packets of a path that passes, which a later one would deny or steer. */
    private List<PolicyPath> aboveOthers(PolicyPath passing, PathsByVlan<PolicyPath> later) {
        Map<PacketMatch, PolicyPath> common = new LinkedHashMap<>();
        for (PolicyPath acting : later.near(passing)) {
            passing.and(acting)
                    .ifPresent(match -> common.computeIfAbsent(match, passing::narrowed));
        }
        List<PolicyPath> parts =
                common.values().stream()
                        .filter(part -> !paths.isTaken(part))
                        .collect(Collectors.toList());
        return parts.stream()
                .filter(part -> parts.stream().noneMatch(p -> p != part && p.covers(part)))
                .collect(Collectors.toList());
    }

    /** Leaves out denials that a later one makes too, if nothing else speaks between. */
    private void omitRepeated() {
        PathsByVlan<Entry> later = new PathsByVlan<>(Entry::path);
        List<Entry> kept = new ArrayList<>();
        for (Entry entry : Lists.reverse(new ArrayList<>(entries))) {
            if (!entry.path.denies() || !isRepeated(entry, later)) {
                kept.add(entry);
                later.add(entry);
            }
        }
        entries.clear();
        entries.addAll(Lists.reverse(kept));
    }

    private static boolean isRepeated(Entry entry, PathsByVlan<Entry> later) {
        for (Entry same : later.around(entry.path)) {
            if (same.isLike(entry)
                    && same.path.covers(entry.path)
                    && Streams.stream(later.near(entry.path))
                            .filter(between -> between.position < same.position)
                            .noneMatch(between -> between.contradicts(entry))) {
                return true;
            }
        }
        return false;
    }

    private void level() {
        PathsByVlan<Entry> later = new PathsByVlan<>(Entry::path);
        for (Entry entry : Lists.reverse(entries)) {
            for (Entry below : later.near(entry.path)) {
                if (below.level >= entry.level && below.contradicts(entry)) {
                    entry.level = below.level + 1;
                }
            }
            later.add(entry);
        }
    }

    /** A rule to be. */
    static final class Entry {
        private final PolicyPath path;
        private final Optional<PortNumber> way;
        private final int position;
        private int level;

        private Entry(PolicyPath path, Optional<PortNumber> way, int position) {
            this.path = path;
            this.way = way;
            this.position = position;
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

        /** Whether the two say different things of some packet. */
        private boolean contradicts(Entry other) {
            return !isLike(other) && path.and(other.path).isPresent();
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
