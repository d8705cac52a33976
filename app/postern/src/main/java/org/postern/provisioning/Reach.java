package org.postern.provisioning;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Sets;
import java.util.Optional;
import org.postern.policy.Infrastructure;
import org.postern.policy.Mode;
import org.postern.policy.OutboundAction;
import org.postern.policy.ServiceClass;
import org.postern.policy.Subscriber;

/**
 * How far a change goes: whose direct mail it opens, whose it cuts off. What a quarantine holds
 * back meanwhile does not count, it ends one day. Immutable.
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
        boolean open = sends(infrastructure.defaultClass());
        for (Subscriber subscriber : difference.added()) {
            boolean sends = sends(subscriber, infrastructure);
            opened += sends && !open ? 1 : 0;
            cutOff += !sends && open ? 1 : 0;
        }
        for (Difference.Changed change : difference.changed()) {
            boolean was = sends(change.before(), infrastructure);
            boolean is = sends(change.after(), infrastructure);
            // elsewhere a sender is a new one, and where it was it is none any more
            boolean arrives =
                    !Sets.difference(change.after().attachments(), change.before().attachments())
                            .isEmpty();
            boolean leaves =
                    !Sets.difference(change.before().attachments(), change.after().attachments())
                            .isEmpty();
            opened += is && (!was || arrives && !open) ? 1 : 0;
            cutOff += was && (!is || leaves && !open) ? 1 : 0;
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

    /** Whether direct mail of a subscriber may get out, now or when a relay is unreachable. */
    private static boolean sends(Subscriber subscriber, Infrastructure infrastructure) {
        ServiceClass own =
                infrastructure
                        .classes()
                        .getOrDefault(subscriber.serviceClass(), infrastructure.defaultClass());
        return subscriber.mode() == Mode.MONITOR || sends(own);
    }

    private static boolean sends(ServiceClass own) {
        return own.allowsOutbound()
                || own.mode() == Mode.MONITOR
                || own.outbound() == OutboundAction.REDIRECT
                        && own.fallback() == OutboundAction.ALLOW;
    }

    /**
     * Returns whose direct mail is opened.
     *
     * @return number of subscribers that get a class or mode that lets it out, or get it elsewhere
     */
    public int opened() {
        return opened;
    }

    /**
     * Returns whose direct mail is cut off.
     *
     * @return number of subscribers that lose such a class, mode or place, without those removed
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
                        ? opened + " of " + subscribers + " subscribers would be let send directly"
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
