package org.postern.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;
import org.apache.karaf.shell.impl.action.command.DefaultActionPreparator;
import org.onlab.osgi.ServiceDirectory;
import org.onlab.osgi.ServiceNotFoundException;
import org.onlab.packet.MacAddress;
import org.onosproject.cfg.ComponentConfigAdapter;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.onosproject.net.driver.DefaultDriver;
import org.onosproject.net.driver.Driver;
import org.onosproject.net.driver.DriverService;
import org.postern.audit.AuditService;
import org.postern.audit.Order;
import org.postern.device.DeviceStatus;
import org.postern.device.EnforcementService;
import org.postern.device.EnforcementStatus;
import org.postern.exemption.ExemptionAdminService;
import org.postern.exemption.ExemptionOffice;
import org.postern.exemption.ExemptionService;
import org.postern.fakecontroller.FakeCore;
import org.postern.fakecontroller.FakeStorage;
import org.postern.infrastructure.ConfigurationStatus;
import org.postern.infrastructure.InfrastructureListener;
import org.postern.infrastructure.InfrastructureService;
import org.postern.observe.AttemptCount;
import org.postern.observe.AttemptService;
import org.postern.observe.Sighting;
import org.postern.observe.SightingService;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.postern.policy.NextHop;
import org.postern.policy.Policy;
import org.postern.policy.PortRole;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;
import org.postern.policy.Subscribers;
import org.postern.policy.Suspension;
import org.postern.precondition.Expected;
import org.postern.provisioning.ExemptionFiles;
import org.postern.provisioning.ExemptionProvisioningService;
import org.postern.provisioning.ProvisioningManager;
import org.postern.provisioning.ProvisioningService;
import org.postern.steering.NextHopService;
import org.postern.submission.GuardOffice;
import org.postern.submission.SubmissionService;
import org.postern.subscriber.DoubleClaim;
import org.postern.subscriber.SubscriberAdminService;
import org.postern.subscriber.SubscriberListener;
import org.postern.subscriber.SubscriberService;

/**
 * A console with Postern behind it, for tests. Words are read by Karaf's own parser of options and
 * arguments; the services are small ones that remember what they were told.
 */
final class Console implements ServiceDirectory {
    static final Instant NOW = Instant.parse("2026-03-01T08:01:30Z");
    static final String S1 = "of:0000000000000001";
    static final String S2 = "of:0000000000000002";

    final Directory directory = new Directory();
    final Enforcement enforcement = new Enforcement();
    final Network network = new Network();
    final AuditOffice audit = new AuditOffice();
    final GuardOffice servers = new GuardOffice(network, NOW);
    final List<AttemptCount> attempts = new ArrayList<>();
    final List<String> orders = new ArrayList<>();

    final FakeSession session = new FakeSession();

    /** What the cluster keeps of exemptions. */
    final FakeStorage storage = new FakeStorage();

    private final Map<Class<?>, Object> services = new HashMap<>();

    Console() {
        services.put(SubscriberService.class, directory);
        services.put(SubscriberAdminService.class, directory);
        services.put(EnforcementService.class, enforcement);
        services.put(InfrastructureService.class, network);
        services.put(DriverService.class, drivers("ovs", "default", "ovs-of13"));
        services.put(AttemptService.class, new Attempts());
        services.put(NextHopService.class, new Steering());
        services.put(AuditService.class, audit);
        services.put(ProvisioningService.class, new Provisioning());
        services.put(SightingService.class, new Sightings());
        ExemptionOffice office = office();
        services.put(ExemptionService.class, office.manager);
        services.put(ExemptionAdminService.class, office.desk);
        services.put(
                ExemptionProvisioningService.class,
                new ExemptionFiles(
                        office.manager,
                        office.batches,
                        directory,
                        network,
                        new Provisioning(),
                        Clock.fixed(NOW, ZoneOffset.UTC)));
        services.put(SubmissionService.class, servers.guard);
    }

    /** Exemptions as on a node of the cluster. */
    private ExemptionOffice office() {
        return new ExemptionOffice(
                new FakeCore(),
                storage,
                (order, change) ->
                        orders.add(change.action() + " by " + order.by() + ": " + change.reason()),
                directory,
                network,
                Clock.fixed(NOW, ZoneOffset.UTC));
    }

    /** Takes orders of exemptions on another node of the cluster. */
    ExemptionAdminService anotherOffice() {
        return office().desk;
    }

    /** Imports and exports, as on a controller. */
    private final class Provisioning extends ProvisioningManager {
        private Provisioning() {
            directory = Console.this.directory;
            infrastructureService = network;
            componentConfigService = new ComponentConfigAdapter();
        }
    }

    /** ONOS sees nobody. */
    private static final class Sightings implements SightingService {
        @Override
        public List<Sighting> at(Subscriber subscriber) {
            return List.of();
        }

        @Override
        public List<Sighting> strays(Subscriber subscriber) {
            return List.of();
        }
    }

    /** What is unreachable, by name. */
    final Map<String, String> unreachable = new HashMap<>();

    private final class Steering implements NextHopService {
        @Override
        public Map<String, MacAddress> reachable() {
            return Map.of();
        }

        @Override
        public Set<String> refused() {
            return Set.of();
        }

        @Override
        public Optional<String> problemOf(NextHop hop) {
            return Optional.ofNullable(unreachable.get(hop.name()));
        }

        @Override
        public void listen(Runnable listener) {}

        @Override
        public void forget(Runnable listener) {}
    }

    /** ONOS's drivers, of which only the names count. */
    private static DriverService drivers(String... names) {
        Set<Driver> drivers = new HashSet<>();
        for (String name : names) {
            drivers.add(new DefaultDriver(name, List.of(), "", "", "", Map.of(), Map.of()));
        }
        return (DriverService)
                Proxy.newProxyInstance(
                        DriverService.class.getClassLoader(),
                        new Class<?>[] {DriverService.class},
                        (proxy, method, arguments) ->
                                method.getName().equals("getDrivers") ? drivers : null);
    }

    /** Who orders something, and why if that is told. */
    private static String who(Order order) {
        return order.by() + (order.reason().isEmpty() ? "" : " because " + order.reason());
    }

    /** Postern was deactivated. */
    void deactivate() {
        services.clear();
    }

    /** The session has no user. */
    void forgetUser() {
        session.variables.clear();
    }

    @Override
    public <T> T get(Class<T> type) {
        if (!services.containsKey(type)) {
            throw new ServiceNotFoundException(type.getName());
        }
        return type.cast(services.get(type));
    }

    /** Runs a command and returns what it shows. */
    String run(PosternCommand command, String... words) {
        return run(command, new ArrayList<>(), words);
    }

    /** Runs a command and returns what it shows, which is taken down even if it fails. */
    String run(PosternCommand command, List<String> shown, String... words) {
        command.services = this;
        command.screen = shown::add;
        command.clock = Clock.fixed(NOW, ZoneOffset.UTC);
        command.session = session.session();
        try {
            if (!new DefaultActionPreparator()
                    .prepare(command, command.session, new ArrayList<>(Arrays.asList(words)))) {
                throw new AssertionError("help was asked for");
            }
            command.doExecute();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
        return String.join("\n", shown);
    }

    /** Runs a command that shows JSON. */
    JsonNode json(PosternCommand command, String... words) {
        try {
            return new ObjectMapper().readTree(run(command, words));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The directory of subscribers. */
    final class Directory implements SubscriberAdminService {
        final Map<String, Subscriber> subscribers = new TreeMap<>();
        final List<DoubleClaim> doubles = new ArrayList<>();
        String refusal;

        /** Those that another node has registered, and this one does not know yet. */
        final Map<String, Subscriber> elsewhere = new TreeMap<>();

        /** Those that are stored but not understood. */
        final Set<String> unreadable = new TreeSet<>();

        /** What another node does before each change of one subscriber. */
        Runnable meanwhile = () -> {};

        private void refuseIfToldTo() {
            if (refusal != null) {
                throw new IllegalArgumentException(refusal);
            }
        }

        @Override
        public Optional<Subscriber> stored(String id) {
            Optional.ofNullable(elsewhere.remove(id)).ifPresent(s -> subscribers.put(id, s));
            return subscriber(id);
        }

        @Override
        public boolean isUnreadable(String id) {
            return unreadable.contains(id);
        }

        @Override
        public Subscriber put(Subscriber subscriber, Expected<Subscriber> expected, Order order) {
            require(subscriber.id(), expected);
            put(List.of(subscriber), order);
            return subscribers.get(subscriber.id());
        }

        private void require(String id, Expected<Subscriber> expected) {
            meanwhile.run();
            expected.require("subscriber " + id, subscriber(id), Subscriber::toString);
        }

        @Override
        public void put(Collection<Subscriber> some, Order order) {
            refuseIfToldTo();
            for (Subscriber s : some) {
                Quarantine kept = subscriber(s.id()).flatMap(Subscriber::quarantine).orElse(null);
                subscribers.put(s.id(), s.toBuilder().quarantine(kept).build());
            }
            orders.add("put " + some.size() + " by " + who(order));
        }

        @Override
        public void check(Collection<Subscriber> put, Collection<String> removed) {
            refuseIfToldTo();
        }

        @Override
        public Subscriber setClass(
                String id, String serviceClass, Expected<Subscriber> expected, Order order) {
            require(id, expected);
            refuseIfToldTo();
            Subscriber after = subscribers.get(id).toBuilder().serviceClass(serviceClass).build();
            subscribers.put(id, after);
            orders.add("set class by " + who(order));
            return after;
        }

        @Override
        public Subscriber quarantine(
                String id,
                String serviceClass,
                String reason,
                Expected<Subscriber> expected,
                Order order) {
            require(id, expected);
            refuseIfToldTo();
            Subscriber after =
                    subscribers.get(id).toBuilder()
                            .quarantine(new Quarantine(serviceClass, reason, NOW, order.by()))
                            .build();
            subscribers.put(id, after);
            orders.add("quarantine by " + who(order));
            return after;
        }

        @Override
        public Subscriber release(String id, Expected<Subscriber> expected, Order order) {
            require(id, expected);
            refuseIfToldTo();
            Subscriber after = subscribers.get(id).toBuilder().quarantine(null).build();
            subscribers.put(id, after);
            orders.add("release by " + who(order));
            return after;
        }

        @Override
        public void remove(String id, Expected<Subscriber> expected, Order order) {
            require(id, expected);
            refuseIfToldTo();
            if (subscribers.remove(id) == null && !unreadable.remove(id)) {
                throw new IllegalArgumentException("there is no subscriber \"" + id + "\"");
            }
            orders.add("remove " + id + " by " + who(order));
        }

        @Override
        public Set<String> apply(
                Collection<Subscriber> put,
                Collection<String> removed,
                Subscribers seen,
                Order order,
                IntConsumer progress) {
            removed.forEach(id -> remove(id, order));
            if (!put.isEmpty()) {
                put(put, order);
            }
            for (int i = 1; i <= put.size() + removed.size(); i++) {
                progress.accept(i);
            }
            return Set.of();
        }

        @Override
        public List<DoubleClaim> doubleClaims() {
            return doubles;
        }

        @Override
        public Subscribers directory() {
            return Subscribers.of(subscribers.values());
        }

        @Override
        public void addListener(SubscriberListener listener) {}

        @Override
        public void removeListener(SubscriberListener listener) {}
    }

    /** Configuration: two access devices, the built-in classes. */
    static final class Network implements InfrastructureService {
        ConfigurationStatus status =
                new ConfigurationStatus(List.of(), NOW.minus(Duration.ofHours(2)));

        Infrastructure infrastructure = Infrastructure.EMPTY;

        @Override
        public Infrastructure infrastructure() {
            return infrastructure;
        }

        @Override
        public Map<DeviceId, AccessDevice> devices() {
            Map<DeviceId, AccessDevice> devices =
                    new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
            for (String name : List.of(S1, S2)) {
                DeviceId id = DeviceId.deviceId(name);
                devices.put(
                        id,
                        new AccessDevice(
                                id,
                                Map.of(PortNumber.portNumber(100), PortRole.UPLINK),
                                "default"));
            }
            return devices;
        }

        @Override
        public ConfigurationStatus status() {
            return status;
        }

        @Override
        public void addListener(InfrastructureListener listener) {}

        @Override
        public void removeListener(InfrastructureListener listener) {}
    }

    /** What was counted in the test. */
    private final class Attempts implements AttemptService {
        @Override
        public List<AttemptCount> attempts() {
            return attempts;
        }

        @Override
        public List<AttemptCount> attemptsOf(Set<String> subscribers) {
            return attempts.stream()
                    .filter(c -> c.subscriber().filter(subscribers::contains).isPresent())
                    .collect(Collectors.toList());
        }
    }

    /** Enforcement on the devices of the test. */
    final class Enforcement implements EnforcementService {
        final List<DeviceStatus> devices = new ArrayList<>();
        final List<Suspension> suspensions = new ArrayList<>();
        final Map<String, String> shortages = new HashMap<>();
        RuntimeException refusal;

        private void refuseIfToldTo() {
            if (refusal != null) {
                throw refusal;
            }
        }

        @Override
        public Policy policy() {
            return new Policy(
                    network.infrastructure(),
                    network.devices().values(),
                    directory.subscribers(),
                    suspensions);
        }

        @Override
        public List<DeviceStatus> devices() {
            refuseIfToldTo();
            return devices;
        }

        @Override
        public Optional<DeviceStatus> device(DeviceId id) {
            return devices().stream().filter(d -> d.device().equals(id)).findFirst();
        }

        @Override
        public Optional<String> shortageOf(String id) {
            refuseIfToldTo();
            return Optional.ofNullable(shortages.get(id));
        }

        @Override
        public boolean isInForce() {
            return EnforcementStatus.of(devices, suspensions).isInForce();
        }

        private Suspension suspended(Suspension suspension, Duration duration) {
            refuseIfToldTo();
            suspensions.add(suspension);
            orders.add("suspend " + suspension + " after " + duration.getSeconds() + " s");
            return suspension;
        }

        @Override
        public Suspension suspendEverywhere(Duration duration, String reason, Order order) {
            return suspended(
                    Suspension.everywhere(NOW.plus(duration), reason, order.by()), duration);
        }

        @Override
        public Suspension suspendDevice(
                DeviceId device, Duration duration, String reason, Order order) {
            return suspended(
                    Suspension.ofDevice(device, NOW.plus(duration), reason, order.by()), duration);
        }

        @Override
        public Suspension suspendClass(
                String serviceClass, Duration duration, String reason, Order order) {
            return suspended(
                    Suspension.ofClass(serviceClass, NOW.plus(duration), reason, order.by()),
                    duration);
        }

        @Override
        public List<Suspension> suspensions() {
            return suspensions;
        }

        @Override
        public void resume(String scope, Order order) {
            refuseIfToldTo();
            orders.add("resume " + scope + " by " + who(order));
        }

        @Override
        public void withdraw(DeviceId device, Optional<String> driver, Order order) {
            refuseIfToldTo();
            orders.add(
                    "withdraw "
                            + device
                            + " "
                            + driver.orElse("former driver")
                            + " by "
                            + who(order));
        }

        @Override
        public void enforce(DeviceId device, Order order) {
            refuseIfToldTo();
            orders.add("enforce " + device + " by " + who(order));
        }
    }
}
