package org.postern.subscriber;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
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
    private static final String OTHER_SIGN =
            "subscriber %s: attachment %s tells it by %s, but subscriber %s shares %s and is told by"
                    + " %s, and a packet could be both's; tell all of a line by prefix, all by MAC,"
                    + " or all by inner VLAN";

    private final Owners<Attachment> attachments = new Owners<>(new HashMap<>());
    private final Owners<MacAddress> macs = new Owners<>(new HashMap<>());
    private final PrefixIndex prefixes = new PrefixIndex();

    /** Sources that tell subscribers apart who share a port, or a VLAN of one. */
    private final Map<Attachment, PrefixIndex> sources = new HashMap<>();

    /** Who is told by which sign on a line. */
    private final Map<Attachment, SetMultimap<Sign, String>> shares = new HashMap<>();

    /** That another has what one has, or would have. */
    static final class Claim {
        final String owner;
        final String what;
        private final String refusal;

        private Claim(String owner, String what, String refusal) {
            this.owner = owner;
            this.what = what;
            this.refusal = refusal;
        }
    }

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
        claims(subscriber).stream()
                .findFirst()
                .ifPresent(
                        claim -> {
                            throw new IllegalArgumentException(claim.refusal);
                        });
    }

    /** What a subscriber has, or would have, that others have, as far as each has one other. */
    List<Claim> claims(Subscriber subscriber) {
        List<Claim> claims = new ArrayList<>();
        String id = subscriber.id();
        for (Attachment attachment : subscriber.attachments()) {
            claim(claims, id, "attachment " + attachment, attachments.other(attachment, id));
            if (attachment.source().isPresent() && sources.containsKey(attachment.wholeLine())) {
                claim(
                        claims,
                        id,
                        "attachment " + attachment + " or a part",
                        sources.get(attachment.wholeLine()).other(attachment.source().get(), id));
            }
            if (attachment.isShared()) {
                claimByOtherSign(claims, id, attachment);
            }
        }
        for (MacAddress mac : subscriber.macs()) {
            claim(claims, id, "MAC " + mac, macs.other(mac, id));
        }
        for (IpPrefix prefix : subscriber.prefixes()) {
            claim(claims, id, "prefix " + prefix + " or a part of it", prefixes.other(prefix, id));
        }
        return claims;
    }

    /** A packet may come from one's prefix and another's MAC: on a line only one of them tells. */
    private void claimByOtherSign(List<Claim> claims, String id, Attachment attachment) {
        Sign sign = Sign.of(attachment);
        Attachment line = attachment.wholeLine();
        SetMultimap<Sign, String> told = shares.getOrDefault(line, HashMultimap.create());
        for (Sign other : Sign.values()) {
            told.get(other).stream()
                    .filter(neighbour -> other != sign && !neighbour.equals(id))
                    .min(Comparator.naturalOrder())
                    .ifPresent(
                            neighbour ->
                                    claims.add(
                                            new Claim(
                                                    neighbour,
                                                    "line "
                                                            + line
                                                            + ", and are not told apart by the same",
                                                    String.format(
                                                            OTHER_SIGN,
                                                            id,
                                                            attachment,
                                                            sign.text,
                                                            neighbour,
                                                            line,
                                                            other.text))));
        }
    }

    private static void claim(List<Claim> claims, String id, String what, Optional<String> owner) {
        owner.ifPresent(
                other ->
                        claims.add(
                                new Claim(
                                        other,
                                        what,
                                        "subscriber "
                                                + id
                                                + ": "
                                                + what
                                                + " belongs to subscriber "
                                                + other
                                                + " already; take it from there first")));
    }
}
