package org.postern.rest;

import java.util.function.Function;
import java.util.function.Supplier;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.SecurityContext;

/** Who asks, on whose behalf services are ordered; and what becomes of their refusals. */
final class Caller {
    private final String name;

    Caller(SecurityContext security) {
        // the web server lets nobody through without a name; the audit must have one
        name = security.getUserPrincipal() == null ? "rest" : security.getUserPrincipal().getName();
    }

    /** The user's name, for the audit. */
    String name() {
        return name;
    }

    /**
     * Orders something of a service.
     *
     * @param order what to do
     * @param culprit tells from the words of a refusal which field is wrong; null if it is none
     * @return what the service answered
     * @throws Problem if the service refused
     */
    static <T> T order(Supplier<T> order, Function<String, String> culprit) {
        try {
            return order.get();
        } catch (IllegalArgumentException e) {
            String detail = String.valueOf(e.getMessage());
            throw new Problem(ProblemType.REFUSED, detail, culprit.apply(detail));
        } catch (IllegalStateException e) {
            throw new Problem(ProblemType.UNAVAILABLE, String.valueOf(e.getMessage()))
                    .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
        }
    }
}
