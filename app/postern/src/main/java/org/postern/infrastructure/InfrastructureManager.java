package org.postern.infrastructure;

import static org.onlab.util.Tools.groupedThreads;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.onosproject.cluster.ClusterService;
import org.onosproject.core.ApplicationId;
import org.onosproject.core.CoreService;
import org.onosproject.event.AbstractListenerManager;
import org.onosproject.net.DeviceId;
import org.onosproject.net.config.Config;
import org.onosproject.net.config.ConfigFactory;
import org.onosproject.net.config.NetworkConfigEvent;
import org.onosproject.net.config.NetworkConfigListener;
import org.onosproject.net.config.NetworkConfigRegistry;
import org.onosproject.net.config.basics.BasicDeviceConfig;
import org.onosproject.net.config.basics.SubjectFactories;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.postern.audit.AuditLog;
import org.postern.audit.ConfigurationAudit;
import org.postern.drivers.FrontTable;
import org.postern.policy.AccessDevice;
import org.postern.policy.Infrastructure;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows network configuration. What was good once is remembered: an invalid or deleted
 * configuration changes nothing that is enforced, and the status says so.
 */
@Component(
        immediate = true,
        service = {InfrastructureService.class, InfrastructureManager.class})
public class InfrastructureManager
        extends AbstractListenerManager<InfrastructureEvent, InfrastructureListener>
        implements InfrastructureService {
    private static final String ISP = "apps/" + FrontTable.POLICY_APPLICATION;

    /** When to try again what the store did not take. Seconds. */
    private static final int STORE_AGAIN = 5;

    private final Logger log = LoggerFactory.getLogger(getClass());
    private final ObjectMapper mapper = new ObjectMapper();
    private final NetworkConfigListener configListener = this::configChanged;
    private final Map<String, List<String>> errors = new LinkedHashMap<>();
    private final Map<String, String> inForce = new ConcurrentHashMap<>();

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected CoreService coreService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected NetworkConfigRegistry registry;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected StorageService storageService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected ClusterService clusterService;

    @Reference(cardinality = ReferenceCardinality.MANDATORY)
    protected AuditLog auditLog;

    private final ConfigFactory<ApplicationId, InfrastructureConfig> infrastructureFactory =
            new ConfigFactory<ApplicationId, InfrastructureConfig>(
                    SubjectFactories.APP_SUBJECT_FACTORY,
                    InfrastructureConfig.class,
                    InfrastructureConfig.KEY) {
                @Override
                public InfrastructureConfig createConfig() {
                    return new InfrastructureConfig((app, errors) -> checked(ISP, errors));
                }
            };

    private final ConfigFactory<DeviceId, AccessDeviceConfig> deviceFactory =
            new ConfigFactory<DeviceId, AccessDeviceConfig>(
                    SubjectFactories.DEVICE_SUBJECT_FACTORY,
                    AccessDeviceConfig.class,
                    AccessDeviceConfig.KEY) {
                @Override
                public AccessDeviceConfig createConfig() {
                    return new AccessDeviceConfig((id, errors) -> checked(id.toString(), errors));
                }
            };

    /**
     * Where the store is written to: a store that does not answer must not hold up ONOS's events.
     */
    private final ExecutorService storing;

    private ApplicationId appId;
    private ConsistentMap<String, String> lastGood;
    private ConfigurationAudit audit;
    private volatile Infrastructure infrastructure = Infrastructure.EMPTY;
    private volatile ImmutableMap<DeviceId, AccessDevice> devices = ImmutableMap.of();
    private Instant inForceSince = Instant.EPOCH;
    private volatile ConfigurationStatus status = new ConfigurationStatus(List.of(), Instant.now());

    /** Creates the manager. */
    public InfrastructureManager() {
        this(Executors.newSingleThreadExecutor(groupedThreads("postern", "configuration")));
    }

    /**
     * Creates the manager.
     *
     * @param storing where the store is written to; shut down with this component
     */
    protected InfrastructureManager(ExecutorService storing) {
        this.storing = storing;
    }

    @Activate
    protected void activate() {
        appId = coreService.registerApplication(FrontTable.POLICY_APPLICATION);
        eventDispatcher.addSink(InfrastructureEvent.class, listenerRegistry);
        lastGood =
                storageService
                        .<String, String>consistentMapBuilder()
                        .withName("postern-last-good-configuration")
                        .withApplicationId(appId)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
        audit =
                new ConfigurationAudit(
                        storageService,
                        appId,
                        clusterService,
                        auditLog,
                        ConfigurationAudit.NETWORK,
                        "the last good configuration stays in force",
                        storing);
        lastGood.entrySet().forEach(e -> recall(e.getKey(), e.getValue()));
        registry.addListener(configListener);
        registry.registerConfigFactory(infrastructureFactory);
        registry.registerConfigFactory(deviceFactory);
        InfrastructureConfig isp = registry.getConfig(appId, InfrastructureConfig.class);
        if (isp != null) {
            accept(isp);
        }
        for (DeviceId device : registry.getSubjects(DeviceId.class, AccessDeviceConfig.class)) {
            AccessDeviceConfig config = registry.getConfig(device, AccessDeviceConfig.class);
            if (config != null) {
                accept(config);
            }
        }
        lastGood.keySet().forEach(this::tellIfDeleted);
        devices.keySet().forEach(this::tellIfDriverChanged);
        log.info("Started with {} access devices", devices.size());
    }

    @Deactivate
    protected void deactivate() {
        // first: ONOS reports the configurations of a factory that goes as removed, but the
        // operator removed nothing
        registry.removeListener(configListener);
        registry.unregisterConfigFactory(infrastructureFactory);
        registry.unregisterConfigFactory(deviceFactory);
        eventDispatcher.removeSink(InfrastructureEvent.class);
        storing.shutdown();
        log.info("Stopped");
    }

    private synchronized void recall(String key, Versioned<String> stored) {
        try {
            JsonNode node = mapper.readTree(stored.value());
            if (key.equals(ISP)) {
                infrastructure = InfrastructureReader.read(node);
            } else {
                put(AccessDeviceReader.recall(DeviceId.deviceId(key), node));
            }
            inForce.put(key, stored.value());
            Instant since = Instant.ofEpochMilli(stored.creationTime());
            if (since.isAfter(inForceSince)) {
                inForceSince = since;
            }
        } catch (IOException | IllegalArgumentException e) {
            log.error("The remembered configuration of {} cannot be read: {}", key, e.getMessage());
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
        return status;
    }

    /**
     * Forgets the remembered configuration of a device that is no more in network configuration;
     * does nothing if it is there, or if nothing is remembered.
     *
     * @param device a device
     */
    public synchronized void forget(DeviceId device) {
        if (devices.containsKey(device)
                && registry.getConfig(device, AccessDeviceConfig.class) == null) {
            Map<DeviceId, AccessDevice> left = new LinkedHashMap<>(devices);
            left.remove(device);
            devices = ImmutableMap.copyOf(left);
            String key = device.toString();
            inForce.remove(key);
            storing.execute(() -> store(key));
            settle(deletedKey(device), List.of());
        }
    }

    /** It may have been changed while this controller, or Postern, was away. */
    private void tellIfDriverChanged(DeviceId device) {
        BasicDeviceConfig config = registry.getConfig(device, BasicDeviceConfig.class);
        if (config != null) {
            String now = driver(Optional.of(config));
            audit.told(basicKey(device), now, now);
        }
    }

    /** Another driver ends what the front table enforces, or begins it. */
    private void driverChanged(NetworkConfigEvent event) {
        if (event.subject() instanceof DeviceId && devices.containsKey(event.subject())) {
            String before = driver(event.prevConfig());
            String after = driver(event.config());
            if (!before.equals(after)) {
                audit.told(basicKey((DeviceId) event.subject()), after, before);
            }
        }
    }

    private static String basicKey(DeviceId device) {
        return "devices/" + device + "/basic";
    }

    /**
     * What of the basic configuration of a device concerns Postern: its driver, if it names one.
     */
    private static String driver(Optional<?> config) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        config.filter(BasicDeviceConfig.class::isInstance)
                .map(basic -> ((BasicDeviceConfig) basic).driver())
                .ifPresent(name -> json.put("driver", name));
        return json.toString();
    }

    private void configChanged(NetworkConfigEvent event) {
        if (event.configClass() == BasicDeviceConfig.class) {
            driverChanged(event);
        }
        if (event.configClass() != InfrastructureConfig.class
                && event.configClass() != AccessDeviceConfig.class) {
            return;
        }
        switch (event.type()) {
            case CONFIG_ADDED:
            case CONFIG_UPDATED:
                event.config().ifPresent(this::accept);
                break;
            case CONFIG_REMOVED:
                deleted(event);
                break;
            default:
                break;
        }
    }

    private void accept(Config<?> config) {
        try {
            if (config instanceof InfrastructureConfig) {
                Infrastructure read = ((InfrastructureConfig) config).infrastructure();
                accepted(ISP, config.node(), () -> infrastructure = read);
            } else if (config instanceof AccessDeviceConfig) {
                AccessDevice read = ((AccessDeviceConfig) config).device();
                accepted(read.id().toString(), config.node(), () -> put(read));
            }
        } catch (ConfigurationException e) {
            checked(
                    config instanceof InfrastructureConfig ? ISP : config.subject().toString(),
                    e.errors());
        }
    }

    private synchronized void accepted(String key, JsonNode json, Runnable change) {
        change.run();
        errors.remove("deleted " + key);
        // what already was in force keeps its moment
        if (!json.toString().equals(inForce.put(key, json.toString()))) {
            inForceSince = Instant.now();
            storing.execute(() -> store(key));
        }
        // also what is in force already: the node that was to take it down may be gone
        audit.told(key, Optional.of(json.toString()));
        settle(key, List.of());
    }

    private void store(String key) {
        String json = inForce.get(key);
        try {
            if (json == null) {
                lastGood.remove(key);
            } else {
                lastGood.put(key, json);
            }
        } catch (RuntimeException e) {
            log.warn(
                    "Configuration of {} is as it is to be, but not stored so yet; trying again",
                    key,
                    e);
            CompletableFuture.delayedExecutor(STORE_AGAIN, TimeUnit.SECONDS, storing)
                    .execute(() -> store(key));
        }
    }

    private synchronized void put(AccessDevice device) {
        Map<DeviceId, AccessDevice> all =
                new TreeMap<>((a, b) -> a.toString().compareTo(b.toString()));
        all.putAll(devices);
        all.put(device.id(), device);
        devices = ImmutableMap.copyOf(all);
    }

    /** What was recalled may have been deleted while this controller, or Postern, was away. */
    private void tellIfDeleted(String key) {
        boolean isp = key.equals(ISP);
        Config<?> present =
                isp
                        ? registry.getConfig(appId, InfrastructureConfig.class)
                        : registry.getConfig(DeviceId.deviceId(key), AccessDeviceConfig.class);
        // one that was refused is not there either; what is wrong with it says more
        if (present == null && !errors.containsKey(key)) {
            deleted(isp, key);
        }
    }

    private void deleted(NetworkConfigEvent event) {
        boolean isp = event.configClass() == InfrastructureConfig.class;
        deleted(isp, isp ? ISP : event.subject().toString());
    }

    private void deleted(boolean isp, String key) {
        audit.told(key, Optional.empty());
        String what = (isp ? key : "devices/" + key) + "/postern";
        settle(
                "deleted " + key,
                List.of(
                        what
                                + " was deleted; the last good configuration stays in force: put it back"
                                + (isp ? "" : ", or run postern-withdraw for the device")));
    }

    private static String deletedKey(DeviceId device) {
        return "deleted " + device;
    }

    /**
     * Takes note of what ONOS is about to store, or to refuse. A configuration that is equal to the
     * one in force brings no event, so what was wrong with one refused before is cleared here.
     */
    private synchronized void checked(String key, List<String> messages) {
        if (!messages.isEmpty()) {
            log.warn(
                    "Configuration of {} refused, the last good one stays in force: {}",
                    key,
                    String.join("; ", messages));
            settle(key, messages);
        } else if (errors.containsKey(key)) {
            settle(key, messages);
        }
    }

    /** Sets or clears what is wrong with one configuration, and tells the listeners. */
    private synchronized void settle(String key, List<String> messages) {
        if (messages.isEmpty()) {
            errors.remove(key);
        } else {
            errors.put(key, messages);
        }
        List<String> all = new ArrayList<>();
        errors.values().forEach(all::addAll);
        if (all.isEmpty() && inForceSince.isAfter(Instant.EPOCH)) {
            status = new ConfigurationStatus(all, inForceSince);
        } else if (!all.equals(status.errors())) {
            status = new ConfigurationStatus(all, Instant.now());
        }
        post(
                new InfrastructureEvent(
                        messages.isEmpty()
                                ? InfrastructureEvent.Type.CONFIGURATION_ACCEPTED
                                : InfrastructureEvent.Type.CONFIGURATION_REFUSED,
                        status));
    }
}
