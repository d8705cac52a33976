package org.postern.subscriber;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

    /** What tells subscribers apart who share a line. */
    private enum Sign {
        PREFIX("prefix"),
        MAC("MAC"),
        INNER_VLAN("inner VLAN");

        private final String text;

        Sign(String text) {
            this.text = text;
        }

        static Sign of(Attachment share) {
            if (share.customerVlan().isPresent()) {
                return INNER_VLAN;
            }
            return share.source().isPresent() ? PREFIX : MAC;
        }
    }

    /** Who is told by which sign on a line. */
    private final Map<Attachment, SetMultimap<Sign, String>> shares = new HashMap<>();

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
        Sign sign = Sign.of(attachment);
        Attachment line = attachment.wholeLine();
        SetMultimap<Sign, String> told = shares.computeIfAbsent(line, l -> HashMultimap.create());
        told.put(sign, subscriber.id());
        for (Sign other : Sign.values()) {
            Optional<String> neighbour =
                    told.get(other).stream()
                            .filter(id -> other != sign && !id.equals(subscriber.id()))
                            .findFirst();
            if (neighbour.isPresent()) {
                throw new IllegalArgumentException(
                        String.format(
                                "subscriber %s: attachment %s tells it by %s, but subscriber %s shares"
                                        + " %s and is told by %s, and a packet could be both's; tell all"
                                        + " of a line by prefix, all by MAC, or all by inner VLAN",
                                subscriber.id(),
                                attachment,
                                sign.text,
                                neighbour.get(),
                                line,
                                other.text));
            }
        }
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
