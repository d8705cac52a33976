package org.postern.policy;

import static org.postern.policy.Chain.GUARD;
import static org.postern.policy.Chain.TUNNELS;
import static org.postern.policy.Verdict.DROP;
import static org.postern.policy.Verdict.PASS;

import com.google.common.collect.LinkedHashMultimap;
import com.google.common.collect.SetMultimap;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.PacketMatch.Family;

/**
 * What a subscriber may send at all: its own source addresses (BCP 38), nobody else's, and, where
 * its class says so, no tunnels. Chains GUARD and TUNNELS.
 */
final class GuardLines {
    /** Before it has an address, a host speaks from here (RFC 2131, RFC 5227). */
    private static final Ip4Address UNSPECIFIED_4 = Ip4Address.valueOf("0.0.0.0");

    /** Likewise for duplicate address detection (RFC 4862). */
    private static final IpPrefix UNSPECIFIED_6 = IpPrefix.valueOf("::/128");

    private static final IpPrefix LINK_LOCAL = IpPrefix.valueOf("fe80::/10");
    private static final int DHCP_SERVER = 67;
    private static final int ICMPV6 = 58;
    private static final int TEREDO = 3544;

    /**
     * ONOS matches an ARP sender exactly, not by prefix: a wider prefix than this, 16 addresses, is
     * not told address by address.
     */
    private static final int WIDEST_TOLD = 28;

    private static final int ADDRESS_BITS = 32;

    /** IP in IP, 6in4, GRE, EtherIP and L2TPv3, as upper-layer protocols. */
    private static final int[] TUNNEL_PROTOCOLS = {4, 41, 47, 97, 115};

    private static final int FROM_OUTSIDE = 90;

    /** Claims that name one address, which no line may make but the owner's. */
    private static final int ADDRESS_CLAIMED_ON_PORT = 65;

    private static final int ADDRESS_OWN = 63;
    private static final int ADDRESS_CLAIMED = 62;
    private static final int SHARE_OF_VLAN_UNGUARDED = 58;
    private static final int VLAN_OWN = 57;
    private static final int VLAN_FORGED = 55;
    private static final int CLAIMED_ON_PORT = 52;
    private static final int PORT_OWN = 50;
    private static final int CLAIMED = 40;
    private static final int VLAN_FORGED_MONITORED = 38;

    /** Above it, the level of the attachment. */
    private static final int UNGUARDED = 33;

    private static final int PORT_FORGED_MONITORED = 29;
    private static final int PORT_FORGED = 30;

    /** Above it, the level of the attachment. */
    private static final int EXAMINED = 20;

    /** Above it, three for each level of the attachment. */
    private static final int TUNNEL_OF_SUBSCRIBER = 20;

    private static final int PER_LEVEL = 3;
    private static final int DENIED = 1;
    private static final int TUNNEL_MONITORED = 11;
    private static final int TUNNEL = 10;
    private static final int LAST = 0;

    /** What sources are told of. */
    private static final List<PacketMatch> KINDS =
            List.of(PacketMatch.ip(Family.V4), PacketMatch.arp(), PacketMatch.ip(Family.V6));

    private final DeviceScope scope;

    /** Ports and VLANs whose subscribers may send from their own addresses only. */
    private final Set<Attachment> guardedLines = new LinkedHashSet<>();

    /** What there is of each port, by the port as a whole. */
    private final SetMultimap<Attachment, Attachment> parts = LinkedHashMultimap.create();

    /** Attachments whose tunnels are not what the default class's are. */
    private final AttachmentsByPort unlikeDefault = new AttachmentsByPort();

    private GuardLines(DeviceScope scope) {
        this.scope = scope;
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    parts.put(attachment.wholePort(), attachment);
                    if (isGuarded(subscriber)) {
                        guardedLines.add(attachment);
                    }
                    if (scope.classOf(subscriber).blocksTunnels()
                            != scope.defaultClass().blocksTunnels()) {
                        unlikeDefault.add(attachment);
                    }
                });
    }

    static void add(DeviceScope scope) {
        GuardLines lines = new GuardLines(scope);
        if (scope.filtersInbound()) {
            scope.outside()
                    .forEach(
                            port ->
                                    scope.floor(
                                            GUARD,
                                            FROM_OUTSIDE,
                                            PacketMatch.ANY.inPort(port),
                                            PASS,
                                            "from outside"));
        }
        scope.identification().subscribers().forEach(lines::claims);
        scope.eachAttachment(lines::sources);
        lines.tunnels();
        scope.floor(GUARD, LAST, PacketMatch.ANY, lines.after(scope.defaultClass()), "not guarded");
    }

    /** What nobody else may say it is. */
    private void claims(Subscriber subscriber) {
        if (!isGuarded(subscriber) || scope.policy().isMonitored(subscriber)) {
            return;
        }
        Set<Attachment> others = othersOnPortsOf(subscriber);
        for (IpPrefix prefix : subscriber.prefixes()) {
            claimed(subscriber, PacketMatch.ANY.source(prefix), CLAIMED, CLAIMED_ON_PORT, others);
        }
        for (MacAddress mac : subscriber.macs()) {
            claimed(subscriber, PacketMatch.ANY.sourceMac(mac), CLAIMED, CLAIMED_ON_PORT, others);
        }
        for (PacketMatch address : addressesOf(subscriber)) {
            claimed(subscriber, address, ADDRESS_CLAIMED, ADDRESS_CLAIMED_ON_PORT, others);
        }
    }

    /** Claims to single addresses, by ARP and neighbour discovery, as far as they can be told. */
    private static List<PacketMatch> addressesOf(Subscriber subscriber) {
        List<PacketMatch> addresses = new ArrayList<>();
        for (IpPrefix prefix : subscriber.prefixes()) {
            if (prefix.isIp4()) {
                addresses(prefix).forEach(a -> addresses.add(PacketMatch.arpSender(a)));
            } else if (prefix.prefixLength() == prefix.address().toIpPrefix().prefixLength()) {
                addresses.add(PacketMatch.neighbourAdvertisement(prefix.address().getIp6Address()));
            }
        }
        return addresses;
    }

    private void claimed(
            Subscriber subscriber,
            PacketMatch claim,
            int rank,
            int rankOnPort,
            Set<Attachment> others) {
        String reason = "claims to be subscriber " + subscriber.id();
        drop(rank, claim, reason, subscriber);
        // on a port of its own, others must not pass for it
        for (Attachment other : others) {
            claim.and(DeviceScope.at(other))
                    .ifPresent(match -> drop(rankOnPort, match, reason, subscriber));
        }
    }

    /** What a subscriber says on a line of its own, from a MAC of its own if those are known. */
    private void said(
            Subscriber subscriber, Attachment attachment, int rank, PacketMatch what, String why) {
        List<PacketMatch> said = new ArrayList<>();
        for (MacAddress mac : subscriber.macs()) {
            PacketMatch match = what.sourceMac(mac);
            said.add(isArp(match) ? match.arpSenderMac(mac) : match);
        }
        if (said.isEmpty()) {
            said.add(what);
        }
        Verdict after = after(scope.classOf(subscriber));
        for (PacketMatch match : said) {
            match.and(DeviceScope.at(attachment))
                    .ifPresent(own -> lead(rank, own, after, why, subscriber));
        }
    }

    private void drop(int rank, PacketMatch match, String reason, Subscriber subscriber) {
        if (scope.isMonitored()) {
            // at a rank of its own, below; whose packet it is, is not told here
            scope.add(
                    PolicyLine.permit(GUARD, rank - 1, match, PASS, "monitored: " + reason, null)
                            .counting(Counted.MONITORED_OTHER));
        } else {
            lead(rank, match, DROP, reason, subscriber);
        }
    }

    /** What others have of ports that are the subscriber's as a whole. */
    private Set<Attachment> othersOnPortsOf(Subscriber subscriber) {
        Set<Attachment> others = new LinkedHashSet<>();
        for (Attachment own : scope.attachmentsOf(subscriber)) {
            if (AttachmentsByPort.levelOf(own) == 0) {
                others.addAll(parts.get(own));
            }
        }
        others.removeAll(subscriber.attachments());
        return others;
    }

    /** The addresses of a prefix; none if they are too many to be told. */
    private static List<Ip4Address> addresses(IpPrefix prefix) {
        if (prefix.prefixLength() < WIDEST_TOLD) {
            return List.of();
        }
        List<Ip4Address> all = new ArrayList<>();
        int first = prefix.address().getIp4Address().toInt();
        for (int i = 0; i < 1 << ADDRESS_BITS - prefix.prefixLength(); i++) {
            all.add(Ip4Address.valueOf(first + i));
        }
        return all;
    }

    private void sources(Subscriber subscriber, Attachment attachment) {
        ServiceClass own = scope.classOf(subscriber);
        boolean tagged = attachment.vlan().isPresent();
        if (isGuarded(subscriber)) {
            for (PacketMatch address : addressesOf(subscriber)) {
                said(subscriber, attachment, ADDRESS_OWN, address, "its own address");
            }
            int rank = tagged ? VLAN_OWN : PORT_OWN;
            for (PacketMatch source : sourcesOf(subscriber)) {
                said(subscriber, attachment, rank, source, "its own source");
            }
            forged(subscriber, attachment);
        }
        unguarded(subscriber, attachment);
        if (unlikeDefault.surround(attachment)) {
            lead(
                    EXAMINED + AttachmentsByPort.levelOf(attachment),
                    DeviceScope.at(attachment),
                    after(own),
                    own.blocksTunnels() ? "no tunnels" : "tunnels are open",
                    subscriber);
        }
    }

    /** Where the whole of a line is guarded, its other parts are not guarded with it. */
    private void unguarded(Subscriber subscriber, Attachment attachment) {
        boolean guardedPort = guardedLines.contains(attachment.wholePort());
        boolean guardedVlan =
                attachment.vlan().isPresent() && guardedLines.contains(attachment.wholeLine());
        int rank =
                guardedVlan && attachment.isShared()
                        ? SHARE_OF_VLAN_UNGUARDED
                        : UNGUARDED + AttachmentsByPort.levelOf(attachment);
        Verdict after = after(scope.classOf(subscriber));
        if (attachment.isShared() && (guardedPort || guardedVlan)) {
            for (PacketMatch kind : KINDS) {
                kind.and(DeviceScope.at(attachment))
                        .ifPresent(match -> lead(rank, match, after, "not guarded", subscriber));
            }
        } else if (attachment.vlan().isPresent() && guardedPort) {
            lead(rank, DeviceScope.at(attachment), after, "not guarded", subscriber);
        }
    }

    private void lead(
            int rank, PacketMatch match, Verdict verdict, String reason, Subscriber subscriber) {
        scope.add(PolicyLine.floor(GUARD, rank, match, verdict, reason).about(subscriber.id()));
    }

    /**
     * Whether a subscriber is held to its addresses. One that is told from its neighbours by a
     * source is not: the line is not its own.
     */
    private boolean isGuarded(Subscriber subscriber) {
        return scope.classOf(subscriber).guardsSources()
                && (!subscriber.prefixes().isEmpty() || !subscriber.macs().isEmpty())
                && subscriber.attachments().stream().noneMatch(Attachment::isShared);
    }

    private Verdict after(ServiceClass own) {
        return own.blocksTunnels() ? Verdict.jump(TUNNELS) : PASS;
    }

    /**
     * What a subscriber may send, by its prefixes and MACs, beside {@link #addressesOf}. Where only
     * MACs tell, a family without prefixes is any source; without both it is free.
     */
    private List<PacketMatch> sourcesOf(Subscriber subscriber) {
        List<PacketMatch> sources = new ArrayList<>();
        for (Family family : Family.values()) {
            List<IpPrefix> prefixes = prefixes(subscriber, family);
            if (prefixes.isEmpty()) {
                sources.add(PacketMatch.ip(family));
            } else if (family == Family.V4) {
                sources.add(
                        PacketMatch.udp(family)
                                .source(UNSPECIFIED_4.toIpPrefix())
                                .destinationPort(DHCP_SERVER));
            } else {
                sources.add(PacketMatch.ANY.protocol(family, ICMPV6).source(UNSPECIFIED_6));
                sources.add(PacketMatch.ANY.source(LINK_LOCAL));
            }
            prefixes.forEach(p -> sources.add(PacketMatch.ANY.source(p)));
        }
        sources.add(arp(prefixes(subscriber, Family.V4)));
        if (!subscriber.macs().isEmpty()) {
            // what is not IP either: its MAC is its own in every frame
            scope.device().etherTypes().stream()
                    .filter(type -> !EtherTypes.isIp(type))
                    .map(PacketMatch.ANY::etherType)
                    .filter(other -> !isArp(other))
                    .forEach(sources::add);
        }
        return sources.stream().filter(m -> isTold(m, subscriber)).collect(Collectors.toList());
    }

    private static boolean isArp(PacketMatch match) {
        return match.etherType().equals(PacketMatch.arp().etherType());
    }

    private static List<IpPrefix> prefixes(Subscriber subscriber, Family family) {
        return subscriber.prefixes().stream()
                .filter(p -> Family.of(p) == family)
                .collect(Collectors.toList());
    }

    /** ARP of nobody's address yet; of any, if the subscriber's are too many to be told. */
    private static PacketMatch arp(List<IpPrefix> prefixes) {
        boolean wide = prefixes.stream().anyMatch(p -> addresses(p).isEmpty());
        return prefixes.isEmpty() || wide
                ? PacketMatch.arp()
                : PacketMatch.arpSender(UNSPECIFIED_4);
    }

    /** Whether the subscriber's prefixes and MACs say anything of what an expression asks. */
    private static boolean isTold(PacketMatch match, Subscriber subscriber) {
        if (!subscriber.macs().isEmpty()) {
            return true;
        }
        Family family =
                match.etherType().equals(PacketMatch.ip(Family.V6).etherType())
                        ? Family.V6
                        : Family.V4;
        return !prefixes(subscriber, family).isEmpty();
    }

    private void forged(Subscriber subscriber, Attachment attachment) {
        PacketMatch line = DeviceScope.at(attachment);
        for (PacketMatch kind : KINDS) {
            if (!isTold(kind, subscriber)) {
                continue;
            }
            String reason = "not a source of subscriber " + subscriber.id();
            boolean tagged = attachment.vlan().isPresent();
            kind.and(line)
                    .ifPresent(
                            match -> {
                                if (scope.isMonitored(subscriber)) {
                                    scope.add(
                                            PolicyLine.permit(
                                                            GUARD,
                                                            tagged
                                                                    ? VLAN_FORGED_MONITORED
                                                                    : PORT_FORGED_MONITORED,
                                                            match,
                                                            after(scope.classOf(subscriber)),
                                                            "monitored: " + reason,
                                                            subscriber.id())
                                                    .counting(Counted.MONITORED_OTHER));
                                } else {
                                    drop(
                                            tagged ? VLAN_FORGED : PORT_FORGED,
                                            match,
                                            reason,
                                            subscriber);
                                }
                            });
        }
    }

    private void tunnels() {
        boolean byDefault = scope.defaultClass().blocksTunnels();
        List<Subscriber> blocked =
                scope.policy().subscribersOf(scope.device().id()).stream()
                        .filter(s -> scope.classOf(s).blocksTunnels())
                        .collect(Collectors.toList());
        if (!byDefault && blocked.isEmpty()) {
            return;
        }
        boolean openByDefault = byDefault && scope.isDefaultMonitored();
        AttachmentsByPort open = new AttachmentsByPort();
        blocked.stream().filter(scope::isMonitored).map(scope::attachmentsOf).forEach(open::addAll);
        for (PacketMatch kind : kinds()) {
            for (Subscriber subscriber : blocked) {
                for (Attachment attachment : scope.attachmentsOf(subscriber)) {
                    // who is enforced needs a line only where what is said of others lets it out
                    if (openByDefault || open.surround(attachment)) {
                        kind.and(DeviceScope.at(attachment))
                                .ifPresent(match -> tunnelOf(subscriber, attachment, match));
                    }
                }
            }
            if (openByDefault) {
                scope.add(monitoredTunnel(TUNNEL_MONITORED, kind, null));
            }
            scope.floor(TUNNELS, TUNNEL, kind, DROP, "a tunnel");
        }
        scope.floor(TUNNELS, LAST, PacketMatch.ANY, PASS, "not a tunnel");
    }

    private static List<PacketMatch> kinds() {
        List<PacketMatch> kinds = new ArrayList<>();
        for (Family family : Family.values()) {
            for (int protocol : TUNNEL_PROTOCOLS) {
                kinds.add(PacketMatch.ANY.protocol(family, protocol));
            }
        }
        kinds.add(PacketMatch.udp(Family.V4).destinationPort(TEREDO));
        return kinds;
    }

    private void tunnelOf(Subscriber subscriber, Attachment attachment, PacketMatch match) {
        int rank = TUNNEL_OF_SUBSCRIBER + PER_LEVEL * AttachmentsByPort.levelOf(attachment);
        if (scope.isMonitored(subscriber)) {
            scope.add(monitoredTunnel(rank, match, subscriber.id()));
        } else {
            scope.add(
                    PolicyLine.floor(TUNNELS, rank + DENIED, match, DROP, "a tunnel")
                            .about(subscriber.id()));
        }
    }

    private static PolicyLine monitoredTunnel(int rank, PacketMatch match, String subscriber) {
        return PolicyLine.permit(TUNNELS, rank, match, PASS, "monitored: a tunnel", subscriber)
                .counting(Counted.MONITORED_OTHER);
    }
}
