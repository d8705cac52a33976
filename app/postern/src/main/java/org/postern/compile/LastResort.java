package org.postern.compile;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.postern.policy.Policy;
import org.postern.policy.PolicyLine;
import org.postern.policy.PolicyLines;
import org.postern.policy.Suspension;

/**
 * The least that can be enforced on an access device: what holds where no server, no pool and no
 * subscriber is known. Direct mail from access ports is dropped, all else passes. Whatever else is
 * known takes more rules.
 */
public final class LastResort {
    private LastResort() {}

    /**
     * Computes the lines.
     *
     * @param device an access device
     * @param suspensions what of enforcement is suspended
     * @return lines by chain, in each the highest rank first
     */
    public static List<PolicyLine> lines(AccessDevice device, Collection<Suspension> suspensions) {
        // classes are not known either
        List<Suspension> whole =
                suspensions.stream()
                        .filter(s -> s.serviceClass().isEmpty())
                        .collect(Collectors.toList());
        Policy nobody = new Policy(Infrastructure.EMPTY, List.of(device), List.of(), whole);
        return PolicyLines.of(nobody, device);
    }

    /**
     * Tells how much room a device cannot do without.
     *
     * @param device an access device
     * @return rules of the table that needs most; with less room per table nothing can be enforced
     */
    public static int rulesNeeded(AccessDevice device) {
        List<PolicyLine> floor =
                lines(device, List.of()).stream()
                        .filter(PolicyLine::isFloor)
                        .collect(Collectors.toList());
        return CompactForm.rulesByTable(floor).values().stream()
                .mapToInt(Set::size)
                .max()
                .orElse(0);
    }
}
