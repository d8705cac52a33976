package org.postern.subscriber;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;

/** What belongs to whom; two subscribers cannot have the same. */
final class Occupancy {
    private final Map<Attachment, String> attachments = new HashMap<>();
    private final Map<MacAddress, String> macs = new HashMap<>();
    private final PrefixIndex prefixes = new PrefixIndex();

    /** Sources that tell subscribers apart who share a port, or a VLAN of one. */
    private final Map<Attachment, PrefixIndex> sources = new HashMap<>();

    /** Who is told by a prefix on a line. */
    private final SetMultimap<Attachment, String> toldByPrefix = HashMultimap.create();

    /** Who is told by a MAC on a line. */
    private final SetMultimap<Attachment, String> toldByMac = HashMultimap.create();

    /** Takes what a subscriber has; the first that another has already is told. */
    void take(Subscriber subscriber) {
        subscriber
                .attachments()
                .forEach(
                        a ->
                                claim(
                                        subscriber,
                                        "attachment " + a,
                                        attachments.put(a, subscriber.id())));
        subscriber.attachments().forEach(a -> takeSource(subscriber, a));
        subscriber.attachments().stream()
                .filter(Attachment::isShared)
                .forEach(a -> takeShare(subscriber, a));
        subscriber.macs().forEach(m -> claim(subscriber, "MAC " + m, macs.put(m, subscriber.id())));
        List<IpPrefix> own = new ArrayList<>(subscriber.prefixes());
        // the widest first: those within it need no place of their own
        own.sort(Comparator.comparingInt(IpPrefix::prefixLength));
        own.forEach(
                p ->
                        prefixes.put(p, subscriber.id())
                                .filter(other -> !other.equals(subscriber.id()))
                                .ifPresent(
                                        other ->
                                                claim(
                                                        subscriber,
                                                        "prefix " + p + " or a part of it",
                                                        other)));
    }

    private void takeSource(Subscriber subscriber, Attachment attachment) {
        attachment
                .source()
                .flatMap(
                        prefix ->
                                sources.computeIfAbsent(
                                                attachment.wholeLine(), l -> new PrefixIndex())
                                        .put(prefix, subscriber.id()))
                .filter(other -> !other.equals(subscriber.id()))
                .ifPresent(
                        other ->
                                claim(
                                        subscriber,
                                        "attachment " + attachment + " or a part",
                                        other));
    }

    /** A packet may come from one's prefix and another's MAC: on a line only one of them tells. */
    private void takeShare(Subscriber subscriber, Attachment attachment) {
        boolean byPrefix = attachment.source().isPresent();
        Attachment line = attachment.wholeLine();
        (byPrefix ? toldByPrefix : toldByMac).put(line, subscriber.id());
        (byPrefix ? toldByMac : toldByPrefix)
                .get(line).stream()
                        .filter(other -> !other.equals(subscriber.id()))
                        .findFirst()
                        .ifPresent(
                                other -> {
                                    throw new IllegalArgumentException(
                                            String.format(
                                                    "subscriber %s: attachment %s tells it by %s, but"
                                                            + " subscriber %s shares %s and is told by"
                                                            + " %s, and a packet could be both's; tell"
                                                            + " all of a line by prefix, or all by MAC",
                                                    subscriber.id(),
                                                    attachment,
                                                    byPrefix ? "prefix" : "MAC",
                                                    other,
                                                    line,
                                                    byPrefix ? "MAC" : "prefix"));
                                });
    }

    private static void claim(Subscriber subscriber, String what, String other) {
        if (other != null) {
            throw new IllegalArgumentException(
                    "subscriber "
                            + subscriber.id()
                            + ": "
                            + what
                            + " belongs to subscriber "
                            + other
                            + " already; take it from there first");
        }
    }
}
