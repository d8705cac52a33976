package org.postern.policy;

import static org.postern.policy.Verdict.PASS;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Iterables;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.PortNumber;
import org.postern.policy.PacketMatch.Family;

/**
 * The policy of one access device as an ordered list of lines: what its flow rules are compiled
 * from, and what is asked when somebody wants to know why a packet was dropped.
 *
 * <p>Every line that is not of the floor permits (see {@link PolicyLine#isFloor()}). A subscriber's
 * permit and denial stand at different ranks, the denial above: changing a class never reuses a
 * rule's counter, and of the two the denial holds while both are there.
 */
public final class PolicyLines {
    private static final int SMTP = 25;

    /** What Open vSwitch shows as the port of every TCP fragment. */
    private static final int NO_PORT = 0;

    private static final int SUSPENDED = 40;
    private static final int VLAN_DENIED = 31;
    private static final int VLAN_PERMITTED = 30;
    private static final int PORT_DENIED = 21;
    private static final int PORT_PERMITTED = 20;
    private static final int DEFAULT_CLASS = 10;
    private static final int LAST = 0;

    private static final int FROM_SUBMISSION_SERVER = 30;
    private static final int TO_SENDING_SUBSCRIBER = 20;
    private static final int RECEIVER_DENIED = 21;
    private static final int RECEIVER_PERMITTED = 20;
    private static final int TO_POOL = 10;

    private static final int TRANSIT = 90;
    private static final int FROM_OUTSIDE_MAIL_IN = 82;
    private static final int FROM_OUTSIDE_INBOUND = 81;
    private static final int FROM_OUTSIDE = 80;
    private static final int TO_SUBMISSION_SERVER = 70;
    private static final int DIRECT_MAIL = 61;
    private static final int TCP_FRAGMENT = 60;

    private final Policy policy;
    private final AccessDevice device;
    private final Identification identification;
    private final boolean suspended;
    private final boolean answersSuspended;
    private final Verdict delivered;
    private final Set<Attachment> permitted;
    private final List<PolicyLine> lines = new ArrayList<>();

    private PolicyLines(Policy policy, AccessDevice device) {
        this.policy = policy;
        this.device = device;
        this.identification = Identification.on(policy, device);
        this.suspended = policy.suspensionOf(device.id()).isPresent();
        this.answersSuspended = policy.suspensions().stream().anyMatch(this::letsAnswersIn);
        this.delivered = filtersInbound() ? Verdict.jump(Chain.INBOUND) : PASS;
        this.permitted =
                identification.subscribers().stream()
                        .filter(s -> sendsFreely(classOf(s)))
                        .flatMap(s -> s.attachments().stream())
                        .filter(a -> a.device().equals(device.id()))
                        .collect(Collectors.toSet());
    }

    /**
     * Computes the lines of a device.
     *
     * @param policy what is to be enforced
     * @param device an access device of the policy
     * @return lines by chain, in each the highest rank first
     */
    public static List<PolicyLine> of(Policy policy, AccessDevice device) {
        PolicyLines build = new PolicyLines(policy, device);
        build.classify();
        build.mailOut();
        build.fragments();
        build.mailIn();
        if (build.filtersInbound()) {
            build.inbound();
        }
        build.lines.sort(
                Comparator.comparing(PolicyLine::chain)
                        .thenComparing(Comparator.comparingInt(PolicyLine::rank).reversed()));
        return ImmutableList.copyOf(build.lines);
    }

    /**
     * Holds a packet against lines.
     *
     * @param lines the lines of a device
     * @param packet what the switch sees of the packet
     * @return the lines that spoke, in order: jumps first, the last one passes or drops it
     */
    public static List<PolicyLine> explain(List<PolicyLine> lines, PacketHeader packet) {
        List<PolicyLine> path = new ArrayList<>();
        Chain chain = Chain.CLASSIFY;
        while (true) {
            PolicyLine speaking = null;
            for (PolicyLine line : lines) {
                if (line.chain() == chain
                        && (speaking == null || line.rank() > speaking.rank())
                        && line.match().matches(packet)) {
                    speaking = line;
                }
            }
            if (speaking == null) {
                throw new IllegalStateException(
                        "chain " + chain + " has no last line for " + packet);
            }
            path.add(speaking);
            if (!speaking.verdict().next().isPresent()) {
                return path;
            }
            chain = speaking.verdict().next().get();
        }
    }

    /**
     * Tells what becomes of a packet.
     *
     * @param lines the lines of a device
     * @param packet what the switch sees of the packet
     * @return {@link Verdict#PASS} or {@link Verdict#DROP}
     */
    public static Verdict evaluate(List<PolicyLine> lines, PacketHeader packet) {
        return Iterables.getLast(explain(lines, packet)).verdict();
    }

    private boolean filtersInbound() {
        return defaultClass().inbound() == InboundRule.DROP
                || identification.subscribers().stream()
                        .anyMatch(s -> classOf(s).inbound() == InboundRule.DROP);
    }

    private ServiceClass defaultClass() {
        return policy.infrastructure().defaultClass();
    }

    private ServiceClass classOf(Subscriber subscriber) {
        return policy.classOf(subscriber);
    }

    /**
     * Suspending a class lets its mail out for as long as it lasts; everything else of the class
     * stays.
     */
    private boolean sendsFreely(ServiceClass serviceClass) {
        return serviceClass.allowsOutbound() || policy.isSuspended(serviceClass);
    }

    /**
     * Whether, but for a line of its own, an attachment's mail would be let out: by the default
     * class, or by another subscriber that has the whole port or, for a moment, the same
     * attachment.
     */
    private boolean isPermittedBelow(Attachment attachment) {
        return sendsFreely(defaultClass())
                || permitted.contains(attachment)
                || permitted.contains(attachment.wholePort());
    }

    /**
     * Who sends freely for a while needs the answers, and here only destinations are known: a
     * suspended class opens the way in on every device, a suspended device also on those that its
     * answers pass.
     */
    private boolean letsAnswersIn(Suspension suspension) {
        return suspension.coversDevice(device.id())
                || suspension.serviceClass().isPresent()
                || suspension
                        .device()
                        .map(policy.devices()::get)
                        .filter(device::carriesTrafficOf)
                        .isPresent();
    }

    private void classify() {
        Set<PortRole> outside = EnumSet.of(PortRole.UPLINK, PortRole.SERVER);
        device.roles()
                .forEach(
                        (port, role) -> {
                            if (role == PortRole.TRANSIT) {
                                floor(
                                        Chain.CLASSIFY,
                                        TRANSIT,
                                        PacketMatch.ANY.inPort(port),
                                        PASS,
                                        "transit port");
                            } else if (outside.contains(role)) {
                                fromOutside(port);
                            }
                        });
        for (SubmissionServer server : policy.infrastructure().servers()) {
            for (IpAddress address : server.addresses()) {
                IpPrefix host = address.toIpPrefix();
                floor(
                        Chain.CLASSIFY,
                        TO_SUBMISSION_SERVER,
                        PacketMatch.ANY.destination(host),
                        PASS,
                        "to submission server " + server.name());
            }
        }
        for (Family family : Family.values()) {
            floor(
                    Chain.CLASSIFY,
                    DIRECT_MAIL,
                    PacketMatch.tcp(family).destinationPort(SMTP),
                    Verdict.jump(Chain.MAIL_OUT),
                    "direct port 25");
            floor(
                    Chain.CLASSIFY,
                    TCP_FRAGMENT,
                    PacketMatch.tcp(family).destinationPort(NO_PORT),
                    Verdict.jump(Chain.FRAGMENTS),
                    "TCP fragment");
        }
        floor(
                Chain.CLASSIFY,
                TCP_FRAGMENT,
                PacketMatch.hiddenUpperLayer(),
                Verdict.jump(Chain.FRAGMENTS),
                "IPv6 fragment that hides its upper-layer header");
        floor(Chain.CLASSIFY, LAST, PacketMatch.ANY, PASS, "not mail");
    }

    private void fromOutside(PortNumber port) {
        for (Family family : Family.values()) {
            PacketMatch tcp = PacketMatch.tcp(family).inPort(port);
            floor(
                    Chain.CLASSIFY,
                    FROM_OUTSIDE_MAIL_IN,
                    tcp.sourcePort(SMTP),
                    Verdict.jump(Chain.MAIL_IN),
                    "from port 25 outside");
            if (filtersInbound()) {
                floor(
                        Chain.CLASSIFY,
                        FROM_OUTSIDE_INBOUND,
                        tcp.destinationPort(SMTP),
                        Verdict.jump(Chain.INBOUND),
                        "to port 25 from outside");
            }
        }
        floor(Chain.CLASSIFY, FROM_OUTSIDE, PacketMatch.ANY.inPort(port), PASS, "from outside");
    }

    private void mailOut() {
        if (suspended) {
            permit(
                    Chain.MAIL_OUT,
                    SUSPENDED,
                    PacketMatch.ANY,
                    delivered,
                    "enforcement is suspended",
                    null);
        }
        attachments(
                (subscriber, attachment) -> {
                    ServiceClass own = classOf(subscriber);
                    if (sendsFreely(own)) {
                        permit(
                                Chain.MAIL_OUT,
                                attachment.vlan().isPresent() ? VLAN_PERMITTED : PORT_PERMITTED,
                                at(attachment),
                                delivered,
                                "class " + own.name() + " sends mail directly",
                                subscriber.id());
                    } else {
                        lines.add(
                                PolicyLine.deny(
                                        Chain.MAIL_OUT,
                                        attachment.vlan().isPresent() ? VLAN_DENIED : PORT_DENIED,
                                        at(attachment),
                                        "class "
                                                + own.name()
                                                + " sends mail through a submission server only",
                                        subscriber.id(),
                                        isPermittedBelow(attachment)));
                    }
                });
        if (sendsFreely(defaultClass())) {
            permit(
                    Chain.MAIL_OUT,
                    DEFAULT_CLASS,
                    PacketMatch.ANY,
                    delivered,
                    "default class " + defaultClass().name() + " sends mail directly",
                    null);
        }
        floor(
                Chain.MAIL_OUT,
                LAST,
                PacketMatch.ANY,
                Verdict.DROP,
                "unknown subscriber, direct port 25");
    }

    private void fragments() {
        if (suspended) {
            permit(
                    Chain.FRAGMENTS,
                    SUSPENDED,
                    PacketMatch.ANY,
                    PASS,
                    "enforcement is suspended",
                    null);
        }
        attachments(
                (subscriber, attachment) -> {
                    ServiceClass own = classOf(subscriber);
                    boolean tagged = attachment.vlan().isPresent();
                    if (sendsFreely(own)) {
                        permit(
                                Chain.FRAGMENTS,
                                tagged ? VLAN_PERMITTED : PORT_PERMITTED,
                                at(attachment),
                                PASS,
                                "class " + own.name() + " sends mail directly",
                                subscriber.id());
                    } else if (isPermittedBelow(attachment)) {
                        lines.add(
                                PolicyLine.deny(
                                        Chain.FRAGMENTS,
                                        tagged ? VLAN_DENIED : PORT_DENIED,
                                        at(attachment),
                                        "a TCP fragment of class "
                                                + own.name()
                                                + " may be direct mail",
                                        subscriber.id(),
                                        true));
                    }
                });
        if (sendsFreely(defaultClass())) {
            permit(
                    Chain.FRAGMENTS,
                    DEFAULT_CLASS,
                    PacketMatch.ANY,
                    PASS,
                    "default class " + defaultClass().name() + " sends mail directly",
                    null);
        }
        floor(
                Chain.FRAGMENTS,
                LAST,
                PacketMatch.ANY,
                Verdict.DROP,
                "a TCP fragment may be direct mail");
    }

    private void mailIn() {
        if (answersSuspended) {
            permit(
                    Chain.MAIL_IN,
                    SUSPENDED,
                    PacketMatch.ANY,
                    delivered,
                    "enforcement is suspended",
                    null);
        }
        for (SubmissionServer server : policy.infrastructure().servers()) {
            for (IpAddress address : server.addresses()) {
                IpPrefix host = address.toIpPrefix();
                floor(
                        Chain.MAIL_IN,
                        FROM_SUBMISSION_SERVER,
                        PacketMatch.ANY.source(host),
                        delivered,
                        "from submission server " + server.name());
            }
        }
        List<IpPrefix> pools = policy.infrastructure().pools();
        for (Subscriber subscriber : identification.subscribers()) {
            if (!sendsFreely(classOf(subscriber))) {
                continue;
            }
            String reason = "answers to class " + classOf(subscriber).name();
            for (IpPrefix prefix : subscriber.prefixes()) {
                if (Identification.overlapsAny(prefix, pools)) {
                    permit(
                            Chain.MAIL_IN,
                            TO_SENDING_SUBSCRIBER,
                            PacketMatch.ANY.destination(prefix),
                            delivered,
                            reason,
                            subscriber.id());
                }
            }
            for (MacAddress mac : subscriber.macs()) {
                permit(
                        Chain.MAIL_IN,
                        TO_SENDING_SUBSCRIBER,
                        PacketMatch.ANY.destinationMac(mac),
                        delivered,
                        reason,
                        subscriber.id());
            }
            for (VlanId vlan : identification.vlansOf(subscriber)) {
                permit(
                        Chain.MAIL_IN,
                        TO_SENDING_SUBSCRIBER,
                        PacketMatch.ANY.vlan(vlan),
                        delivered,
                        reason,
                        subscriber.id());
            }
        }
        for (IpPrefix pool : pools) {
            floor(
                    Chain.MAIL_IN,
                    TO_POOL,
                    PacketMatch.ANY.destination(pool),
                    Verdict.DROP,
                    "from port 25 to pool " + pool);
        }
        floor(Chain.MAIL_IN, LAST, PacketMatch.ANY, delivered, "outside every pool");
    }

    private void inbound() {
        if (suspended) {
            permit(
                    Chain.INBOUND,
                    SUSPENDED,
                    PacketMatch.ANY,
                    PASS,
                    "enforcement is suspended",
                    null);
        }
        boolean droppedByDefault = defaultClass().inbound() == InboundRule.DROP;
        List<PortNumber> outside = new ArrayList<>(device.ports(PortRole.UPLINK));
        outside.addAll(device.ports(PortRole.SERVER));
        for (Subscriber subscriber : identification.subscribers()) {
            ServiceClass own = classOf(subscriber);
            boolean dropped = own.inbound() == InboundRule.DROP;
            if (dropped || droppedByDefault) {
                for (PacketMatch match : identification.smtpTowards(subscriber, outside)) {
                    if (dropped) {
                        lines.add(
                                PolicyLine.deny(
                                        Chain.INBOUND,
                                        RECEIVER_DENIED,
                                        match,
                                        "class " + own.name() + " receives no mail on port 25",
                                        subscriber.id(),
                                        true));
                    } else {
                        permit(
                                Chain.INBOUND,
                                RECEIVER_PERMITTED,
                                match,
                                PASS,
                                "class " + own.name() + " receives mail on port 25",
                                subscriber.id());
                    }
                }
            }
        }
        if (droppedByDefault) {
            for (IpPrefix pool : policy.infrastructure().pools()) {
                floor(
                        Chain.INBOUND,
                        TO_POOL,
                        PacketMatch.tcp(Family.of(pool)).destinationPort(SMTP).destination(pool),
                        Verdict.DROP,
                        "default class " + defaultClass().name() + " receives no mail on port 25");
            }
        }
        floor(Chain.INBOUND, LAST, PacketMatch.ANY, PASS, "port 25 of the subscriber is reachable");
    }

    private void attachments(BiConsumer<Subscriber, Attachment> each) {
        for (Subscriber subscriber : policy.subscribersOf(device.id())) {
            for (Attachment attachment : subscriber.attachments()) {
                if (attachment.device().equals(device.id())
                        && device.roleOf(attachment.port()) == PortRole.ACCESS) {
                    each.accept(subscriber, attachment);
                }
            }
        }
    }

    private static PacketMatch at(Attachment attachment) {
        PacketMatch port = PacketMatch.ANY.inPort(attachment.port());
        return attachment.vlan().map(port::vlan).orElse(port);
    }

    private void floor(Chain chain, int rank, PacketMatch match, Verdict verdict, String reason) {
        lines.add(PolicyLine.floor(chain, rank, match, verdict, reason));
    }

    private void permit(
            Chain chain,
            int rank,
            PacketMatch match,
            Verdict verdict,
            String reason,
            String subscriber) {
        lines.add(PolicyLine.permit(chain, rank, match, verdict, reason, subscriber));
    }
}
