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
import org.postern.provisioning.ExemptionProvisioningService;
import org.postern.provisioning.FileFormat;
import org.postern.provisioning.FileResult;
import org.postern.provisioning.ImportProgress;
import org.postern.provisioning.ImportRequest;
import org.postern.provisioning.ProvisioningService;

/** Imports: many subscribers, or exemptions, at once, all or none. */
@Path(ImportResource.PATH)
@Produces(MediaType.APPLICATION_JSON)
public final class ImportResource {
    static final String PATH = "imports";

    /** Path of imports of exemptions, below the other. */
    private static final String EXEMPTIONS = "exemptions";

    /** How many of each kind of difference are listed. */
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

    /** Whether what is sent to a path is a file, which may be large. */
    static boolean isFile(String path) {
        return path.equals(PATH) || path.equals(PATH + "/" + EXEMPTIONS);
    }

    /**
     * Imports a file of subscribers.
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
        ImportRequest request =
                request(parameters, headers).mirror(parameters.flag("mirror").orElse(false));
        ProvisioningService provisioning = services.get(ProvisioningService.class);
        return answer(
                () -> provisioning.importSubscribers(file, request, order, ImportProgress.UNTOLD),
                "result");
    }

    /**
     * Imports a file of exemptions.
     *
     * @param uri how, and why
     * @param headers which of the two formats the file has
     * @param security who asks
     * @param file the file
     * @return what became of it
     */
    @POST
    @Path(EXEMPTIONS)
    @Consumes({"text/csv", MediaType.APPLICATION_JSON})
    public Response takeExemptions(
            @Context UriInfo uri,
            @Context HttpHeaders headers,
            @Context SecurityContext security,
            InputStream file) {
        Parameters parameters = new Parameters(uri, "dryRun", "force", Caller.REASON);
        Order order = Caller.of(security, parameters);
        ImportRequest request = request(parameters, headers);
        ExemptionProvisioningService provisioning =
                services.get(ExemptionProvisioningService.class);
        return answer(
                () -> provisioning.importExemptions(file, request, order, ImportProgress.UNTOLD),
                "exemptionResult");
    }

    private static ImportRequest request(Parameters parameters, HttpHeaders headers) {
        FileFormat format =
                MediaType.APPLICATION_JSON_TYPE.isCompatible(headers.getMediaType())
                        ? FileFormat.JSON
                        : FileFormat.CSV;
        return ImportRequest.of(format)
                .dryRun(parameters.flag("dryRun").orElse(false))
                .forced(parameters.flag("force").orElse(false));
    }

    /** Imports a file. */
    private interface Importer {
        FileResult take() throws IOException;
    }

    /** Answers with what became of it; a problem has it as a member of that name. */
    private static Response answer(Importer importer, String member) {
        FileResult result = Caller.order(() -> imported(importer), detail -> null);
        switch (result.outcome()) {
            case FAULTY:
                throw new Problem(
                                ProblemType.REFUSED,
                                "the file has "
                                        + result.faultCount()
                                        + " faults, nothing was changed; the first: "
                                        + result.faults().get(0),
                                result.faults().get(0).pointer().orElse(null))
                        .with(member, result.toJson(LISTED));
            case GUARDED:
                throw new Problem(ProblemType.CONFLICT, result.excess().orElseThrow(), "force")
                        .with(member, result.toJson(LISTED));
            default:
                return Response.ok(result.toJson(LISTED).toString()).build();
        }
    }

    private static FileResult imported(Importer importer) {
        try {
            return importer.take();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
