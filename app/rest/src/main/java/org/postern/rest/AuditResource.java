package org.postern.rest;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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
import org.postern.audit.AuditEntry;
import org.postern.audit.AuditPage;
import org.postern.audit.AuditQuery;
import org.postern.audit.AuditService;
import org.postern.audit.Order;

/** Who changed what. */
@Path("audit")
@Consumes(MediaType.WILDCARD)
public final class AuditResource {
    private static final String[] FILTERS = {"subject", "by", "action", "via", "since", "until"};

    private final ServiceDirectory services;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where the services are
     */
    public AuditResource(@Context Configuration configuration) {
        services = RestApplication.servicesOf(configuration);
    }

    private AuditService audit() {
        return services.get(AuditService.class);
    }

    /**
     * Lists entries, the newest first unless the oldest are asked for.
     *
     * @param uri which, and which page
     * @return {@code entries}, {@code next}, and which entries are kept at all
     */
    @GET
    @Produces("application/json;qs=1")
    public Response list(@Context UriInfo uri) {
        String[] known = Arrays.copyOf(FILTERS, FILTERS.length + 3);
        known[FILTERS.length] = Page.LIMIT;
        known[FILTERS.length + 1] = Page.CURSOR;
        known[FILTERS.length + 2] = "oldestFirst";
        Parameters parameters = new Parameters(uri, known);
        AuditQuery.Builder query = query(parameters);
        parameters
                .number(Page.LIMIT, 1, AuditQuery.LARGEST_PAGE)
                .ifPresent(limit -> query.limit(limit.intValue()));
        parameters.optional(Page.CURSOR, query::cursor);
        if (parameters.flag("oldestFirst").orElse(false)) {
            query.oldestFirst();
        }
        AuditPage page;
        try {
            page = audit().entries(query.build());
        } catch (IllegalArgumentException e) {
            throw Problem.malformed(Page.CURSOR, "parameter \"cursor\": " + e.getMessage());
        }
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        ArrayNode entries = body.putArray("entries");
        page.entries().forEach(entry -> entries.add(entry.toJson()));
        body.put("next", page.next().orElse(null));
        body.put("first", page.extent().first())
                .put("last", page.extent().last())
                .put("kept", page.extent().kept());
        return Response.ok(body.toString(), MediaType.APPLICATION_JSON_TYPE).build();
    }

    /**
     * Exports entries, the oldest first, one a line.
     *
     * @param uri which
     * @return JSON lines
     */
    @GET
    @Produces("application/x-ndjson;qs=0.5")
    public Response lines(@Context UriInfo uri) {
        AuditQuery query = query(new Parameters(uri, FILTERS)).build();
        AuditService audit = audit();
        StreamingOutput body =
                out -> {
                    Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8);
                    audit.export(query, entry -> write(writer, entry));
                    writer.flush();
                };
        return Response.ok(body, "application/x-ndjson").build();
    }

    private static void write(Writer writer, AuditEntry entry) {
        try {
            writer.write(entry.toJson().toString());
            writer.write('\n');
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static AuditQuery.Builder query(Parameters parameters) {
        AuditQuery.Builder query = AuditQuery.all();
        parameters.optional("subject", query::subject);
        parameters.optional("by", query::by);
        parameters.optional("action", query::action);
        parameters.optional("via", Order.Interface::of).ifPresent(query::via);
        parameters.optional("since", ExemptionBody::moment).ifPresent(query::since);
        parameters.optional("until", ExemptionBody::moment).ifPresent(query::until);
        return query;
    }
}
