package org.postern.steering;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.Host;
import org.onosproject.net.HostLocation;
import org.onosproject.net.Port;
import org.onosproject.net.device.DeviceEvent;
import org.onosproject.net.device.DeviceListener;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.host.HostListener;
import org.onosproject.net.host.HostService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.audit.Change;
import org.postern.audit.Order;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.NextHop;
import org.postern.policy.PortRole;
import org.postern.submission.SubmissionService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows ONOS's hosts. A next hop is reachable while ONOS knows a host with one of its addresses,
 * or with its configured MAC, whose port is up; one with a configured MAC that ONOS never saw is
 * taken to be reachable, since nothing can be told of it. ONOS asks for the addresses by ARP and
 * neighbour discovery ({@link HostService#startMonitoringIp}), so a host that dies is noticed where
 * ONOS's host provider removes silent hosts.
 *
 * <p>A MAC is never learnt from an access port: a subscriber that claims a relay's address would
 * get its neighbours' mail and passwords. One that is in use already stays when it shows up there:
 * a forged frame must not bring about the fallback.
 *
 * <p>Everything is looked at on one thread, and no lock is held while listeners are called.
 */
@Component(immediate = true, service = NextHopService.class)
public class NextHopTracker implements NextHopService {
    /** Longest wait for a look that is under way. Seconds. */
    private static final int PATIENCE = 10;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final HostListener hostListener = e -> look();
    private final DeviceListener deviceListener = this::deviceChanged;
    private final InfrastructureListener infrastructureListener = e -> look();
    private final Runnable submissionListener = this::look;
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final AtomicBoolean owed = new AtomicBoolean();

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected HostService hostService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected DeviceService deviceService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubmissionService submissionService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private ExecutorService thread;
    private Set<IpAddress> monitored = Set.of();

    /**
     * What is seen of a configured MAC: once ONOS knew it, it counts as gone when ONOS does not.
     */
    private Set<MacAddress> seen = Set.of();

    /** Names of those of which it was told that they are not reachable. */
    private Set<String> missing = Set.of();

    private volatile Map<String, MacAddress> reachable = Map.of();
    private volatile Set<String> refused = Set.of();

    @Activate
    protected void activate() {
        thread = Executors.newSingleThreadExecutor(groupedThreads("postern", "next-hops", log));
        hostService.addListener(hostListener);
        deviceService.addListener(deviceListener);
        infrastructureService.addListener(infrastructureListener);
        submissionService.listen(submissionListener);
        try {
            // who starts after this finds what is known already
            thread.submit(this::update).get(PATIENCE, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.warn("Next hops are not known yet, it goes on", e);
        }
        log.info("Started with {} reachable next hops", reachable.size());
    }

    @Deactivate
    protected void deactivate() {
        submissionService.forget(submissionListener);
        infrastructureService.removeListener(infrastructureListener);
        deviceService.removeListener(deviceListener);
        hostService.removeListener(hostListener);
        thread.shutdown();
        try {
            // what it would begin to monitor after this would be so for ever
            if (!thread.awaitTermination(PATIENCE, TimeUnit.SECONDS)) {
                thread.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        monitored.forEach(hostService::stopMonitoringIp);
        monitored = Set.of();
        log.info("Stopped");
    }

    private void deviceChanged(DeviceEvent event) {
        // statistics come every few seconds from every switch and tell nothing of a port
        if (event.type() != DeviceEvent.Type.PORT_STATS_UPDATED) {
            look();
        }
    }

    /** Has the next hops looked at soon; several requests at once are one. */
    private void look() {
        if (owed.compareAndSet(false, true)) {
            try {
                thread.execute(this::update);
            } catch (RejectedExecutionException e) {
                log.debug("Stopping, next hops are not followed any more");
            }
        }
    }

    private void update() {
        owed.set(false);
        try {
            if (follow()) {
                listeners.forEach(this::tell);
            }
        } catch (RuntimeException e) {
            log.error("Next hops could not be looked at; what is known of them stays", e);
        }
    }

    private void tell(Runnable listener) {
        try {
            listener.run();
        } catch (RuntimeException e) {
            log.error("A listener of next hops failed", e);
        }
    }

    /** Tells whether anything changed. */
    private boolean follow() {
        List<NextHop> hops = infrastructureService.infrastructure().nextHops();
        monitor(hops);
        Set<String> refusedNow =
                hops.stream()
                        .filter(hop -> submissionService.refusalOf(hop).isPresent())
                        .map(NextHop::name)
                        .collect(ImmutableSet.toImmutableSet());
        Map<String, MacAddress> now = new TreeMap<>();
        hops.forEach(hop -> macOf(hop).ifPresent(mac -> now.put(hop.name(), mac)));
        Map<String, MacAddress> before = reachable;
        boolean same = now.equals(before) && refusedNow.equals(refused);
        // in this order: whoever reads between must not find one that is reachable only
        refused = refusedNow;
        reachable = ImmutableMap.copyOf(now);
        Set<String> away = new HashSet<>();
        for (NextHop hop : hops) {
            MacAddress mac = now.get(hop.name());
            if (mac == null) {
                away.add(hop.name());
                // also of one that never was reachable: its fallback may be to allow
                if (!missing.contains(hop.name())) {
                    lost(hop);
                }
            } else if (!mac.equals(before.get(hop.name()))) {
                auditLog.record(
                        Order.POSTERN,
                        Change.of("next-hop-reachable", hop.name(), hop + " at " + mac));
            }
        }
        missing = away;
        return !same;
    }

    private void lost(NextHop hop) {
        boolean relay = infrastructureService.infrastructure().relays().containsKey(hop.name());
        auditLog.record(
                Order.POSTERN,
                Change.of(
                        "next-hop-lost",
                        hop.name(),
                        hop
                                + ": "
                                + whyUnreachable(hop)
                                + (relay && !refused.contains(hop.name())
                                        ? "; the fallback holds"
                                        : "; what is for it is dropped")));
    }

    /** Has ONOS ask for the next hops, so that silent ones are found too. */
    private void monitor(List<NextHop> hops) {
        Set<IpAddress> wanted =
                hops.stream().flatMap(h -> h.addresses().stream()).collect(Collectors.toSet());
        monitored.stream()
                .filter(ip -> !wanted.contains(ip))
                .forEach(hostService::stopMonitoringIp);
        wanted.stream()
                .filter(ip -> !monitored.contains(ip))
                .forEach(hostService::startMonitoringIp);
        monitored = wanted;
    }

    private Optional<MacAddress> macOf(NextHop hop) {
        if (hop.mac().isPresent()) {
            MacAddress mac = hop.mac().get();
            Set<Host> hosts =
                    hostService.getHostsByMac(mac).stream()
                            .filter(this::isBelieved)
                            .collect(Collectors.toSet());
            if (hosts.stream().anyMatch(this::isUp)) {
                seen = ImmutableSet.<MacAddress>builder().addAll(seen).add(mac).build();
                return Optional.of(mac);
            }
            return seen.contains(mac) || !hosts.isEmpty() ? Optional.empty() : Optional.of(mac);
        }
        MacAddress inUse = reachable.get(hop.name());
        return hop.addresses().stream()
                .flatMap(ip -> hostService.getHostsByIp(ip).stream())
                .filter(this::isUp)
                .filter(host -> host.mac().equals(inUse) || isBelieved(host))
                // of several, as when a standby has taken over, the one that was heard of last
                .max(
                        Comparator.comparingLong(NextHopTracker::since)
                                .thenComparing(host -> host.mac().toString()))
                .map(Host::mac);
    }

    private static long since(Host host) {
        return host.locations().stream().mapToLong(HostLocation::time).max().orElse(0);
    }

    /** Whether a host is somewhere else than where subscribers are. */
    private boolean isBelieved(Host host) {
        return host.locations().isEmpty()
                || host.locations().stream().anyMatch(location -> !isAccessPort(location));
    }

    private boolean isAccessPort(HostLocation location) {
        AccessDevice device = infrastructureService.devices().get(location.deviceId());
        return device != null && device.roleOf(location.port()) == PortRole.ACCESS;
    }

    private boolean isUp(Host host) {
        return host.locations().isEmpty() || host.locations().stream().anyMatch(this::isUp);
    }

    private boolean isUp(HostLocation location) {
        ConnectPoint point = new ConnectPoint(location.elementId(), location.port());
        if (!deviceService.isAvailable(point.deviceId())) {
            // a switch that has lost its controller goes on forwarding: nothing is known against it
            return true;
        }
        Port port = deviceService.getPort(point);
        return port != null && port.isEnabled();
    }

    @Override
    public Map<String, MacAddress> reachable() {
        return reachable;
    }

    @Override
    public Optional<String> problemOf(NextHop hop) {
        Optional<String> refusal = submissionService.refusalOf(hop);
        return refusal.isPresent() || reachable.containsKey(hop.name())
                ? refusal
                : Optional.of(whyUnreachable(hop));
    }

    private String whyUnreachable(NextHop hop) {
        Set<Host> hosts =
                hop.addresses().stream()
                        .flatMap(ip -> hostService.getHostsByIp(ip).stream())
                        .collect(Collectors.toSet());
        if (hop.mac().isPresent() || hosts.stream().anyMatch(this::isBelieved)) {
            return hop.name() + " is known, but its port is down or it is gone: see to its link";
        }
        if (!hosts.isEmpty()) {
            return hop.name()
                    + " is claimed from an access port only, which is not believed ("
                    + hosts.stream()
                            .map(host -> host.mac() + " at " + places(host))
                            .sorted()
                            .collect(Collectors.joining(", "))
                    + "): give its port another role, or its mac";
        }
        return hop.name()
                + " is not among ONOS's hosts ("
                + hop.addresses()
                + "): it must be on the subscribers' layer-2 network and speak, or give its mac";
    }

    private static String places(Host host) {
        return host.locations().stream()
                .map(location -> location.deviceId() + "/" + location.port().toLong())
                .sorted()
                .collect(Collectors.joining(" and "));
    }

    @Override
    public Set<String> refused() {
        return refused;
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
