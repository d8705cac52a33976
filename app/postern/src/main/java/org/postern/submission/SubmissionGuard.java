package org.postern.submission;

import static org.onlab.util.Tools.groupedThreads;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.IpAddress;
import org.onosproject.cfg.ComponentConfigService;
import org.onosproject.cluster.ClusterService;
import org.onosproject.cluster.ControllerNode;
import org.onosproject.cluster.NodeId;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.event.AbstractListenerManager;
import org.onosproject.store.service.StorageService;
import org.osgi.service.component.ComponentContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.component.Settings;
import org.postern.drivers.FrontTable;
import org.postern.infrastructure.InfrastructureEvent;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.NextHop;
import org.postern.probe.Probe;
import org.postern.probe.ProbeRequest;
import org.postern.replica.Peers;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes the ISP's own submission servers and relays in turns, on one node of the cluster at a
 * time; what was found is kept in the cluster, so that every node tells the same and refuses the
 * same relays.
 */
@Component(
        immediate = true,
        service = SubmissionService.class,
        property = {
            SubmissionGuard.INTERVAL + ":Integer=" + SubmissionGuard.INTERVAL_DEFAULT,
            SubmissionGuard.CERTIFICATE_NOTICE
                    + ":Integer="
                    + SubmissionGuard.CERTIFICATE_NOTICE_DEFAULT,
            SubmissionGuard.RECIPIENT + ":String=" + ProbeRequest.NOBODY,
            SubmissionGuard.LOCAL_RECIPIENT + ":String="
        })
public class SubmissionGuard extends AbstractListenerManager<SubmissionEvent, SubmissionListener>
        implements SubmissionService {
    /** Component property: how often each is probed, in minutes; 0 switches that off. */
    static final String INTERVAL = "probeInterval";

    static final int INTERVAL_DEFAULT = 60;

    /** Component property: how long before its end a certificate is an alarm, in days. */
    static final String CERTIFICATE_NOTICE = "certificateNotice";

    /** Who renews automatically does so with 30 days left (Let's Encrypt's clients). */
    static final int CERTIFICATE_NOTICE_DEFAULT = 21;

    /** Component property: an address elsewhere that is tried as recipient. */
    static final String RECIPIENT = "probeRecipient";

    /** Component property: an address of the ISP's own that is tried as recipient; else guessed. */
    static final String LOCAL_RECIPIENT = "probeLocalRecipient";

    private static final int LONGEST_INTERVAL = 1440;
    private static final int LONGEST_NOTICE = 365;

    /** How often it is looked who is to be probed. Seconds. */
    private static final int LOOK = 10;

    /** How often this node compares what it knows with the store, were an event lost. Seconds. */
    private static final int COMPARE = 60;

    /** When one that could not be judged is tried again, before that is an alarm. */
    private static final Duration AGAIN = Duration.ofMinutes(1);

    /** When after that, so that an alarm is over soon after the server is back. */
    private static final Duration STILL_AWAY = Duration.ofMinutes(5);

    /** How long a refused relay is remembered that is not watched any more. */
    private static final Duration KEPT = Duration.ofDays(1);

    /** How many are probed at once. */
    private static final int PARALLEL = 4;

    /** How often it is looked again if another node has looked meanwhile. */
    private static final int TRIES = 5;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final InfrastructureListener infrastructureListener = new Configured();

    /** When this node has begun with whom, in nanoseconds of time that only goes on. */
    private final Map<String, Long> begun = new ConcurrentHashMap<>();

    private final Set<String> underWay = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean lookingNow = new AtomicBoolean();
    private final Clock clock;
    private final LongSupplier nanos;
    private final Prober prober;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ClusterService clusterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ComponentConfigService componentConfigService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private FindingStore store;
    private ScheduledExecutorService watch;
    private ExecutorService probing;
    private volatile int interval = INTERVAL_DEFAULT;
    private volatile int certificateNotice = CERTIFICATE_NOTICE_DEFAULT;
    private volatile String recipient = ProbeRequest.NOBODY;
    private volatile String localRecipient = "";

    /** Creates the guard that ONOS runs. */
    public SubmissionGuard() {
        // several of its ports may be one address: they wait for each other
        this(Clock.systemUTC(), System::nanoTime, new Prober(() -> Probe.builder().patient()));
    }

    /**
     * Creates a guard.
     *
     * @param clock the time of day
     * @param nanos time that only goes forward, in nanoseconds
     * @param prober looks at one
     */
    SubmissionGuard(Clock clock, LongSupplier nanos, Prober prober) {
        this.clock = clock;
        this.nanos = nanos;
        this.prober = prober;
    }

    @Activate
    protected void activate(ComponentContext context) {
        ApplicationId appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        componentConfigService.registerProperties(getClass());
        modified(context);
        eventDispatcher.addSink(SubmissionEvent.class, listenerRegistry);
        store = new FindingStore(storageService, appId, auditLog, new Told());
        // what enforces the policy waits for this component: it starts whatever the store does
        store.follow();
        probing =
                Executors.newFixedThreadPool(
                        PARALLEL, groupedThreads("postern/submission", "probe-%d", log));
        watch =
                Executors.newSingleThreadScheduledExecutor(
                        groupedThreads("postern", "submission", log));
        watch.scheduleWithFixedDelay(this::look, 1, LOOK, TimeUnit.SECONDS);
        watch.scheduleWithFixedDelay(store::compare, COMPARE, COMPARE, TimeUnit.SECONDS);
        infrastructureService.addListener(infrastructureListener);
        log.info("Started with {} findings", store.all().size());
    }

    @Deactivate
    protected void deactivate() {
        infrastructureService.removeListener(infrastructureListener);
        watch.shutdownNow();
        // whoever waits for them is not told by the end of their threads
        probing.shutdownNow().stream()
                .filter(task -> task instanceof Future)
                .forEach(task -> ((Future<?>) task).cancel(true));
        store.close();
        eventDispatcher.removeSink(SubmissionEvent.class);
        componentConfigService.unregisterProperties(getClass(), false);
        log.info("Stopped");
    }

    @Modified
    protected void modified(ComponentContext context) {
        Settings set = Settings.of(context, log);
        interval = set.number(INTERVAL, interval, INTERVAL_DEFAULT, 0, LONGEST_INTERVAL);
        certificateNotice =
                set.number(
                        CERTIFICATE_NOTICE,
                        certificateNotice,
                        CERTIFICATE_NOTICE_DEFAULT,
                        0,
                        LONGEST_NOTICE);
        recipient = set.text(RECIPIENT, recipient, ProbeRequest.NOBODY, SubmissionGuard::mailbox);
        localRecipient = set.text(LOCAL_RECIPIENT, localRecipient, "", SubmissionGuard::mailbox);
        // who is not probed is not waited for
        listeners.forEach(Runnable::run);
    }

    private static String mailbox(String text) {
        return ProbeRequest.of("localhost").recipient(text).build().recipient();
    }

    /** Looks whenever something else is configured. */
    private final class Configured implements InfrastructureListener {
        @Override
        public void event(InfrastructureEvent event) {
            lookSoon();
        }
    }

    /** Passes on what the store tells. */
    private final class Told implements FindingStore.Listener {
        @Override
        public void alarm(SubmissionEvent.Type type, Watched watched, Alarm alarm) {
            post(new SubmissionEvent(type, watched, alarm, clock.instant()));
        }

        @Override
        public void changed() {
            listeners.forEach(Runnable::run);
        }
    }

    private void lookSoon() {
        try {
            watch.execute(this::look);
        } catch (RejectedExecutionException e) {
            log.debug("Stopping, nobody is probed any more");
        }
        // whom the operator has made an exception of
        listeners.forEach(Runnable::run);
    }

    /** Has those probed whose turn it is, if it is this node's. */
    void look() {
        try {
            if (interval == 0 || !store.follows() || !isFirst()) {
                return;
            }
            SortedSet<Watched> all = Watched.of(infrastructureService.infrastructure());
            forgetOthers(all);
            inOrder(all).filter(this::isDue).forEach(this::begin);
        } catch (RejectedExecutionException e) {
            log.debug("Stopping, nobody is probed any more");
        } catch (RuntimeException e) {
            log.warn("Servers could not be probed; they are tried again", e);
        }
    }

    /**
     * Relays first: nothing is redirected to them before. Servers may keep those waiting who look.
     */
    private static Stream<Watched> inOrder(SortedSet<Watched> all) {
        return all.stream().sorted(Comparator.comparing(Watched::kind).reversed());
    }

    /**
     * Of the nodes that this one sees, the first by name: where the cluster is divided there is one
     * in each part, which does no harm. An election of ONOS's does not survive a lost session.
     */
    private boolean isFirst() {
        NodeId own = clusterService.getLocalNode().id();
        return clusterService.getNodes().stream()
                .map(ControllerNode::id)
                .filter(id -> !id.equals(own))
                .filter(id -> !Peers.isGone(clusterService, id.id()))
                .noneMatch(id -> id.id().compareTo(own.id()) < 0);
    }

    private void forgetOthers(Set<Watched> all) {
        Set<String> keys = all.stream().map(Watched::key).collect(Collectors.toSet());
        store.all()
                .forEach(
                        (key, finding) -> {
                            if (!keys.contains(key) && !isKept(finding)) {
                                store.forget(key, finding);
                            }
                        });
    }

    /** A refused relay that is taken out of the configuration and put back is refused still. */
    private boolean isKept(Finding finding) {
        return finding.notEnforced().isPresent()
                && finding.watched().kind() == Watched.Kind.RELAY
                && Duration.between(finding.at(), clock.instant()).abs().compareTo(KEPT) < 0;
    }

    private boolean isDue(Watched watched) {
        Long last = begun.get(watched.key());
        if (last != null && nanos.getAsLong() - last < AGAIN.toNanos()) {
            return false;
        }
        Optional<Finding> known = store.of(watched);
        if (!known.isPresent() || store.isUnread(watched)) {
            return true;
        }
        Finding finding = known.get();
        Duration wait = Duration.ofMinutes(interval);
        if (finding.failures() > 0) {
            Duration sooner = finding.failures() < Finding.FAILURES ? AGAIN : STILL_AWAY;
            wait = sooner.compareTo(wait) < 0 ? sooner : wait;
        }
        // by the clock of the node that looked, which may be ahead
        return Duration.between(finding.at(), clock.instant()).abs().compareTo(wait) >= 0;
    }

    private void begin(Watched watched) {
        if (underWay.add(watched.key())) {
            probing.execute(
                    () -> {
                        try {
                            lookAt(watched);
                        } catch (InterruptedException e) {
                            Thread.currentThread().interrupt();
                        } catch (RuntimeException e) {
                            log.warn("{} was not looked at; it is tried again", watched, e);
                        } finally {
                            underWay.remove(watched.key());
                        }
                    });
        }
    }

    private void lookAt(Watched watched) throws InterruptedException {
        for (int tries = 0; tries < TRIES; tries++) {
            begun.put(watched.key(), nanos.getAsLong());
            long began = store.version(watched);
            Observation look = prober.look(watched, recipient, ownOf(watched));
            if (store.keep(watched, look, began, Duration.ofDays(certificateNotice))) {
                return;
            }
        }
        log.warn("Other nodes look at {} all the time; these looks were not kept", watched);
    }

    /** The address that is tried as its own: what it took once shows best whether it still does. */
    private String ownOf(Watched watched) {
        return localRecipient.isEmpty()
                ? store.of(watched).flatMap(Finding::ownTaken).orElse("")
                : localRecipient;
    }

    @Override
    public Map<Watched, Optional<Finding>> findings() {
        Map<Watched, Optional<Finding>> all = new TreeMap<>();
        Watched.of(infrastructureService.infrastructure()).forEach(w -> all.put(w, store.of(w)));
        return Collections.unmodifiableMap(all);
    }

    @Override
    public int interval() {
        return interval;
    }

    @Override
    public Optional<String> refusalOf(NextHop relay) {
        if (relay.allowsUnauthenticated()) {
            return Optional.empty();
        }
        for (IpAddress address : relay.addresses()) {
            Watched watched = new Watched(Watched.Kind.RELAY, relay.name(), address, Watched.MAIL);
            Optional<Finding> finding = store.of(watched);
            String where = " (" + address + " port " + Watched.MAIL + ")";
            if (!store.follows() || store.isUnread(watched)) {
                return Optional.of(
                        relay.name()
                                + where
                                + ": what was found of it is not known to this node, see its log: nothing is"
                                + " redirected to it until then");
            }
            if (!finding.isPresent() && interval > 0) {
                return Optional.of(
                        relay.name()
                                + where
                                + " was not looked at yet, whether it demands authentication: nothing is"
                                + " redirected to it until then. That is soon, or run postern-submission --now");
            }
            Optional<String> why = finding.flatMap(Finding::notEnforced);
            if (why.isPresent()) {
                return Optional.of(
                        relay.name()
                                + where
                                + " was not seen to demand authentication, "
                                + why.get()
                                + ": nothing is redirected to it. Have it demand authentication and run"
                                + " postern-submission --now, or set its allowUnauthenticated");
            }
        }
        return Optional.empty();
    }

    @Override
    public Map<Watched, Optional<Finding>> lookNow() throws InterruptedException {
        if (!lookingNow.compareAndSet(false, true)) {
            throw new IllegalStateException(
                    "this node looks at all servers already: wait for what it finds");
        }
        try {
            if (!store.follow()) {
                throw new IllegalStateException(
                        "what was found of servers is not known to this node, see its log: nobody was"
                                + " probed");
            }
            List<Callable<Instant>> looks = new ArrayList<>();
            inOrder(Watched.of(infrastructureService.infrastructure()))
                    .forEach(
                            watched ->
                                    looks.add(
                                            () -> {
                                                lookAt(watched);
                                                return clock.instant();
                                            }));
            for (Future<Instant> look : probing.invokeAll(looks)) {
                look.get();
            }
        } catch (CancellationException | RejectedExecutionException e) {
            throw new IllegalStateException("the guard is being stopped: try again", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(
                    "what was found could not be kept: " + e.getCause().getMessage(), e);
        } finally {
            lookingNow.set(false);
        }
        return findings();
    }

    @Override
    public void listen(Runnable listener) {
        listeners.add(listener);
    }

    @Override
    public void forget(Runnable listener) {
        listeners.remove(listener);
    }
}
