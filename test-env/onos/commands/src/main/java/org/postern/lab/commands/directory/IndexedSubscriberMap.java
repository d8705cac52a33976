package org.postern.lab.commands.directory;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.onosproject.store.service.StorageService;

/** A consistent map by subscriber and, on the node, an index by device that its events feed. */
final class IndexedSubscriberMap implements DirectoryStore {
    /** Where the text names the device; what stands before and behind it is the same in all. */
    private static final String BEFORE = "\"attachments\":[\"";

    private static final String ID = "\"id\":\"";

    private final Map<String, Map<String, String>> byDevice = new ConcurrentHashMap<>();
    private final SubscriberMap map;

    IndexedSubscriberMap(StorageService storage, String name, Consumer<String> told) {
        map =
                new SubscriberMap(
                        storage,
                        name,
                        text -> {
                            byDevice.computeIfAbsent(
                                            between(text, BEFORE, "/"),
                                            d -> new ConcurrentHashMap<>())
                                    .put(between(text, ID, "\""), text);
                            told.accept(text);
                        });
    }

    private static String between(String text, String before, String behind) {
        int begin = text.indexOf(before) + before.length();
        return text.substring(begin, text.indexOf(behind, begin));
    }

    @Override
    public List<Step> writes(SampleDirectory directory) {
        return map.writes(directory);
    }

    @Override
    public CompletableFuture<?> write(SampleSubscriber subscriber) {
        return map.write(subscriber);
    }

    @Override
    public void change(SampleSubscriber changed) {
        map.change(changed);
    }

    @Override
    public long readAll() {
        return byDevice.values().stream()
                .flatMap(d -> d.values().stream())
                .filter(t -> !t.isEmpty())
                .count();
    }

    @Override
    public long readDevice(String device) {
        return byDevice.getOrDefault(device, Map.of()).values().stream()
                .filter(t -> !t.isEmpty())
                .count();
    }

    @Override
    public void destroy() {
        map.destroy();
        byDevice.clear();
    }
}
