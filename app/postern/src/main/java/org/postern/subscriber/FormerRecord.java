package org.postern.subscriber;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;
import org.postern.policy.Mode;
import org.postern.policy.Quarantine;
import org.postern.policy.Subscriber;

/**
 * A subscriber as versions of Postern before schema 2 stored it, to be read by the upgrade. Its
 * fields are what the store serialized: they must stay as they are.
 */
final class FormerRecord {
    private static final String MODE = "mode";
    private static final String QUARANTINE_CLASS = "quarantineClass";
    private static final String QUARANTINE_REASON = "quarantineReason";
    private static final String QUARANTINE_SINCE = "quarantineSince";
    private static final String QUARANTINE_BY = "quarantineBy";

    private final String id;
    private final String serviceClass;
    private final List<String> attachments = new ArrayList<>();
    private final List<String> prefixes = new ArrayList<>();
    private final List<String> macs = new ArrayList<>();

    /** By name, so that a later version may add to it without another shape. */
    private final Map<String, String> further = new HashMap<>();

    FormerRecord(Subscriber subscriber) {
        id = subscriber.id();
        serviceClass = subscriber.serviceClass();
        subscriber.attachments().forEach(a -> attachments.add(a.toString()));
        subscriber.prefixes().forEach(p -> prefixes.add(p.toString()));
        subscriber.macs().forEach(m -> macs.add(m.toString()));
        if (subscriber.mode() != Mode.ENFORCE) {
            further.put(MODE, subscriber.mode().name());
        }
        subscriber
                .quarantine()
                .ifPresent(
                        q -> {
                            further.put(QUARANTINE_CLASS, q.serviceClass());
                            further.put(QUARANTINE_REASON, q.reason());
                            further.put(QUARANTINE_SINCE, q.since().toString());
                            further.put(QUARANTINE_BY, q.by());
                        });
    }

    Subscriber subscriber() {
        Subscriber.Builder builder = Subscriber.builder(id).serviceClass(serviceClass);
        attachments.forEach(a -> builder.attachedAt(Attachment.parse(a)));
        prefixes.forEach(p -> builder.prefix(IpPrefix.valueOf(p)));
        macs.forEach(m -> builder.mac(MacAddress.valueOf(m)));
        builder.mode(Mode.valueOf(further.getOrDefault(MODE, Mode.ENFORCE.name())));
        if (further.containsKey(QUARANTINE_CLASS)) {
            builder.quarantine(
                    new Quarantine(
                            further.get(QUARANTINE_CLASS),
                            further.get(QUARANTINE_REASON),
                            Instant.parse(further.get(QUARANTINE_SINCE)),
                            further.get(QUARANTINE_BY)));
        }
        return builder.build();
    }
}
