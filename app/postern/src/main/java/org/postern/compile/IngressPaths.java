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
    /**
     * Of these a denial that names no Ethernet type speaks where it has to be told type by type.
     */
    static final List<Integer> TOLD =
            ImmutableList.<Integer>builder()
                    .add(0x0800, 0x0806, 0x86dd)
                    .addAll(EtherTypes.OPAQUE)
                    .build();

    private final ChainLines lines;
    private final List<PolicyPath> paths = new ArrayList<>();
    private final PathsByVlan<PolicyPath> byVlan = new PathsByVlan<>(path -> path);

    private IngressPaths(ChainLines lines) {
        this.lines = lines;
    }

    /**
     * Follows the lines of a device.
     *
     * @param lines policy lines
     * @param port where packets come in
     * @return the paths
     */
    static IngressPaths of(ChainLines lines, PortNumber port) {
        IngressPaths ingress = new IngressPaths(lines);
        ingress.follow(Chain.CLASSIFY, PacketMatch.ANY.inPort(port), List.of());
        return ingress;
    }

    /** All paths, in the order in which they speak. */
    List<PolicyPath> all() {
        return paths;
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
                add(new PolicyPath(match.get(), path, paths.size()));
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

    private void addLive(PolicyPath path) {
        if (!isTaken(path)) {
            paths.add(path);
            byVlan.add(path);
        }
    }

    /** Whether a path before it takes all packets of a path, or of a part of one. */
    boolean isTaken(PolicyPath path) {
        for (PolicyPath earlier : byVlan.around(path)) {
            if (earlier.order() < path.order() && earlier.covers(path)) {
                return true;
            }
        }
        return false;
    }

    /** Whether some of a path's packets carry on before it speaks. */
    boolean isCutOut(PolicyPath path) {
        for (PolicyPath earlier : byVlan.near(path)) {
            if (earlier.order() < path.order()
                    && earlier.carriesOn()
                    && earlier.and(path)
                            .map(earlier::narrowed)
                            .filter(part -> !isTaken(part))
                            .isPresent()) {
                return true;
            }
        }
        return false;
    }
}
