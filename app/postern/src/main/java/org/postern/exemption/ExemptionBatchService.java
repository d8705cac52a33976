package org.postern.exemption;

import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.IntConsumer;
import org.postern.audit.Order;
import org.postern.policy.Exemption;

/** Changes many exemptions as one change: all of it is done, or nothing. */
public interface ExemptionBatchService {
    /**
     * Tells what would be refused, by the rules of {@link ExemptionAdminService#put(Exemption,
     * org.postern.precondition.Expected, Order)}: each is checked against the others that stay, and
     * against those before it.
     *
     * @param put what would be written, no two of the same identifier
     * @return why, by identifier, in their order; empty if nothing is refused
     */
    Map<String, String> refusals(Collection<Exemption> put);

    /**
     * Adds exemptions, or replaces those with the same identifiers. If the store fails before the
     * change is written down, nothing has happened; if it fails later, or this node ends, the rest
     * follows when it answers again, by another node if need be.
     *
     * @param put what shall be, no two of the same identifier; {@code by} is who orders it
     * @param seen what was decided upon, by identifier; who is not in it was not there. What is
     *     something else by now is left as it is
     * @param order who orders it
     * @param progress is told how many are written, now and then
     * @return identifiers of those that others changed meanwhile, or whose subscriber was removed,
     *     and that are as those made them
     * @throws IllegalArgumentException if one is refused; nothing was changed
     * @throws IllegalStateException if the store fails, or another change of many exemptions is
     *     being written; the message says whether nothing was changed, or all will be
     */
    Set<String> putAll(
            Collection<Exemption> put,
            Map<String, Exemption> seen,
            Order order,
            IntConsumer progress);
}
