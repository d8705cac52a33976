package org.postern.cli;

import java.util.function.Predicate;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.policy.Exemption;

/** Which exemptions somebody asks for; unless it is said, those that are not over. */
final class ExemptionChoice implements Predicate<Exemption> {
    private final ExemptionService service;
    private final String subscriber;
    private final ExemptionState state;
    private final String ticket;

    /**
     * Chooses; null is any.
     *
     * @param subscriber only those of this one, also if they are over
     * @param state only those in it
     * @param ticket only those ordered under it, also if they are over
     * @throws IllegalArgumentException if there is no such state
     */
    ExemptionChoice(ExemptionService service, String subscriber, String state, String ticket) {
        this.service = service;
        this.subscriber = subscriber;
        this.state = state == null ? null : ExemptionState.of(state);
        this.ticket = ticket;
    }

    @Override
    public boolean test(Exemption exemption) {
        return (subscriber == null || exemption.subscriber().equals(subscriber))
                && (ticket == null || exemption.ticket().equals(ticket))
                && isWanted(service.stateOf(exemption));
    }

    private boolean isWanted(ExemptionState present) {
        return state == null
                ? subscriber != null || ticket != null || present != ExemptionState.ENDED
                : present == state;
    }
}
