package org.postern.rest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import javax.ws.rs.Consumes;
import javax.ws.rs.GET;
import javax.ws.rs.Path;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.UriInfo;

/** What this API is, for programs that make clients of it. */
@Path("openapi.json")
@Consumes(MediaType.WILDCARD)
@Produces(MediaType.APPLICATION_JSON)
public final class DocumentResource {
    private static final String DOCUMENT = "openapi.json";

    /**
     * Shows the OpenAPI document.
     *
     * @param uri what was asked for
     * @return the document
     * @throws IOException if it cannot be read
     */
    @GET
    public Response show(@Context UriInfo uri) throws IOException {
        new Parameters(uri);
        return Response.ok(document()).build();
    }

    /** The document as it is served. */
    static String document() throws IOException {
        try (InputStream in = DocumentResource.class.getResourceAsStream(DOCUMENT)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
