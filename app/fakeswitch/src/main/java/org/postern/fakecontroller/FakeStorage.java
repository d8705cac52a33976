package org.postern.fakecontroller;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.ConsistentMapBuilder;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.TestConsistentMap;
import org.onosproject.store.service.TestStorageService;

/**
 * ONOS's test storage whose maps have a life of their own: a map of a name is the same for
 * everybody, and {@link #restarted} has what was in them, read back from bytes as a controller that
 * starts again reads it.
 */
public final class FakeStorage extends TestStorageService {
    private final Map<String, Kept<?, ?>> maps = new ConcurrentHashMap<>();

    /**
     * What a controller finds that starts again.
     *
     * @return a storage with the same content and no listeners
     */
    public FakeStorage restarted() {
        FakeStorage next = new FakeStorage();
        maps.forEach((name, kept) -> next.maps.put(name, kept.copy(name)));
        return next;
    }

    @Override
    public <K, V> ConsistentMapBuilder<K, V> consistentMapBuilder() {
        return new ConsistentMapBuilder<K, V>() {
            @Override
            public ConsistentMap<K, V> build() {
                @SuppressWarnings("unchecked") // a name belongs to one type
                Kept<K, V> kept =
                        (Kept<K, V>)
                                maps.computeIfAbsent(name(), n -> new Kept<K, V>(n, serializer()));
                return kept.map;
            }

            @Override
            public org.onosproject.store.service.AsyncConsistentMap<K, V> buildAsyncMap() {
                throw new UnsupportedOperationException("no asynchronous maps here");
            }
        };
    }

    private static final class Kept<K, V> {
        private final ConsistentMap<K, V> map;
        private final Serializer serializer;

        private Kept(String name, Serializer serializer) {
            TestConsistentMap.Builder<K, V> builder = new TestConsistentMap.Builder<>();
            builder.withName(name).withSerializer(serializer);
            this.map = builder.build();
            this.serializer = serializer;
        }

        private Kept<K, V> copy(String name) {
            Kept<K, V> copy = new Kept<>(name, serializer);
            map.entrySet()
                    .forEach(e -> copy.map.put(through(e.getKey()), through(e.getValue().value())));
            return copy;
        }

        private <T> T through(T value) {
            return serializer.decode(serializer.encode(value));
        }
    }
}
