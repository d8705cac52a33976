package org.postern.sadis;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.ImmutableMap;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.onosproject.cluster.ClusterService;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.mastership.MastershipEvent;
import org.onosproject.mastership.MastershipListener;
import org.onosproject.mastership.MastershipService;
import org.onosproject.net.AnnotationKeys;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.Port;
import org.onosproject.net.config.Config;
import org.onosproject.net.config.ConfigFactory;
import org.onosproject.net.config.NetworkConfigEvent;
import org.onosproject.net.config.NetworkConfigListener;
import org.onosproject.net.config.NetworkConfigRegistry;
import org.onosproject.net.device.DeviceEvent;
import org.onosproject.net.device.DeviceListener;
import org.onosproject.net.device.DeviceService;
import org.onosproject.store.service.StorageService;
import org.opencord.sadis.SadisService;
import org.opencord.sadis.SubscriberAndDeviceInformation;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.audit.ConfigurationAudit;
import org.postern.drivers.FrontTable;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.PortRole;
import org.postern.policy.Subscriber;
import org.postern.precondition.StaleException;
import org.postern.provisioning.ProvisioningService;
import org.postern.sadis.Lookups.Outcome;
import org.postern.sadis.Visit.Claim;
import org.postern.subscriber.SubscriberAdminService;
import org.postern.subscriber.SubscriberExemptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks up the access ports of this node's switches in SADIS, by their {@code portName}, and puts
 * whom it finds in the directory of subscribers. SADIS tells of no changes, so everything is looked
 * up again every ten minutes, and a port when ONOS tells of it.
 *
 * <p>The directory's own registrations win: a port that one of them has is not looked up, and a
 * subscriber that came from SADIS and was changed otherwise since is left alone from then on.
 * SADIS's answer for "nobody" is also its answer when its server fails. So who is not found any
 * more is removed only after two rounds without, in which SADIS did find others, and only if that
 * is not so of more than an import may remove without force.
 *
 * <p>This component exists while there is SADIS: the reference is mandatory, so that without SADIS
 * its classes are not even looked for. All is done on one thread; lookups have their own, see
 * {@link Lookups}.
 */
@Component(immediate = true, service = SadisStatusService.class)
public class SadisDirectory implements SadisStatusService {
    /** Everything is looked up again so often. Seconds. */
    private static final int ROUND = 600;

    /** In the audit. */
    private static final String CONFIGURATION =
            "apps/" + FrontTable.POLICY_APPLICATION + "/" + SadisConfig.KEY;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final DeviceListener deviceListener = this::deviceChanged;
    private final MastershipListener mastershipListener = this::masterChanged;
    private final InfrastructureListener infrastructureListener = e -> round();
    private final NetworkConfigListener configListener =
            e -> {
                if (e.configClass() == SadisConfig.class) {
                    configured(e);
                    round();
                }
            };
    private final ConfigFactory<ApplicationId, SadisConfig> configFactory = SadisConfig.factory();

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SadisService sadisService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ClusterService clusterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected NetworkConfigRegistry registry;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected DeviceService deviceService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected MastershipService mastershipService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberAdminService subscriberService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberExemptions exemptions;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ProvisioningService provisioningService;

    private final Duration limit;
    private final Duration again;
    final ScheduledExecutorService thread;

    /** Ports that ONOS told of, or whose lookup is to be tried again; written by any thread. */
    private final Set<ConnectPoint> told = new LinkedHashSet<>();

    /** Ports that are tried again after a while. */
    private final Set<ConnectPoint> waiting = new HashSet<>();

    private final Map<ConnectPoint, String> problems = new ConcurrentHashMap<>();
    private final Deque<Visit> visits = new ArrayDeque<>();
    private final Absences absences = new Absences();
    private boolean roundGoesOn;

    /** Why nobody was removed last, when too many would have been. */
    private String held = "";

    private boolean roundDue;
    private volatile int known;

    private ApplicationId appId;
    private SadisRecords records;
    private SadisWriter writer;
    private ConfigurationAudit audit;
    private Lookups<SubscriberAndDeviceInformation, Visit> lookups;

    /** Creates the source. */
    public SadisDirectory() {
        this(Duration.ofSeconds(5), Duration.ofMinutes(1));
    }

    /**
     * Creates the source.
     *
     * @param limit how long a lookup may take
     * @param again when one that failed is tried again
     */
    SadisDirectory(Duration limit, Duration again) {
        this.limit = limit;
        this.again = again;
        this.thread =
                Executors.newSingleThreadScheduledExecutor(groupedThreads("postern", "sadis", log));
    }

    @Activate
    protected void activate() {
        appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        records = new SadisRecords(storageService, appId);
        writer = new SadisWriter(records, subscriberService, exemptions);
        lookups = new Lookups<>(name -> sadisService.getSubscriberInfoService().get(name), limit);
        audit =
                new ConfigurationAudit(
                        storageService,
                        appId,
                        clusterService,
                        auditLog,
                        ConfigurationAudit.NETWORK,
                        "everybody is taken over by port, in the default class",
                        this::execute);
        registry.registerConfigFactory(configFactory);
        registry.addListener(configListener);
        Optional<Config<?>> present =
                Optional.ofNullable(registry.getConfig(appId, SadisConfig.class));
        if (present.isPresent() || audit.isKnown(CONFIGURATION)) {
            // it may have been changed while there was no SADIS
            audit(present);
        }
        infrastructureService.addListener(infrastructureListener);
        deviceService.addListener(deviceListener);
        mastershipService.addListener(mastershipListener);
        thread.scheduleWithFixedDelay(this::beginRound, 0, ROUND, TimeUnit.SECONDS);
        log.info("Started: access ports are looked up in SADIS");
    }

    @Deactivate
    protected void deactivate() {
        mastershipService.removeListener(mastershipListener);
        deviceService.removeListener(deviceListener);
        infrastructureService.removeListener(infrastructureListener);
        registry.removeListener(configListener);
        registry.unregisterConfigFactory(configFactory);
        thread.shutdownNow();
        lookups.close();
        log.info("Stopped: subscribers from SADIS stay as they are");
    }

    private void configured(NetworkConfigEvent event) {
        if (event.type() == NetworkConfigEvent.Type.CONFIG_REMOVED) {
            audit(Optional.empty());
        } else if (event.config().isPresent()) {
            audit(Optional.of(event.config().get()));
        }
    }

    private void audit(Optional<Config<?>> config) {
        audit.told(CONFIGURATION, config.map(c -> c.node().toString()));
    }

    @Override
    public int subscribers() {
        return known;
    }

    @Override
    public Map<ConnectPoint, String> problems() {
        return ImmutableMap.copyOf(problems);
    }

    // ------------------------------------------------------------------ what is to be looked up

    private void deviceChanged(DeviceEvent event) {
        switch (event.type()) {
            case PORT_ADDED:
            case PORT_UPDATED:
                if (event.port() != null) {
                    look(Set.of(new ConnectPoint(event.subject().id(), event.port().number())));
                } else {
                    look(portsOf(event.subject().id()));
                }
                break;
            case DEVICE_ADDED:
            case DEVICE_AVAILABILITY_CHANGED:
                look(portsOf(event.subject().id()));
                break;
            default:
                // statistics come all the time, and who is gone stays registered
                break;
        }
    }

    private void masterChanged(MastershipEvent event) {
        look(portsOf(event.subject()));
    }

    private Set<ConnectPoint> portsOf(DeviceId device) {
        return deviceService.getPorts(device).stream()
                .map(port -> new ConnectPoint(device, port.number()))
                .collect(Collectors.toCollection(LinkedHashSet::new));
    }

    private void look(Set<ConnectPoint> ports) {
        synchronized (told) {
            told.addAll(ports);
        }
        execute(this::work);
    }

    /** Has everything looked up soon. */
    void round() {
        synchronized (told) {
            if (roundDue) {
                return;
            }
            roundDue = true;
        }
        execute(this::beginRound);
    }

    private void execute(Runnable work) {
        try {
            thread.execute(work);
        } catch (RejectedExecutionException e) {
            log.debug("Stopping, SADIS is not asked any more");
        }
    }

    /** Looks every port up. */
    private void beginRound() {
        synchronized (told) {
            roundDue = false;
        }
        try {
            records.refresh();
            known = records.size();
            roundGoesOn = true;
            absences.begin(port -> nameOf(port).isPresent());
            for (DeviceId device : infrastructureService.devices().keySet()) {
                for (ConnectPoint port : portsOf(device)) {
                    visits.add(new Visit(port, true, Optional.empty()));
                }
            }
            problems.keySet().removeIf(port -> !nameOf(port).isPresent());
        } catch (RuntimeException e) {
            log.warn("SADIS could not be gone through; it is tried again with the next round", e);
        }
        work();
    }

    /** The name of a port that this node is to look up. */
    private Optional<String> nameOf(ConnectPoint port) {
        AccessDevice device = infrastructureService.devices().get(port.deviceId());
        if (device == null
                || port.port().isLogical()
                || device.roleOf(port.port()) != PortRole.ACCESS
                || !mastershipService.isLocalMaster(port.deviceId())) {
            return Optional.empty();
        }
        return anyNameOf(port);
    }

    private Optional<String> anyNameOf(ConnectPoint at) {
        Port port = deviceService.getPort(at);
        return port == null
                ? Optional.empty()
                : Optional.ofNullable(port.annotations().value(AnnotationKeys.PORT_NAME))
                        .filter(name -> !name.isEmpty());
    }

    // ------------------------------------------------------------------ looking up

    /** Looks up what is due, until nothing is. */
    private void work() {
        try {
            while (!Thread.currentThread().isInterrupted()) {
                Optional<Visit> visit = lookups.hasRoom() ? nextVisit() : Optional.empty();
                if (visit.isPresent()) {
                    attempt(visit.get().port, () -> begin(visit.get()));
                } else if (lookups.isBusy()) {
                    Outcome<SubscriberAndDeviceInformation, Visit> outcome = lookups.next();
                    attempt(outcome.subject().port, () -> ended(outcome));
                } else {
                    break;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        if (lookups.isStuck()) {
            giveUpVisits();
        }
        if (roundGoesOn) {
            attempt(null, this::endRound);
            roundGoesOn = false;
        }
        known = records.size();
    }

    private Optional<Visit> nextVisit() {
        synchronized (told) {
            if (!told.isEmpty()) {
                ConnectPoint port = told.iterator().next();
                told.remove(port);
                return Optional.of(new Visit(port, false, Optional.empty()));
            }
        }
        return Optional.ofNullable(visits.poll());
    }

    /** One port's trouble is not another's. */
    private void attempt(ConnectPoint port, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            if (port == null) {
                log.warn("What SADIS does not know any more could not be removed yet", e);
            } else {
                log.debug("Port {} could not be looked up", port, e);
                later(port, "what SADIS knows could not be taken over: " + e.getMessage());
            }
        }
    }

    private void giveUpVisits() {
        visits.forEach(
                visit ->
                        problem(
                                visit.port,
                                "is not looked up: "
                                        + Lookups.HANGING
                                        + " lookups hang in SADIS; see to the server it asks, or restart SADIS"));
        visits.clear();
        // a round that was not finished must not count what it missed
        roundGoesOn = false;
    }

    private void begin(Visit visit) {
        Optional<String> name =
                visit.claim.isPresent() ? anyNameOf(visit.port) : nameOf(visit.port);
        if (visit.claim.isPresent() && !name.isPresent()) {
            move(visit.claim.get());
        } else if (name.isPresent() && lookups.hangs(name.get())) {
            later(
                    visit.claim.map(c -> c.port).orElse(visit.port),
                    "the last lookup of \"" + name.get() + "\" still hangs in SADIS");
        } else if (name.isPresent() && (visit.claim.isPresent() || !isRegistered(visit))) {
            lookups.ask(name.get(), visit);
        } else {
            problems.remove(visit.port);
        }
    }

    /** Whether somebody has the port who did not come from SADIS. */
    private boolean isRegistered(Visit visit) {
        return writer.subscribersAt(visit.port).stream()
                .anyMatch(s -> !recordOf(s.id(), visit).filter(r -> r.describes(s)).isPresent());
    }

    /** A round has just read the records; who comes between may be another node's since. */
    private Optional<SadisRecord> recordOf(String id, Visit visit) {
        return visit.ofRound ? records.known(id) : records.get(id);
    }

    private void ended(Outcome<SubscriberAndDeviceInformation, Visit> outcome) {
        Visit visit = outcome.subject();
        ConnectPoint port = visit.claim.map(c -> c.port).orElse(visit.port);
        if (outcome.failure().isPresent()) {
            later(port, outcome.failure().get());
            return;
        }
        if (visit.claim.isPresent()) {
            confirm(visit, outcome.answer());
            return;
        }
        if (outcome.isMiss()) {
            problems.remove(port);
            if (visit.ofRound) {
                absences.missed(port);
            }
            return;
        }
        absences.found(port);
        SubscriberAndDeviceInformation answer = outcome.answer().get();
        refusing(port, SadisReader.idOf(answer), () -> found(port, answer));
    }

    // ------------------------------------------------------------------ what becomes of it

    private void refusing(ConnectPoint port, String id, Runnable change) {
        try {
            change.run();
        } catch (IllegalArgumentException e) {
            writer.stillNamed(id);
            problem(port, "SADIS's answer is not taken over: " + e.getMessage());
        }
    }

    private Subscriber read(ConnectPoint port, SubscriberAndDeviceInformation answer) {
        SadisConfig config = registry.getConfig(appId, SadisConfig.class);
        return SadisReader.read(
                answer,
                port,
                config == null ? SadisSettings.NONE : config.settings(),
                infrastructureService.infrastructure().defaultClass().name());
    }

    private void found(ConnectPoint port, SubscriberAndDeviceInformation answer) {
        Claim claim = new Claim(port, read(port, answer));
        Optional<ConnectPoint> former = writer.formerPort(claim.wanted.id(), port);
        if (former.isPresent()) {
            visits.addFirst(new Visit(former.get(), false, Optional.of(claim)));
        } else {
            put(claim);
        }
    }

    /** A subscriber was found at one port while it came from another: does it still? */
    private void confirm(Visit visit, Optional<SubscriberAndDeviceInformation> former) {
        Claim claim = visit.claim.get();
        String id = claim.wanted.id();
        boolean both;
        try {
            both = former.isPresent() && read(visit.port, former.get()).id().equals(id);
        } catch (IllegalArgumentException e) {
            // whoever it is: not the subscriber, whose identifier is good
            both = false;
        }
        if (both) {
            problem(
                    claim.port,
                    "SADIS names subscriber "
                            + id
                            + " for this port and for "
                            + visit.port
                            + ", where it stays: give the ports names of their own");
        } else {
            move(claim);
        }
    }

    private void move(Claim claim) {
        refusing(claim.port, claim.wanted.id(), () -> put(claim));
    }

    private void put(Claim claim) {
        writer.put(claim.port, claim.wanted);
        problems.remove(claim.port);
    }

    /** Removes who was not found twice, unless so many are not that SADIS may have lost them. */
    private void endRound() {
        Map<ConnectPoint, String> ids = records.idsByPort();
        ids.keySet().removeIf(port -> !nameOf(port).isPresent());
        Map<ConnectPoint, String> due = absences.end(ids);
        int removed = (int) due.values().stream().filter(writer::isToBeRemoved).count();
        int limit = provisioningService.unforced(ids.size());
        if (removed > limit) {
            hold(due, removed + " of " + ids.size(), limit);
            return;
        }
        held = "";
        due.forEach(this::forget);
    }

    private void hold(Map<ConnectPoint, String> due, String share, int limit) {
        String why =
                " any more, like "
                        + share
                        + " that it named at this node's ports, more than the "
                        + limit
                        + " that are removed at once (guardShare, guardFloor); they stay: see to"
                        + " SADIS's server, or remove them";
        due.forEach(
                (port, id) ->
                        problems.put(port, "port " + port + ": SADIS does not name " + id + why));
        if (!why.equals(held)) {
            log.warn("SADIS does not name {} subscribers{}", due.size(), why);
            held = why;
        }
    }

    private void forget(ConnectPoint port, String id) {
        try {
            writer.forget(port, id);
            absences.forget(port);
        } catch (StaleException e) {
            log.debug("Subscriber {} is looked at again with the next round", id, e);
        } catch (IllegalStateException e) {
            log.info("Subscriber {} is removed with a later round: {}", id, e.getMessage());
        } catch (IllegalArgumentException e) {
            problem(port, e.getMessage());
        }
    }

    private void later(ConnectPoint port, String why) {
        problem(port, why + "; it is tried again");
        if (!waiting.add(port)) {
            return;
        }
        try {
            thread.schedule(() -> again(port), again.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("Stopping, SADIS is not asked any more");
        }
    }

    private void again(ConnectPoint port) {
        waiting.remove(port);
        look(Set.of(port));
    }

    /** Tells what is wrong with a port, once. */
    private void problem(ConnectPoint port, String what) {
        String text = "port " + port + " " + what;
        if (!text.equals(problems.put(port, text))) {
            log.warn("SADIS: {}", text);
        }
    }
}
