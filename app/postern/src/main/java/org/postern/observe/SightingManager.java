package org.postern.observe;

import static org.onlab.util.Tools.groupedThreads;

import com.google.common.collect.Sets;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.Host;
import org.onosproject.net.HostId;
import org.onosproject.net.HostLocation;
import org.onosproject.net.host.HostEvent;
import org.onosproject.net.host.HostListener;
import org.onosproject.net.host.HostService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Attachment;
import org.postern.policy.PortRole;
import org.postern.policy.Subscriber;
import org.postern.subscriber.SubscriberEvent;
import org.postern.subscriber.SubscriberListener;
import org.postern.subscriber.SubscriberService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Asks ONOS for hosts when it is asked, and warns in the log when one appears or moves that has a
 * subscriber's MAC or address at somebody else's port. What ONOS's events bring is looked at on an
 * own thread; more than it can keep up with is left out, since nothing depends on it.
 */
@Component(immediate = true, service = SightingService.class)
public class SightingManager implements SightingService {
    /** Hosts that may wait to be looked at. */
    private static final int WAITING = 10_000;

    /** Warnings that are remembered, so that a forged MAC does not fill the log. */
    private static final int WARNINGS = 10_000;

    /** After which a host that still is where it should not be is warned of again. */
    private static final Duration WARN_AGAIN = Duration.ofHours(1);

    private static final int LARGEST_VLAN = 4094;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final HostListener hostListener = this::hostChanged;
    private final SubscriberListener subscriberListener = this::subscriberChanged;
    private final Set<HostId> waiting = ConcurrentHashMap.newKeySet();
    private final RegisteredAddresses registered = new RegisteredAddresses();
    private final Map<List<Object>, Instant> warned =
            new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<List<Object>, Instant> eldest) {
                    return size() > WARNINGS;
                }
            };

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected HostService hostService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected InfrastructureService infrastructureService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected SubscriberService subscriberService;

    private ExecutorService thread;

    @Activate
    protected void activate() {
        thread = Executors.newSingleThreadExecutor(groupedThreads("postern", "sightings", log));
        subscriberService.addListener(subscriberListener);
        // after the listener: what changes from now on comes behind it
        execute(() -> subscriberService.subscribers().forEach(registered::put));
        hostService.addListener(hostListener);
        log.info("Started");
    }

    @Deactivate
    protected void deactivate() {
        hostService.removeListener(hostListener);
        subscriberService.removeListener(subscriberListener);
        thread.shutdownNow();
        log.info("Stopped");
    }

    // ------------------------------------------------------------------ what is asked for

    @Override
    public List<Sighting> at(Subscriber subscriber) {
        return subscriber.attachments().stream()
                .flatMap(
                        attachment ->
                                hostService
                                        .getConnectedHosts(
                                                new ConnectPoint(
                                                        attachment.device(), attachment.port()))
                                        .stream()
                                        .flatMap(SightingManager::sightings)
                                        .filter(sighting -> covers(attachment, sighting)))
                .distinct()
                .sorted(order())
                .collect(Collectors.toList());
    }

    @Override
    public List<Sighting> strays(Subscriber subscriber) {
        Set<Host> hosts = new HashSet<>();
        for (MacAddress mac : RegisteredAddresses.macsOf(subscriber)) {
            hosts.addAll(hostService.getHostsByMac(mac));
        }
        Set<IpPrefix> ranges = new HashSet<>();
        for (IpPrefix prefix : RegisteredAddresses.prefixesOf(subscriber)) {
            if (prefix.prefixLength()
                    == (prefix.isIp4()
                            ? IpPrefix.MAX_INET_MASK_LENGTH
                            : IpPrefix.MAX_INET6_MASK_LENGTH)) {
                hosts.addAll(hostService.getHostsByIp(prefix.address()));
            } else {
                ranges.add(prefix);
            }
        }
        if (!ranges.isEmpty()) {
            for (Host host : hostService.getHosts()) {
                if (host.ipAddresses().stream()
                        .anyMatch(ip -> ranges.stream().anyMatch(range -> range.contains(ip)))) {
                    hosts.add(host);
                }
            }
        }
        return hosts.stream()
                .flatMap(host -> strays(subscriber, host))
                .distinct()
                .sorted(order())
                .collect(Collectors.toList());
    }

    private Stream<Sighting> strays(Subscriber subscriber, Host host) {
        return sightings(host)
                .filter(sighting -> isAccess(sighting.where()))
                .filter(
                        sighting ->
                                subscriber.attachments().stream()
                                        .noneMatch(a -> isPlace(a, sighting.where())));
    }

    private boolean isAccess(Attachment place) {
        AccessDevice device = infrastructureService.devices().get(place.device());
        return device != null && device.roleOf(place.port()) == PortRole.ACCESS;
    }

    private static Comparator<Sighting> order() {
        return Comparator.comparing((Sighting s) -> s.where().toString())
                .thenComparing(s -> s.mac().toString());
    }

    /** A host at each of its places. */
    private static Stream<Sighting> sightings(Host host) {
        return host.locations().stream()
                .filter(location -> location.elementId() instanceof DeviceId)
                .filter(location -> !location.port().isLogical())
                .map(
                        location ->
                                new Sighting(
                                        host.mac(),
                                        host.ipAddresses(),
                                        place(host, location),
                                        location.time() > 0
                                                ? Instant.ofEpochMilli(location.time())
                                                : null));
    }

    private static Attachment place(Host host, HostLocation location) {
        ConnectPoint point = new ConnectPoint(location.deviceId(), location.port());
        if (!isTag(host.vlan())) {
            return Attachment.port(point);
        }
        return isTag(host.innerVlan())
                ? Attachment.pair(point, host.vlan(), host.innerVlan())
                : Attachment.vlan(point, host.vlan());
    }

    private static boolean isTag(VlanId vlan) {
        return vlan != null && vlan.toShort() >= 1 && vlan.toShort() <= LARGEST_VLAN;
    }

    /** Whether a place is where an attachment is, whoever else shares it. */
    private static boolean isPlace(Attachment attachment, Attachment place) {
        return attachment.device().equals(place.device())
                && attachment.port().equals(place.port())
                && (!attachment.vlan().isPresent() || attachment.vlan().equals(place.vlan()))
                && (!attachment.customerVlan().isPresent()
                        || attachment.customerVlan().equals(place.customerVlan()));
    }

    private static boolean covers(Attachment attachment, Sighting sighting) {
        return isPlace(attachment, sighting.where())
                && attachment.sourceMac().map(sighting.mac()::equals).orElse(true)
                && attachment
                        .source()
                        .map(prefix -> sighting.ips().stream().anyMatch(prefix::contains))
                        .orElse(true);
    }

    // ------------------------------------------------------------------ what is warned of

    private void hostChanged(HostEvent event) {
        HostId id = event.subject().id();
        if (event.type() != HostEvent.Type.HOST_REMOVED
                && waiting.size() < WAITING
                && waiting.add(id)) {
            execute(() -> look(id));
        }
    }

    private void subscriberChanged(SubscriberEvent event) {
        Subscriber subject = event.subject();
        execute(
                () ->
                        subscriberService
                                .subscriber(subject.id())
                                .ifPresentOrElse(
                                        registered::put, () -> registered.remove(subject.id())));
    }

    private void execute(Runnable work) {
        try {
            thread.execute(
                    () -> {
                        try {
                            work.run();
                        } catch (RuntimeException e) {
                            log.error("What ONOS sees could not be looked at", e);
                        }
                    });
        } catch (RejectedExecutionException e) {
            log.debug("Stopping, hosts are not looked at any more");
        }
    }

    private void look(HostId id) {
        waiting.remove(id);
        Optional<Host> host = Optional.ofNullable(hostService.getHost(id));
        if (!host.isPresent()) {
            return;
        }
        for (Subscriber owner : registered.ownersOf(host.get())) {
            // also if it was home meanwhile: a forged MAC goes to and fro with every frame
            strays(owner, host.get()).forEach(stray -> warn(owner, id, stray));
        }
    }

    private void warn(Subscriber owner, HostId host, Sighting stray) {
        Instant now = Instant.now();
        List<Object> key = List.of(owner.id(), host, stray.where());
        Instant before = warned.get(key);
        if (before == null || Duration.between(before, now).compareTo(WARN_AGAIN) > 0) {
            warned.put(key, now);
            log.warn(
                    "A host with an address of subscriber {} is seen at {}, but the subscriber is attached at"
                            + " {}: it has moved, or somebody claims to be it. It has the class of the port"
                            + " where it is; postern-subscriber {} tells more: {}",
                    owner.id(),
                    stray.where(),
                    Sets.newLinkedHashSet(owner.attachments()),
                    owner.id(),
                    stray);
        }
    }
}
