package org.postern.policy;

import static org.postern.policy.Verdict.DROP;
import static org.postern.policy.Verdict.PASS;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.onlab.packet.IpPrefix;
import org.onosproject.net.PortNumber;

/** The policy as one access device sees it, and the lines that were said of it so far. */
final class DeviceScope {
    private final Policy policy;
    private final AccessDevice device;
    private final Identification identification;
    private final boolean suspended;
    private final boolean filtersInbound;
    private final AttachmentsByPort open = new AttachmentsByPort();
    private final AttachmentsByPort handled = new AttachmentsByPort();
    private final AttachmentsByPort exempt = new AttachmentsByPort();
    private final Set<Attachment> contested = new HashSet<>();
    private final List<PolicyLine> lines = new ArrayList<>();

    DeviceScope(Policy policy, AccessDevice device) {
        this.policy = policy;
        this.device = device;
        this.identification = Identification.on(policy, device);
        this.suspended = policy.suspensionOf(device.id()).isPresent();
        this.filtersInbound =
                defaultClass().inbound() == InboundRule.DROP
                        || identification.subscribers().stream()
                                .anyMatch(s -> classOf(s).inbound() == InboundRule.DROP);
        open.addAll(attachmentsOf(this::isOpen));
        handled.addAll(
                attachmentsOf(
                        s -> isOpen(s) || policy.outboundOf(classOf(s)) != OutboundAction.DROP));
        exempt.addAll(attachmentsOf(s -> !policy.exemptDestinationsOf(s).isEmpty()));
        Set<Attachment> claimed = new HashSet<>();
        eachAttachment(
                (subscriber, attachment) -> {
                    if (!claimed.add(attachment)) {
                        contested.add(attachment);
                    }
                });
    }

    private Set<Attachment> attachmentsOf(Predicate<Subscriber> wanted) {
        return identification.subscribers().stream()
                .filter(wanted)
                .flatMap(s -> s.attachments().stream())
                .filter(a -> a.device().equals(device.id()))
                .collect(Collectors.toSet());
    }

    Policy policy() {
        return policy;
    }

    AccessDevice device() {
        return device;
    }

    Identification identification() {
        return identification;
    }

    List<PolicyLine> lines() {
        return lines;
    }

    ServiceClass defaultClass() {
        return policy.infrastructure().defaultClass();
    }

    ServiceClass classOf(Subscriber subscriber) {
        return policy.classOf(subscriber);
    }

    /** What is said of a subscriber in reasons. */
    String classNamed(Subscriber subscriber) {
        return "class "
                + classOf(subscriber).name()
                + policy.exemptionOpening(subscriber)
                        .filter(Exemption::isOfAllMail)
                        .or(() -> policy.overrideOf(subscriber))
                        .map(e -> " by exemption " + e.id())
                        .orElse("");
    }

    /** Whether break-glass lets everything pass on this device. */
    boolean isSuspended() {
        return suspended;
    }

    /** Whether the device as a whole drops nothing. */
    boolean isMonitored() {
        return device.mode() == Mode.MONITOR;
    }

    /** Whether nothing of a subscriber is dropped here, but counted. */
    boolean isMonitored(Subscriber subscriber) {
        return isMonitored() || policy.isMonitored(subscriber);
    }

    /** Whether nothing of unknown subscribers is dropped here, but counted. */
    boolean isDefaultMonitored() {
        return isMonitored() || defaultClass().mode() == Mode.MONITOR;
    }

    /** Whether mail of a class gets out: it allows it, or is suspended. */
    boolean sendsFreely(ServiceClass serviceClass) {
        return policy.sendsFreely(serviceClass);
    }

    /** Whether a subscriber's direct mail gets out as it is. */
    boolean isOpen(Subscriber subscriber) {
        return sendsFreely(classOf(subscriber)) || isMonitored(subscriber);
    }

    /** Whether direct mail of unknown subscribers gets out as it is. */
    boolean isDefaultOpen() {
        return sendsFreely(defaultClass()) || isDefaultMonitored();
    }

    /**
     * Where direct mail from an attachment passes, whatever is said of its subscriber's class.
     * While two claim the attachment, it is nobody's exemption.
     */
    Set<IpPrefix> exemptDestinationsAt(Subscriber subscriber, Attachment attachment) {
        return contested.contains(attachment) ? Set.of() : policy.exemptDestinationsOf(subscriber);
    }

    /**
     * Whether, but for a line of its own, an attachment's fragments would be let out, be it to some
     * destinations.
     */
    boolean isOpenBelow(Attachment attachment) {
        return isDefaultOpen() || open.surround(attachment) || exempt.enclose(attachment);
    }

    /**
     * Whether, but for a line of its own, an attachment's mail would not just be dropped: by what
     * holds for the default class, or by another subscriber that has the whole port, the line or,
     * for a moment, the same attachment.
     */
    boolean isHandledBelow(Attachment attachment) {
        return isDefaultOpen()
                || policy.outboundOf(defaultClass()) != OutboundAction.DROP
                || handled.surround(attachment)
                || exempt.enclose(attachment);
    }

    /**
     * How deep a subscriber is quarantined here, if it is; on a monitored device what that drops is
     * counted only.
     */
    Optional<QuarantineDepth> quarantineOf(Subscriber subscriber) {
        ServiceClass own = classOf(subscriber);
        return policy.isSuspended(own) ? Optional.empty() : own.quarantine();
    }

    boolean isQuarantined(Subscriber subscriber, QuarantineDepth depth) {
        return quarantineOf(subscriber).filter(depth::equals).isPresent();
    }

    /**
     * What becomes of a packet from an access port that nothing else was said against. The guard is
     * always there, also if nobody is guarded: so no other line changes when the first one is.
     */
    Verdict onward() {
        return Verdict.jump(Chain.MAC_GUARD);
    }

    /** What becomes of mail that is let out: it may be for a neighbour. */
    Verdict delivered() {
        return filtersInbound() ? Verdict.jump(Chain.INBOUND) : onward();
    }

    /** What becomes of packets from outside that the return path lets in. */
    Verdict answered() {
        return filtersInbound() ? Verdict.jump(Chain.INBOUND) : PASS;
    }

    boolean filtersInbound() {
        return filtersInbound;
    }

    /** The ports of the ISP's side. */
    List<PortNumber> outside() {
        List<PortNumber> outside = new ArrayList<>(device.ports(PortRole.UPLINK));
        outside.addAll(device.ports(PortRole.SERVER));
        return outside;
    }

    /** Whether there is a subscriber here that is quarantined so deep. */
    boolean hasQuarantined(QuarantineDepth depth) {
        return policy.subscribersOf(device.id()).stream().anyMatch(s -> isQuarantined(s, depth));
    }

    /** Goes through the attachments of this device's access ports. */
    void eachAttachment(BiConsumer<Subscriber, Attachment> each) {
        for (Subscriber subscriber : policy.subscribersOf(device.id())) {
            attachmentsOf(subscriber).forEach(a -> each.accept(subscriber, a));
        }
    }

    /** A subscriber's attachments to this device's access ports. */
    List<Attachment> attachmentsOf(Subscriber subscriber) {
        return subscriber.attachments().stream()
                .filter(a -> a.device().equals(device.id()))
                .filter(a -> device.roleOf(a.port()) == PortRole.ACCESS)
                // one table does not tell pairs: they are treated as the rest of their line
                .filter(
                        a ->
                                !a.customerVlan().isPresent()
                                        || device.backend() == Backend.FRONT_TABLE)
                .collect(Collectors.toList());
    }

    /** Packets of an attachment, and of the narrower ones of others within it. */
    static PacketMatch at(Attachment attachment) {
        PacketMatch match = PacketMatch.ANY.inPort(attachment.port());
        if (attachment.vlan().isPresent()) {
            match = match.vlan(attachment.vlan().get());
        }
        if (attachment.customerVlan().isPresent()) {
            match = match.customerVlan(attachment.customerVlan().get());
        }
        if (attachment.source().isPresent()) {
            match = match.source(attachment.source().get());
        }
        return attachment.sourceMac().map(match::sourceMac).orElse(match);
    }

    void add(PolicyLine line) {
        lines.add(line);
    }

    void floor(Chain chain, int rank, PacketMatch match, Verdict verdict, String reason) {
        lines.add(PolicyLine.floor(chain, rank, match, verdict, reason));
    }

    /**
     * What becomes of a packet that was counted instead of dropped. On a monitored device nothing
     * else is asked of it: enforcement would have dropped it once.
     *
     * @param onward what becomes of it where others are enforced
     */
    Verdict afterCount(Verdict onward) {
        return isMonitored() ? PASS : onward;
    }

    /**
     * What is denied whoever sends it; on a monitored device it is counted only, at a rank of its
     * own below: while both are there it is dropped.
     */
    void denied(Chain chain, int rank, PacketMatch match, String reason) {
        if (isMonitored()) {
            add(
                    PolicyLine.permit(chain, rank - 1, match, PASS, "monitored: " + reason, null)
                            .counting(Counted.MONITORED_OTHER));
        } else {
            floor(chain, rank, match, DROP, reason);
        }
    }

    /**
     * Counts what is denied to others, and lets it pass. Of the floor, since it matches more than
     * that: it must not be there before the lines above it.
     */
    void watched(Chain chain, int rank, PacketMatch match, String reason, String subscriber) {
        add(
                PolicyLine.floor(chain, rank, match, onward(), "monitored: " + reason)
                        .about(subscriber)
                        .counting(Counted.MONITORED_OTHER));
    }

    void permit(
            Chain chain,
            int rank,
            PacketMatch match,
            Verdict verdict,
            String reason,
            String subscriber) {
        lines.add(PolicyLine.permit(chain, rank, match, verdict, reason, subscriber));
    }
}
