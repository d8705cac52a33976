package org.postern.rest;

import com.google.common.base.Ticker;
import java.security.Principal;
import java.time.Duration;
import javax.ws.rs.container.ContainerRequestContext;
import javax.ws.rs.container.ContainerRequestFilter;
import javax.ws.rs.container.PreMatching;
import javax.ws.rs.core.HttpHeaders;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.osgi.ServiceNotFoundException;

/**
 * Bounds what one user asks for, so that others are served: the rate of requests, and what is read
 * of each, whether it says its length or not.
 */
@PreMatching
final class LimitFilter implements ContainerRequestFilter {
    private static final long NANOS = 1_000_000_000;

    private final ServiceDirectory services;
    private final TokenBuckets buckets;

    LimitFilter(ServiceDirectory services, Ticker ticker) {
        this.services = services;
        buckets = new TokenBuckets(ticker);
    }

    @Override
    public void filter(ContainerRequestContext request) {
        // first: a request that is one too many is refused as such, whatever its size
        Principal user = request.getSecurityContext().getUserPrincipal();
        Duration wait = wait(user == null ? "" : user.getName());
        if (!wait.isZero()) {
            // whole seconds (RFC 9110, 10.2.3), rounded up, so that who obeys is served
            long seconds = wait.plusNanos(NANOS - 1).getSeconds();
            throw new Problem(
                            ProblemType.TOO_MANY_REQUESTS,
                            "this user makes more requests than it may: try again in "
                                    + seconds
                                    + " s")
                    .with(HttpHeaders.RETRY_AFTER, Long.toString(seconds));
        }
        long largest =
                ImportResource.isFile(request.getUriInfo().getPath())
                        ? RequestLimits.LARGEST_IMPORT
                        : RequestLimits.LARGEST_BODY;
        if (request.getLength() > largest) {
            throw BodyLimit.tooLarge(largest);
        }
        request.setEntityStream(new BodyLimit(request.getEntityStream(), largest));
    }

    private Duration wait(String user) {
        try {
            RequestLimits limits = services.get(RequestLimits.class);
            return buckets.take(user, limits.rate(), limits.burst());
        } catch (ServiceNotFoundException e) {
            return buckets.take(user, RequestLimits.RATE_DEFAULT, RequestLimits.BURST_DEFAULT);
        }
    }
}
