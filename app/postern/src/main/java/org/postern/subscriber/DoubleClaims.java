package org.postern.subscriber;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Set;
import org.postern.policy.Subscriber;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks now and then whether two subscribers have what only one can have, and tells of each such
 * case once. What only one look finds is none: while a change of many is written, one may have
 * already what another has still.
 */
final class DoubleClaims {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private final Directory directory;
    private Set<DoubleClaim> found = Set.of();
    private volatile List<DoubleClaim> lasting = List.of();

    DoubleClaims(Directory directory) {
        this.directory = directory;
    }

    List<DoubleClaim> lasting() {
        return lasting;
    }

    synchronized void look() {
        try {
            Set<DoubleClaim> now = directory.doubleClaims();
            List<DoubleClaim> before = lasting;
            lasting = now.stream().filter(found::contains).collect(ImmutableList.toImmutableList());
            found = now;
            lasting.stream().filter(claim -> !before.contains(claim)).forEach(this::warn);
        } catch (RuntimeException e) {
            log.warn("It could not be looked for what two subscribers have; it goes on", e);
        }
    }

    private void warn(DoubleClaim claim) {
        log.warn(
                "Subscribers {}: {}, {}. Two nodes were told of them in the same moment. Change or"
                        + " remove one of them; until then, on every node, mail passes on a line that"
                        + " both have only if both may send it",
                claim,
                directory.subscriber(claim.first()).map(Subscriber::toString).orElse("gone"),
                directory.subscriber(claim.second()).map(Subscriber::toString).orElse("gone"));
    }
}
