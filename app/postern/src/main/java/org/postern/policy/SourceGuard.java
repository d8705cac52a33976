package org.postern.policy;

import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Whose sources are guarded on a device, and what its lines say in common: what is the subscriber's
 * own passes, what another guarded subscriber claims is dropped, then what is not its own.
 *
 * <p>MACs and addresses have a chain each, since a packet claims both at once and only one line of
 * a chain speaks.
 */
final class SourceGuard {
    /** From a part of a line that is another's. */
    static final int CLAIMED_WITHIN = 80;

    static final int CLAIMED = 50;
    static final int LAST = 0;

    /** Of owners who are monitored, below all that holds whoever sends it to what is its own. */
    private static final int CLAIM_COUNTED = 5;

    private static final int LEVELS = 10;
    private static final int LEVEL = 3;
    private static final int FORGED = 2;

    private final DeviceScope scope;

    /** What there is of each port, by the port as a whole. */
    private final SetMultimap<Attachment, Attachment> parts = LinkedHashMultimap.create();

    SourceGuard(DeviceScope scope) {
        this.scope = scope;
        scope.eachAttachment((subscriber, a) -> parts.put(a.wholePort(), a));
    }

    /**
     * Whether a subscriber is held to what is its own. One that is told from its neighbours by a
     * source is not: the line is not its own.
     */
    boolean isGuarded(Subscriber subscriber) {
        return scope.classOf(subscriber).guardsSources()
                && (!subscriber.prefixes().isEmpty() || !subscriber.macs().isEmpty())
                && subscriber.attachments().stream().noneMatch(Attachment::isShared);
    }

    /** The guarded subscribers of this device and its chain whose claims nobody else may make. */
    Iterable<Subscriber> claimants() {
        return () ->
                scope.identification().subscribers().stream().filter(this::isGuarded).iterator();
    }

    /** The attachments here of guarded subscribers that have something of which is spoken. */
    AttachmentsByPort guardedLines(Predicate<Subscriber> spoken) {
        AttachmentsByPort lines = new AttachmentsByPort();
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    if (isGuarded(subscriber) && spoken.test(subscriber)) {
                        lines.add(attachment);
                    }
                });
        return lines;
    }

    /** Those who have a part of a line, by a source of theirs. */
    Set<Attachment> sharesWithin(Attachment line) {
        Set<Attachment> shares = new LinkedHashSet<>(parts.get(line.wholePort()));
        shares.removeIf(a -> !a.isShared() || !AttachmentsByPort.surrounds(line, a));
        return shares;
    }

    /** What others have within the lines of a subscriber. */
    Set<Attachment> othersWithin(Subscriber subscriber) {
        Set<Attachment> others = new LinkedHashSet<>();
        for (Attachment own : scope.attachmentsOf(subscriber)) {
            for (Attachment part : parts.get(own.wholePort())) {
                if (AttachmentsByPort.surrounds(own, part)) {
                    others.add(part);
                }
            }
        }
        others.removeAll(subscriber.attachments());
        return others;
    }

    /**
     * What only a subscriber may say it is: denied to all others, also those within its lines. If
     * it is monitored, it is counted of it, where nothing else is said of the sender.
     */
    void claimed(
            Chain chain, int above, PacketMatch claim, Subscriber owner, Set<Attachment> within) {
        if (scope.policy().isMonitored(owner) && !scope.isMonitored()) {
            // a packet may claim two things at once
            int rank = CLAIM_COUNTED + Integer.signum(above);
            monitored(chain, rank, claim, claimOf(owner), owner.id(), last(chain));
            return;
        }
        denied(chain, CLAIMED + above, claim, owner);
        for (Attachment other : within) {
            claim.and(DeviceScope.at(other))
                    .ifPresent(match -> denied(chain, CLAIMED_WITHIN + above, match, owner));
        }
    }

    private void denied(Chain chain, int rank, PacketMatch match, Subscriber owner) {
        if (scope.isMonitored()) {
            // whose packet it is, is not told here
            monitored(chain, rank - 1, match, claimOf(owner), null, Verdict.PASS);
        } else {
            lead(chain, rank, match, Verdict.DROP, claimOf(owner), owner);
        }
    }

    private static String claimOf(Subscriber owner) {
        return "claims to be subscriber " + owner.id();
    }

    /** What becomes of packets of which a chain says nothing. */
    private Verdict last(Chain chain) {
        return chain == Chain.MAC_GUARD
                ? Verdict.jump(Chain.GUARD)
                : TunnelLines.after(scope.defaultClass());
    }

    /** What a subscriber's line says that is not its own. */
    void forged(Chain chain, PacketMatch what, Subscriber subscriber, Attachment line) {
        what.and(DeviceScope.at(line))
                .ifPresent(m -> forged(chain, rankOf(line) + FORGED, m, subscriber));
    }

    /** Likewise, at a rank; if it is counted only, that is one below. */
    void forged(Chain chain, int rank, PacketMatch match, Subscriber subscriber) {
        String reason = "not a source of subscriber " + subscriber.id();
        if (scope.isMonitored(subscriber)) {
            String told = scope.isMonitored() ? null : subscriber.id();
            // others' addresses are guarded all the same; of tunnels nothing is asked any more
            Verdict onward = chain == Chain.MAC_GUARD ? Verdict.jump(Chain.GUARD) : Verdict.PASS;
            monitored(chain, rank - 1, match, reason, told, scope.afterCount(onward));
        } else {
            lead(chain, rank, match, Verdict.DROP, reason, subscriber);
        }
    }

    private void monitored(
            Chain chain,
            int rank,
            PacketMatch match,
            String reason,
            String subscriber,
            Verdict onward) {
        scope.add(
                PolicyLine.permit(chain, rank, match, onward, "monitored: " + reason, subscriber)
                        .counting(Counted.MONITORED_OTHER));
    }

    /** What is another's within a guarded line is not guarded with it. */
    void unguarded(
            Chain chain, PacketMatch match, Subscriber subscriber, Attachment part, Verdict after) {
        lead(chain, rankOf(part), match, after, "not guarded", subscriber);
    }

    private static int rankOf(Attachment attachment) {
        return LEVELS + LEVEL * AttachmentsByPort.levelOf(attachment);
    }

    /** A line of the floor: without those that permit, guarded lines would be cut off. */
    void lead(
            Chain chain,
            int rank,
            PacketMatch match,
            Verdict verdict,
            String reason,
            Subscriber subscriber) {
        scope.add(PolicyLine.floor(chain, rank, match, verdict, reason).about(subscriber.id()));
    }
}
