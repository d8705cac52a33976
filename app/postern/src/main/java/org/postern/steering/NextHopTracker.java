package org.postern.steering;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
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
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.NextHop;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows ONOS's hosts. A next hop is reachable while ONOS knows a host with one of its addresses,
 * or with its configured MAC, whose port is up; one with a configured MAC that ONOS never saw is
 * taken to be reachable, since nothing can be told of it. ONOS asks for the addresses by ARP and
 * neighbour discovery ({@link HostService#startMonitoringIp}), so a host that dies is noticed where
 * ONOS's host provider removes silent hosts.
 */
@Component(immediate = true, service = NextHopService.class)
public class NextHopTracker implements NextHopService {
    private final Logger log = LoggerFactory.getLogger(getClass());
    private final HostListener hostListener = e -> look();
    private final DeviceListener deviceListener = this::deviceChanged;
    private final InfrastructureListener infrastructureListener = e -> look();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected HostService hostService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected DeviceService deviceService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private ExecutorService thread;
    private Set<IpAddress> monitored = Set.of();

    /**
     * What is seen of a configured MAC: once ONOS knew it, it counts as gone when ONOS does not.
     */
    private Set<MacAddress> seen = Set.of();

    private volatile Map<String, MacAddress> reachable = Map.of();

    @Activate
    protected void activate() {
        thread = Executors.newSingleThreadExecutor(groupedThreads("postern", "next-hops", log));
        hostService.addListener(hostListener);
        deviceService.addListener(deviceListener);
        infrastructureService.addListener(infrastructureListener);
        update();
        log.info("Started with {} reachable next hops", reachable.size());
    }

    @Deactivate
    protected void deactivate() {
        infrastructureService.removeListener(infrastructureListener);
        deviceService.removeListener(deviceListener);
        hostService.removeListener(hostListener);
        thread.shutdownNow();
        monitored.forEach(hostService::stopMonitoringIp);
        log.info("Stopped");
    }

    private void deviceChanged(DeviceEvent event) {
        // statistics come every few seconds from every switch and tell nothing of a port
        if (event.type() != DeviceEvent.Type.PORT_STATS_UPDATED) {
            look();
        }
    }

    private void look() {
        try {
            thread.execute(this::update);
        } catch (RejectedExecutionException e) {
            log.debug("Stopping, next hops are not followed any more");
        }
    }

    private synchronized void update() {
        List<NextHop> hops = infrastructureService.infrastructure().nextHops();
        monitor(hops);
        Map<String, MacAddress> now = new TreeMap<>();
        hops.forEach(hop -> macOf(hop).ifPresent(mac -> now.put(hop.name(), mac)));
        Map<String, MacAddress> before = reachable;
        if (now.equals(before)) {
            return;
        }
        reachable = ImmutableMap.copyOf(now);
        for (NextHop hop : hops) {
            MacAddress mac = now.get(hop.name());
            if (mac == null && before.containsKey(hop.name())) {
                auditLog.record(
                        "postern",
                        "next-hop-lost",
                        hop + ": " + problemOf(hop).orElse("") + "; the fallback holds");
            } else if (mac != null && !mac.equals(before.get(hop.name()))) {
                auditLog.record("postern", "next-hop-reachable", hop + " at " + mac);
            }
        }
        listeners.forEach(Runnable::run);
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
            Set<Host> hosts = hostService.getHostsByMac(mac);
            if (hosts.stream().anyMatch(this::isUp)) {
                seen = ImmutableSet.<MacAddress>builder().addAll(seen).add(mac).build();
                return Optional.of(mac);
            }
            return seen.contains(mac) || !hosts.isEmpty() ? Optional.empty() : Optional.of(mac);
        }
        return hop.addresses().stream()
                .sorted()
                .flatMap(ip -> hostService.getHostsByIp(ip).stream())
                .filter(this::isUp)
                .map(Host::mac)
                .findFirst();
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
        if (reachable.containsKey(hop.name())) {
            return Optional.empty();
        }
        boolean known =
                hop.mac().isPresent()
                        || hop.addresses().stream()
                                .anyMatch(ip -> !hostService.getHostsByIp(ip).isEmpty());
        return Optional.of(
                known
                        ? hop.name()
                                + " is known, but its port is down or it is gone: see to its link"
                        : hop.name()
                                + " is not among ONOS's hosts ("
                                + hop.addresses()
                                + "): it must be on the subscribers' layer-2 network and speak, or give its mac");
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
