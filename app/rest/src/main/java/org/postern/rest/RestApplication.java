package org.postern.rest;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableSet;
import java.util.Map;
import java.util.Set;
import javax.ws.rs.core.Application;
import org.onlab.osgi.DefaultServiceDirectory;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.rest.AuthorizationFilter;

/**
 * The REST API. Not one of ONOS's {@code AbstractWebApplication}s: those answer errors in a form of
 * their own. Their rule of who may do what is kept: viewers read, administrators write.
 */
public final class RestApplication extends Application {
    private final ServiceDirectory services;
    private final Ticker ticker;

    /** Creates the application as the web server needs it. */
    public RestApplication() {
        this(new DefaultServiceDirectory(), Ticker.systemTicker());
    }

    /**
     * Creates the application.
     *
     * @param services where the services are
     * @param ticker the clock of the limits
     */
    RestApplication(ServiceDirectory services, Ticker ticker) {
        this.services = services;
        this.ticker = ticker;
    }

    @Override
    public Set<Class<?>> getClasses() {
        return ImmutableSet.of(AuthorizationFilter.class);
    }

    @Override
    public Set<Object> getSingletons() {
        return ImmutableSet.of(
                new LimitFilter(services, ticker),
                new ProblemMapper(),
                new AnswerHeaders(),
                new DocumentResource(),
                new StatusResource(services),
                new DeviceResource(services),
                new ClassResource(services),
                new SubscriberResource(services),
                new QuarantineResource(services),
                new AttemptResource(services),
                new SuspensionResource(services));
    }

    @Override
    public Map<String, Object> getProperties() {
        return Map.of(
                // errors keep their bodies: the web server's own pages are HTML
                "jersey.config.server.response.setStatusOverSendError", true,
                // openapi.json describes the API
                "jersey.config.server.wadl.disableWadl", true);
    }
}
