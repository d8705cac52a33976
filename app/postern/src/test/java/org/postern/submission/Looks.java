package org.postern.submission;

import java.time.Instant;
import org.postern.probe.Verdict;

/** Observations as probes of usual servers come to them. */
final class Looks {
    private Looks() {}

    /** A look that has seen what its verdict says, and nothing besides. */
    static Observation look(
            Instant at,
            Verdict verdict,
            String reason,
            boolean demands,
            Instant expires,
            String refused) {
        boolean open = verdict == Verdict.RELAY_SUSPECTED || verdict == Verdict.LOCAL_UNAUTH;
        boolean judged =
                verdict.kind() == Verdict.Kind.SOUND || verdict.kind() == Verdict.Kind.FLAW;
        Boolean inClear = open || !judged ? null : (Boolean) (verdict == Verdict.AUTH_IN_CLEAR);
        return new Observation(
                at,
                verdict,
                reason,
                demands,
                expires,
                refused,
                new Observation.Seen(demands, false, null, inClear, judged && !open));
    }
}
