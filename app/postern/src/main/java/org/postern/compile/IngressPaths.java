package org.postern.compile;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onosproject.net.PortNumber;
import org.postern.policy.Chain;
import org.postern.policy.EtherTypes;
import org.postern.policy.PacketMatch;
import org.postern.policy.PolicyLine;

/**
 * All ways through the chains of packets that come in by one port, so that one table can tell what
 * several tables tell one after the other. Ways that no packet can go, since earlier ones take it,
 * are left out.
 */
final class IngressPaths {
    /** Of these a denial that names no Ethernet type speaks where it has to be told type by type. */
    static final List<Integer> TOLD =
            ImmutableList.<Integer>builder()
                    .add(0x0800, 0x0806, 0x86dd)
                    .addAll(EtherTypes.OPAQUE)
                    .build();

    private final ChainLines lines;
    private final List<PolicyPath> paths = new ArrayList<>();

    private IngressPaths(ChainLines lines) {
        this.lines = lines;
    }

    /**
     * Follows the lines of a device.
     *
     * @param lines policy lines
     * @param port where packets come in
     * @return paths, in the order in which they speak
     */
    static List<PolicyPath> of(ChainLines lines, PortNumber port) {
        IngressPaths ingress = new IngressPaths(lines);
        ingress.follow(Chain.CLASSIFY, PacketMatch.ANY.inPort(port), List.of());
        return ingress.paths;
    }

    private void follow(Chain chain, PacketMatch within, List<PolicyLine> before) {
        for (PolicyLine line : lines.of(chain, within.inPort().orElseThrow())) {
            Optional<PacketMatch> match = within.and(line.match());
            if (!match.isPresent()) {
                continue;
            }
            List<PolicyLine> path =
                    ImmutableList.<PolicyLine>builder().addAll(before).add(line).build();
            Optional<Chain> next = line.verdict().next();
            if (next.isPresent()) {
                follow(next.get(), match.get(), path);
            } else {
                add(new PolicyPath(match.get(), path));
            }
            if (match.get().equals(within)) {
                return;
            }
        }
    }

    private void add(PolicyPath path) {
        if (path.denies() && !path.match().etherType().isPresent() && isCutOut(path)) {
            // all types but those on a list cannot be told in one table without naming a port for
            // each of the list: those are denied that are known to hide IP
            TOLD.forEach(type -> addLive(path.narrowed(path.match().etherType(type))));
        } else {
            addLive(path);
        }
    }

    /** Whether parts of a path's packets carry on. */
    private boolean isCutOut(PolicyPath path) {
        return paths.stream().anyMatch(p -> p.carriesOn() && p.and(path).isPresent());
    }

    private void addLive(PolicyPath path) {
        if (paths.stream().noneMatch(earlier -> earlier.covers(path))) {
            paths.add(path);
        }
    }

    /** Whether one of the first paths takes all packets of another. */
    static boolean isTaken(List<PolicyPath> paths, int first, PolicyPath other) {
        return paths.subList(0, first).stream().anyMatch(earlier -> earlier.covers(other));
    }
}
