package org.postern.lab.reactive;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.onlab.packet.MacAddress;
import org.onosproject.net.ConnectPoint;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;

/** Behind which port of each device a MAC address was last seen. */
final class MacTable {
    private final Map<DeviceId, Map<MacAddress, PortNumber>> ports = new ConcurrentHashMap<>();

    /** Notes where a source address was seen; group addresses are no sources and are ignored. */
    void learn(ConnectPoint seenAt, MacAddress source) {
        if (!source.isMulticast() && !source.isBroadcast()) {
            ports.computeIfAbsent(seenAt.deviceId(), d -> new ConcurrentHashMap<>())
                    .put(source, seenAt.port());
        }
    }

    /** The port towards an address; empty if unknown or a group address: flood. */
    Optional<PortNumber> portTowards(DeviceId device, MacAddress destination) {
        if (destination.isMulticast() || destination.isBroadcast()) {
            return Optional.empty();
        }
        return Optional.ofNullable(ports.getOrDefault(device, Map.of()).get(destination));
    }

    /** Forgets a device, so that what moved while it was away is learned afresh. */
    void forget(DeviceId device) {
        ports.remove(device);
    }
}
