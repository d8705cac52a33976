package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Sets;
import java.util.Optional;
import org.postern.policy.InboundRule;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.OutboundAction;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

/**
 * How far a change goes: to whom it opens something (direct mail, the own port 25, tunnels, others'
 * addresses), from whom it cuts something off. What a quarantine holds back meanwhile does not
 * count, it ends one day. Immutable.
 */
public final class Reach {
    private static final int PERCENT = 100;

    private final int opened;
    private final int cutOff;
    private final int removed;
    private final int subscribers;
    private final int share;
    private final int limit;

    private Reach(int opened, int cutOff, int removed, int subscribers, int share, int limit) {
        this.opened = opened;
        this.cutOff = cutOff;
        this.removed = removed;
        this.subscribers = subscribers;
        this.share = share;
        this.limit = limit;
    }

    /**
     * Counts.
     *
     * @param difference what changes
     * @param infrastructure what the classes do
     * @param before number of subscribers in the directory
     * @param share percent of the subscribers that may be opened, or cut off, without force
     * @param floor so many may be, however small the network is
     */
    static Reach of(
            Difference difference,
            Infrastructure infrastructure,
            int before,
            int share,
            int floor) {
        int opened = 0;
        int cutOff = 0;
        // nobody is told from the default class before being registered
        Freedom unregistered = new Freedom(infrastructure.defaultClass(), false);
        for (Subscriber subscriber : difference.added()) {
            Freedom is = Freedom.of(subscriber, infrastructure);
            opened += is.exceeds(unregistered) ? 1 : 0;
            cutOff += is.lacks(unregistered) ? 1 : 0;
        }
        for (Difference.Changed change : difference.changed()) {
            Freedom was = Freedom.of(change.before(), infrastructure);
            Freedom is = Freedom.of(change.after(), infrastructure);
            // elsewhere it is a new one, and where it was it is none any more
            boolean arrives =
                    !Sets.difference(change.after().attachments(), change.before().attachments())
                            .isEmpty();
            boolean leaves =
                    !Sets.difference(change.before().attachments(), change.after().attachments())
                            .isEmpty();
            opened += is.exceeds(was) || arrives && is.exceeds(unregistered) ? 1 : 0;
            cutOff += is.lacks(was) || leaves && unregistered.lacks(was) ? 1 : 0;
        }
        int removed = difference.removed().size();
        int subscribers = Math.max(before, before + difference.added().size() - removed);
        return new Reach(
                opened,
                cutOff,
                removed,
                subscribers,
                share,
                Math.max(floor, (int) ((long) subscribers * share / PERCENT)));
    }

    /** What a subscriber may do as far as its class and mode say. */
    private static final class Freedom {
        /** Direct mail may get out, now or when a relay is unreachable. */
        private final boolean sends;

        /** Its port 25 can be reached. */
        private final boolean isReached;

        private final boolean tunnels;
        private final boolean isUnguarded;

        private Freedom(ServiceClass own, boolean monitored) {
            boolean free = monitored || own.mode() == Mode.MONITOR;
            sends =
                    free
                            || own.allowsOutbound()
                            || own.outbound() == OutboundAction.REDIRECT
                                    && own.fallback() == OutboundAction.ALLOW;
            isReached = free || own.inbound() == InboundRule.ALLOW;
            tunnels = free || !own.blocksTunnels();
            isUnguarded = free || !own.guardsSources();
        }

        private static Freedom of(Subscriber subscriber, Infrastructure infrastructure) {
            return new Freedom(
                    infrastructure
                            .classes()
                            .getOrDefault(subscriber.serviceClass(), infrastructure.defaultClass()),
                    subscriber.mode() == Mode.MONITOR);
        }

        /** Whether it may do what another may not. */
        private boolean exceeds(Freedom other) {
            return other.lacks(this) || isUnguarded && !other.isUnguarded;
        }

        /** Whether it may not do what another may; to use others' addresses is no loss. */
        private boolean lacks(Freedom other) {
            return !sends && other.sends
                    || !isReached && other.isReached
                    || !tunnels && other.tunnels;
        }
    }

    /**
     * Returns to whom something is opened.
     *
     * @return number of subscribers that get a class or mode that lets them send directly, be
     *     reached on port 25, tunnel or use others' addresses, or get it elsewhere
     */
    public int opened() {
        return opened;
    }

    /**
     * Returns from whom something is cut off.
     *
     * @return number of subscribers that lose direct mail, their port 25, tunnels, or the place
     *     where they had it, without those removed
     */
    public int cutOff() {
        return cutOff;
    }

    /**
     * Tells why the change needs to be forced.
     *
     * @return a sentence with the numbers, or empty if it goes not too far
     */
    public Optional<String> excess() {
        String what =
                opened > limit
                        ? opened
                                + " of "
                                + subscribers
                                + " subscribers would be let send directly, or be opened otherwise"
                        : cutOff + removed > limit
                                ? cutOff
                                        + " of "
                                        + subscribers
                                        + " subscribers would be cut off and "
                                        + removed
                                        + " removed"
                                : null;
        return Optional.ofNullable(what)
                .map(
                        text ->
                                text
                                        + ", more than the "
                                        + limit
                                        + " that may be without force ("
                                        + share
                                        + " %): see what differs with a dry run, and force it if it is meant");
    }

    /**
     * Returns the numbers for programs.
     *
     * @return an object; {@code excess} is null if the change goes not too far
     */
    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("opened", opened)
                .put("cutOff", cutOff)
                .put("removed", removed)
                .put("subscribers", subscribers)
                .put("limit", limit)
                .put("excess", excess().orElse(null));
    }
}
