package org.postern.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import javax.ws.rs.Consumes;
import javax.ws.rs.DELETE;
import javax.ws.rs.GET;
import javax.ws.rs.POST;
import javax.ws.rs.Path;
import javax.ws.rs.PathParam;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.SecurityContext;
import javax.ws.rs.core.StreamingOutput;
import javax.ws.rs.core.UriInfo;
import org.onlab.osgi.ServiceDirectory;
import org.postern.probe.ProbeLimits;
import org.postern.probe.ProbeOptions;
import org.postern.survey.FaultyTargetsException;
import org.postern.survey.SurveyJob;
import org.postern.survey.SurveyResult;
import org.postern.survey.Target;
import org.postern.survey.TargetFile;

/** Surveys of many submission servers, which this node makes in the background. */
@Path("surveys")
@Consumes(MediaType.WILDCARD)
public final class SurveyResource {
    private static final String ID = "{id}";

    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public SurveyResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    /**
     * Starts a survey, once all of the list is checked.
     *
     * @param uri how
     * @param headers which of the two formats the list has
     * @param security who asks
     * @param list whom to ask
     * @return its state, and where it is
     * @throws IOException if the connection broke
     */
    @POST
    @Consumes({"text/csv", MediaType.APPLICATION_JSON})
    @Produces(MediaType.APPLICATION_JSON)
    public Response start(
            @Context UriInfo uri,
            @Context HttpHeaders headers,
            @Context SecurityContext security,
            InputStream list)
            throws IOException {
        Parameters parameters =
                new Parameters(
                        uri,
                        "parallel",
                        "family",
                        "recipient",
                        "sender",
                        "greeting",
                        "dnsServer",
                        "compare");
        ProbeOptions options = new ProbeOptions();
        parameters.optional("family", options::family);
        parameters.optional("recipient", options::recipient);
        parameters.optional("sender", options::sender);
        parameters
                .number("greeting", 1, ProbeLimits.LONGEST_GREETING.getSeconds())
                .ifPresent(seconds -> options.greeting(seconds.intValue()));
        List<Target> targets =
                MediaType.APPLICATION_JSON_TYPE.isCompatible(headers.getMediaType())
                        ? targets(() -> TargetFile.ofJson(Body.list(list), Surveys.MOST))
                        : targets(() -> TargetFile.ofCsv(list.readAllBytes(), Surveys.MOST));
        SurveyJob job = new SurveyJob(targets).options(options);
        parameters
                .number("parallel", 1, SurveyJob.MOST_PARALLEL)
                .ifPresent(count -> job.parallel(count.intValue()));
        parameters.optional("dnsServer", job::dnsServer);
        // never a path: whoever asks has no files on this node
        parameters.optional("compare", SurveyResource::in2005).ifPresent(job::compare);
        Survey survey =
                services.get(Surveys.class).start(job, targets.size(), Caller.of(security).by());
        return Response.accepted(survey.toJson().toString())
                .location(uri.getAbsolutePathBuilder().path(survey.id()).build())
                .build();
    }

    private static String in2005(String earlier) {
        if (!earlier.equals("2005")) {
            throw new IllegalArgumentException("\"" + earlier + "\" is not 2005");
        }
        return earlier;
    }

    /** Reads whom to ask. */
    private interface Reader {
        List<Target> read() throws IOException;
    }

    private static List<Target> targets(Reader reader) throws IOException {
        try {
            return reader.read();
        } catch (FaultyTargetsException e) {
            throw new Problem(ProblemType.REFUSED, e.getMessage(), e.pointer().orElse(null));
        }
    }

    /**
     * Lists surveys.
     *
     * @param uri what was asked for
     * @return those that this node keeps, the oldest first
     */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public Response list(@Context UriInfo uri) {
        new Parameters(uri);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ArrayNode surveys = json.putArray("surveys");
        services.get(Surveys.class).all().forEach(survey -> surveys.add(survey.toJson()));
        return Response.ok(json.toString()).build();
    }

    /**
     * Shows a survey.
     *
     * @param uri what was asked for
     * @param id which
     * @return how far it is, and what was found
     */
    @GET
    @Path(ID)
    @Produces("application/json;qs=1")
    public Response json(@Context UriInfo uri, @PathParam("id") String id) {
        new Parameters(uri);
        Survey survey = existing(id);
        // first: what was found meanwhile is more rather than less
        String head = survey.toJson().toString();
        SurveyResult result = survey.result();
        return streamed(
                MediaType.APPLICATION_JSON,
                out -> {
                    out.write(head.substring(0, head.length() - 1) + ",\"result\":");
                    result.writeJson(out);
                    out.write("}");
                });
    }

    /**
     * Shows what a survey has found, for spreadsheets.
     *
     * @param uri what was asked for
     * @param id which
     * @return lines
     */
    @GET
    @Path(ID)
    @Produces("text/csv;qs=0.5")
    public Response csv(@Context UriInfo uri, @PathParam("id") String id) {
        new Parameters(uri);
        return streamed("text/csv", existing(id).result()::writeCsv);
    }

    /**
     * Cancels a survey, if it runs, and forgets it.
     *
     * @param uri what was asked for
     * @param id which
     * @return nothing
     */
    @DELETE
    @Path(ID)
    @Produces(MediaType.APPLICATION_JSON)
    public Response forget(@Context UriInfo uri, @PathParam("id") String id) {
        new Parameters(uri);
        try {
            if (!services.get(Surveys.class).forget(id)) {
                throw none(id);
            }
            return Response.noContent().build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                            ProblemType.UNAVAILABLE,
                            "the web server is being stopped, surveys with it")
                    .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
        }
    }

    private Survey existing(String id) {
        return services.get(Surveys.class).of(id).orElseThrow(() -> none(id));
    }

    private static Problem none(String id) {
        return Problem.notFound(
                "id",
                "this node has no survey \""
                        + id
                        + "\": it keeps the last "
                        + Surveys.KEPT
                        + " that it was asked for, until it restarts; another node may have it");
    }

    /** Writes text. */
    private interface Content {
        void to(Writer out) throws IOException;
    }

    private static Response streamed(String type, Content content) {
        StreamingOutput body =
                (OutputStream out) -> {
                    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                    content.to(writer);
                    writer.flush();
                };
        return Response.ok(body, type).build();
    }
}
