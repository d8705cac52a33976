package org.postern.policy;

import static org.postern.policy.Chain.GUARD;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.onlab.packet.Ip4Address;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpPrefix;
import org.postern.policy.PacketMatch.Family;

/** From which addresses subscribers may send (BCP 38): chain GUARD. */
final class AddressGuardLines {
    /** Before it has an address, a host speaks from here (RFC 2131, RFC 3376, RFC 5227). */
    private static final Ip4Address UNSPECIFIED_4 = Ip4Address.valueOf("0.0.0.0");

    /** Likewise for duplicate address detection (RFC 4862). */
    private static final IpPrefix UNSPECIFIED_6 = IpPrefix.valueOf("::/128");

    private static final IpPrefix LINK_LOCAL = IpPrefix.valueOf("fe80::/10");
    private static final int DHCP_SERVER = 67;
    private static final int IGMP = 2;
    private static final int ICMPV6 = 58;

    /**
     * ONOS matches an ARP sender exactly, not by prefix: a wider prefix than this, 16 addresses, is
     * not told address by address.
     */
    private static final int WIDEST_TOLD = 28;

    private static final int ADDRESS_BITS = 32;

    /** Above it, the level of the attachment. */
    private static final int OWN = 54;

    private static final int OWN_ADVERTISED = 66;
    private static final int EVERY = 0;

    /** Above what is said of sources: an advertisement claims two addresses at once. */
    private static final int ADVERTISED = 14;

    private final DeviceScope scope;
    private final SourceGuard guard;
    private final AttachmentsByPort guardedLines;

    /** Attachments whose tunnels are not what the default class's are. */
    private final AttachmentsByPort unlikeDefault = new AttachmentsByPort();

    private AddressGuardLines(DeviceScope scope, SourceGuard guard) {
        this.scope = scope;
        this.guard = guard;
        this.guardedLines = guard.guardedLines(s -> !s.prefixes().isEmpty());
        boolean byDefault = scope.defaultClass().blocksTunnels();
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    if (scope.classOf(subscriber).blocksTunnels() != byDefault) {
                        unlikeDefault.add(attachment);
                    }
                });
    }

    static void add(DeviceScope scope, SourceGuard guard) {
        AddressGuardLines lines = new AddressGuardLines(scope, guard);
        guard.claimants().forEach(lines::claims);
        scope.eachAttachment(lines::sources);
        scope.floor(
                GUARD,
                SourceGuard.LAST,
                PacketMatch.ANY,
                TunnelLines.after(scope.defaultClass()),
                "of nobody's address");
    }

    private void claims(Subscriber owner) {
        Set<Attachment> within = guard.othersWithin(owner);
        for (IpPrefix prefix : owner.prefixes()) {
            guard.claimed(GUARD, EVERY, PacketMatch.ANY.source(prefix), owner, within);
            for (Ip4Address address : told(prefix)) {
                guard.claimed(GUARD, EVERY, PacketMatch.arpSender(address), owner, within);
            }
        }
        for (Ip6Address address : advertised(owner)) {
            guard.claimed(
                    GUARD, ADVERTISED, PacketMatch.neighbourAdvertisement(address), owner, within);
        }
    }

    private void sources(Subscriber subscriber, Attachment attachment) {
        Verdict after = TunnelLines.after(scope.classOf(subscriber));
        PacketMatch line = DeviceScope.at(attachment);
        if (guard.isGuarded(subscriber)) {
            for (Family family : Family.values()) {
                List<IpPrefix> prefixes = prefixes(subscriber, family);
                if (!prefixes.isEmpty()) {
                    List<PacketMatch> own = family == Family.V4 ? own4(prefixes) : own6(prefixes);
                    own.forEach(
                            m ->
                                    lead(
                                            OWN + AttachmentsByPort.levelOf(attachment),
                                            m,
                                            subscriber,
                                            attachment));
                    guard.forged(GUARD, PacketMatch.ip(family), subscriber, attachment);
                }
            }
            advertisements(subscriber)
                    .forEach(m -> lead(OWN_ADVERTISED, m, subscriber, attachment));
            if (areArpSendersTold(subscriber)) {
                guard.forged(GUARD, PacketMatch.arp(), subscriber, attachment);
            }
        }
        boolean within = guardedLines.enclose(attachment);
        if (within || unlikeDefault.surround(attachment)) {
            guard.unguarded(GUARD, line, subscriber, attachment, after);
        }
        if (within) {
            arpOfShare(attachment)
                    .forEach(m -> guard.unguarded(GUARD, m, subscriber, attachment, Verdict.PASS));
        }
    }

    private static List<IpPrefix> prefixes(Subscriber subscriber, Family family) {
        return subscriber.prefixes().stream()
                .filter(p -> Family.of(p) == family)
                .collect(Collectors.toList());
    }

    private static List<PacketMatch> own4(List<IpPrefix> prefixes) {
        IpPrefix unspecified = UNSPECIFIED_4.toIpPrefix();
        List<PacketMatch> own = new ArrayList<>();
        own.add(PacketMatch.udp(Family.V4).source(unspecified).destinationPort(DHCP_SERVER));
        own.add(PacketMatch.ANY.protocol(Family.V4, IGMP).source(unspecified));
        own.add(PacketMatch.arpSender(UNSPECIFIED_4));
        for (IpPrefix prefix : prefixes) {
            own.add(PacketMatch.ANY.source(prefix));
            told(prefix).forEach(address -> own.add(PacketMatch.arpSender(address)));
        }
        return own;
    }

    private static List<PacketMatch> own6(List<IpPrefix> prefixes) {
        List<PacketMatch> own = new ArrayList<>();
        own.add(PacketMatch.ANY.protocol(Family.V6, ICMPV6).source(UNSPECIFIED_6));
        own.add(PacketMatch.ANY.source(LINK_LOCAL));
        prefixes.forEach(p -> own.add(PacketMatch.ANY.source(p)));
        return own;
    }

    /** Advertisements of its own addresses, from its own addresses. */
    private static List<PacketMatch> advertisements(Subscriber subscriber) {
        List<IpPrefix> sources = new ArrayList<>(prefixes(subscriber, Family.V6));
        sources.add(LINK_LOCAL);
        List<PacketMatch> own = new ArrayList<>();
        for (Ip6Address address : advertised(subscriber)) {
            PacketMatch advertisement = PacketMatch.neighbourAdvertisement(address);
            sources.forEach(source -> own.add(advertisement.source(source)));
        }
        return own;
    }

    /**
     * The addresses of which it can be told that they are advertised: OpenFlow knows no prefix
     * here.
     */
    private static List<Ip6Address> advertised(Subscriber subscriber) {
        return prefixes(subscriber, Family.V6).stream()
                .filter(p -> p.prefixLength() == IpPrefix.MAX_INET6_MASK_LENGTH)
                .map(p -> p.address().getIp6Address())
                .collect(Collectors.toList());
    }

    /** The addresses of an IPv4 prefix; none if they are too many to be told, or of IPv6. */
    private static List<Ip4Address> told(IpPrefix prefix) {
        List<Ip4Address> all = new ArrayList<>();
        if (prefix.isIp4() && prefix.prefixLength() >= WIDEST_TOLD) {
            int first = prefix.address().getIp4Address().toInt();
            for (int i = 0; i < 1 << ADDRESS_BITS - prefix.prefixLength(); i++) {
                all.add(Ip4Address.valueOf(first + i));
            }
        }
        return all;
    }

    private static boolean areArpSendersTold(Subscriber subscriber) {
        List<IpPrefix> prefixes = prefixes(subscriber, Family.V4);
        return !prefixes.isEmpty() && prefixes.stream().noneMatch(p -> told(p).isEmpty());
    }

    /** Who is told by an IPv4 prefix on somebody's line asks and answers by ARP there too. */
    private static List<PacketMatch> arpOfShare(Attachment share) {
        PacketMatch line = DeviceScope.at(share.wholeLine());
        List<PacketMatch> senders =
                share.source()
                        .filter(IpPrefix::isIp4)
                        .map(AddressGuardLines::senders)
                        .orElse(List.of());
        return senders.stream().map(m -> m.and(line).orElseThrow()).collect(Collectors.toList());
    }

    private static List<PacketMatch> senders(IpPrefix prefix) {
        List<Ip4Address> addresses = told(prefix);
        return addresses.isEmpty()
                ? List.of(PacketMatch.arp())
                : addresses.stream().map(PacketMatch::arpSender).collect(Collectors.toList());
    }

    private void lead(int rank, PacketMatch what, Subscriber subscriber, Attachment attachment) {
        Verdict after = TunnelLines.after(scope.classOf(subscriber));
        what.and(DeviceScope.at(attachment))
                .ifPresent(
                        match ->
                                guard.lead(
                                        GUARD, rank, match, after, "its own address", subscriber));
    }
}
