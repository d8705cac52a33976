package org.postern.subscriber;

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
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.OutboundAction;
import org.postern.policy.PortRole;
import org.postern.policy.ServiceClass;

/** An ISP with a pool, two access devices, and classes for every direction. */
final class Isp implements InfrastructureService {
    static final DeviceId FIRST = DeviceId.deviceId("of:0000000000000001");
    static final DeviceId SECOND = DeviceId.deviceId("of:0000000000000002");

    Infrastructure infrastructure =
            new Infrastructure(
                    List.of(),
                    List.of(IpPrefix.valueOf("10.64.0.0/16"), IpPrefix.valueOf("2001:db8::/32")),
                    List.of(new ServiceClass("quiet", OutboundAction.DROP, InboundRule.DROP)),
                    "residential");
    private final Map<DeviceId, AccessDevice> devices = new LinkedHashMap<>();

    Isp() {
        for (DeviceId id : List.of(FIRST, SECOND)) {
            devices.put(
                    id,
                    new AccessDevice(
                            id,
                            Map.of(
                                    PortNumber.portNumber(100), PortRole.UPLINK,
                                    PortNumber.portNumber(90), PortRole.TRANSIT,
                                    PortNumber.portNumber(80), PortRole.SERVER),
                            "default"));
        }
    }

    @Override
    public Infrastructure infrastructure() {
        return infrastructure;
    }

    @Override
    public Map<DeviceId, AccessDevice> devices() {
        return devices;
    }

    @Override
    public ConfigurationStatus status() {
        throw new UnsupportedOperationException();
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
