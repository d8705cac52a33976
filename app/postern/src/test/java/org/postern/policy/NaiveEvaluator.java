package org.postern.policy;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.DeviceId;
import org.postern.policy.TruePacket.Kind;
import org.postern.policy.TruePacket.Piece;

/**
 * The policy once more, as prose would have it: decides for one true packet, knowing nothing of
 * lines, chains or ranks. What the tests hold the lines and the compiled tables against.
 */
public final class NaiveEvaluator {
    private static final int SMTP = 25;
    private static final int HTTP = 80;
    private static final int DNS = 53;
    private static final int NTP = 123;

    private final Policy policy;
    private final Policy withoutExemptions;
    private final AccessDevice device;

    /**
     * Creates an evaluator.
     *
     * @param policy what is to be enforced
     * @param device the access device that packets pass
     */
    public NaiveEvaluator(Policy policy, AccessDevice device) {
        this.policy = policy;
        this.withoutExemptions = policy.toBuilder().exemptions(List.of()).build();
        this.device = device;
    }

    /**
     * Decides.
     *
     * @param packet a packet that comes in on one of the device's ports
     * @return whether it goes on, perhaps steered to a next hop, is rejected or dropped
     */
    public Verdict decide(TruePacket packet) {
        switch (device.roleOf(packet.inPort())) {
            case TRANSIT:
                return Verdict.PASS;
            case UPLINK:
            case SERVER:
                return passed(
                        deviceIsSuspended()
                                || packet.isOpaque()
                                || packet.kind() == Kind.NEIGHBOUR
                                || passesTowards(packet));
            default:
                return deviceIsSuspended() ? Verdict.PASS : decideFrom(packet);
        }
    }

    private static Verdict passed(boolean passes) {
        return passes ? Verdict.PASS : Verdict.DROP;
    }

    private boolean deviceIsSuspended() {
        return policy.suspensions().stream()
                .anyMatch(
                        s ->
                                !s.serviceClass().isPresent()
                                        && (!s.device().isPresent()
                                                || s.device().get().equals(device.id())));
    }

    private boolean deviceIsMonitored() {
        return device.mode() == Mode.MONITOR;
    }

    /** "The decision for a packet from a subscriber." */
    private Verdict decideFrom(TruePacket packet) {
        if (deviceIsMonitored()) {
            // all that is left of a redirect or reject is that it would have been
            return Verdict.PASS;
        }
        if (claimsServer(packet)) {
            return Verdict.DROP;
        }
        ServiceClass own = classOfSender(packet);
        if (own.quarantine().isPresent() && !isSuspended(own)) {
            return quarantined(packet, own.quarantine().get());
        }
        if (packet.isOpaque()) {
            // whose it is, is not seen where pairs of tags are told apart
            return isMonitored(packet) && !isOfLineWithPairs(packet)
                    ? guarded(packet, Verdict.PASS)
                    : Verdict.DROP;
        }
        return guarded(packet, mailFrom(packet, own));
    }

    private boolean claimsServer(TruePacket packet) {
        boolean relay =
                policy.infrastructure().nextHops().stream()
                        .map(h -> policy.nextHops().get(h.name()))
                        .anyMatch(packet.sourceMac()::equals);
        boolean address =
                !packet.isOpaque()
                        && (isSubmissionServer(packet.source())
                                || policy.infrastructure().nextHops().stream()
                                        .anyMatch(h -> h.addresses().contains(packet.source())));
        return relay || address;
    }

    private Verdict mailFrom(TruePacket packet, ServiceClass own) {
        if (packet.kind() == Kind.NEIGHBOUR || isSubmissionServer(packet.destination())) {
            return Verdict.PASS;
        }
        boolean exempt = sender(packet).filter(s -> isExempt(s, packet.destination())).isPresent();
        if (isTakenForTcpFragment(packet)) {
            return passed(exempt || isOpen(packet, own));
        }
        if (!showsPorts(packet) || packet.destinationPort() != SMTP) {
            return Verdict.PASS;
        }
        if (exempt || isOpen(packet, own)) {
            return passed(isReceivable(packet));
        }
        OutboundAction action = policy.outboundOf(own);
        if (action == OutboundAction.REDIRECT) {
            return Verdict.PASS.steeredTo(policy.relayOf(own).orElseThrow());
        }
        return action == OutboundAction.REJECT ? Verdict.REJECT : Verdict.DROP;
    }

    private boolean isOfLineWithPairs(TruePacket packet) {
        Optional<Integer> vlan = packet.tags().stream().findFirst();
        return first(packet, a -> isPair(a) && isOfVlan(a, vlan)).isPresent();
    }

    private boolean isOpen(TruePacket packet, ServiceClass own) {
        return sendsFreely(own) || isMonitored(packet);
    }

    /** "An exemption may give it another class; quarantine goes before that." */
    private ServiceClass classOf(Subscriber subscriber) {
        ServiceClass own = withoutExemptions.classOf(subscriber);
        if (own.quarantine().isPresent()) {
            return own;
        }
        ServiceClass held = own;
        Instant since = Instant.MIN;
        for (Exemption exemption : exemptionsOf(subscriber)) {
            ServiceClass other =
                    policy.infrastructure().classes().get(exemption.serviceClass().orElse(""));
            if (other != null && other.quarantine().isEmpty() && exemption.from().isAfter(since)) {
                held = other;
                since = exemption.from();
            }
        }
        return held;
    }

    private List<Exemption> exemptionsOf(Subscriber subscriber) {
        return policy.exemptions().stream()
                .filter(e -> e.subscriber().equals(subscriber.id()))
                .collect(Collectors.toList());
    }

    /** "Direct mail to what it is exempted to, or to anybody, passes, and so do its answers." */
    private boolean isExempt(Subscriber subscriber, IpAddress host) {
        return classOf(subscriber).quarantine().isEmpty()
                && exemptionsOf(subscriber).stream()
                        .filter(e -> e.serviceClass().isEmpty())
                        .anyMatch(
                                e ->
                                        e.destinations().isEmpty()
                                                || e.destinations().stream()
                                                        .anyMatch(p -> p.contains(host)));
    }

    private boolean isMonitored(Subscriber subscriber) {
        ServiceClass own = classOf(subscriber);
        return own.quarantine().isEmpty()
                && (subscriber.mode() == Mode.MONITOR || own.mode() == Mode.MONITOR);
    }

    private boolean isMonitored(TruePacket packet) {
        return sender(packet)
                .map(this::isMonitored)
                .orElse(policy.infrastructure().defaultClass().mode() == Mode.MONITOR);
    }

    private boolean isSuspended(ServiceClass serviceClass) {
        return policy.suspensions().stream()
                .anyMatch(s -> s.serviceClass().equals(Optional.of(serviceClass.name())));
    }

    /** What somebody in quarantine may send. */
    private Verdict quarantined(TruePacket packet, QuarantineDepth depth) {
        if (packet.isOpaque()) {
            return Verdict.DROP;
        }
        if (packet.kind() == Kind.NEIGHBOUR) {
            return guarded(packet, Verdict.PASS);
        }
        Remediation open = policy.infrastructure().remediation();
        boolean helped = helps(packet.destination());
        if (depth == QuarantineDepth.MAIL) {
            boolean mail =
                    isTakenForTcpFragment(packet)
                            || showsPorts(packet)
                                    && Set.of(25, 465, 587).contains(packet.destinationPort());
            return guarded(packet, passed(helped || !mail));
        }
        boolean tcp = showsPorts(packet);
        boolean mail = isTakenForTcpFragment(packet) || tcp && packet.destinationPort() == SMTP;
        boolean allowed = open.allowed().stream().anyMatch(p -> p.contains(packet.destination()));
        if (helped || allowed && !mail) {
            return guarded(packet, Verdict.PASS);
        }
        if (tcp && packet.destinationPort() == HTTP && policy.portal().isPresent()) {
            return guarded(packet, Verdict.PASS.steeredTo(policy.portal().get()));
        }
        boolean whole = packet.piece() == Piece.WHOLE || packet.piece() == Piece.ATOMIC;
        boolean udp = packet.kind() == Kind.UDP && whole;
        boolean resolver =
                open.resolvers().isEmpty() || open.resolvers().contains(packet.destination());
        boolean essential =
                (tcp || udp) && packet.destinationPort() == DNS && resolver
                        || udp && packet.destinationPort() == NTP;
        return guarded(packet, passed(essential));
    }

    /** "Nobody sends from what is not his." */
    private Verdict guarded(TruePacket packet, Verdict verdict) {
        if (verdict.denies()) {
            return verdict;
        }
        Optional<Subscriber> sender = sender(packet);
        boolean claimed =
                subscribersCarried().stream()
                        .filter(s -> !sender.equals(Optional.of(s)))
                        .filter(s -> isGuarded(s) && !isMonitored(s))
                        .anyMatch(s -> claims(packet, s));
        boolean forged =
                sender.filter(s -> isGuarded(s) && !isMonitored(s))
                        .filter(s -> isFromStrangeMac(packet, s) || isForged(packet, s))
                        .isPresent();
        if (claimed || forged) {
            return Verdict.DROP;
        }
        boolean tunnel =
                !packet.isOpaque()
                        && packet.kind() == Kind.GRE
                        && (packet.source().isIp4() || seesProtocol(packet));
        if (tunnel
                && sender.map(this::classOf)
                        .orElse(policy.infrastructure().defaultClass())
                        .blocksTunnels()
                && !isMonitored(packet)) {
            return Verdict.DROP;
        }
        return verdict;
    }

    /** Later IPv6 fragments name no protocol to a switch. */
    private static boolean seesProtocol(TruePacket packet) {
        return packet.piece() != Piece.LATER && packet.piece() != Piece.HIDDEN_FIRST;
    }

    private boolean isGuarded(Subscriber subscriber) {
        return classOf(subscriber).guardsSources()
                && (!subscriber.prefixes().isEmpty() || !subscriber.macs().isEmpty())
                && subscriber.attachments().stream().noneMatch(Attachment::isShared);
    }

    /** Whether a packet says that it is a subscriber's, as far as a switch can see it. */
    private static boolean claims(TruePacket packet, Subscriber subscriber) {
        return subscriber.macs().contains(packet.sourceMac())
                || !packet.isOpaque()
                        && subscriber.prefixes().stream()
                                .filter(p -> packet.kind() != Kind.NEIGHBOUR || isToldByAddress(p))
                                .anyMatch(p -> isFrom(packet, p));
    }

    /** Of wider prefixes ONOS cannot match the addresses that ARP and ND speak of. */
    private static boolean isToldByAddress(IpPrefix prefix) {
        return prefix.prefixLength() >= (prefix.isIp4() ? 28 : 128);
    }

    private static boolean isFrom(TruePacket packet, IpPrefix prefix) {
        return prefix.version() == packet.source().version() && prefix.contains(packet.source());
    }

    private boolean isFromStrangeMac(TruePacket packet, Subscriber sender) {
        return !sender.macs().isEmpty()
                && !sender.macs().contains(packet.sourceMac())
                && sharesWithin(placeOf(packet).orElseThrow())
                        .noneMatch(a -> a.source().isPresent());
    }

    private boolean isForged(TruePacket packet, Subscriber sender) {
        List<IpPrefix> own =
                sender.prefixes().stream()
                        .filter(p -> p.version() == packet.source().version())
                        .collect(Collectors.toList());
        if (own.isEmpty() || own.stream().anyMatch(p -> isFrom(packet, p))) {
            return false;
        }
        if (packet.kind() == Kind.NEIGHBOUR) {
            // of IPv6 an advertisement comes from a link-local address, which anybody may have
            return packet.source().isIp4()
                    && own.stream().allMatch(NaiveEvaluator::isToldByAddress)
                    && !isArpOfShare(packet);
        }
        return true;
    }

    /** Those who are told by an IPv4 prefix on somebody's line use ARP there too. */
    private boolean isArpOfShare(TruePacket packet) {
        return sharesWithin(placeOf(packet).orElseThrow())
                .filter(a -> isWhole(a) || isOfVlan(a, packet.tags().stream().findFirst()))
                .flatMap(a -> a.source().stream())
                .filter(IpPrefix::isIp4)
                .anyMatch(p -> !isToldByAddress(p) || isFrom(packet, p));
    }

    private Stream<Attachment> sharesWithin(Attachment line) {
        return policy.subscribers().values().stream()
                .flatMap(s -> s.attachments().stream())
                .filter(Attachment::isShared)
                .filter(a -> a.wholePort().equals(line.wholePort()))
                .filter(a -> isWhole(line) || a.vlan().equals(line.vlan()));
    }

    /** "Towards a subscriber." */
    private boolean passesTowards(TruePacket packet) {
        if (!showsPorts(packet)) {
            return true;
        }
        if (packet.sourcePort() == SMTP && !isLawfulAnswer(packet)) {
            return false;
        }
        return packet.destinationPort() != SMTP || isReceivable(packet);
    }

    private boolean isLawfulAnswer(TruePacket packet) {
        List<Subscriber> receivers = receivers(packet);
        ServiceClass byDefault = policy.infrastructure().defaultClass();
        boolean openByDefault =
                sendsFreely(byDefault) || byDefault.mode() == Mode.MONITOR || deviceIsMonitored();
        return isSubmissionServer(packet.source())
                || helps(packet.source())
                || isRelay(packet.sourceMac())
                || !inPool(packet.destination())
                || receivers.stream()
                        .anyMatch(
                                s ->
                                        sendsFreely(classOf(s))
                                                || isMonitored(s)
                                                || isExempt(s, packet.source()))
                || openByDefault && receivers.isEmpty()
                || policy.devices().values().stream()
                        .anyMatch(d -> d.mode() == Mode.MONITOR && isCarried(d.id()))
                || policy.suspensions().stream().anyMatch(this::needsAnswers);
    }

    private boolean helps(IpAddress address) {
        Remediation open = policy.infrastructure().remediation();
        return open.contact().stream().anyMatch(p -> p.contains(address))
                || open.portal().filter(p -> p.addresses().contains(address)).isPresent();
    }

    private boolean isRelay(MacAddress mac) {
        return policy.infrastructure().relays().keySet().stream()
                .filter(r -> !policy.refusedRelays().contains(r))
                .anyMatch(r -> mac.equals(policy.nextHops().get(r)));
    }

    /** Who sends freely while a suspension lasts may be anyone behind this device. */
    private boolean needsAnswers(Suspension suspension) {
        return suspension.serviceClass().isPresent()
                || suspension.device().filter(this::isCarried).isPresent();
    }

    /** "TCP to port 25 of a subscriber follows the class's inbound rule (allow by default)." */
    private boolean isReceivable(TruePacket packet) {
        List<Subscriber> receivers = receivers(packet);
        if (deviceIsMonitored()) {
            return true;
        }
        ServiceClass byDefault = policy.infrastructure().defaultClass();
        return receivers.isEmpty()
                ? !inPool(packet.destination())
                        || byDefault.inbound() == InboundRule.ALLOW
                        || byDefault.mode() == Mode.MONITOR
                : receivers.stream().allMatch(s -> receives(s) || isMonitored(s));
    }

    private boolean receives(Subscriber subscriber) {
        return classOf(subscriber).inbound() == InboundRule.ALLOW;
    }

    /**
     * IPv6 later fragments name no protocol to a switch, so UDP's and TCP's are the same; without
     * its first fragment the datagram is never whole. Port 0 is what fragments show.
     */
    private static boolean isTakenForTcpFragment(TruePacket packet) {
        switch (packet.piece()) {
            case HIDDEN_FIRST:
                return true;
            case LATER:
                return packet.kind() == Kind.TCP && packet.source().isIp4();
            case FIRST:
            case SHORT_FIRST:
                return packet.kind() == Kind.TCP;
            default:
                return packet.kind() == Kind.TCP && packet.destinationPort() == 0;
        }
    }

    private static boolean showsPorts(TruePacket packet) {
        return packet.kind() == Kind.TCP
                && (packet.piece() == Piece.WHOLE || packet.piece() == Piece.ATOMIC);
    }

    private boolean isSubmissionServer(IpAddress address) {
        return policy.infrastructure().servers().stream()
                .anyMatch(s -> s.addresses().contains(address));
    }

    private boolean inPool(IpAddress address) {
        return policy.infrastructure().pools().stream().anyMatch(p -> p.contains(address));
    }

    private boolean sendsFreely(ServiceClass serviceClass) {
        String relay = serviceClass.relay().orElse("");
        boolean stranded =
                serviceClass.outbound() == OutboundAction.REDIRECT
                        && !policy.refusedRelays().contains(relay)
                        && !policy.nextHops().containsKey(relay);
        return (stranded ? serviceClass.fallback() : serviceClass.outbound())
                        == OutboundAction.ALLOW
                || isSuspended(serviceClass);
    }

    private ServiceClass classOfSender(TruePacket packet) {
        return sender(packet).map(this::classOf).orElse(policy.infrastructure().defaultClass());
    }

    private Optional<Subscriber> sender(TruePacket packet) {
        return placeOf(packet)
                .flatMap(
                        place ->
                                policy.subscribers().values().stream()
                                        .filter(s -> s.attachments().contains(place))
                                        .findFirst());
    }

    /** Where the sender is attached: the narrowest that there is. */
    private Optional<Attachment> placeOf(TruePacket packet) {
        Optional<Integer> vlan = packet.tags().stream().findFirst();
        // the VLAN tells more than the port; within either a source, if several share it
        return first(packet, a -> isOfVlan(a, vlan) && isPair(a) && isSource(packet, a))
                .or(
                        () ->
                                first(
                                        packet,
                                        a ->
                                                isOfVlan(a, vlan)
                                                        && a.isShared()
                                                        && isSource(packet, a)))
                .or(() -> first(packet, a -> isOfVlan(a, vlan) && !a.isShared()))
                .or(() -> first(packet, a -> isWhole(a) && a.isShared() && isSource(packet, a)))
                .or(() -> first(packet, a -> isWhole(a) && !a.isShared()));
    }

    private static boolean isOfVlan(Attachment attachment, Optional<Integer> vlan) {
        return attachment.vlan().isPresent() && number(attachment).equals(vlan);
    }

    private static boolean isWhole(Attachment attachment) {
        return !attachment.vlan().isPresent();
    }

    private static boolean isPair(Attachment attachment) {
        return attachment.customerVlan().isPresent();
    }

    /** Whether a packet of an attachment's port and VLAN is of who shares it by this attachment. */
    private static boolean isSource(TruePacket packet, Attachment attachment) {
        if (isPair(attachment)) {
            return packet.tagsSeen() > 1
                    && packet.tags().size() > 1
                    && packet.tags().get(1) == attachment.customerVlan().get().toShort();
        }
        boolean ip = packet.kind() != Kind.NEIGHBOUR && !packet.isOpaque();
        return attachment
                .sourceMac()
                .map(packet.sourceMac()::equals)
                .orElseGet(() -> ip && isFrom(packet, attachment.source().orElseThrow()));
    }

    private Optional<Attachment> first(TruePacket packet, Predicate<Attachment> wanted) {
        return policy.subscribers().values().stream()
                .flatMap(s -> s.attachments().stream())
                .filter(a -> a.device().equals(device.id()) && a.port().equals(packet.inPort()))
                .filter(wanted)
                .findFirst();
    }

    private static Optional<Integer> number(Attachment attachment) {
        return attachment.vlan().map(v -> (int) v.toShort());
    }

    /**
     * Those who may be meant: by prefix, by MAC or, of what comes from outside, by a VLAN that
     * nobody else has. What an access port sends in such a VLAN is from its owner, not to it.
     */
    private List<Subscriber> receivers(TruePacket packet) {
        boolean fromOutside = device.roleOf(packet.inPort()) != PortRole.ACCESS;
        List<Subscriber> receivers = new ArrayList<>();
        for (Subscriber subscriber : subscribersCarried()) {
            if (subscriber.prefixes().stream().anyMatch(p -> p.contains(packet.destination()))
                    || subscriber.macs().contains(packet.destinationMac())
                    || fromOutside
                            && packet.tags().stream()
                                    .limit(1)
                                    .anyMatch(v -> isAlone(subscriber, v))) {
                receivers.add(subscriber);
            }
        }
        return receivers;
    }

    private boolean isAlone(Subscriber subscriber, int vlan) {
        return subscribersCarried().stream()
                        .filter(s -> s.attachments().stream().anyMatch(a -> isOf(vlan, a)))
                        .collect(Collectors.toSet())
                        .equals(Set.of(subscriber))
                && subscriber.attachments().stream().noneMatch(a -> a.isShared() && isOf(vlan, a));
    }

    private boolean isOf(int vlan, Attachment attachment) {
        return isCarried(attachment.device()) && number(attachment).equals(Optional.of(vlan));
    }

    private Set<Subscriber> subscribersCarried() {
        return policy.subscribers().values().stream()
                .filter(
                        s ->
                                s.attachments().stream()
                                        .anyMatch(
                                                a ->
                                                        isCarried(a.device())
                                                                || isUnknown(a.device())))
                .collect(Collectors.toSet());
    }

    /** On what is no access device: who is there may be behind any. */
    private boolean isUnknown(DeviceId id) {
        return !policy.devices().containsKey(id);
    }

    /** On this device, or on one that shares a ring or daisy chain with it. */
    private boolean isCarried(DeviceId id) {
        AccessDevice other = policy.devices().get(id);
        return other != null
                && (other.id().equals(device.id())
                        || other.chain().equals(device.chain())
                                && !other.ports(PortRole.TRANSIT).isEmpty()
                                && !device.ports(PortRole.TRANSIT).isEmpty());
    }
}
