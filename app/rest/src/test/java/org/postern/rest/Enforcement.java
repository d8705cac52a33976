package org.postern.rest;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.onosproject.net.DeviceId;
import org.postern.audit.Order;
import org.postern.device.DeviceState;
import org.postern.device.DeviceStatus;
import org.postern.device.EnforcementService;
import org.postern.device.EnforcementStatus;
import org.postern.device.Statuses;
import org.postern.policy.Policy;
import org.postern.policy.Suspension;

/** Enforcement that remembers what was ordered, and refuses what it is told to. */
final class Enforcement implements EnforcementService {
    final List<DeviceStatus> devices = new ArrayList<>();
    final List<Suspension> suspensions = new ArrayList<>();
    final List<String> orders = new ArrayList<>();

    /** Devices that were looked at. */
    final List<String> looks = new ArrayList<>();

    Optional<String> shortage = Optional.empty();

    /** Thrown by whatever orders something; null for nothing. */
    RuntimeException refusal;

    private final Isp isp;

    Enforcement(Isp isp) {
        this.isp = isp;
        devices.add(
                Statuses.of(Isp.S2, DeviceState.WITHDRAWN, "withdrawn by ada", Directory.NOW)
                        .foreign(1, 10, "org.example.somebody")
                        .build());
        devices.add(
                Statuses.of(Isp.S1, DeviceState.IN_FORCE, "", Directory.NOW)
                        .rules(64, 64, 64, 2)
                        .unverified(
                                Directory.NOW.minusSeconds(60),
                                Directory.NOW,
                                "the node was cut off")
                        .warnings("fail_mode is not known")
                        .build());
    }

    private void ordered(String order) {
        if (refusal != null) {
            throw refusal;
        }
        orders.add(order);
    }

    @Override
    public Policy policy() {
        return new Policy(
                isp.network.infrastructure(),
                isp.network.devices().values(),
                isp.directory.subscribers(),
                suspensions);
    }

    @Override
    public List<DeviceStatus> devices() {
        devices.forEach(d -> looks.add(d.device().toString()));
        return devices;
    }

    @Override
    public Optional<DeviceStatus> device(DeviceId id) {
        looks.add(id.toString());
        return devices.stream().filter(d -> d.device().equals(id)).findFirst();
    }

    @Override
    public Optional<String> shortageOf(String id) {
        return shortage;
    }

    @Override
    public boolean isInForce() {
        return EnforcementStatus.of(devices, suspensions).isInForce();
    }

    private Suspension suspended(Suspension suspension) {
        ordered("suspend " + suspension);
        suspensions.removeIf(s -> s.scope().equals(suspension.scope()));
        suspensions.add(suspension);
        return suspension;
    }

    @Override
    public Suspension suspendEverywhere(Duration duration, String reason, Order order) {
        return suspended(Suspension.everywhere(Directory.NOW.plus(duration), reason, order.by()));
    }

    @Override
    public Suspension suspendDevice(
            DeviceId device, Duration duration, String reason, Order order) {
        return suspended(
                Suspension.ofDevice(device, Directory.NOW.plus(duration), reason, order.by()));
    }

    @Override
    public Suspension suspendClass(String name, Duration duration, String reason, Order order) {
        isp.network.infrastructure().classNamed(name);
        return suspended(
                Suspension.ofClass(name, Directory.NOW.plus(duration), reason, order.by()));
    }

    @Override
    public List<Suspension> suspensions() {
        return suspensions;
    }

    @Override
    public void resume(String scope, Order order) {
        ordered("resume " + scope + " by " + order);
        suspensions.removeIf(s -> s.scope().equals(scope));
    }

    @Override
    public void withdraw(DeviceId device, Optional<String> driver, Order order) {
        ordered("withdraw " + device + " " + driver.orElse("former driver") + " by " + order);
    }

    @Override
    public void enforce(DeviceId device, Order order) {
        ordered("enforce " + device + " by " + order);
    }
}
