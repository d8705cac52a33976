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
import org.postern.probe.Probe;

/**
 * The REST API. Not one of ONOS's {@code AbstractWebApplication}s: those answer errors in a form of
 * their own. Their rule of who may do what is kept: viewers read, administrators write.
 */
public final class RestApplication extends Application {
    private static final String SERVICES = "org.postern.rest.services";

    private static final String PROBE = "org.postern.rest.probe";
    private static final String PROBE_SLOTS = "org.postern.rest.probe-slots";

    private final ServiceDirectory services;
    private final Probe probe;
    private final ProbeSlots probeSlots = new ProbeSlots();

    /** The same at every call: Jersey asks more than once. */
    private final ImmutableSet<Object> parts;

    /** Creates the application as the web server needs it. */
    public RestApplication() {
        this(new DefaultServiceDirectory(), Ticker.systemTicker(), Probe.builder().build());
    }

    /**
     * Creates the application.
     *
     * @param services where the services are
     * @param ticker the clock of the limits
     * @param probe what probes submission servers
     */
    RestApplication(ServiceDirectory services, Ticker ticker, Probe probe) {
        this.services = services;
        this.probe = probe;
        parts =
                ImmutableSet.of(
                        new LimitFilter(services, ticker),
                        new UnconditionalFilter(),
                        new ProblemMapper(),
                        new AnswerHeaders());
    }

    /** Where the services are, for what Jersey makes for each request. */
    static ServiceDirectory servicesOf(Configuration configuration) {
        return (ServiceDirectory) configuration.getProperty(SERVICES);
    }

    /** What probes. */
    static Probe probeOf(Configuration configuration) {
        return (Probe) configuration.getProperty(PROBE);
    }

    /** What is probed at the moment. */
    static ProbeSlots probeSlotsOf(Configuration configuration) {
        return (ProbeSlots) configuration.getProperty(PROBE_SLOTS);
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
                .add(ProbeResource.class)
                .add(SurveyResource.class)
                .add(SubmissionResource.class)
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
                PROBE,
                probe,
                PROBE_SLOTS,
                probeSlots,
                // errors keep their bodies: the web server's own pages are HTML
                "jersey.config.server.response.setStatusOverSendError",
                true,
                // openapi.json describes the API
                "jersey.config.server.wadl.disableWadl",
                true);
    }
}
