package org.postern.subscriber;

import java.util.ArrayList;
import java.util.List;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;

/**
 * A subscriber as it is stored: text only, so that what an earlier version of Postern stored can be
 * read by a later one. Its fields are what the store serializes.
 */
final class SubscriberRecord {
    private final String id;
    private final String serviceClass;
    private final List<String> attachments = new ArrayList<>();
    private final List<String> prefixes = new ArrayList<>();
    private final List<String> macs = new ArrayList<>();

    SubscriberRecord(Subscriber subscriber) {
        id = subscriber.id();
        serviceClass = subscriber.serviceClass();
        subscriber.attachments().forEach(a -> attachments.add(a.toString()));
        subscriber.prefixes().forEach(p -> prefixes.add(p.toString()));
        subscriber.macs().forEach(m -> macs.add(m.toString()));
    }

    Subscriber subscriber() {
        Subscriber.Builder builder = Subscriber.builder(id).serviceClass(serviceClass);
        attachments.forEach(a -> builder.attachedAt(Attachment.parse(a)));
        prefixes.forEach(p -> builder.prefix(IpPrefix.valueOf(p)));
        macs.forEach(m -> builder.mac(MacAddress.valueOf(m)));
        return builder.build();
    }
}
