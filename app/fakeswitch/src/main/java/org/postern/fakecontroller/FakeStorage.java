package org.postern.fakecontroller;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.ConsistentMapBuilder;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageException;
import org.onosproject.store.service.TestConsistentMap;
import org.onosproject.store.service.TestStorageService;

/**
 * ONOS's test storage whose maps have a life of their own: a map of a name is the same for
 * everybody, and {@link #restarted} has what was in them, read back from bytes as a controller that
 * starts again reads it.
 */
public final class FakeStorage extends TestStorageService {
    private static final Set<String> WRITES = Set.of("put", "remove");

    private final Map<String, Kept<?, ?>> maps = new ConcurrentHashMap<>();
    private volatile Predicate<Object> failing = key -> false;

    /**
     * Has the cluster fail some writes, as when most nodes are down: they change nothing and throw.
     *
     * @param keys tells of each key that is put or removed, in any map, whether the write fails
     */
    public void failWrites(Predicate<Object> keys) {
        failing = keys;
    }

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
                return unreliable(kept.map);
            }

            @Override
            public org.onosproject.store.service.AsyncConsistentMap<K, V> buildAsyncMap() {
                throw new UnsupportedOperationException("no asynchronous maps here");
            }
        };
    }

    @SuppressWarnings("unchecked") // the proxy is what it stands for
    private <K, V> ConsistentMap<K, V> unreliable(ConsistentMap<K, V> map) {
        return (ConsistentMap<K, V>)
                Proxy.newProxyInstance(
                        ConsistentMap.class.getClassLoader(),
                        new Class<?>[] {ConsistentMap.class},
                        (proxy, method, arguments) -> {
                            if (WRITES.contains(method.getName()) && failing.test(arguments[0])) {
                                throw new StorageException("no quorum");
                            }
                            if (method.getName().equals("remove")
                                    && arguments.length == 1
                                    && !map.containsKey((K) arguments[0])) {
                                // as in a cluster; the test map would tell listeners of nothing
                                return null;
                            }
                            try {
                                return method.invoke(map, arguments);
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
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
