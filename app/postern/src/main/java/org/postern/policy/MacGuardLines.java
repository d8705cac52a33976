package org.postern.policy;

import static org.postern.policy.Chain.GUARD;
import static org.postern.policy.Chain.MAC_GUARD;

import java.util.Set;
import org.onlab.packet.MacAddress;
import org.onosproject.net.PortNumber;

/** From which MACs subscribers may send: chain MAC GUARD. */
final class MacGuardLines {
    private static final int FROM_OUTSIDE = 90;
    private static final int OWN = 60;

    /** Above what is said of every frame: what is said of ARP. */
    private static final int ARP_OWN = 3;

    private static final int ARP = 2;
    private static final int EVERY = 0;

    /** Above what is counted of ARP from somebody's own MAC, and no higher than what is denied. */
    private static final int ARP_CLAIMED = OWN + ARP - SourceGuard.CLAIMED;

    private static final Verdict ONWARD = Verdict.jump(GUARD);

    private final DeviceScope scope;
    private final SourceGuard guard;
    private final AttachmentsByPort guardedLines;

    private MacGuardLines(DeviceScope scope, SourceGuard guard) {
        this.scope = scope;
        this.guard = guard;
        this.guardedLines = guard.guardedLines(s -> !s.macs().isEmpty());
    }

    static void add(DeviceScope scope, SourceGuard guard) {
        MacGuardLines lines = new MacGuardLines(scope, guard);
        if (scope.filtersInbound()) {
            scope.outside().forEach(lines::fromOutside);
        }
        guard.claimants().forEach(lines::claims);
        scope.eachAttachment(lines::sources);
        scope.floor(MAC_GUARD, SourceGuard.LAST, PacketMatch.ANY, ONWARD, "of nobody's MAC");
    }

    private void fromOutside(PortNumber port) {
        scope.floor(
                MAC_GUARD,
                FROM_OUTSIDE,
                PacketMatch.ANY.inPort(port),
                Verdict.PASS,
                "from outside");
    }

    private void claims(Subscriber owner) {
        Set<Attachment> within = guard.othersWithin(owner);
        for (MacAddress mac : owner.macs()) {
            guard.claimed(MAC_GUARD, EVERY, PacketMatch.ANY.sourceMac(mac), owner, within);
            guard.claimed(
                    MAC_GUARD, ARP_CLAIMED, PacketMatch.arp().arpSenderMac(mac), owner, within);
        }
    }

    private void sources(Subscriber subscriber, Attachment attachment) {
        PacketMatch line = DeviceScope.at(attachment);
        if (!guard.isGuarded(subscriber) || subscriber.macs().isEmpty()) {
            if (guardedLines.enclose(attachment)) {
                guard.unguarded(MAC_GUARD, line, subscriber, attachment, ONWARD);
            }
            return;
        }
        for (MacAddress mac : subscriber.macs()) {
            PacketMatch own = line.sourceMac(mac);
            PacketMatch arp = own.and(PacketMatch.arp()).orElseThrow();
            lead(OWN + EVERY, own, subscriber);
            lead(OWN + ARP_OWN, arp.arpSenderMac(mac), subscriber);
            guard.forged(MAC_GUARD, OWN + ARP, arp, subscriber);
        }
        if (areKnown(attachment)) {
            guard.forged(MAC_GUARD, PacketMatch.ANY, subscriber, attachment);
        }
    }

    /** Whether all stations of a line are known: not where others have a part of it by prefix. */
    private boolean areKnown(Attachment line) {
        return guard.sharesWithin(line).stream().noneMatch(a -> a.source().isPresent());
    }

    private void lead(int rank, PacketMatch match, Subscriber subscriber) {
        guard.lead(MAC_GUARD, rank, match, ONWARD, "its own MAC", subscriber);
    }
}
