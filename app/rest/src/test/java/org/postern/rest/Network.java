package org.postern.rest;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.postern.policy.PortRole;
import org.postern.policy.SubmissionServer;

/**
 * Configuration of the tests: two access devices, the built-in classes, and a submission server at
 * a port of the loopback address where nobody listens.
 */
final class Network implements InfrastructureService {
    /** TCPMUX (RFC 1078), which nobody has. */
    static final int SILENT_PORT = 1;

    @Override
    public Infrastructure infrastructure() {
        SubmissionServer server =
                new SubmissionServer(
                        "smtp.isp.example",
                        Set.of(IpAddress.valueOf("127.0.0.1")),
                        Set.of(SILENT_PORT));
        return new Infrastructure(
                List.of(server),
                List.of(IpPrefix.valueOf("10.64.0.0/16")),
                List.of(),
                "residential");
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
    public void addListener(InfrastructureListener listener) {}

    @Override
    public void removeListener(InfrastructureListener listener) {}
}
