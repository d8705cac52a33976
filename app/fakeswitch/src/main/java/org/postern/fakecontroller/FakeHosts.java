package org.postern.fakecontroller;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.onlab.packet.EthType;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DefaultHost;
import org.onosproject.net.Host;
import org.onosproject.net.HostId;
import org.onosproject.net.HostLocation;
import org.onosproject.net.host.HostEvent;
import org.onosproject.net.host.HostListener;
import org.onosproject.net.host.HostServiceAdapter;
import org.onosproject.net.provider.ProviderId;

/** ONOS's hosts, and which addresses it was told to ask for. */
public final class FakeHosts extends HostServiceAdapter {
    private static final ProviderId PROVIDER = new ProviderId("of", "org.postern.fake");

    private final Map<MacAddress, Host> hosts = new ConcurrentHashMap<>();
    private final List<HostListener> listeners = new CopyOnWriteArrayList<>();
    private final Set<IpAddress> monitored = new CopyOnWriteArraySet<>();
    private final AtomicLong clock = new AtomicLong();

    /**
     * A host is heard of.
     *
     * @param mac its MAC
     * @param ip its address
     * @param places where, such as {@code of:0000000000000001/3}; none if ONOS does not know
     */
    public void learn(String mac, String ip, String... places) {
        learn(mac, ip, VlanId.NONE, VlanId.NONE, places);
    }

    /**
     * A host behind tags is heard of.
     *
     * @param mac its MAC
     * @param ip its address
     * @param vlan its only or outer VLAN
     * @param innerVlan its inner VLAN, or none
     * @param places where, such as {@code of:0000000000000001/3}; none if ONOS does not know
     */
    public void learn(String mac, String ip, VlanId vlan, VlanId innerVlan, String... places) {
        MacAddress address = MacAddress.valueOf(mac);
        long now = clock.incrementAndGet();
        Set<HostLocation> locations =
                Arrays.stream(places)
                        .map(p -> new HostLocation(ConnectPoint.deviceConnectPoint(p), now))
                        .collect(Collectors.toSet());
        Set<IpAddress> ips = new HashSet<>();
        Host before = hosts.get(address);
        if (before != null) {
            ips.addAll(before.ipAddresses());
        }
        ips.add(IpAddress.valueOf(ip));
        Host host =
                new DefaultHost(
                        PROVIDER,
                        HostId.hostId(address),
                        address,
                        vlan,
                        locations,
                        ips,
                        innerVlan,
                        EthType.EtherType.UNKNOWN.ethType(),
                        false,
                        false);
        hosts.put(address, host);
        tell(before == null ? HostEvent.Type.HOST_ADDED : HostEvent.Type.HOST_MOVED, host);
    }

    /**
     * ONOS removes a host, as one that is silent.
     *
     * @param mac its MAC
     */
    public void forget(String mac) {
        tell(HostEvent.Type.HOST_REMOVED, hosts.remove(MacAddress.valueOf(mac)));
    }

    private void tell(HostEvent.Type type, Host host) {
        HostEvent event = new HostEvent(type, host);
        listeners.forEach(listener -> listener.event(event));
    }

    /**
     * Returns what ONOS asks for by itself.
     *
     * @return addresses
     */
    public Collection<IpAddress> monitored() {
        return monitored;
    }

    /**
     * Tells whether anybody listens.
     *
     * @return true if there is a listener
     */
    public boolean hasListeners() {
        return !listeners.isEmpty();
    }

    @Override
    public Host getHost(HostId id) {
        return hosts.get(id.mac());
    }

    @Override
    public Iterable<Host> getHosts() {
        return Set.copyOf(hosts.values());
    }

    @Override
    public Set<Host> getConnectedHosts(ConnectPoint point) {
        return hosts.values().stream()
                .filter(
                        host ->
                                host.locations().stream()
                                        .anyMatch(
                                                l ->
                                                        l.elementId().equals(point.elementId())
                                                                && l.port().equals(point.port())))
                .collect(Collectors.toSet());
    }

    @Override
    public Set<Host> getHostsByMac(MacAddress mac) {
        return hosts.containsKey(mac) ? Set.of(hosts.get(mac)) : Set.of();
    }

    @Override
    public Set<Host> getHostsByIp(IpAddress ip) {
        return hosts.values().stream()
                .filter(host -> host.ipAddresses().contains(ip))
                .collect(Collectors.toSet());
    }

    @Override
    public void startMonitoringIp(IpAddress ip) {
        if (!monitored.add(ip)) {
            throw new IllegalStateException(ip + " is monitored already");
        }
    }

    @Override
    public void stopMonitoringIp(IpAddress ip) {
        if (!monitored.remove(ip)) {
            throw new IllegalStateException(ip + " is not monitored");
        }
    }

    @Override
    public void addListener(HostListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(HostListener listener) {
        listeners.remove(listener);
    }
}
