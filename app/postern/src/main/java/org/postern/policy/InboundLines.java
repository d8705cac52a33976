package org.postern.policy;

import static org.postern.policy.Chain.INBOUND;
import static org.postern.policy.Chain.MAIL_IN;
import static org.postern.policy.Verdict.DROP;

import java.util.ArrayList;
import java.util.List;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;
import org.postern.policy.PacketMatch.Family;

/**
 * What becomes of mail towards subscribers: chain MAIL IN for answers from port 25, chain INBOUND
 * for port 25 of the subscribers.
 */
final class InboundLines {
    private static final int SMTP = 25;

    private static final int SUSPENDED = 40;
    private static final int FROM_SUBMISSION_SERVER = 30;
    private static final int FROM_HELP = 26;
    private static final int FROM_RELAY = 25;
    private static final int TO_EXEMPTED_SUBSCRIBER = 22;
    private static final int TO_MONITORED_SUBSCRIBER = 21;
    private static final int TO_SENDING_SUBSCRIBER = 20;
    private static final int TO_SILENT_SUBSCRIBER = 15;
    private static final int TO_SILENT_MONITORED = 14;
    private static final int TO_MONITORED_POOL = 12;
    private static final int TO_OPEN_POOL = 11;
    private static final int TO_POOL = 10;

    // a packet may be towards two, by a MAC and by an address
    private static final int RECEIVER_DENIED = 22;
    private static final int RECEIVER_MONITORED = 21;
    private static final int RECEIVER_PERMITTED = 20;
    private static final int POOL_DENIED = 10;
    private static final int POOL_MONITORED = 9;
    private static final int LAST = 0;

    private final DeviceScope scope;
    private final List<IpPrefix> pools;
    private final boolean anyMonitored;

    private InboundLines(DeviceScope scope) {
        this.scope = scope;
        this.pools = scope.policy().infrastructure().pools();
        this.anyMonitored = isAnyMonitored();
    }

    static void add(DeviceScope scope) {
        InboundLines lines = new InboundLines(scope);
        lines.mailIn();
        if (scope.filtersInbound()) {
            lines.inbound();
        }
    }

    private void mailIn() {
        Verdict answered = scope.answered();
        if (scope.policy().suspensions().stream().anyMatch(this::letsAnswersIn)) {
            scope.permit(
                    MAIL_IN,
                    SUSPENDED,
                    PacketMatch.ANY,
                    answered,
                    "enforcement is suspended",
                    null);
        }
        for (SubmissionServer server : scope.policy().infrastructure().servers()) {
            for (IpAddress address : server.addresses()) {
                scope.floor(
                        MAIL_IN,
                        FROM_SUBMISSION_SERVER,
                        PacketMatch.ANY.source(address.toIpPrefix()),
                        answered,
                        "from submission server " + server.name());
            }
        }
        // a quarantined subscriber may write to the contact path on every port, 25 too
        for (IpPrefix help : scope.policy().infrastructure().remediation().help()) {
            scope.floor(
                    MAIL_IN,
                    FROM_HELP,
                    PacketMatch.ANY.source(help),
                    answered,
                    "answers of the contact path");
        }
        for (NextHop relay : scope.policy().infrastructure().relays().values()) {
            MacAddress mac = scope.policy().nextHops().get(relay.name());
            if (mac != null && !scope.policy().refusedRelays().contains(relay.name())) {
                scope.permit(
                        MAIL_IN,
                        FROM_RELAY,
                        PacketMatch.ANY.sourceMac(mac),
                        answered,
                        "answers of relay " + relay.name(),
                        null);
            }
        }
        scope.identification().subscribers().forEach(this::answersTo);
        for (IpPrefix pool : pools) {
            PacketMatch match = PacketMatch.ANY.destination(pool);
            if (scope.isDefaultOpen() || anyMonitored) {
                boolean free = scope.sendsFreely(scope.defaultClass());
                PolicyLine line =
                        PolicyLine.permit(
                                MAIL_IN,
                                free ? TO_OPEN_POOL : TO_MONITORED_POOL,
                                match,
                                free ? answered : scope.afterCount(answered),
                                "answers to class " + scope.defaultClass().name(),
                                null);
                scope.add(free ? line : line.counting(Counted.MONITORED_OTHER));
            }
            scope.floor(MAIL_IN, TO_POOL, match, DROP, "from port 25 to pool " + pool);
        }
        scope.floor(MAIL_IN, LAST, PacketMatch.ANY, answered, "outside every pool");
    }

    /** Answers may be for any subscriber of a monitored device, and pass all devices of a chain. */
    private boolean isAnyMonitored() {
        return scope.policy().carriedBy(scope.device()).stream()
                .anyMatch(d -> d.mode() == Mode.MONITOR);
    }

    /**
     * Who sends freely for a while needs the answers, and here only destinations are known: a
     * suspended class opens the way in on every device, a suspended device also on those that its
     * answers pass.
     */
    private boolean letsAnswersIn(Suspension suspension) {
        return suspension.coversDevice(scope.device().id())
                || suspension.serviceClass().isPresent()
                || suspension
                        .device()
                        .map(scope.policy().devices()::get)
                        .filter(scope.device()::carriesTrafficOf)
                        .isPresent();
    }

    /** Towards who is exempted to them only: a neighbour's spoofed mail gets no answers. */
    private void answersOfExempted(Subscriber subscriber) {
        for (IpPrefix destination : scope.policy().exemptDestinationsOf(subscriber)) {
            for (PacketMatch match : answers(subscriber)) {
                match.and(PacketMatch.ANY.source(destination))
                        .ifPresent(
                                from ->
                                        scope.permit(
                                                MAIL_IN,
                                                TO_EXEMPTED_SUBSCRIBER,
                                                from,
                                                scope.answered(),
                                                "answers from " + destination + ", by exemption",
                                                subscriber.id()));
            }
        }
    }

    private void answersTo(Subscriber subscriber) {
        answersOfExempted(subscriber);
        ServiceClass own = scope.classOf(subscriber);
        boolean free = scope.sendsFreely(own);
        boolean open = free || scope.policy().isMonitored(subscriber);
        if (!open && !scope.isDefaultOpen()) {
            return;
        }
        for (PacketMatch match : answers(subscriber)) {
            if (!open) {
                silent(subscriber, match);
                continue;
            }
            PolicyLine line =
                    PolicyLine.permit(
                            MAIL_IN,
                            free ? TO_SENDING_SUBSCRIBER : TO_MONITORED_SUBSCRIBER,
                            match,
                            free ? scope.answered() : scope.afterCount(scope.answered()),
                            "answers to " + scope.classNamed(subscriber),
                            subscriber.id());
            scope.add(free ? line : line.counting(Counted.MONITORED_OTHER));
        }
    }

    /** Among the open addresses of a pool, those of a subscriber that may not send. */
    private void silent(Subscriber subscriber, PacketMatch match) {
        for (IpPrefix pool : pools) {
            match.and(PacketMatch.ANY.destination(pool))
                    .ifPresent(in -> scope.add(silence(subscriber, in)));
        }
    }

    private PolicyLine silence(Subscriber subscriber, PacketMatch match) {
        String reason = "from port 25 to class " + scope.classOf(subscriber).name();
        return anyMonitored
                ? PolicyLine.permit(
                                MAIL_IN,
                                TO_SILENT_MONITORED,
                                match,
                                scope.afterCount(scope.answered()),
                                "monitored: " + reason,
                                subscriber.id())
                        .counting(Counted.MONITORED_OTHER)
                : PolicyLine.deny(
                        MAIL_IN, TO_SILENT_SUBSCRIBER, match, reason, subscriber.id(), true);
    }

    private List<PacketMatch> answers(Subscriber subscriber) {
        List<PacketMatch> matches = new ArrayList<>();
        for (IpPrefix prefix : subscriber.prefixes()) {
            if (Identification.overlapsAny(prefix, pools)) {
                matches.add(PacketMatch.ANY.destination(prefix));
            }
        }
        for (MacAddress mac : subscriber.macs()) {
            matches.add(PacketMatch.ANY.destinationMac(mac));
        }
        for (VlanId vlan : scope.identification().vlansOf(subscriber)) {
            matches.add(PacketMatch.ANY.vlan(vlan));
        }
        return matches;
    }

    private void inbound() {
        if (scope.isSuspended()) {
            scope.permit(
                    INBOUND,
                    SUSPENDED,
                    PacketMatch.ANY,
                    scope.onward(),
                    "enforcement is suspended",
                    null);
        }
        boolean droppedByDefault = scope.defaultClass().inbound() == InboundRule.DROP;
        List<PortNumber> outside = scope.outside();
        for (Subscriber subscriber : scope.identification().subscribers()) {
            boolean dropped = scope.classOf(subscriber).inbound() == InboundRule.DROP;
            if (dropped || droppedByDefault) {
                for (PacketMatch match : scope.identification().smtpTowards(subscriber, outside)) {
                    scope.add(towards(subscriber, match, dropped));
                }
            }
        }
        if (droppedByDefault) {
            for (IpPrefix pool : pools) {
                PacketMatch match =
                        PacketMatch.tcp(Family.of(pool)).destinationPort(SMTP).destination(pool);
                String reason =
                        "default class "
                                + scope.defaultClass().name()
                                + " receives no mail on port 25";
                if (scope.isDefaultMonitored()) {
                    scope.add(
                            PolicyLine.permit(
                                            INBOUND,
                                            POOL_MONITORED,
                                            match,
                                            scope.afterCount(scope.onward()),
                                            "monitored: " + reason,
                                            null)
                                    .counting(Counted.MONITORED_OTHER));
                } else {
                    scope.floor(INBOUND, POOL_DENIED, match, DROP, reason);
                }
            }
        }
        scope.floor(
                INBOUND,
                LAST,
                PacketMatch.ANY,
                scope.onward(),
                "port 25 of the subscriber is reachable");
    }

    private PolicyLine towards(Subscriber subscriber, PacketMatch match, boolean dropped) {
        String own = "class " + scope.classOf(subscriber).name();
        if (!dropped) {
            return PolicyLine.permit(
                    INBOUND,
                    RECEIVER_PERMITTED,
                    match,
                    scope.onward(),
                    own + " receives mail on port 25",
                    subscriber.id());
        }
        String reason = own + " receives no mail on port 25";
        if (scope.isMonitored(subscriber)) {
            return PolicyLine.permit(
                            INBOUND,
                            RECEIVER_MONITORED,
                            match,
                            scope.afterCount(scope.onward()),
                            "monitored: " + reason,
                            subscriber.id())
                    .counting(Counted.MONITORED_OTHER);
        }
        return PolicyLine.deny(INBOUND, RECEIVER_DENIED, match, reason, subscriber.id(), true);
    }
}
