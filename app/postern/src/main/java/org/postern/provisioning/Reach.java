package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Sets;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.stream.Stream;
import org.postern.policy.Attachment;
import org.postern.policy.Infrastructure;
import org.postern.policy.Subscriber;

/**
 * How far a change goes: to whom it opens something (direct mail, the own port 25, tunnels, others'
 * addresses), from whom it cuts something off, and at how many attachments. Both are counted, since
 * few subscribers may have many lines. What a quarantine holds back meanwhile does not count, it
 * ends one day. Immutable.
 */
public final class Reach {
    private static final int PERCENT = 100;
    private static final String OPENED = " would be let send directly, or be opened otherwise";

    private final Extent subscribers;
    private final int removed;
    private final Extent attachments;
    private final int share;

    private Reach(Extent subscribers, int removed, Extent attachments, int share) {
        this.subscribers = subscribers;
        this.removed = removed;
        this.attachments = attachments;
        this.share = share;
    }

    /** How many of all there are. */
    private static final class Extent {
        private final int opened;
        private final int cutOff;
        private final int all;
        private final int limit;

        private Extent(int opened, int cutOff, int all, int share, int floor) {
            this.opened = opened;
            this.cutOff = cutOff;
            this.all = all;
            limit = limit(all, share, floor);
        }
    }

    /** How many of some may be opened, or cut off, without force. */
    static int limit(int all, int share, int floor) {
        return Math.max(floor, (int) ((long) all * share / PERCENT));
    }

    /**
     * Counts.
     *
     * @param difference what changes
     * @param infrastructure what the classes do
     * @param before the directory as it is
     * @param share percent of the subscribers, and of their attachments, that may be opened, or cut
     *     off, without force
     * @param floor so many may be, however small the network is
     */
    static Reach of(
            Difference difference,
            Infrastructure infrastructure,
            Collection<Subscriber> before,
            int share,
            int floor) {
        Lines lines = new Lines(difference, infrastructure);
        int opened = 0;
        int cutOff = 0;
        for (Subscriber subscriber : difference.added()) {
            opened += lines.opens(null, subscriber) ? 1 : 0;
            cutOff += lines.cutsOff(null, subscriber) ? 1 : 0;
        }
        for (Difference.Changed change : difference.changed()) {
            opened += lines.opens(change.before(), change.after()) ? 1 : 0;
            cutOff += lines.cutsOff(change.before(), change.after()) ? 1 : 0;
        }
        for (Subscriber subscriber : difference.removed()) {
            opened += lines.opens(subscriber, null) ? 1 : 0;
        }
        int removed = difference.removed().size();
        int there = before.size();
        int attached = before.stream().mapToInt(s -> s.attachments().size()).sum();
        return new Reach(
                new Extent(
                        opened,
                        cutOff,
                        Math.max(there, there + difference.added().size() - removed),
                        share,
                        floor),
                removed,
                new Extent(
                        lines.opened(),
                        lines.lost(),
                        Math.max(attached, attached + lines.more()),
                        share,
                        floor),
                share);
    }

    /** The attachments of those who differ, as they were and as they will be. */
    private static final class Lines {
        private final Infrastructure infrastructure;

        /** Nobody is told from the default class before being registered. */
        private final Freedom unregistered;

        private final Map<Attachment, Freedom> was = new HashMap<>();
        private final Map<Attachment, Freedom> is = new HashMap<>();
        private final Set<Attachment> ofRemoved = new HashSet<>();

        private Lines(Difference difference, Infrastructure infrastructure) {
            this.infrastructure = infrastructure;
            unregistered = Freedom.unregistered(infrastructure);
            for (Difference.Changed change : difference.changed()) {
                put(change.before(), was);
                put(change.after(), is);
            }
            difference.added().forEach(s -> put(s, is));
            for (Subscriber subscriber : difference.removed()) {
                put(subscriber, was);
                ofRemoved.addAll(subscriber.attachments());
            }
            ofRemoved.removeAll(is.keySet());
        }

        private void put(Subscriber subscriber, Map<Attachment, Freedom> lines) {
            Freedom freedom = Freedom.of(subscriber, infrastructure);
            subscriber.attachments().forEach(a -> lines.put(a, freedom));
        }

        private Freedom was(Attachment attachment) {
            return was.getOrDefault(attachment, unregistered);
        }

        private Freedom is(Attachment attachment) {
            return is.getOrDefault(attachment, unregistered);
        }

        /**
         * Whether anything is opened to a subscriber, at its lines or those that nobody has now.
         *
         * @param before as it was; null if it is new
         * @param after as it will be; null if it is removed
         */
        private boolean opens(Subscriber before, Subscriber after) {
            Freedom had = of(before);
            Freedom has = of(after);
            return before != null && after != null && has.exceeds(had)
                    || isAnywhere(before, after, (w, i) -> i.exceeds(w))
                    || has.hasMoreAddresses(had) && has.isReachedUnlike(unregistered)
                    || had.hasMoreAddresses(has) && unregistered.isReachedUnlike(had);
        }

        private boolean cutsOff(Subscriber before, Subscriber after) {
            Freedom had = of(before);
            Freedom has = of(after);
            return before != null && has.lacks(had)
                    || isAnywhere(before, after, (w, i) -> i.lacks(w))
                    || had.hasMoreAddresses(has) && had.isReachedUnlike(unregistered)
                    || has.hasMoreAddresses(had) && unregistered.isReachedUnlike(has);
        }

        private Freedom of(Subscriber subscriber) {
            return subscriber == null ? unregistered : Freedom.of(subscriber, infrastructure);
        }

        private boolean isAnywhere(
                Subscriber before, Subscriber after, BiPredicate<Freedom, Freedom> what) {
            Set<Attachment> own = new HashSet<>();
            if (before != null) {
                own.addAll(before.attachments());
                // whoever has it now is asked for it
                own.removeAll(is.keySet());
            }
            if (after != null) {
                own.addAll(after.attachments());
            }
            return own.stream().anyMatch(a -> what.test(was(a), is(a)));
        }

        private int opened() {
            return (int) all().filter(a -> is(a).exceeds(was(a))).count();
        }

        private int lost() {
            return (int) all().filter(a -> ofRemoved.contains(a) || is(a).lacks(was(a))).count();
        }

        private int more() {
            return is.size() - was.size();
        }

        private Stream<Attachment> all() {
            return Sets.union(was.keySet(), is.keySet()).stream();
        }
    }

    /**
     * Returns to whom something is opened.
     *
     * @return number of subscribers that may send directly, be reached on port 25, tunnel or use
     *     others' addresses and could not, or at a line where nobody could, or leave a line to a
     *     default class that may
     */
    public int opened() {
        return subscribers.opened;
    }

    /**
     * Returns from whom something is cut off.
     *
     * @return number of subscribers that lose direct mail, their port 25, tunnels, the line or
     *     address where they had it, or an address to which they are held, without those removed
     */
    public int cutOff() {
        return subscribers.cutOff;
    }

    /**
     * Tells why the change needs to be forced.
     *
     * @return a sentence with the numbers, or empty if it goes not too far
     */
    public Optional<String> excess() {
        if (subscribers.opened > subscribers.limit) {
            return Optional.of(excess(subscribers, subscribers.opened, "subscribers" + OPENED));
        }
        if (subscribers.cutOff + removed > subscribers.limit) {
            return Optional.of(
                    excess(
                            subscribers,
                            subscribers.cutOff,
                            "subscribers would be cut off and " + removed + " removed"));
        }
        if (attachments.opened > attachments.limit) {
            return Optional.of(excess(attachments, attachments.opened, "attachments" + OPENED));
        }
        return attachments.cutOff > attachments.limit
                ? Optional.of(
                        excess(
                                attachments,
                                attachments.cutOff,
                                "attachments would be cut off, or be nobody's"))
                : Optional.empty();
    }

    private String excess(Extent extent, int number, String what) {
        return number
                + " of "
                + extent.all
                + " "
                + what
                + ", more than the "
                + extent.limit
                + " that may be without force ("
                + share
                + " %): see what differs with a dry run, and force it if it is meant";
    }

    /**
     * Returns the numbers for programs.
     *
     * @return an object; {@code excess} is null if the change goes not too far
     */
    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("opened", subscribers.opened)
                .put("cutOff", subscribers.cutOff)
                .put("removed", removed)
                .put("subscribers", subscribers.all)
                .put("limit", subscribers.limit)
                .put("openedAttachments", attachments.opened)
                .put("cutOffAttachments", attachments.cutOff)
                .put("attachments", attachments.all)
                .put("attachmentsLimit", attachments.limit)
                .put("excess", excess().orElse(null));
    }
}
