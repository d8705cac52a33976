package org.postern.policy;

import static org.postern.policy.Chain.FRAGMENTS;
import static org.postern.policy.Chain.MAIL_OUT;
import static org.postern.policy.Verdict.DROP;

import java.util.Optional;
import org.onlab.packet.IpPrefix;

/** What becomes of mail and TCP fragments from subscribers: chains MAIL OUT and FRAGMENTS. */
final class OutboundLines {
    /** Ranks of who has a port; for each level of {@link AttachmentsByPort#levelOf} 10 more. */
    private static final int PORT = 20;

    private static final int LEVEL = 10;
    private static final int DEFAULT_CLASS = 10;

    /** Above those ranks, an action each: a counter never passes from one to another. */
    private static final int PERMITTED = 0;

    private static final int DENIED = 2;
    private static final int MONITORED = 1;
    private static final int STEERED = 3;
    private static final int REJECTED = 4;
    private static final int EXEMPTED = 5;
    private static final int LAST = 0;

    private final DeviceScope scope;

    private OutboundLines(DeviceScope scope) {
        this.scope = scope;
    }

    static void add(DeviceScope scope) {
        OutboundLines lines = new OutboundLines(scope);
        lines.mailOut();
        lines.fragments();
    }

    private void mailOut() {
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    ServiceClass own = scope.classOf(subscriber);
                    Optional<PolicyLine> line =
                            mail(
                                    own,
                                    scope.classNamed(subscriber),
                                    scope.isMonitored(subscriber),
                                    rankOf(attachment),
                                    DeviceScope.at(attachment),
                                    subscriber.id());
                    line.ifPresent(scope::add);
                    exempted(MAIL_OUT, scope.delivered(), subscriber, attachment);
                    boolean guarding = scope.isHandledBelow(attachment);
                    if (!line.isPresent() || guarding && !scope.isOpen(subscriber)) {
                        scope.add(
                                PolicyLine.deny(
                                                MAIL_OUT,
                                                rankOf(attachment) + DENIED,
                                                DeviceScope.at(attachment),
                                                scope.classNamed(subscriber)
                                                        + " sends mail through a submission server only",
                                                subscriber.id(),
                                                guarding)
                                        .counting(Counted.ATTEMPT));
                    }
                });
        mail(
                        scope.defaultClass(),
                        "class " + scope.defaultClass().name(),
                        scope.isDefaultMonitored(),
                        DEFAULT_CLASS,
                        PacketMatch.ANY,
                        null)
                .ifPresent(scope::add);
        scope.add(
                PolicyLine.floor(
                                MAIL_OUT,
                                LAST,
                                PacketMatch.ANY,
                                DROP,
                                "unknown subscriber, direct port 25")
                        .counting(Counted.ATTEMPT));
    }

    /** What a class has done with direct mail, if it is not just dropped. */
    private Optional<PolicyLine> mail(
            ServiceClass own,
            String reason,
            boolean monitored,
            int rank,
            PacketMatch match,
            String subscriber) {
        OutboundAction action = scope.policy().outboundOf(own);
        if (scope.sendsFreely(own)) {
            return Optional.of(
                    PolicyLine.permit(
                            MAIL_OUT,
                            rank + PERMITTED,
                            match,
                            scope.delivered(),
                            reason + " sends mail directly",
                            subscriber));
        }
        if (monitored) {
            return Optional.of(
                    PolicyLine.permit(
                                    MAIL_OUT,
                                    rank + MONITORED,
                                    match,
                                    scope.afterCount(scope.delivered()),
                                    "monitored: direct port 25 of " + reason,
                                    subscriber)
                            .counting(Counted.MONITORED));
        }
        if (own.quarantine().isPresent() || action == OutboundAction.DROP) {
            return Optional.empty();
        }
        if (action == OutboundAction.REJECT) {
            return Optional.of(
                    PolicyLine.permit(
                                    MAIL_OUT,
                                    rank + REJECTED,
                                    match,
                                    Verdict.REJECT,
                                    reason + " is refused direct mail",
                                    subscriber)
                            .counting(Counted.ATTEMPT));
        }
        return scope.policy()
                .relayOf(own)
                .map(
                        mac ->
                                PolicyLine.permit(
                                                MAIL_OUT,
                                                rank + STEERED,
                                                match,
                                                scope.onward().steeredTo(mac),
                                                reason
                                                        + " is redirected to relay "
                                                        + own.relay().get(),
                                                subscriber)
                                        .counting(Counted.REDIRECTED));
    }

    /**
     * What passes to the destinations that a subscriber is exempted to: above whatever its class
     * has done, and below what is said of others' parts of its line.
     */
    private void exempted(
            Chain chain, Verdict verdict, Subscriber subscriber, Attachment attachment) {
        for (IpPrefix destination : scope.exemptDestinationsAt(subscriber, attachment)) {
            DeviceScope.at(attachment)
                    .and(PacketMatch.ANY.destination(destination))
                    .ifPresent(
                            match ->
                                    scope.permit(
                                            chain,
                                            rankOf(attachment) + EXEMPTED,
                                            match,
                                            verdict,
                                            "exempted to " + destination,
                                            subscriber.id()));
        }
    }

    private void fragments() {
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    ServiceClass own = scope.classOf(subscriber);
                    exempted(FRAGMENTS, scope.onward(), subscriber, attachment);
                    int rank = rankOf(attachment);
                    if (scope.isOpen(subscriber)) {
                        pass(
                                own,
                                scope.isMonitored(subscriber),
                                rank,
                                DeviceScope.at(attachment),
                                subscriber.id());
                    } else if (scope.isOpenBelow(attachment)) {
                        scope.add(
                                PolicyLine.deny(
                                        FRAGMENTS,
                                        rank + DENIED,
                                        DeviceScope.at(attachment),
                                        "a TCP fragment of class "
                                                + own.name()
                                                + " may be direct mail",
                                        subscriber.id(),
                                        true));
                    }
                });
        if (scope.isDefaultOpen()) {
            pass(
                    scope.defaultClass(),
                    scope.isDefaultMonitored(),
                    DEFAULT_CLASS,
                    PacketMatch.ANY,
                    null);
        }
        scope.floor(FRAGMENTS, LAST, PacketMatch.ANY, DROP, "a TCP fragment may be direct mail");
    }

    private void pass(
            ServiceClass own, boolean monitored, int rank, PacketMatch match, String subscriber) {
        if (monitored && !scope.sendsFreely(own)) {
            scope.add(
                    PolicyLine.permit(
                                    FRAGMENTS,
                                    rank + MONITORED,
                                    match,
                                    scope.afterCount(scope.onward()),
                                    "monitored: a TCP fragment of class " + own.name(),
                                    subscriber)
                            .counting(Counted.MONITORED_OTHER));
        } else {
            scope.permit(
                    FRAGMENTS,
                    rank + PERMITTED,
                    match,
                    scope.onward(),
                    "class " + own.name() + " sends mail directly",
                    subscriber);
        }
    }

    private static int rankOf(Attachment attachment) {
        return PORT + LEVEL * AttachmentsByPort.levelOf(attachment);
    }
}
