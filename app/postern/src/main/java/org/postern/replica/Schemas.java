package org.postern.replica;

import java.util.Optional;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.onosproject.store.service.Versioned;

/** In which of Postern's own formats the cluster keeps what, so that each version can tell. */
public final class Schemas {
    private final ConsistentMap<String, Integer> stored;

    /**
     * Opens what is kept of formats.
     *
     * @param storage the cluster's store
     * @param owner Postern's application
     */
    public Schemas(StorageService storage, ApplicationId owner) {
        stored =
                storage.<String, Integer>consistentMapBuilder()
                        .withName("postern-schemas")
                        .withApplicationId(owner)
                        .withSerializer(Serializer.using(KryoNamespaces.BASIC))
                        .build();
    }

    /**
     * Sees to it that something has the present format. What has none noted has the first one, 1:
     * it was written before formats were noted, or there is nothing yet.
     *
     * @param key by what its format is found
     * @param what how it is called in a message
     * @param present the format that this version of Postern writes, 1 or more
     * @param upgrade brings it from an earlier format to the present one; doing that twice, or on
     *     two nodes at once, must do no harm
     * @throws IllegalStateException if a later version of Postern wrote it; nothing is changed then
     */
    public void require(String key, String what, int present, Runnable upgrade) {
        Optional<Versioned<Integer>> noted = Optional.ofNullable(stored.get(key));
        int schema = noted.map(Versioned::value).orElse(1);
        if (schema > present) {
            throw new IllegalStateException(
                    what
                            + " written by a later version of Postern (schema "
                            + schema
                            + ", this one knows "
                            + present
                            + "): install that version again; nothing was changed");
        }
        if (schema < present) {
            upgrade.run();
        }
        if (schema < present || !noted.isPresent()) {
            boolean isNoted =
                    noted.isPresent()
                            ? stored.replace(key, noted.get().version(), present)
                            : stored.putIfAbsent(key, present) == null;
            if (!isNoted) {
                // another node was quicker, perhaps one of a later version
                require(key, what, present, upgrade);
            }
        }
    }
}
