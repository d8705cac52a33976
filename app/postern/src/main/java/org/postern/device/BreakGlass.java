package org.postern.device;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import org.postern.audit.AuditLog;
import org.postern.audit.AuditedChange;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.audit.Reasons;
import org.postern.json.Json;
import org.postern.policy.Suspension;

/** Suspends enforcement for a while, and ends that: audited, and in the store of the cluster. */
final class BreakGlass {
    private static final Duration LONGEST = Duration.ofHours(24);

    private final EnforcementStore store;
    private final AuditLog audit;

    BreakGlass(EnforcementStore store, AuditLog audit) {
        this.store = store;
        this.audit = audit;
    }

    /**
     * Suspends.
     *
     * @param suspension makes it, of its end and its reason
     * @throws IllegalArgumentException if the duration or the reason is not acceptable
     */
    Suspension suspend(
            BiFunction<Instant, String, Suspension> suspension,
            Duration duration,
            String reason,
            Order order) {
        Suspension made = suspension.apply(end(duration), Reasons.checked(reason));
        AuditedChange.make(
                audit,
                order,
                Change.of("suspend", made.scope(), made.toString())
                        .because(made.reason())
                        .between(
                                store.suspension(made.scope()),
                                Optional.of(Json.suspension(made).toString())),
                () -> {
                    store.put(made);
                    return true;
                });
        return made;
    }

    private static Instant end(Duration duration) {
        if (duration.compareTo(Duration.ofSeconds(1)) < 0 || duration.compareTo(LONGEST) > 0) {
            throw new IllegalArgumentException(
                    "duration "
                            + duration
                            + " is not acceptable: enforcement is suspended for 1 second to 24 hours");
        }
        // as it is stored, so that both audit lines of a suspension name the same moment
        return Instant.now().plus(duration).truncatedTo(ChronoUnit.MILLIS);
    }

    /**
     * Ends a suspension.
     *
     * @throws IllegalArgumentException if there is none of that scope
     */
    void resume(String scope, Order order) {
        Optional<String> before = store.suspension(scope);
        if (!before.isPresent()) {
            throw new IllegalArgumentException(
                    "nothing is suspended as \""
                            + scope
                            + "\"; in force: "
                            + store.suspensions().stream()
                                    .map(Suspension::scope)
                                    .collect(Collectors.toList()));
        }
        AuditedChange.make(
                audit,
                order,
                Change.of("resume", scope, scope).between(before, Optional.empty()),
                () -> {
                    store.remove(scope);
                    return true;
                });
    }
}
