package org.postern.rest;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import javax.ws.rs.Consumes;
import javax.ws.rs.POST;
import javax.ws.rs.Path;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.SecurityContext;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.audit.Order;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.ImportProgress;
import org.postern.provisioning.ImportRequest;
import org.postern.provisioning.ImportResult;
import org.postern.provisioning.ProvisioningService;
import org.postern.provisioning.Reach;

/** Imports: many subscribers at once, all or none. */
@Path(ImportResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
public final class ImportResource {
    static final String PATH = "imports";

    /** How many subscribers of each kind of difference are listed. */
    private static final int LISTED = 1_000;

    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public ImportResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Imports a file.
     *
     * @param uri how, and why
     * @param headers which of the two formats the file has
     * @param security who asks
     * @param file the file
     * @return what became of it
     */
    @POST
    @Consumes({"text/csv", MediaType.APPLICATION_JSON})
    public Response take(
            @Context UriInfo uri,
            @Context HttpHeaders headers,
            @Context SecurityContext security,
            InputStream file) {
        Parameters parameters = new Parameters(uri, "dryRun", "force", "mirror", Caller.REASON);
        Order order = Caller.of(security, parameters);
        FileFormat format =
                MediaType.APPLICATION_JSON_TYPE.isCompatible(headers.getMediaType())
                        ? FileFormat.JSON
                        : FileFormat.CSV;
        ImportRequest request =
                ImportRequest.of(format)
                        .dryRun(parameters.flag("dryRun").orElse(false))
                        .forced(parameters.flag("force").orElse(false))
                        .mirror(parameters.flag("mirror").orElse(false));
        ImportResult result = Caller.order(() -> imported(file, request, order), detail -> null);
        switch (result.outcome()) {
            case FAULTY:
                throw new Problem(
                                ProblemType.REFUSED,
                                "the file has "
                                        + result.faultCount()
                                        + " faults, nothing was changed; the first: "
                                        + result.faults().get(0),
                                result.faults().get(0).pointer().orElse(null))
                        .with("result", result.toJson(LISTED));
            case GUARDED:
                throw new Problem(
                                ProblemType.CONFLICT,
                                result.reach().flatMap(Reach::excess).orElseThrow(),
                                "force")
                        .with("result", result.toJson(LISTED));
            default:
                return Response.ok(result.toJson(LISTED).toString()).build();
        }
    }

    private ImportResult imported(InputStream file, ImportRequest request, Order order) {
        try {
            return services.get(ProvisioningService.class)
                    .importSubscribers(file, request, order, ImportProgress.UNTOLD);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
