package org.postern.lab.commands.directory;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.AsyncConsistentMap;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/** A consistent map by subscriber. A device's subscribers are found by reading all. */
final class SubscriberMap implements DirectoryStore {
    private final AsyncConsistentMap<String, String> async;
    private final ConsistentMap<String, String> map;
    private final MapEventListener<String, String> listener;

    SubscriberMap(StorageService storage, String name, Consumer<String> told) {
        async =
                storage.<String, String>consistentMapBuilder()
                        .withName(name)
                        .withSerializer(Serializer.using(KryoNamespaces.API))
                        .buildAsyncMap();
        map = async.asConsistentMap();
        listener =
                event -> {
                    if (event.newValue() != null) {
                        told.accept(event.newValue().value());
                    }
                };
        map.addListener(listener);
    }

    @Override
    public List<Step> writes(SampleDirectory directory) {
        return directory.writes(this::write);
    }

    @Override
    public CompletableFuture<?> write(SampleSubscriber subscriber) {
        return async.put(subscriber.id(), subscriber.text());
    }

    @Override
    public void change(SampleSubscriber changed) {
        map.compute(changed.id(), (id, text) -> changed.text());
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
        for (Map.Entry<String, Versioned<String>> entry : map.entrySet()) {
            read += entry.getValue().value().contains(device) ? 1 : 0;
        }
        return read;
    }

    @Override
    public void destroy() {
        map.removeListener(listener);
        async.destroy().join();
    }
}
