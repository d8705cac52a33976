package org.postern.rest;

import java.security.Principal;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.SecurityContext;
import org.postern.audit.Order;
import org.postern.precondition.StaleException;

/** Who asks, on whose behalf services are ordered; and what becomes of their refusals. */
final class Caller {
    /** Parameter of changes that do not have a reason in their body: why, for the audit. */
    static final String REASON = "reason";

    /** Of a server that asks for no password; the audit must have a name. */
    private static final String NOBODY = "rest";

    private Caller() {}

    /**
     * In whose name something is ordered, for the audit, and why.
     *
     * @param parameters the query, which may have {@link #REASON}
     * @throws Problem if the reason is empty, too long or more than a line
     */
    static Order of(SecurityContext security, Parameters parameters) {
        Order order = of(security);
        return parameters.optional(REASON, order::because).orElse(order);
    }

    /** In whose name something is ordered, for the audit. */
    static Order of(SecurityContext security) {
        Principal user = security.getUserPrincipal();
        return new Order(user == null ? NOBODY : user.getName(), Order.Interface.REST);
    }

    /**
     * Orders something of a service.
     *
     * @param order what to do
     * @param culprit tells from the words of a refusal which field is wrong; null if it is none
     * @return what the service answered
     * @throws StaleException if what the order depends on is not as it was seen
     * @throws Problem if the service refused
     */
    static <T> T order(Supplier<T> order, Function<String, String> culprit) {
        try {
            return order.get();
        } catch (StaleException e) {
            throw e;
        } catch (IllegalArgumentException e) {
            String detail = String.valueOf(e.getMessage());
            throw new Problem(ProblemType.REFUSED, detail, culprit.apply(detail));
        } catch (IllegalStateException e) {
            throw new Problem(ProblemType.UNAVAILABLE, String.valueOf(e.getMessage()))
                    .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
        }
    }
}
