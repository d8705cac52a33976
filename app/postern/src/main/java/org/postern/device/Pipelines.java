package org.postern.device;

import com.google.common.collect.ImmutableMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.onlab.util.ItemNotFoundException;
import org.onosproject.net.Device;
import org.onosproject.net.DeviceId;
import org.onosproject.net.behaviour.Pipeliner;
import org.onosproject.net.device.DeviceService;
import org.onosproject.net.driver.Behaviour;
import org.onosproject.net.driver.Driver;
import org.onosproject.net.driver.DriverService;
import org.postern.drivers.FrontTable;
import org.postern.drivers.FrontTableService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Backend;

/**
 * Which devices can carry the policy, by the pipeline that their driver makes of them. A rule that
 * a pipeline changes on its way is worse than none: so each is refused that is not known to take
 * rules as they are.
 */
final class Pipelines {
    /** ONOS's pipeline of one table, which takes rules as they are. */
    private static final String SINGLE_TABLE =
            "org.onosproject.driver.pipeline.DefaultSingleTablePipeline";

    /** What is wrong with a pipeline and those derived from it, by the name of its class. */
    private static final Map<String, String> TRAPS =
            ImmutableMap.<String, String>builder()
                    .put(
                            "Ofdpa3QmxPipeline",
                            "it takes the TCP port out of IPv6 rules, so that a rule against port 25 would stop all"
                                    + " TCP over IPv6")
                    .put("Ofdpa2Pipeline", ofdpa())
                    .put("Ofdpa3Pipeline", ofdpa())
                    .put("OvsOfdpaPipeline", ofdpa())
                    .put(
                            "FabricPipeliner",
                            "its ACL table knows no IPv6 addresses, and a rule that drops never reads back as it was"
                                    + " written")
                    .put(
                            "OpenVSwitchPipeline",
                            "its tables are laid out for virtual tenant networks, and what is not theirs is dropped on"
                                    + " the way")
                    .build();

    private final DeviceService devices;
    private final DriverService drivers;
    private final FrontTableService frontTable;

    Pipelines(DeviceService devices, DriverService drivers, FrontTableService frontTable) {
        this.devices = devices;
        this.drivers = drivers;
        this.frontTable = frontTable;
    }

    /**
     * Refuses to enforce on a device.
     *
     * @throws IllegalArgumentException if there is a reason
     */
    static void refuse(DeviceId device, Optional<String> why) {
        why.ifPresent(
                reason -> {
                    throw new IllegalArgumentException(device + ": " + reason);
                });
    }

    private static String ofdpa() {
        return "its ACL table only logs set-field and output, so that mail to be redirected, and mail to a"
                + " submission server among what is denied, would go where it wanted to";
    }

    /** Whether rules may be written to a device. */
    boolean carries(AccessDevice device) {
        return device.backend() == Backend.FRONT_TABLE
                ? frontTable.isFront(device.id())
                : !singleTableFault(device.id()).isPresent();
    }

    /** Says why no rule is written to a device, and what to do; empty if it carries the policy. */
    Optional<String> fault(AccessDevice device) {
        if (carries(device)) {
            return Optional.empty();
        }
        return device.backend() == Backend.FRONT_TABLE
                ? Optional.of(noFrontTable(device.id()))
                : singleTableFault(device.id());
    }

    private String noFrontTable(DeviceId device) {
        String name = driverName(device);
        return "driver "
                + name
                + " cannot put the policy in front of forwarding; "
                + misfit(device)
                        .map(
                                reason ->
                                        reason
                                                + pipelineOf(device)
                                                        .map(Pipelines::alternative)
                                                        .orElse(""))
                        .orElse(
                                "postern-enforce names "
                                        + FrontTable.DRIVER
                                        + ", or set basic.driver to it");
    }

    /** What to do with a device that is no Open vSwitch. */
    private static String alternative(Class<?> pipeline) {
        return isSingleTable(pipeline)
                ? "; its one table can take the policy, with limits: backend \"single-table\" in the configuration of"
                        + " the device"
                : "; nor can its pipeline take the policy in one table: " + trap(pipeline);
    }

    private static boolean isSingleTable(Class<?> pipeline) {
        // not what is derived from it, which may do anything
        return pipeline.getName().equals(SINGLE_TABLE);
    }

    /** Says why our driver is not for a device; empty if it is, or if the device is not known. */
    Optional<String> misfit(DeviceId device) {
        Device known = devices.getDevice(device);
        return known == null || "Open vSwitch".equals(known.hwVersion())
                ? Optional.empty()
                : Optional.of(
                        FrontTable.DRIVER
                                + " is for Open vSwitch, and this is "
                                + known.manufacturer()
                                + " "
                                + known.hwVersion());
    }

    /** Whether Postern's tables are on a device, or on their way there. */
    boolean hasFrontTable(DeviceId device) {
        return frontTable.isFront(device) || frontTable.floor(device).isPresent();
    }

    private Optional<String> singleTableFault(DeviceId device) {
        if (hasFrontTable(device)) {
            return Optional.of(
                    "it has backend single-table, but the front table is still on it: postern-withdraw takes that off,"
                            + " postern-enforce then puts the policy into the one table");
        }
        if (devices.getDevice(device) == null) {
            // nothing can be said against it, nor written to it, yet
            return Optional.empty();
        }
        Optional<Class<?>> pipeline = pipelineOf(device);
        if (!pipeline.isPresent()) {
            return Optional.of(
                    "driver "
                            + driverName(device)
                            + " has no pipeline, so nobody knows what becomes of a rule: name another in basic.driver");
        }
        return isSingleTable(pipeline.get())
                ? Optional.empty()
                : Optional.of(
                        "driver "
                                + driverName(device)
                                + " cannot take the policy in one table: "
                                + trap(pipeline.get())
                                + "; the device does not enforce");
    }

    private static String trap(Class<?> pipeline) {
        for (Class<?> type = pipeline; type != null; type = type.getSuperclass()) {
            if (TRAPS.containsKey(type.getSimpleName())) {
                return "pipeline "
                        + pipeline.getSimpleName()
                        + ": "
                        + TRAPS.get(type.getSimpleName());
            }
        }
        return "pipeline "
                + pipeline.getSimpleName()
                + " is not known to take rules as they are, and Postern writes none where it might mean something else";
    }

    private Optional<Class<?>> pipelineOf(DeviceId device) {
        return driver(device).flatMap(Pipelines::pipelineOf);
    }

    /** A driver has what its parents have, unless it has its own. */
    private static Optional<Class<?>> pipelineOf(Driver driver) {
        Class<? extends Behaviour> own = driver.implementation(Pipeliner.class);
        if (own != null) {
            return Optional.of(own);
        }
        List<Driver> parents = driver.parents() == null ? List.of() : driver.parents();
        return parents.stream().flatMap(parent -> pipelineOf(parent).stream()).findFirst();
    }

    /** The name of a device's driver; {@code none} if it has none. */
    String driverName(DeviceId device) {
        return driver(device).map(Driver::name).orElse("none");
    }

    private Optional<Driver> driver(DeviceId device) {
        if (devices.getDevice(device) == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(drivers.getDriver(device));
        } catch (ItemNotFoundException e) {
            return Optional.empty();
        }
    }
}
