package org.postern.subscriber;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;

/**
 * What belongs to whom, kept as subscribers come and go, so that one more can be judged without
 * looking at all others. Two subscribers cannot have the same; where they do all the same (two
 * nodes of a cluster were quick at the same time), both are known.
 */
final class Occupancy {
    private final Owners<Attachment> attachments = new Owners<>(new HashMap<>());
    private final Owners<MacAddress> macs = new Owners<>(new HashMap<>());
    private final PrefixIndex prefixes = new PrefixIndex();

    /** Sources that tell subscribers apart who share a port, or a VLAN of one. */
    private final Map<Attachment, PrefixIndex> sources = new HashMap<>();

    /** Who is told by which sign on a line. */
    private final Map<Attachment, SetMultimap<Sign, String>> shares = new HashMap<>();

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

    /** Takes down what a subscriber has, whoever else has it. */
    void add(Subscriber subscriber) {
        String id = subscriber.id();
        for (Attachment attachment : subscriber.attachments()) {
            attachments.add(attachment, id);
            attachment
                    .source()
                    .ifPresent(
                            prefix ->
                                    sources.computeIfAbsent(
                                                    attachment.wholeLine(), l -> new PrefixIndex())
                                            .add(prefix, id));
            if (attachment.isShared()) {
                shares.computeIfAbsent(attachment.wholeLine(), l -> HashMultimap.create())
                        .put(Sign.of(attachment), id);
            }
        }
        subscriber.macs().forEach(mac -> macs.add(mac, id));
        subscriber.prefixes().forEach(prefix -> prefixes.add(prefix, id));
    }

    /** Forgets what a subscriber has that was added. */
    void remove(Subscriber subscriber) {
        String id = subscriber.id();
        for (Attachment attachment : subscriber.attachments()) {
            Attachment line = attachment.wholeLine();
            attachments.remove(attachment, id);
            attachment
                    .source()
                    .ifPresent(
                            prefix ->
                                    sources.computeIfPresent(
                                            line,
                                            (l, index) -> {
                                                index.remove(prefix, id);
                                                return index.isEmpty() ? null : index;
                                            }));
            if (attachment.isShared()) {
                shares.computeIfPresent(
                        line,
                        (l, told) -> {
                            told.remove(Sign.of(attachment), id);
                            return told.isEmpty() ? null : told;
                        });
            }
        }
        subscriber.macs().forEach(mac -> macs.remove(mac, id));
        subscriber.prefixes().forEach(prefix -> prefixes.remove(prefix, id));
    }

    /**
     * Judges changes; nothing is kept of them.
     *
     * @param former who is changed or removed, as they are
     * @param changed who is changed or added, as they would be
     * @throws IllegalArgumentException naming the first who would have what another has
     */
    void check(Collection<Subscriber> former, Collection<Subscriber> changed) {
        Deque<Subscriber> taken = new ArrayDeque<>();
        former.forEach(this::remove);
        try {
            for (Subscriber subscriber : changed) {
                refuseClaims(subscriber);
                taken.push(subscriber);
                add(subscriber);
            }
        } finally {
            taken.forEach(this::remove);
            former.forEach(this::add);
        }
    }

    private void refuseClaims(Subscriber subscriber) {
        String id = subscriber.id();
        for (Attachment attachment : subscriber.attachments()) {
            refuse(subscriber, "attachment " + attachment, attachments.other(attachment, id));
            if (attachment.source().isPresent() && sources.containsKey(attachment.wholeLine())) {
                refuse(
                        subscriber,
                        "attachment " + attachment + " or a part",
                        sources.get(attachment.wholeLine()).other(attachment.source().get(), id));
            }
            if (attachment.isShared()) {
                refuseOtherSign(subscriber, attachment);
            }
        }
        for (MacAddress mac : subscriber.macs()) {
            refuse(subscriber, "MAC " + mac, macs.other(mac, id));
        }
        for (IpPrefix prefix : subscriber.prefixes()) {
            refuse(subscriber, "prefix " + prefix + " or a part of it", prefixes.other(prefix, id));
        }
    }

    /** A packet may come from one's prefix and another's MAC: on a line only one of them tells. */
    private void refuseOtherSign(Subscriber subscriber, Attachment attachment) {
        Sign sign = Sign.of(attachment);
        Attachment line = attachment.wholeLine();
        SetMultimap<Sign, String> told = shares.getOrDefault(line, HashMultimap.create());
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

    private static void refuse(Subscriber subscriber, String what, Optional<String> owner) {
        if (owner.isPresent()) {
            throw new IllegalArgumentException(
                    "subscriber "
                            + subscriber.id()
                            + ": "
                            + what
                            + " belongs to subscriber "
                            + owner.get()
                            + " already; take it from there first");
        }
    }
}
