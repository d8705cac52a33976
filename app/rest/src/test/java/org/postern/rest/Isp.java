package org.postern.rest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.base.Ticker;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.time.Clock;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import javax.ws.rs.container.ContainerRequestContext;
import javax.ws.rs.container.ContainerRequestFilter;
import javax.ws.rs.container.PreMatching;
import javax.ws.rs.core.SecurityContext;
import org.glassfish.jersey.jdkhttp.JdkHttpServerFactory;
import org.glassfish.jersey.server.ResourceConfig;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.osgi.ServiceNotFoundException;
import org.postern.audit.AuditService;
import org.postern.audit.Entries;
import org.postern.device.EnforcementService;
import org.postern.exemption.ExemptionAdminService;
import org.postern.exemption.ExemptionService;
import org.postern.infrastructure.InfrastructureService;
import org.postern.observe.AttemptService;
import org.postern.observe.SightingService;
import org.postern.observe.Sightings;
import org.postern.provisioning.ExemptionFiles;
import org.postern.provisioning.ExemptionProvisioningService;
import org.postern.provisioning.Provisioning;
import org.postern.provisioning.ProvisioningService;
import org.postern.steering.NextHopService;
import org.postern.submission.GuardOffice;
import org.postern.submission.SubmissionService;
import org.postern.subscriber.SubscriberAdminService;
import org.postern.subscriber.SubscriberService;

/**
 * The API of an ISP with two access devices, asked over HTTP. Every answer is held against the
 * OpenAPI document. Users are {@code ada}, who may write, and {@code vic}, who may read.
 */
final class Isp implements ServiceDirectory, AutoCloseable {
    static final String S1 = "of:0000000000000001";
    static final String S2 = "of:0000000000000002";
    private static final String ROOT = "/onos/postern/v1";

    static {
        // the JDK's server answers 40 ms later otherwise
        System.setProperty("sun.net.httpserver.nodelay", "true");
        // and breaks the connection, before its answer is read, of who still sends: a body, in
        // bytes
        System.setProperty("sun.net.httpserver.drainAmount", String.valueOf(4 << 20));
    }

    final Contract contract;
    final Directory directory = new Directory(this);
    final Network network = new Network();
    final Enforcement enforcement = new Enforcement(this);
    final Attempts attempts = new Attempts();
    final Exemptions exemptions = new Exemptions();
    final Sightings sightings = new Sightings();
    final Entries audit = new Entries();
    final GuardOffice servers = new GuardOffice(network, Directory.NOW);

    final World world = new World();
    final Surveys surveys = new Surveys(world.probe());

    /** The clock of the limits, in nanoseconds. */
    final AtomicLong nanos = new AtomicLong();

    private final Map<Class<?>, Object> services = new ConcurrentHashMap<>();
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService executor = Executors.newCachedThreadPool();
    private final HttpServer server;

    Isp() throws IOException {
        contract = new Contract(DocumentResource.document());
        services.put(SubscriberService.class, directory);
        services.put(SubscriberAdminService.class, directory);
        services.put(InfrastructureService.class, network);
        services.put(EnforcementService.class, enforcement);
        services.put(AttemptService.class, attempts);
        services.put(SightingService.class, sightings);
        services.put(NextHopService.class, new Steering());
        services.put(ExemptionService.class, exemptions);
        services.put(AuditService.class, audit);
        Provisioning provisioning = new Provisioning(directory, network);
        services.put(ProvisioningService.class, provisioning);
        services.put(
                ExemptionProvisioningService.class,
                new ExemptionFiles(
                        exemptions,
                        exemptions,
                        directory,
                        network,
                        provisioning,
                        Clock.systemUTC()));
        services.put(ExemptionAdminService.class, exemptions);
        services.put(SubmissionService.class, servers.guard);
        services.put(Surveys.class, surveys);
        Ticker ticker =
                new Ticker() {
                    @Override
                    public long read() {
                        return nanos.get();
                    }
                };
        ResourceConfig application =
                ResourceConfig.forApplication(new RestApplication(this, ticker, world.probe()))
                        .register(new Users(), 1);
        server =
                JdkHttpServerFactory.createHttpServer(
                        URI.create("http://127.0.0.1:0" + ROOT + "/"), application, false);
        server.setExecutor(executor);
        server.start();
    }

    @Override
    public void close() {
        server.stop(0);
        try {
            surveys.deactivate();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        world.close();
        executor.shutdownNow();
    }

    @Override
    public <T> T get(Class<T> type) {
        if (!services.containsKey(type)) {
            throw new ServiceNotFoundException(type.getName());
        }
        return type.cast(services.get(type));
    }

    /** Requests are bounded otherwise than by default. */
    void limit(int rate, int burst) {
        services.put(
                RequestLimits.class,
                new RequestLimits() {
                    @Override
                    public int rate() {
                        return rate;
                    }

                    @Override
                    public int burst() {
                        return burst;
                    }
                });
    }

    /** Postern is deactivated. */
    void deactivate() {
        services.clear();
    }

    /** What stands for the web server's authentication: the name that is sent, and its role. */
    @PreMatching
    private static final class Users implements ContainerRequestFilter {
        @Override
        public void filter(ContainerRequestContext request) {
            String sent = request.getHeaderString("Authorization").substring("Basic ".length());
            String name =
                    new String(Base64.getDecoder().decode(sent), StandardCharsets.UTF_8)
                            .split(":")[0];
            request.setSecurityContext(
                    new SecurityContext() {
                        @Override
                        public Principal getUserPrincipal() {
                            return () -> name;
                        }

                        @Override
                        public boolean isUserInRole(String role) {
                            return role.equals("viewer")
                                    || role.equals("admin") && name.equals("ada");
                        }

                        @Override
                        public boolean isSecure() {
                            return false;
                        }

                        @Override
                        public String getAuthenticationScheme() {
                            return BASIC_AUTH;
                        }
                    });
        }
    }

    /** A request, as it is put together. */
    final class Call {
        private final String method;
        private final String path;
        private final HttpRequest.Builder request;
        private HttpRequest.BodyPublisher body = HttpRequest.BodyPublishers.noBody();
        private String user = "ada";

        private Call(String method, String path) {
            this.method = method;
            this.path = path;
            request =
                    HttpRequest.newBuilder(
                            URI.create(
                                    "http://127.0.0.1:"
                                            + server.getAddress().getPort()
                                            + ROOT
                                            + path));
        }

        Call by(String name) {
            user = name;
            return this;
        }

        Call with(String header, String value) {
            request.setHeader(header, value);
            return this;
        }

        Call json(String text) {
            return text("application/json", text);
        }

        Call text(String type, String text) {
            body = HttpRequest.BodyPublishers.ofString(text);
            return with("Content-Type", type);
        }

        /** Sends a body without saying how long it is. */
        Call chunked(HttpRequest.BodyPublisher publisher) {
            body = HttpRequest.BodyPublishers.fromPublisher(publisher);
            return with("Content-Type", "application/json");
        }

        /** Sends it; the answer is as documented. */
        Answer send() throws IOException, InterruptedException {
            request.setHeader(
                    "Authorization",
                    "Basic "
                            + Base64.getEncoder()
                                    .encodeToString(
                                            (user + ":secret").getBytes(StandardCharsets.UTF_8)));
            HttpResponse<String> answer =
                    client.send(
                            request.method(method, body).build(),
                            HttpResponse.BodyHandlers.ofString());
            String[] parts = path.split("\\?", 2);
            TreeSet<String> names = new TreeSet<>();
            if (parts.length > 1) {
                Arrays.stream(parts[1].split("&")).forEach(p -> names.add(p.split("=")[0]));
            }
            if (!method.equals("HEAD")) {
                contract.check(
                        method,
                        parts[0],
                        names,
                        answer.statusCode(),
                        answer.headers(),
                        answer.body());
            }
            return new Answer(answer);
        }

        /** Sends it; the answer is as documented and has a status. */
        Answer gives(int status) throws IOException, InterruptedException {
            Answer answer = send();
            if (answer.status() != status) {
                throw new AssertionError(
                        method
                                + " "
                                + path
                                + ": "
                                + answer.status()
                                + ", not "
                                + status
                                + " "
                                + answer.text());
            }
            return answer;
        }
    }

    /** What came back. */
    static final class Answer {
        private final HttpResponse<String> response;

        private Answer(HttpResponse<String> response) {
            this.response = response;
        }

        int status() {
            return response.statusCode();
        }

        String text() {
            return response.body();
        }

        /** A header, or empty. */
        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        JsonNode json() throws IOException {
            return new ObjectMapper().readTree(text());
        }

        /** The field that a problem names; null if it names none. */
        String field() throws IOException {
            return json().path("field").textValue();
        }

        String detail() throws IOException {
            return json().path("detail").asText();
        }
    }

    Call get(String path) {
        return new Call("GET", path);
    }

    Call put(String path, String json) {
        return new Call("PUT", path).json(json.replace('\'', '"'));
    }

    Call put(String path) {
        return new Call("PUT", path);
    }

    Call post(String path, String json) {
        return new Call("POST", path).json(json.replace('\'', '"'));
    }

    Call delete(String path) {
        return new Call("DELETE", path);
    }

    Call call(String method, String path) {
        return new Call(method, path);
    }
}
