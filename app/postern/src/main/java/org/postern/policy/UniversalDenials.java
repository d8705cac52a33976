package org.postern.policy;

import static org.postern.policy.Chain.CLASSIFY;

/**
 * What chain CLASSIFY denies to every access port but those of who is monitored, of whom it is
 * counted.
 *
 * <p>All these lines are of the floor, those that let pass too: they match more than what is
 * denied, so they must not be there before the lines above them.
 */
final class UniversalDenials {
    private final DeviceScope scope;
    private final PairLines pairs;
    private final AttachmentsByPort monitored = new AttachmentsByPort();

    UniversalDenials(DeviceScope scope, PairLines pairs) {
        this.scope = scope;
        this.pairs = pairs;
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    if (scope.isMonitored(subscriber)) {
                        monitored.add(attachment);
                    }
                });
    }

    /**
     * Denies something, but to those who are monitored: theirs is counted and goes on.
     *
     * @param rank of the denial; the lines take one rank below it and eleven above
     */
    void denied(int rank, PacketMatch match, String reason) {
        new Denial(rank, match, reason).toEverybody();
    }

    /** Whether what is said of others would be said of an attachment too. */
    private boolean isWithinMonitored(Attachment attachment) {
        return scope.isDefaultMonitored() || monitored.surround(attachment);
    }

    /** One thing that is denied. */
    private final class Denial {
        /** Above the denial to everybody: what is counted of unknown attachments. */
        private static final int BY_DEFAULT = 1;

        /** Likewise, for each level of {@link AttachmentsByPort#levelOf} two more. */
        private static final int MONITORED = 2;

        private static final int ENFORCED = 3;
        private static final int PER_LEVEL = 2;

        private final int rank;
        private final PacketMatch match;
        private final String reason;

        private Denial(int rank, PacketMatch match, String reason) {
            this.rank = rank;
            this.match = match;
            this.reason = reason;
        }

        private void toEverybody() {
            scope.denied(CLASSIFY, rank, match, reason);
            if (scope.isMonitored()) {
                return;
            }
            if (scope.isDefaultMonitored()) {
                counted(rank + BY_DEFAULT, match, null);
            }
            scope.eachAttachment(this::to);
            // whose it is cannot be told before the outer tag is taken off: perhaps who is enforced
            pairs.each(
                    line ->
                            match.and(DeviceScope.at(line))
                                    .ifPresent(
                                            part ->
                                                    enforced(
                                                            AttachmentsByPort.PAIR,
                                                            line,
                                                            part,
                                                            null)));
        }

        private void to(Subscriber subscriber, Attachment attachment) {
            if (!isToldBy(attachment)) {
                return;
            }
            int level = AttachmentsByPort.levelOf(attachment);
            match.and(DeviceScope.at(attachment))
                    .ifPresent(
                            part -> {
                                if (scope.isMonitored(subscriber)) {
                                    counted(
                                            rank + MONITORED + PER_LEVEL * level,
                                            part,
                                            subscriber.id());
                                } else {
                                    enforced(level, attachment, part, subscriber.id());
                                }
                            });
        }

        /** Not by a pair of tags, one of which is seen here; an address is in IP only. */
        private boolean isToldBy(Attachment attachment) {
            return !attachment.customerVlan().isPresent()
                    && !(match.equals(PacketMatch.ANY) && attachment.source().isPresent());
        }

        private void counted(int at, PacketMatch part, String subscriber) {
            scope.watched(CLASSIFY, at, part, reason, subscriber);
        }

        private void enforced(int level, Attachment place, PacketMatch part, String subscriber) {
            if (isWithinMonitored(place)) {
                scope.add(
                        PolicyLine.deny(
                                CLASSIFY,
                                rank + ENFORCED + PER_LEVEL * level,
                                part,
                                reason,
                                subscriber,
                                true));
            }
        }
    }
}
