package org.postern.dns;

import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.postern.probe.Lookup;
import org.postern.probe.PortResult;
import org.postern.probe.Probe;
import org.postern.probe.ProbeLimits;
import org.postern.probe.ProbeOptions;
import org.postern.probe.ProbeRequest;
import org.postern.probe.ProbeResult;
import org.postern.probe.Service;
import org.postern.probe.Verdict;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Whom people and programs want to know about: a host, or all servers that a mail domain names; and
 * whom to ask in DNS. Immutable.
 */
public final class Inquiry {
    /** What is said to whoever gives ports together with a domain. */
    public static final String PORTS_OF_RECORDS =
            "the ports of a domain are those of its SRV records: leave them out";

    private static final Executor DAEMONS =
            run -> {
                Thread thread = new Thread(run, "postern-dns");
                thread.setDaemon(true);
                thread.start();
            };

    private final ProbeOptions options;
    private final ProbeRequest request;
    private final Map<Service, Name> services;
    private final DnsServer server;

    private Inquiry(
            ProbeOptions options,
            ProbeRequest request,
            Map<Service, Name> services,
            DnsServer server) {
        this.options = options;
        this.request = request;
        this.services = services;
        this.server = server;
    }

    /**
     * Asks about a host.
     *
     * @param options how it is probed
     * @param host name or address
     * @return an inquiry
     * @throws IllegalArgumentException if the host can be neither
     */
    public static Inquiry ofHost(ProbeOptions options, String host) {
        return new Inquiry(options, options.of(host), Map.of(), null);
    }

    /**
     * Asks about the servers of a domain.
     *
     * @param options how they are probed, but for the ports
     * @param domain what stands behind the @ of mail addresses, in any script
     * @return an inquiry
     * @throws IllegalArgumentException if it can be no domain
     */
    public static Inquiry ofDomain(ProbeOptions options, String domain) {
        ProbeRequest request;
        try {
            request = options.of(domain);
        } catch (IllegalArgumentException e) {
            throw noDomain(domain);
        }
        if (request.host().contains(":") || request.host().matches("[0-9.]+")) {
            throw noDomain(domain);
        }
        Map<Service, Name> services = new EnumMap<>(Service.class);
        for (Service service : Service.values()) {
            try {
                services.put(
                        service,
                        Name.fromString(service.label() + "." + request.host(), Name.root));
            } catch (TextParseException e) {
                throw noDomain(domain);
            }
        }
        return new Inquiry(options, request, services, null);
    }

    private static IllegalArgumentException noDomain(String text) {
        return new IllegalArgumentException(
                "\""
                        + text.replaceAll("\\p{Cntrl}|\\p{Cf}", "?")
                        + "\" is no mail domain: give one such as isp.example");
    }

    /**
     * Asks a DNS server, and nobody else, for all names.
     *
     * @param text as {@link DnsServer#parse} reads it; empty for those of this machine
     * @return another inquiry
     * @throws IllegalArgumentException if it cannot be read
     */
    public Inquiry by(String text) {
        return new Inquiry(
                options, request, services, text.isEmpty() ? null : DnsServer.parse(text));
    }

    /**
     * Returns the DNS servers that are asked unless another is given, as {@link #by} reads them.
     *
     * @return addresses with their ports, in the order in which they are asked
     */
    public static List<String> serversOfMachine() {
        return DnsClient.ofMachine().servers().stream()
                .map(DnsServer::text)
                // of a link-local address it takes more to say where it is
                .filter(server -> !server.contains("%"))
                .collect(Collectors.toList());
    }

    /**
     * Returns whom it is about.
     *
     * @return a host or domain in ASCII and lower case, or an address
     */
    public String name() {
        return request.host();
    }

    /**
     * Looks up what is to be looked up, and probes. What is not reached within {@link
     * ProbeLimits#INQUIRY} is inconclusive.
     *
     * @param probe what probes; by a resolver of its own if a DNS server was given
     * @param progress is told of each port as soon as it is known
     * @return what was found, whatever DNS and servers do
     * @throws InterruptedException if the thread is interrupted; nothing is left connected
     */
    public ProbeResult run(Probe probe, Consumer<PortResult> progress) throws InterruptedException {
        Probe bounded = probe.within(ProbeLimits.INQUIRY);
        if (services.isEmpty() && server == null) {
            return bounded.run(request, progress);
        }
        DnsClient dns = server == null ? DnsClient.ofMachine() : DnsClient.of(server);
        Probe upon = server == null ? bounded : bounded.resolvingBy(new DnsResolver(dns));
        return services.isEmpty() ? upon.run(request, progress) : ofDomain(dns, upon, progress);
    }

    private ProbeResult ofDomain(DnsClient dns, Probe probe, Consumer<PortResult> progress)
            throws InterruptedException {
        Instant began = Instant.now();
        MailDomain domain = domain(dns);
        List<PortResult> results = new ArrayList<>();
        List<String> notes = new ArrayList<>(domain.notes());
        List<Lookup> lookups = new ArrayList<>(domain.lookups());
        for (Service service : Service.values()) {
            List<MailDomain.Target> targets = domain.probed(service);
            if (targets.isEmpty()) {
                PortResult none =
                        PortResult.ofService(
                                service, began, domain.verdict(service), domain.reason(service));
                results.add(none);
                progress.accept(none);
            }
            for (MailDomain.Target target : targets) {
                ProbeRequest one;
                try {
                    one = options.of(name(), service, target.host(), target.port());
                } catch (IllegalArgumentException e) {
                    PortResult none = unusable(service, began, target);
                    results.add(none);
                    progress.accept(none);
                    continue;
                }
                ProbeResult found = probe.run(one, progress);
                results.addAll(found.ports());
                found.notes().forEach(note -> notes.add(target.host() + ": " + note));
                lookups.addAll(found.lookups());
            }
        }
        return new ProbeResult(
                name(),
                began,
                results,
                notes.stream().distinct().collect(Collectors.toList()),
                // a host that is named twice was looked up once
                lookups.stream().distinct().collect(Collectors.toList()));
    }

    private static PortResult unusable(Service service, Instant at, MailDomain.Target target) {
        return PortResult.ofService(
                service,
                at,
                Verdict.INCONCLUSIVE,
                "its SRV record names what can be no server: \"" + target + "\"");
    }

    /** All questions at once: they do not depend on each other. */
    private MailDomain domain(DnsClient dns) throws InterruptedException {
        Map<Service, CompletableFuture<Answer>> asked = new EnumMap<>(Service.class);
        services.forEach(
                (service, name) ->
                        asked.put(
                                service,
                                CompletableFuture.supplyAsync(
                                        () -> dns.ask(name, Type.SRV), DAEMONS)));
        Name own =
                new Name(
                        services.get(Service.SUBMISSION),
                        Service.SUBMISSION.label().split("\\.").length);
        CompletableFuture<Answer> exchangers =
                CompletableFuture.supplyAsync(() -> dns.ask(own, Type.MX), DAEMONS);
        try {
            Map<Service, Answer> answers = new EnumMap<>(Service.class);
            for (Map.Entry<Service, CompletableFuture<Answer>> one : asked.entrySet()) {
                answers.put(one.getKey(), one.getValue().get());
            }
            return new MailDomain(name(), answers, exchangers.get());
        } catch (ExecutionException e) {
            throw new IllegalStateException(e.getCause());
        }
    }
}
