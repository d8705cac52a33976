package org.postern.compile;

import com.google.common.collect.Iterables;
import com.google.common.collect.ListMultimap;
import com.google.common.collect.MultimapBuilder;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.onosproject.net.PortNumber;
import org.postern.policy.Chain;
import org.postern.policy.PolicyLine;

/** The lines of a device, by chain and by the ingress port that they name. */
final class ChainLines {
    private static final Comparator<PolicyLine> BY_RANK =
            Comparator.comparingInt(PolicyLine::rank).reversed();

    private final Map<Chain, ListMultimap<Object, PolicyLine>> byPort = new EnumMap<>(Chain.class);

    /** Takes lines in the order of their ranks, the highest first. */
    ChainLines(List<PolicyLine> lines) {
        for (PolicyLine line : lines) {
            byPort.computeIfAbsent(
                            line.chain(),
                            chain -> MultimapBuilder.hashKeys().arrayListValues().build())
                    .put(portOf(line), line);
        }
    }

    private static Object portOf(PolicyLine line) {
        return line.match().inPort().<Object>map(port -> port).orElse(PortNumber.ANY);
    }

    /** Lines of a chain that packets of a port may match, the highest rank first. */
    Iterable<PolicyLine> of(Chain chain, PortNumber port) {
        ListMultimap<Object, PolicyLine> lines = byPort.get(chain);
        if (lines == null) {
            throw new IllegalStateException("chain " + chain + " has no lines");
        }
        return Iterables.mergeSorted(List.of(lines.get(port), lines.get(PortNumber.ANY)), BY_RANK);
    }
}
