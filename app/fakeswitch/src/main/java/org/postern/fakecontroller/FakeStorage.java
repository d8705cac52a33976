package org.postern.fakecontroller;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.ConsistentMapBuilder;
import org.onosproject.store.service.MapEvent;
import org.onosproject.store.service.MapEventListener;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageException;
import org.onosproject.store.service.TestConsistentMap;
import org.onosproject.store.service.TestStorageService;
import org.onosproject.store.service.Versioned;

/**
 * ONOS's test storage whose maps have a life of their own: a map of a name is the same for
 * everybody, and {@link #restarted} has what was in them, read back from bytes as a controller that
 * starts again reads it.
 */
public final class FakeStorage extends TestStorageService {
    private static final Set<String> WRITES =
            Set.of(
                    "put",
                    "putAndGet",
                    "putIfAbsent",
                    "replace",
                    "remove",
                    "compute",
                    "computeIfPresent");
    private static final Set<String> COMPUTES = Set.of("compute", "computeIfPresent");

    /** What Atomix takes as one value, about; more is refused, in bytes. */
    private static final int LARGEST_VALUE = 1 << 20;

    private final Map<String, Kept<?, ?>> maps = new ConcurrentHashMap<>();
    private volatile Predicate<Object> failing = key -> false;
    private volatile Runnable beforeWriting = () -> {};
    private volatile Runnable whileReadingAll = () -> {};
    private volatile boolean losingEvents;

    /**
     * Has the cluster fail some writes, as when most nodes are down: they change nothing and throw.
     *
     * @param keys tells of each key that is put, computed or removed, in any map, whether the write
     *     fails
     */
    public void failWrites(Predicate<Object> keys) {
        failing = keys;
    }

    /**
     * Has something happen before each write, as when another node is a moment faster.
     *
     * @param work what it does; it may write itself
     */
    public void beforeWriting(Runnable work) {
        beforeWriting = work;
    }

    /**
     * Has something happen when somebody has just read all of a map and has not looked at it yet.
     *
     * @param work what happens; once
     */
    public void whileReadingAll(Runnable work) {
        whileReadingAll =
                () -> {
                    whileReadingAll = () -> {};
                    work.run();
                };
    }

    /**
     * Has listeners miss what happens, as when a node loses its session with the cluster.
     *
     * @param losing whether they do from now on
     */
    public void loseEvents(boolean losing) {
        losingEvents = losing;
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
                return unreliable(kept);
            }

            @Override
            public org.onosproject.store.service.AsyncConsistentMap<K, V> buildAsyncMap() {
                throw new UnsupportedOperationException("no asynchronous maps here");
            }
        };
    }

    @SuppressWarnings("unchecked") // the proxy is what it stands for
    private <K, V> ConsistentMap<K, V> unreliable(Kept<K, V> kept) {
        ConsistentMap<K, V> map = kept.map;
        Map<Object, MapEventListener<K, V>> listening = new ConcurrentHashMap<>();
        return (ConsistentMap<K, V>)
                Proxy.newProxyInstance(
                        ConsistentMap.class.getClassLoader(),
                        new Class<?>[] {ConsistentMap.class},
                        (proxy, method, arguments) -> {
                            if (method.getName().equals("addListener")) {
                                MapEventListener<K, V> told = (MapEventListener<K, V>) arguments[0];
                                listening.put(told, event -> tell(told, event));
                                map.addListener(listening.get(told));
                                return null;
                            }
                            if (method.getName().equals("removeListener")) {
                                map.removeListener(listening.remove(arguments[0]));
                                return null;
                            }
                            if (WRITES.contains(method.getName()) && failing.test(arguments[0])) {
                                throw new StorageException("no quorum");
                            }
                            if (WRITES.contains(method.getName())) {
                                beforeWriting.run();
                            }
                            if (method.getName().equals("remove")
                                    && arguments.length == 1
                                    && !map.containsKey((K) arguments[0])) {
                                // as in a cluster; the test map would tell listeners of nothing
                                return null;
                            }
                            if (method.getName().equals("entrySet")) {
                                Set<?> all = Set.copyOf(map.entrySet());
                                whileReadingAll.run();
                                return all;
                            }
                            try {
                                Object result =
                                        COMPUTES.contains(method.getName())
                                                ? kept.compute(
                                                        (K) arguments[0],
                                                        (BiFunction<K, V, V>) arguments[1],
                                                        method.getName().equals("compute"))
                                                : method.invoke(map, arguments);
                                if (WRITES.contains(method.getName())) {
                                    kept.refuseLarge((K) arguments[0]);
                                }
                                return result;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    private <K, V> void tell(MapEventListener<K, V> listener, MapEvent<K, V> event) {
        if (!losingEvents) {
            listener.event(event);
        }
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

        /** As Atomix does it: the test map's own wants values that it can serialize versioned. */
        private synchronized Versioned<V> compute(
                K key, BiFunction<K, V, V> change, boolean alsoAbsent) {
            V before = Versioned.valueOrNull(map.get(key));
            if (before != null || alsoAbsent) {
                V after = change.apply(key, before);
                if (after == null) {
                    map.remove(key);
                } else {
                    map.put(key, after);
                }
            }
            return map.get(key);
        }

        private void refuseLarge(K key) {
            if (serializer != null && map.containsKey(key)) {
                int bytes = serializer.encode(map.get(key).value()).length;
                if (bytes > LARGEST_VALUE) {
                    map.remove(key);
                    throw new StorageException("a value of " + bytes + " bytes is too large");
                }
            }
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
