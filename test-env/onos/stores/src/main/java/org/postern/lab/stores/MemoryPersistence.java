package org.postern.lab.stores;

import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.onosproject.persistence.PersistenceService;
import org.onosproject.persistence.PersistentMapBuilder;
import org.onosproject.persistence.PersistentSetBuilder;
import org.onosproject.store.service.Serializer;
import org.osgi.service.component.annotations.Component;

/**
 * Stands for ONOS's persistence of eventually consistent maps, which no public artifact has; it
 * keeps them in memory.
 *
 * <p>Consistent maps do not come here: they are Atomix's and survive a restart in {@code data/db}.
 */
@Component(immediate = true, service = PersistenceService.class)
public class MemoryPersistence implements PersistenceService {
    private final Map<String, Map<?, ?>> maps = new ConcurrentHashMap<>();
    private final Map<String, Set<?>> sets = new ConcurrentHashMap<>();

    @Override
    public <K, V> PersistentMapBuilder<K, V> persistentMapBuilder() {
        return new MapBuilder<>();
    }

    @Override
    public <E> PersistentSetBuilder<E> persistentSetBuilder() {
        return new SetBuilder<>();
    }

    private final class MapBuilder<K, V> implements PersistentMapBuilder<K, V> {
        private String name;

        @Override
        public PersistentMapBuilder<K, V> withName(String mapName) {
            name = mapName;
            return this;
        }

        @Override
        public PersistentMapBuilder<K, V> withSerializer(Serializer serializer) {
            return this;
        }

        @Override
        @SuppressWarnings("unchecked") // a name is used with one type
        public Map<K, V> build() {
            return (Map<K, V>) maps.computeIfAbsent(name, n -> new ConcurrentHashMap<K, V>());
        }
    }

    private final class SetBuilder<E> implements PersistentSetBuilder<E> {
        private String name;

        @Override
        public PersistentSetBuilder<E> withName(String setName) {
            name = setName;
            return this;
        }

        @Override
        public PersistentSetBuilder<E> withSerializer(Serializer serializer) {
            return this;
        }

        @Override
        @SuppressWarnings("unchecked") // a name is used with one type
        public Set<E> build() {
            return (Set<E>) sets.computeIfAbsent(name, n -> ConcurrentHashMap.<E>newKeySet());
        }
    }
}
