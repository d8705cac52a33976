package org.postern.rest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.postern.policy.PortRole;

/** Configuration of the tests: two access devices, the built-in classes. */
final class Network implements InfrastructureService {
    @Override
    public Infrastructure infrastructure() {
        return new Infrastructure(
                List.of(), List.of(IpPrefix.valueOf("10.64.0.0/16")), List.of(), "residential");
    }

    @Override
    public Map<DeviceId, AccessDevice> devices() {
        Map<DeviceId, AccessDevice> devices = new LinkedHashMap<>();
        for (String name : List.of(Isp.S1, Isp.S2)) {
            DeviceId id = DeviceId.deviceId(name);
            devices.put(
                    id,
                    new AccessDevice(
                            id, Map.of(PortNumber.portNumber(100), PortRole.UPLINK), "default"));
        }
        return devices;
    }

    @Override
    public ConfigurationStatus status() {
        return new ConfigurationStatus(List.of(), Directory.NOW);
    }

    @Override
    public void addListener(InfrastructureListener listener) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void removeListener(InfrastructureListener listener) {
        throw new UnsupportedOperationException();
    }
}
