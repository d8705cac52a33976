package org.postern.exemption;

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

/** An ISP with a pool and an access device. */
final class Network implements InfrastructureService {
    private final DeviceId device;

    Network(DeviceId device) {
        this.device = device;
    }

    @Override
    public Infrastructure infrastructure() {
        return new Infrastructure(
                List.of(), List.of(IpPrefix.valueOf("10.64.0.0/16")), List.of(), "residential");
    }

    @Override
    public Map<DeviceId, AccessDevice> devices() {
        return Map.of(
                device,
                new AccessDevice(
                        device, Map.of(PortNumber.portNumber(100), PortRole.UPLINK), "default"));
    }

    @Override
    public ConfigurationStatus status() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void addListener(InfrastructureListener listener) {}

    @Override
    public void removeListener(InfrastructureListener listener) {}
}
