package org.postern.drivers;

import com.google.common.collect.ImmutableSet;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import org.onosproject.net.flow.FlowRule;

/** A switch refused rules, or did not confirm them in time. */
public final class RefusedRulesException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    private final transient ImmutableSet<FlowRule> rules;
    private final boolean named;

    /**
     * Creates the exception.
     *
     * @param message what failed, for operators
     * @param rules the rules that are not in the switch, as far as is known
     * @param named whether the switch refused just these; else they are a batch of which some, or
     *     all, may be there
     */
    RefusedRulesException(String message, Collection<FlowRule> rules, boolean named) {
        super(message);
        this.rules = ImmutableSet.copyOf(rules);
        this.named = named;
    }

    /**
     * Tells whether it is known which rules the switch refused.
     *
     * @return false if {@link #rules} is a batch that was not confirmed, without a reason
     */
    public boolean isNamed() {
        return named;
    }

    /**
     * Finds the refusal behind a failure.
     *
     * @param problem what a confirmation failed with
     * @return the refusal, or empty if it is something else
     */
    public static Optional<RefusedRulesException> in(Throwable problem) {
        for (Throwable t = problem; t != null; t = t.getCause()) {
            if (t instanceof RefusedRulesException) {
                return Optional.of((RefusedRulesException) t);
            }
        }
        return Optional.empty();
    }

    /**
     * Returns what is not in the switch.
     *
     * @return the rules that ONOS says were refused; all of a batch that was not confirmed
     */
    public Set<FlowRule> rules() {
        return rules;
    }
}
