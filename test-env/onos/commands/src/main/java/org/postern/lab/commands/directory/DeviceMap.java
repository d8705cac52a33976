package org.postern.lab.commands.directory;

import com.google.common.collect.ImmutableList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.AsyncConsistentMap;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/** A consistent map by device, all its subscribers in one value: a line for each. */
final class DeviceMap implements DirectoryStore {
    private static final String LINE = "\n";

    private final AsyncConsistentMap<String, String> async;
    private final ConsistentMap<String, String> map;
    private final MapEventListener<String, String> listener;

    DeviceMap(StorageService storage, String name, Consumer<String> told) {
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
        return directory.byDevice().entrySet().stream()
                .<Step>map(
                        device ->
                                () ->
                                        async.put(
                                                device.getKey(),
                                                device.getValue().stream()
                                                        .map(n -> directory.subscriber(n).text())
                                                        .collect(Collectors.joining(LINE))))
                .collect(ImmutableList.toImmutableList());
    }

    @Override
    public CompletableFuture<?> write(SampleSubscriber subscriber) {
        return async.put(subscriber.device(), subscriber.text());
    }

    @Override
    public void change(SampleSubscriber changed) {
        String mark = "\"id\":\"" + changed.id() + "\"";
        map.compute(
                changed.device(),
                (device, lines) ->
                        Arrays.stream(lines.split(LINE))
                                .map(line -> line.contains(mark) ? changed.text() : line)
                                .collect(Collectors.joining(LINE)));
    }

    @Override
    public long readAll() {
        long read = 0;
        for (Map.Entry<String, Versioned<String>> entry : map.entrySet()) {
            read += entry.getValue().value().split(LINE).length;
        }
        return read;
    }

    @Override
    public long readDevice(String device) {
        return map.get(device).value().split(LINE).length;
    }

    @Override
    public void destroy() {
        map.removeListener(listener);
        async.destroy().join();
    }
}
