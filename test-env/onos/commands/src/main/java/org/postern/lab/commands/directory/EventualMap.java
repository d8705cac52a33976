package org.postern.lab.commands.directory;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.onlab.util.KryoNamespace;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.EventuallyConsistentMap;
import org.onosproject.store.service.EventuallyConsistentMapEvent;
import org.onosproject.store.service.EventuallyConsistentMapListener;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.WallClockTimestamp;

/**
 * An eventually consistent map by subscriber: the later wall clock wins, and every node has it in
 * memory. Without persistence, since the lab has a stand-in for it in memory: what it would cost
 * cannot be told here.
 */
final class EventualMap implements DirectoryStore {
    private final EventuallyConsistentMap<String, String> map;
    private final EventuallyConsistentMapListener<String, String> listener;

    EventualMap(StorageService storage, String name, Consumer<String> told) {
        map =
                storage.<String, String>eventuallyConsistentMapBuilder()
                        .withName(name)
                        .withSerializer(KryoNamespace.newBuilder().register(KryoNamespaces.API))
                        .withTimestampProvider((id, text) -> new WallClockTimestamp())
                        .build();
        listener =
                event -> {
                    if (event.type() == EventuallyConsistentMapEvent.Type.PUT) {
                        told.accept(event.value());
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
        map.put(subscriber.id(), subscriber.text());
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void change(SampleSubscriber changed) {
        // atomic on this node alone
        map.compute(changed.id(), (id, text) -> changed.text());
    }

    @Override
    public long readAll() {
        return map.values().stream().filter(text -> !text.isEmpty()).count();
    }

    @Override
    public long readDevice(String device) {
        return map.values().stream().filter(text -> text.contains(device)).count();
    }

    @Override
    public void destroy() {
        map.removeListener(listener);
        map.destroy().join();
    }
}
