package org.postern.rest;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import javax.ws.rs.Consumes;
import javax.ws.rs.POST;
import javax.ws.rs.Path;
import javax.ws.rs.Produces;
import javax.ws.rs.core.Configuration;
import javax.ws.rs.core.Context;
import javax.ws.rs.core.HttpHeaders;
import javax.ws.rs.core.MediaType;
import javax.ws.rs.core.Response;
import javax.ws.rs.core.UriInfo;
import org.postern.dns.Inquiry;
import org.postern.probe.JsonReport;
import org.postern.probe.Probe;
import org.postern.probe.ProbeLimits;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeResult;

/**
 * Whether a submission server enforces authentication. It changes nothing, but makes this node
 * connect to any host: so it is a POST, which takes an administrator.
 */
@Path("probes")
@Produces(MediaType.APPLICATION_JSON)
public final class ProbeResource {
    private static final String HOST = "host";
    private static final String DOMAIN = "domain";
    private static final String DNS_SERVER = "dnsServer";
    private static final String PORTS = "ports";
    private static final String FAMILY = "family";
    private static final String TRANSCRIPT = "transcript";
    private static final String RECIPIENT = "recipient";
    private static final String LOCAL_RECIPIENT = "localRecipient";
    private static final String SENDER = "sender";
    private static final String GREETING = "greeting";
    private static final int HIGHEST_PORT = 65_535;

    private final Probe probe;
    private final ProbeSlots slots;

    /**
     * Creates the resource.
     *
     * @param configuration of the application, where probe and slots are
     */
    public ProbeResource(@Context Configuration configuration) {
        probe = RestApplication.probeOf(configuration);
        slots = RestApplication.probeSlotsOf(configuration);
    }

    /**
     * Probes a host, or the servers of a mail domain; the answer comes when it is done.
     *
     * @param uri what was asked for
     * @param body {@code host} or {@code domain}, and what else is wanted
     * @return what was found, as {@code postern-probe -j} tells it
     * @throws IOException if the connection broke
     */
    @POST
    @Consumes(MediaType.APPLICATION_JSON)
    public Response probe(@Context UriInfo uri, InputStream body) throws IOException {
        new Parameters(uri);
        Body read =
                Body.read(
                        body,
                        List.of(
                                HOST,
                                DOMAIN,
                                DNS_SERVER,
                                PORTS,
                                FAMILY,
                                TRANSCRIPT,
                                RECIPIENT,
                                LOCAL_RECIPIENT,
                                SENDER,
                                GREETING));
        ProbeOptions options = new ProbeOptions();
        ports(read, options);
        read.optional(FAMILY, options::family);
        read.optional(RECIPIENT, options::recipient);
        read.optional(LOCAL_RECIPIENT, options::localRecipient);
        read.optional(SENDER, options::sender);
        if (read.has(GREETING)) {
            options.greeting(
                    read.number(GREETING, 1, (int) ProbeLimits.LONGEST_GREETING.getSeconds()));
        }
        boolean transcript = read.flag(TRANSCRIPT);
        ProbeResult result = run(inquiry(read, options));
        return Response.ok(JsonReport.of(result, transcript).toString()).build();
    }

    private static Inquiry inquiry(Body read, ProbeOptions options) {
        if (read.has(HOST) && read.has(DOMAIN)) {
            throw Problem.malformed(
                    Body.pointer(DOMAIN), "give field \"host\" or \"domain\", not both");
        }
        if (read.has(PORTS) && read.has(DOMAIN)) {
            throw Problem.malformed(
                    Body.pointer(PORTS), "field \"ports\": " + Inquiry.PORTS_OF_RECORDS);
        }
        Inquiry inquiry =
                read.has(DOMAIN)
                        ? read.required(DOMAIN, name -> Inquiry.ofDomain(options, name))
                        : read.required(HOST, name -> Inquiry.ofHost(options, name));
        return read.optional(DNS_SERVER, inquiry::by).orElse(inquiry);
    }

    private static void ports(Body read, ProbeOptions options) {
        if (!read.has(PORTS)) {
            return;
        }
        List<Integer> ports = read.numbers(PORTS, 1, HIGHEST_PORT);
        try {
            options.ports(ports);
        } catch (IllegalArgumentException e) {
            throw Problem.malformed(Body.pointer(PORTS), "field \"ports\": " + e.getMessage());
        }
    }

    private ProbeResult run(Inquiry inquiry) {
        slots.take(inquiry.name());
        try {
            return inquiry.run(probe, port -> {});
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Problem(
                            ProblemType.UNAVAILABLE,
                            "the web server is being stopped; the connection was closed")
                    .with(HttpHeaders.RETRY_AFTER, ProblemMapper.RETRY_SECONDS);
        } finally {
            slots.release(inquiry.name());
        }
    }
}
