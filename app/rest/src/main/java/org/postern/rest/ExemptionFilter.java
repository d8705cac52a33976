package org.postern.rest;

import java.util.Optional;
import java.util.function.Predicate;
import org.postern.exemption.ExemptionService;
import org.postern.exemption.ExemptionState;
import org.postern.policy.Exemption;

/** Which exemptions a client asks for. */
final class ExemptionFilter implements Predicate<Exemption> {
    private static final String SUBSCRIBER = "subscriber";
    private static final String STATE = "state";
    private static final String TICKET = "ticket";

    /** What may be asked for. */
    static final String[] PARAMETERS = {SUBSCRIBER, STATE, TICKET};

    private final ExemptionService service;
    private final Optional<String> subscriber;
    private final Optional<ExemptionState> state;
    private final Optional<String> ticket;

    ExemptionFilter(ExemptionService service, Parameters parameters) {
        this.service = service;
        subscriber = parameters.optional(SUBSCRIBER, text -> text);
        state = parameters.optional(STATE, ExemptionState::of);
        ticket = parameters.optional(TICKET, text -> text);
    }

    /** What is asked for; if nothing is, those that are not over. */
    Predicate<Exemption> orThoseNotOver() {
        return subscriber.isPresent() || state.isPresent() || ticket.isPresent()
                ? this
                : exemption -> service.stateOf(exemption) != ExemptionState.ENDED;
    }

    @Override
    public boolean test(Exemption exemption) {
        return subscriber.map(exemption.subscriber()::equals).orElse(true)
                && ticket.map(exemption.ticket()::equals).orElse(true)
                && state.map(s -> s == service.stateOf(exemption)).orElse(true);
    }
}
