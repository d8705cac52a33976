package org.postern.fakecontroller;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import org.onosproject.net.DeviceId;
import org.onosproject.net.config.Config;
import org.onosproject.net.config.ConfigFactory;
import org.onosproject.net.config.NetworkConfigEvent;
import org.onosproject.net.config.NetworkConfigListener;
import org.onosproject.net.config.NetworkConfigRegistryAdapter;
import org.onosproject.net.config.basics.BasicDeviceConfig;
import org.onosproject.net.config.basics.SubjectFactories;

/**
 * ONOS's network configuration: validates what is posted, keeps what is valid, and tells listeners
 * at once. As in ONOS (DistributedNetworkConfigStore), configurations whose factory goes are
 * reported as removed and wait for it to come back, and what waits is validated then.
 */
public final class FakeConfiguration extends NetworkConfigRegistryAdapter {
    private final ObjectMapper mapper = new ObjectMapper();
    private final Map<Class<?>, ConfigFactory<?, ?>> factories = new LinkedHashMap<>();
    private final Map<List<Object>, JsonNode> configs = new LinkedHashMap<>();
    private final Map<List<Object>, JsonNode> pending = new LinkedHashMap<>();
    private final Set<NetworkConfigListener> listeners = new CopyOnWriteArraySet<>();

    /** A configuration that knows of {@code basic} for devices. */
    public FakeConfiguration() {
        registerConfigFactory(
                new ConfigFactory<DeviceId, BasicDeviceConfig>(
                        SubjectFactories.DEVICE_SUBJECT_FACTORY, BasicDeviceConfig.class, "basic") {
                    @Override
                    public BasicDeviceConfig createConfig() {
                        return new BasicDeviceConfig();
                    }
                });
    }

    /**
     * Posts a configuration, as an operator does over REST.
     *
     * @param subject what it is about
     * @param key its key among those of the subject
     * @param json JSON, single quotes allowed
     * @throws IllegalArgumentException if it is not valid; nothing is changed then
     */
    public void post(Object subject, String key, String json) {
        ConfigFactory<?, ?> factory =
                factories.values().stream()
                        .filter(f -> f.configKey().equals(key))
                        .filter(f -> f.subjectFactory().subjectClass().isInstance(subject))
                        .findFirst()
                        .orElse(null);
        if (factory == null) {
            pending.put(Arrays.asList(subject, key), parse(json));
        } else {
            put(subject, factory.configClass(), parse(json));
        }
    }

    /**
     * Deletes a configuration, as an operator does over REST.
     *
     * @param subject what it is about
     * @param key its key among those of the subject
     */
    public void delete(Object subject, String key) {
        pending.remove(Arrays.asList(subject, key));
        factories.values().stream()
                .filter(f -> f.configKey().equals(key))
                .filter(f -> f.subjectFactory().subjectClass().isInstance(subject))
                .forEach(f -> remove(subject, f.configClass()));
    }

    private JsonNode parse(String json) {
        try {
            return mapper.readTree(json.replace('\'', '"'));
        } catch (IOException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private void put(Object subject, Class<?> type, JsonNode json) {
        if (!create(subject, type, json).isValid()) {
            throw new IllegalArgumentException("JSON node does not contain valid configuration");
        }
        store(subject, type, json);
    }

    private void store(Object subject, Class<?> type, JsonNode json) {
        JsonNode before = configs.put(List.of(subject, type), json);
        tell(
                before == null
                        ? NetworkConfigEvent.Type.CONFIG_ADDED
                        : NetworkConfigEvent.Type.CONFIG_UPDATED,
                subject,
                type,
                json,
                before);
    }

    private JsonNode remove(Object subject, Class<?> type) {
        JsonNode before = configs.remove(List.of(subject, type));
        if (before != null) {
            tell(NetworkConfigEvent.Type.CONFIG_REMOVED, subject, type, null, before);
        }
        return before;
    }

    @SuppressWarnings({"unchecked", "rawtypes"}) // as ONOS's own store does
    private void tell(
            NetworkConfigEvent.Type type,
            Object subject,
            Class configClass,
            JsonNode now,
            JsonNode before) {
        NetworkConfigEvent event =
                new NetworkConfigEvent(
                        type,
                        subject,
                        now == null ? null : create(subject, configClass, now),
                        before == null ? null : create(subject, configClass, before),
                        configClass);
        listeners.forEach(listener -> listener.event(event));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private Config<?> create(Object subject, Class<?> type, JsonNode json) {
        ConfigFactory factory = factories.get(type);
        Config config = factory.createConfig();
        config.init(
                subject,
                factory.configKey(),
                json.deepCopy(),
                mapper,
                applied -> store(applied.subject(), applied.getClass(), applied.node()));
        return config;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void registerConfigFactory(ConfigFactory factory) {
        factories.put(factory.configClass(), factory);
        for (List<Object> key : List.copyOf(pending.keySet())) {
            if (factory.configKey().equals(key.get(1))
                    && factory.subjectFactory().subjectClass().isInstance(key.get(0))) {
                JsonNode json = pending.remove(key);
                try {
                    put(key.get(0), factory.configClass(), json);
                } catch (IllegalArgumentException e) {
                    // ONOS logs it and drops the configuration
                    pending.remove(key);
                }
            }
        }
    }

    @Override
    @SuppressWarnings("rawtypes")
    public void unregisterConfigFactory(ConfigFactory factory) {
        for (List<Object> key : List.copyOf(configs.keySet())) {
            if (key.get(1).equals(factory.configClass())) {
                JsonNode json = remove(key.get(0), factory.configClass());
                pending.put(Arrays.asList(key.get(0), factory.configKey()), json);
            }
        }
        factories.remove(factory.configClass());
    }

    @Override
    public <S, C extends Config<S>> Set<S> getSubjects(Class<S> subject, Class<C> type) {
        Set<S> subjects = new LinkedHashSet<>();
        for (List<Object> key : configs.keySet()) {
            if (key.get(1).equals(type)) {
                subjects.add(subject.cast(key.get(0)));
            }
        }
        return subjects;
    }

    @Override
    public <S, C extends Config<S>> C getConfig(S subject, Class<C> type) {
        JsonNode json = configs.get(List.of(subject, type));
        return json == null ? null : type.cast(create(subject, type, json));
    }

    @Override
    public <S, C extends Config<S>> C addConfig(S subject, Class<C> type) {
        C present = getConfig(subject, type);
        return present != null
                ? present
                : type.cast(create(subject, type, mapper.createObjectNode()));
    }

    @Override
    public void addListener(NetworkConfigListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeListener(NetworkConfigListener listener) {
        listeners.remove(listener);
    }
}
