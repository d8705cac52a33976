package org.postern.probe;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Probes hosts. May be used by several threads at once; to one host there is one connection at a
 * time in the whole process. Threads of its own end by themselves when there is nothing to do.
 */
public final class Probe {
    private static final long IDLE_SECONDS = 1;
    private static final int TRIES_OF_DNS = 3;
    private static final int MOST_NAMED = 10;

    private final Resolver resolver;
    private final Connector connector;
    private final X509ExtendedTrustManager authorities;
    private final Clock clock;
    private final LongSupplier nanos;
    private final boolean patient;
    private final Allowance allowance;
    private final ScheduledThreadPoolExecutor guards;

    private Probe(Builder builder) throws GeneralSecurityException {
        resolver = builder.resolver;
        connector = builder.connector;
        authorities = Tls.trusting(builder.trusted);
        clock = builder.clock;
        nanos = builder.nanos;
        patient = builder.patient;
        allowance = null;
        guards = new ScheduledThreadPoolExecutor(1, run -> daemon(run, "postern-probe-guard"));
        guards.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
        guards.allowCoreThreadTimeOut(true);
        guards.setRemoveOnCancelPolicy(true);
    }

    private Probe(Probe other, Resolver resolver, Allowance allowance) {
        this.resolver = resolver;
        connector = other.connector;
        authorities = other.authorities;
        clock = other.clock;
        nanos = other.nanos;
        patient = other.patient;
        this.allowance = allowance;
        guards = other.guards;
    }

    private static Thread daemon(Runnable run, String name) {
        Thread thread = new Thread(run, name);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Begins a probe: the system's names and network, the authorities that the JDK trusts.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Finds addresses in another way; all else is as it is here.
     *
     * @param other a resolver
     * @return another probe
     */
    public Probe resolvingBy(Resolver other) {
        return new Probe(this, other, allowance);
    }

    /**
     * Bounds all that is done from now on; all else is as it is here.
     *
     * @param most how long it may take together, until nothing is begun any more: ports that were
     *     not reached by then are {@link Verdict#INCONCLUSIVE}. Whoever waits for others who probe
     *     the same host, and is {@link Builder#patient}, does not use it meanwhile
     * @return another probe, for one inquiry
     */
    public Probe within(Duration most) {
        return new Probe(this, resolver, new Allowance(most));
    }

    /**
     * Probes a host: for each family its first address, each port after the other.
     *
     * @param request what and how
     * @param progress is told of each port as soon as it is known
     * @return what was found, whatever the servers do; each connection ends within {@link
     *     ProbeLimits#session}
     * @throws InterruptedException if the thread is interrupted; nothing is left connected
     */
    public ProbeResult run(ProbeRequest request, Consumer<PortResult> progress)
            throws InterruptedException {
        Instant began = clock.instant();
        List<PortResult> results = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        long asked = nanos.getAsLong();
        Resolution resolution =
                isUsedUp() ? Resolution.failed(allowance.reason()) : resolve(request);
        use(nanos.getAsLong() - asked);
        Set<Family> families = request.families();
        if (resolution.addresses().isEmpty()) {
            for (int port : request.ports()) {
                results.add(
                        resolution
                                .failure()
                                .map(
                                        why ->
                                                unknown(
                                                        request,
                                                        port,
                                                        null,
                                                        "it is not known which addresses it has: "
                                                                + why))
                                .orElseGet(
                                        () ->
                                                noSuchHost(
                                                        request,
                                                        port,
                                                        null,
                                                        "there is no such host")));
            }
            results.forEach(progress);
            return new ProbeResult(request.host(), began, results, notes, resolution.lookups());
        }
        boolean any = families.stream().anyMatch(f -> !resolution.addresses(f).isEmpty());
        for (Family family : families) {
            List<InetAddress> addresses = resolution.addresses(family);
            Optional<String> failure = resolution.failure(family);
            if (addresses.isEmpty() && any && failure.isEmpty()) {
                notes.add("it has no " + family.text() + " address");
                continue;
            }
            if (addresses.size() > 1) {
                notes.add(
                        "not probed, it has them too: "
                                + shown(addresses.subList(1, addresses.size())));
            }
            for (int port : request.ports()) {
                PortResult result =
                        addresses.isEmpty()
                                ? without(request, port, family, failure)
                                : connect(request, port, addresses.get(0));
                results.add(result);
                progress.accept(result);
            }
        }
        return new ProbeResult(request.host(), began, results, notes, resolution.lookups());
    }

    private PortResult without(
            ProbeRequest request, int port, Family family, Optional<String> failure) {
        String address = family.text() + " address";
        return failure.map(
                        why ->
                                unknown(
                                        request,
                                        port,
                                        family,
                                        "it is not known whether it has an "
                                                + address
                                                + ": "
                                                + why))
                .orElseGet(() -> noSuchHost(request, port, family, "it has no " + address));
    }

    private PortResult connect(ProbeRequest request, int port, InetAddress address)
            throws InterruptedException {
        if (isUsedUp()) {
            return unknown(request, port, Family.of(address), allowance.reason());
        }
        long began = nanos.getAsLong();
        Duration wait = patient ? Duration.ofDays(1) : request.limits().session();
        // by its name: a host of both families is one host
        if (!Turns.begin(request.host(), wait)) {
            use(nanos.getAsLong() - began);
            return busy(request, port, request.host());
        }
        try {
            if (!Turns.begin(address, wait)) {
                use(nanos.getAsLong() - began);
                return busy(request, port, address.getHostAddress());
            }
            // that others take long is not this host's fault; who waits a day does not mind
            began = patient ? nanos.getAsLong() : began;
            try {
                return new Session(this, request, port, address).run();
            } finally {
                use(nanos.getAsLong() - began);
                Turns.end(address, request.limits().pause());
            }
        } finally {
            Turns.end(request.host(), Duration.ZERO);
        }
    }

    private boolean isUsedUp() {
        return allowance != null && allowance.isUsedUp();
    }

    private void use(long time) {
        if (allowance != null) {
            allowance.use(time);
        }
    }

    private PortResult busy(ProbeRequest request, int port, String host) {
        return unknown(request, port, null, "another probe of " + host + " goes on: try again");
    }

    private Resolution resolve(ProbeRequest request) throws InterruptedException {
        CompletableFuture<Resolution> answer = new CompletableFuture<>();
        // the system's resolver cannot be interrupted: it is left alone if it takes too long
        daemon(
                        () -> {
                            try {
                                answer.complete(resolver.resolve(request.host()));
                            } catch (RuntimeException e) {
                                answer.completeExceptionally(e);
                            }
                        },
                        "postern-probe-resolver")
                .start();
        Duration wait = request.limits().connect().multipliedBy(TRIES_OF_DNS);
        try {
            return answer.get(wait.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            return Resolution.failed("no answer of DNS within " + MeteredSocket.seconds(wait));
        } catch (ExecutionException e) {
            return Resolution.failed(String.valueOf(e.getCause().getMessage()));
        }
    }

    private PortResult unknown(ProbeRequest request, int port, Family family, String why) {
        return PortResult.unconnected(
                request, port, family, clock.instant(), Verdict.INCONCLUSIVE, why);
    }

    private PortResult noSuchHost(ProbeRequest request, int port, Family family, String why) {
        return PortResult.unconnected(
                request, port, family, clock.instant(), Verdict.NO_SUCH_HOST, why);
    }

    private static String shown(List<InetAddress> addresses) {
        return addresses.stream()
                        .limit(MOST_NAMED)
                        .map(InetAddress::getHostAddress)
                        .collect(Collectors.joining(", "))
                + (addresses.size() > MOST_NAMED
                        ? " and " + (addresses.size() - MOST_NAMED) + " more"
                        : "");
    }

    Connector connector() {
        return connector;
    }

    X509ExtendedTrustManager authorities() {
        return authorities;
    }

    Clock clock() {
        return clock;
    }

    LongSupplier nanos() {
        return nanos;
    }

    /** Closes a socket after a time, unless that is cancelled. */
    Future<?> closeAfter(Socket socket, Duration time) {
        return guards.schedule(
                () -> {
                    try {
                        socket.close();
                    } catch (IOException e) {
                        return; // it is closed already
                    }
                },
                time.toNanos(),
                TimeUnit.NANOSECONDS);
    }

    /** Makes a probe. */
    public static final class Builder {
        private Resolver resolver = new SystemResolver();
        private Connector connector = Connector.DIRECT;
        private KeyStore trusted;
        private Clock clock = Clock.systemUTC();
        private LongSupplier nanos = System::nanoTime;
        private boolean patient;

        private Builder() {}

        /**
         * Finds addresses in another way.
         *
         * @param other a resolver
         * @return this
         */
        public Builder resolver(Resolver other) {
            resolver = other;
            return this;
        }

        /**
         * Connects in another way.
         *
         * @param other a connector
         * @return this
         */
        public Builder connector(Connector other) {
            connector = other;
            return this;
        }

        /**
         * Trusts other authorities.
         *
         * @param store their certificates; null for those that the JDK trusts
         * @return this
         */
        public Builder trusting(KeyStore store) {
            trusted = store;
            return this;
        }

        /**
         * Tells the time in another way.
         *
         * @param other a clock
         * @return this
         */
        public Builder clock(Clock other) {
            clock = other;
            return this;
        }

        /**
         * Waits a day for others who probe the same address, in place of the time of a connection:
         * where many hosts are one, as in surveys.
         *
         * @return this
         */
        public Builder patient() {
            patient = true;
            return this;
        }

        /** Measures time in another way: nanoseconds of a clock that only ever goes on. */
        Builder nanos(LongSupplier other) {
            nanos = other;
            return this;
        }

        /**
         * Makes the probe.
         *
         * @return a probe
         * @throws IllegalStateException if this Java has no TLS, or no authorities that can be read
         */
        public Probe build() {
            try {
                return new Probe(this);
            } catch (GeneralSecurityException e) {
                throw new IllegalStateException(
                        "this Java cannot check certificates: " + e.getMessage(), e);
            }
        }
    }
}
