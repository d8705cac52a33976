package org.postern.lab.commands.directory;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.AsyncConsistentTreeMap;
import org.onosproject.store.service.ConsistentTreeMap;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/** A consistent tree map by device and subscriber, so that a device's are a range of keys. */
final class SubscriberTreeMap implements DirectoryStore {
    private static final char BETWEEN = '/';

    /** The character after {@link #BETWEEN}: the end of a device's range. */
    private static final char BEYOND = '0';

    private final AsyncConsistentTreeMap<String> async;
    private final ConsistentTreeMap<String> map;
    private final MapEventListener<String, String> listener;

    SubscriberTreeMap(StorageService storage, String name, Consumer<String> told) {
        async =
                storage.<String>consistentTreeMapBuilder()
                        .withName(name)
                        .withSerializer(Serializer.using(KryoNamespaces.API))
                        .buildTreeMap();
        map = async.asTreeMap();
        listener =
                event -> {
                    if (event.newValue() != null) {
                        told.accept(event.newValue().value());
                    }
                };
        map.addListener(listener);
    }

    private static String key(SampleSubscriber subscriber) {
        return subscriber.device() + BETWEEN + subscriber.id();
    }

    @Override
    public List<Step> writes(SampleDirectory directory) {
        return directory.writes(this::write);
    }

    @Override
    public CompletableFuture<?> write(SampleSubscriber subscriber) {
        return async.put(key(subscriber), subscriber.text());
    }

    @Override
    public void change(SampleSubscriber changed) {
        map.compute(key(changed), (id, text) -> changed.text());
    }

    @Override
    public long readAll() {
        long read = 0;
        for (Map.Entry<String, Versioned<String>> entry : map.entrySet()) {
            read += entry.getValue().value().isEmpty() ? 0 : 1;
        }
        return read;
    }

    @Override
    public long readDevice(String device) {
        long read = 0;
        // the upper end comes first
        for (Map.Entry<String, String> entry :
                map.subMap(device + BEYOND, device + BETWEEN, false, true).entrySet()) {
            read += entry.getValue().isEmpty() ? 0 : 1;
        }
        return read;
    }

    @Override
    public void destroy() {
        map.removeListener(listener);
        async.destroy().join();
    }
}
