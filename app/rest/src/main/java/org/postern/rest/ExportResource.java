package org.postern.rest;

import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
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
import org.postern.infrastructure.InfrastructureService;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.ProvisioningService;

/** Exports: subscribers in the form that an import reads. */
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
}
