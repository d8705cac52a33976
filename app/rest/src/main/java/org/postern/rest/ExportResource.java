package org.postern.rest;

import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.function.Predicate;
import javax.ws.rs.Consumes;
import javax.ws.rs.GET;
import javax.ws.rs.Path;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.StreamingOutput;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.Exemption;
import org.postern.provisioning.ExemptionProvisioningService;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.ProvisioningService;

/** Exports: subscribers, or exemptions, in the form that an import reads. */
@Path("exports")
@Consumes(MediaType.WILDCARD)
public final class ExportResource {
    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public ExportResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Exports subscribers as JSON.
     *
     * @param uri whom
     * @return a list
     */
    @GET
    @Produces("application/json;qs=1")
    public Response json(@Context UriInfo uri) {
        return export(uri, FileFormat.JSON);
    }

    /**
     * Exports subscribers as CSV.
     *
     * @param uri whom
     * @return lines
     */
    @GET
    @Produces("text/csv;qs=0.5")
    public Response csv(@Context UriInfo uri) {
        return export(uri, FileFormat.CSV);
    }

    private Response export(UriInfo uri, FileFormat format) {
        SubscriberFilter filter =
                new SubscriberFilter(new Parameters(uri, SubscriberFilter.PARAMETERS));
        filter.refuseUnknown(services.get(InfrastructureService.class));
        ProvisioningService provisioning = services.get(ProvisioningService.class);
        StreamingOutput body =
                out -> {
                    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                    provisioning.exportSubscribers(writer, format, filter);
                    writer.flush();
                };
        return Response.ok(body, format.mediaType()).build();
    }

    /**
     * Exports exemptions as JSON.
     *
     * @param uri which
     * @return a list
     */
    @GET
    @Path("exemptions")
    @Produces("application/json;qs=1")
    public Response exemptionsJson(@Context UriInfo uri) {
        return exportExemptions(uri, FileFormat.JSON);
    }

    /**
     * Exports exemptions as CSV.
     *
     * @param uri which
     * @return lines
     */
    @GET
    @Path("exemptions")
    @Produces("text/csv;qs=0.5")
    public Response exemptionsCsv(@Context UriInfo uri) {
        return exportExemptions(uri, FileFormat.CSV);
    }

    private Response exportExemptions(UriInfo uri, FileFormat format) {
        Predicate<Exemption> which =
                new ExemptionFilter(
                                services.get(ExemptionService.class),
                                new Parameters(uri, ExemptionFilter.PARAMETERS))
                        .orThoseNotOver();
        ExemptionProvisioningService provisioning =
                services.get(ExemptionProvisioningService.class);
        StreamingOutput body =
                out -> {
                    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                    provisioning.exportExemptions(writer, format, which);
                    writer.flush();
                };
        return Response.ok(body, format.mediaType()).build();
    }
}
