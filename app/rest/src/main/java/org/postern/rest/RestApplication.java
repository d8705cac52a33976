package org.postern.rest;

import com.google.common.base.Ticker;
import com.google.common.collect.ImmutableSet;
import java.util.Map;
import java.util.Set;
import javax.ws.rs.core.Application;
import javax.ws.rs.core.Configuration;
import org.onlab.osgi.DefaultServiceDirectory;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.rest.AuthorizationFilter;

/**
 * The REST API. Not one of ONOS's {@code AbstractWebApplication}s: those answer errors in a form of
 * their own. Their rule of who may do what is kept: viewers read, administrators write.
 */
public final class RestApplication extends Application {
    private static final String SERVICES = "org.postern.rest.services";

    private final ServiceDirectory services;

    /** The same at every call: Jersey asks more than once. */
    private final ImmutableSet<Object> parts;

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
        parts =
                ImmutableSet.of(
                        new LimitFilter(services, ticker),
                        new ProblemMapper(),
                        new AnswerHeaders());
    }

    /** Where the services are, for what Jersey makes for each request. */
    static ServiceDirectory servicesOf(Configuration configuration) {
        return (ServiceDirectory) configuration.getProperty(SERVICES);
    }

    @Override
    public Set<Class<?>> getClasses() {
        return ImmutableSet.<Class<?>>builder()
                .add(AuthorizationFilter.class)
                .add(DocumentResource.class)
                .add(StatusResource.class)
                .add(DeviceResource.class)
                .add(ClassResource.class)
                .add(SubscriberResource.class)
                .add(SubscriberReportResource.class)
                .add(QuarantineResource.class)
                .add(AttemptResource.class)
                .add(SuspensionResource.class)
                .add(ExemptionResource.class)
                .add(ImportResource.class)
                .add(ExportResource.class)
                .add(AuditResource.class)
                .build();
    }

    @Override
    public Set<Object> getSingletons() {
        return parts;
    }

    @Override
    public Map<String, Object> getProperties() {
        return Map.of(
                SERVICES,
                services,
                // errors keep their bodies: the web server's own pages are HTML
                "jersey.config.server.response.setStatusOverSendError",
                true,
                // openapi.json describes the API
                "jersey.config.server.wadl.disableWadl",
                true);
    }
}
