package org.postern.lab.commands.directory;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.AsyncConsistentMultimap;
import org.onosproject.store.service.ConsistentMultimap;
import org.onosproject.store.service.MultimapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;

/**
 * A consistent multimap from device to its subscribers' texts. A change is two writes, and between
 * them the subscriber is not there.
 */
final class DeviceMultimap implements DirectoryStore {
    private final AsyncConsistentMultimap<String, String> async;
    private final ConsistentMultimap<String, String> map;
    private final MultimapEventListener<String, String> listener;

    DeviceMultimap(StorageService storage, String name, Consumer<String> told) {
        async =
                storage.<String, String>consistentMultimapBuilder()
                        .withName(name)
                        .withSerializer(Serializer.using(KryoNamespaces.API))
                        .buildMultimap();
        map = async.asMultimap();
        listener =
                event -> {
                    if (event.newValue() != null) {
                        told.accept(event.newValue());
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
        return async.put(subscriber.device(), subscriber.text());
    }

    @Override
    public void change(SampleSubscriber changed) {
        String mark = "\"id\":\"" + changed.id() + "\"";
        map.get(changed.device()).value().stream()
                .filter(text -> text.contains(mark))
                .forEach(text -> map.remove(changed.device(), text));
        map.put(changed.device(), changed.text());
    }

    @Override
    public long readAll() {
        long read = 0;
        for (Map.Entry<String, String> entry : map.entries()) {
            read += entry.getValue().isEmpty() ? 0 : 1;
        }
        return read;
    }

    @Override
    public long readDevice(String device) {
        return map.get(device).value().size();
    }

    @Override
    public void destroy() {
        map.removeListener(listener);
        async.destroy().join();
    }
}
