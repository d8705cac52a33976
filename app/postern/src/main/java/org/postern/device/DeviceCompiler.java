package org.postern.device;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.onosproject.core.ApplicationId;
import org.onosproject.net.DeviceId;
import org.onosproject.net.Port;
import org.onosproject.net.PortNumber;
import org.onosproject.net.device.DeviceService;
import org.postern.compile.CompactForm;
import org.postern.compile.DeviceRules;
import org.postern.compile.FrontTableCompiler;
import org.postern.compile.LastResort;
import org.postern.compile.RejectMeters;
import org.postern.compile.SingleTableCompiler;
import org.postern.compile.TableSpace;
import org.postern.policy.AccessDevice;
import org.postern.policy.Backend;
import org.postern.policy.Policy;
import org.postern.policy.Suspension;
import org.postern.reject.RejectService;

/** Compiles the policy for devices as they are: with their backend, tables, ports and meters. */
final class DeviceCompiler {
    private final FrontTableCompiler frontTable;
    private final SingleTableCompiler singleTable;
    private final DeviceService devices;
    private final RejectService rejects;

    private final Map<DeviceId, Compiled> compiled = new ConcurrentHashMap<>();

    /**
     * What was compiled for a device, and from what: where that is the same it need not be again.
     */
    private static final class Compiled {
        private final Object circumstances;

        /** What of the policy has room; null with one table. */
        private final CompactForm form;

        private final RejectMeters meters;
        private final DeviceRules rules;

        private Compiled(
                Object circumstances, CompactForm form, RejectMeters meters, DeviceRules rules) {
            this.circumstances = circumstances;
            this.form = form;
            this.meters = meters;
            this.rules = rules;
        }
    }

    DeviceCompiler(
            ApplicationId floorOwner,
            ApplicationId permitOwner,
            DeviceService devices,
            RejectService rejects) {
        this.frontTable = new FrontTableCompiler(floorOwner, permitOwner);
        this.singleTable = new SingleTableCompiler(permitOwner);
        this.devices = devices;
        this.rejects = rejects;
    }

    /**
     * Compiles a device's rules.
     *
     * @param programmer who knows which of its tables are full; empty before it is programmed
     */
    DeviceRules compile(Policy policy, AccessDevice device, Optional<DeviceProgrammer> programmer) {
        Object bearing = policy.bearingOn(device);
        Compiled former = compiled.get(device.id());
        Compiled now =
                device.backend() == Backend.SINGLE_TABLE
                        ? singleTable(policy, device, bearing, former)
                        : frontTable(policy, device, bearing, former, programmer);
        compiled.put(device.id(), now);
        return now.rules;
    }

    private Compiled singleTable(
            Policy policy, AccessDevice device, Object bearing, Compiled former) {
        Object circumstances = List.of(bearing, portsOf(device.id()));
        return former != null && former.circumstances.equals(circumstances)
                ? former
                : new Compiled(
                        circumstances,
                        null,
                        RejectMeters.NONE,
                        singleTable.compile(policy, device, portsOf(device.id())));
    }

    private Compiled frontTable(
            Policy policy,
            AccessDevice device,
            Object bearing,
            Compiled former,
            Optional<DeviceProgrammer> programmer) {
        TableSpace space =
                programmer.map(p -> p.space(device.ruleLimit())).orElse(TableSpace.UNLIMITED);
        Object circumstances = List.of(bearing, space);
        boolean same = former != null && former.circumstances.equals(circumstances);
        CompactForm form = same ? former.form : CompactForm.of(policy, device, space);
        RejectMeters meters =
                rejects.require(
                        device.id(),
                        FrontTableCompiler.metersOf(form.lines()),
                        policy.infrastructure().rejectRates());
        return same && former.meters.equals(meters)
                ? former
                : new Compiled(
                        circumstances,
                        form,
                        meters,
                        frontTable.compile(device.id(), form.lines(), meters));
    }

    /** The rules of a device with the front table whose policy cannot be compiled. */
    DeviceRules lastResort(AccessDevice device, Collection<Suspension> suspensions) {
        return frontTable.compile(device.id(), LastResort.lines(device, suspensions));
    }

    private Set<PortNumber> portsOf(DeviceId device) {
        return devices.getPorts(device).stream()
                .map(Port::number)
                .filter(number -> !number.isLogical())
                .collect(Collectors.toSet());
    }

    /** What of the policy has room on a device; empty before it was compiled, or with one table. */
    Optional<CompactForm> form(DeviceId device) {
        return Optional.ofNullable(compiled.get(device)).map(c -> c.form);
    }

    /** Where something that denies more than direct mail to a subscriber has no room. */
    Optional<String> shortageOf(String subscriber) {
        List<String> devices =
                compiled.keySet().stream()
                        .filter(
                                d ->
                                        form(d).filter(f -> f.unenforced().contains(subscriber))
                                                .isPresent())
                        .map(DeviceId::toString)
                        .sorted()
                        .collect(Collectors.toList());
        return devices.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        "the tables of "
                                + String.join(", ", devices)
                                + " have no room for it: there the quarantine, source guard or"
                                + " inbound rule of "
                                + subscriber
                                + " is NOT enforced, only its direct mail is dropped;"
                                + " postern-devices says what has no table space");
    }

    /** Forgets all other devices. */
    void retain(Set<DeviceId> enforced) {
        compiled.keySet().retainAll(enforced);
    }
}
