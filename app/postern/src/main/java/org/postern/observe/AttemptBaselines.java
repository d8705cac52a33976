package org.postern.observe;

import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.onlab.util.KryoNamespace;
import org.onosproject.core.ApplicationId;
import org.onosproject.store.serializers.KryoNamespaces;
import org.onosproject.store.service.ConsistentMap;
import org.onosproject.store.service.Serializer;
import org.onosproject.store.service.StorageService;
import org.postern.compile.RuleKey;
import org.postern.policy.PolicyLine;

/**
 * What the counters of a device showed when those of its rules that are still there came to be
 * about somebody else. A switch keeps the counter of such a rule, also while the controller
 * restarts. Immutable; its fields are what the store serializes.
 */
public final class AttemptBaselines {
    /** A device of which nothing is to be subtracted. */
    static final AttemptBaselines NONE = new AttemptBaselines(Map.of());

    private final HashMap<String, Baseline> byRule;

    private AttemptBaselines(Map<String, Baseline> byRule) {
        this.byRule = new HashMap<>(byRule);
    }

    /**
     * Opens the store of the baselines of all devices.
     *
     * @param storage ONOS's storage
     * @param appId whose it is
     * @return baselines by device identifier
     */
    public static ConsistentMap<String, AttemptBaselines> stored(
            StorageService storage, ApplicationId appId) {
        return storage.<String, AttemptBaselines>consistentMapBuilder()
                .withName("postern-attempt-baselines")
                .withApplicationId(appId)
                .withSerializer(
                        Serializer.using(
                                KryoNamespace.newBuilder()
                                        .register(KryoNamespaces.BASIC)
                                        .nextId(KryoNamespaces.BEGIN_USER_CUSTOM_ID)
                                        .register(AttemptBaselines.class)
                                        .register(Baseline.class)
                                        .build("postern-attempt-baselines")))
                .build();
    }

    /** The baseline of a rule, if it is about the same as when that was taken. */
    Optional<Baseline> of(RuleKey rule, PolicyLine line) {
        return Optional.ofNullable(byRule.get(rule.toString()))
                .filter(b -> b.about.equals(about(line)));
    }

    AttemptBaselines with(RuleKey rule, PolicyLine line, long packets, Instant since) {
        Map<String, Baseline> changed = new HashMap<>(byRule);
        changed.put(rule.toString(), new Baseline(about(line), packets, since.toEpochMilli()));
        return new AttemptBaselines(changed);
    }

    AttemptBaselines without(RuleKey rule) {
        Map<String, Baseline> changed = new HashMap<>(byRule);
        return changed.remove(rule.toString()) == null ? this : new AttemptBaselines(changed);
    }

    private static String about(PolicyLine line) {
        return line.subscriber().orElse("") + " " + line.reason();
    }

    /** What a counter showed. */
    static final class Baseline {
        private final String about;
        private final long packets;
        private final long since;

        private Baseline(String about, long packets, long since) {
            this.about = about;
            this.packets = packets;
            this.since = since;
        }

        long packets() {
            return packets;
        }

        Instant since() {
            return Instant.ofEpochMilli(since);
        }
    }
}
