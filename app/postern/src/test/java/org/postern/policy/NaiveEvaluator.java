package org.postern.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.onlab.packet.IpAddress;
import org.onosproject.net.DeviceId;
import org.onosproject.net.PortNumber;
import org.postern.policy.TruePacket.Kind;
import org.postern.policy.TruePacket.Piece;

/**
 * The policy once more, as prose would have it: decides for one true packet, knowing nothing of
 * lines, chains or ranks. What the tests hold the lines and the compiled tables against.
 */
public final class NaiveEvaluator {
    private static final int SMTP = 25;

    private final Policy policy;
    private final AccessDevice device;

    /**
     * Creates an evaluator.
     *
     * @param policy what is to be enforced
     * @param device the access device that packets pass
     */
    public NaiveEvaluator(Policy policy, AccessDevice device) {
        this.policy = policy;
        this.device = device;
    }

    /**
     * Decides.
     *
     * @param packet a packet that comes in on one of the device's ports
     * @return true if it goes on, false if it is dropped
     */
    public boolean passes(TruePacket packet) {
        if (deviceIsSuspended() || packet.kind() == Kind.ARP || packet.tags().size() > 1) {
            return true; // more than one tag is access tunnelled at the switch: out of scope
        }
        switch (device.roleOf(packet.inPort())) {
            case TRANSIT:
                return true;
            case UPLINK:
            case SERVER:
                return passesTowards(packet);
            default:
                return passesFrom(packet);
        }
    }

    private boolean deviceIsSuspended() {
        return policy.suspensions().stream()
                .anyMatch(
                        s ->
                                !s.serviceClass().isPresent()
                                        && (!s.device().isPresent()
                                                || s.device().get().equals(device.id())));
    }

    /** "The decision for a packet from a subscriber." */
    private boolean passesFrom(TruePacket packet) {
        if (isSubmissionServer(packet.destination())) {
            return true;
        }
        if (isTakenForTcpFragment(packet)) {
            return sendsFreely(classOfSender(packet));
        }
        if (showsPorts(packet) && packet.destinationPort() == SMTP) {
            return sendsFreely(classOfSender(packet)) && isReceivable(packet);
        }
        return true;
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
        return isSubmissionServer(packet.source())
                || receivers(packet).stream().anyMatch(s -> sendsFreely(policy.classOf(s)))
                || !inPool(packet.destination())
                || policy.suspensions().stream().anyMatch(this::needsAnswers);
    }

    /** Who sends freely while a suspension lasts may be anyone behind this device. */
    private boolean needsAnswers(Suspension suspension) {
        return suspension.serviceClass().isPresent()
                || suspension.device().filter(this::isCarried).isPresent();
    }

    /** "TCP to port 25 of a subscriber follows the class's inbound rule (allow by default)." */
    private boolean isReceivable(TruePacket packet) {
        List<ServiceClass> classes =
                receivers(packet).stream().map(policy::classOf).collect(Collectors.toList());
        if (classes.isEmpty() && inPool(packet.destination())) {
            classes.add(policy.infrastructure().defaultClass());
        }
        return classes.stream().allMatch(c -> c.inbound() == InboundRule.ALLOW);
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
        return serviceClass.outbound() == OutboundAction.ALLOW
                || policy.suspensions().stream()
                        .anyMatch(s -> s.serviceClass().equals(Optional.of(serviceClass.name())));
    }

    private ServiceClass classOfSender(TruePacket packet) {
        return sender(packet).map(policy::classOf).orElse(policy.infrastructure().defaultClass());
    }

    private Optional<Subscriber> sender(TruePacket packet) {
        Optional<Subscriber> ofVlan =
                packet.tags().stream().findFirst().flatMap(v -> attachedAt(packet.inPort(), v));
        return ofVlan.isPresent() ? ofVlan : attachedAt(packet.inPort(), null);
    }

    private Optional<Subscriber> attachedAt(PortNumber port, Integer vlan) {
        return policy.subscribers().values().stream()
                .filter(s -> s.attachments().stream().anyMatch(a -> isAt(port, vlan, a)))
                .findFirst();
    }

    private boolean isAt(PortNumber port, Integer vlan, Attachment attachment) {
        return attachment.device().equals(device.id())
                && attachment.port().equals(port)
                && number(attachment).equals(Optional.ofNullable(vlan));
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
                            && packet.tags().stream().anyMatch(v -> isAlone(subscriber, v))) {
                receivers.add(subscriber);
            }
        }
        return receivers;
    }

    private boolean isAlone(Subscriber subscriber, int vlan) {
        return subscribersCarried().stream()
                .filter(s -> s.attachments().stream().anyMatch(a -> isOf(vlan, a)))
                .collect(Collectors.toSet())
                .equals(Set.of(subscriber));
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
