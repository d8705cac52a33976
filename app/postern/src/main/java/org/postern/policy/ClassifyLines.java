package org.postern.policy;

import static org.postern.policy.Chain.CLASSIFY;
import static org.postern.policy.Verdict.PASS;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.onlab.packet.Ip6Address;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.onosproject.net.PortNumber;
import org.postern.policy.PacketMatch.Family;

/**
 * The first chain: by the role of the port a packet came in on; from access ports, what must not be
 * sent at all, quarantines, and what is mail or may be.
 */
final class ClassifyLines {
    private static final int SMTP = 25;

    /** What Open vSwitch shows as the port of every TCP fragment. */
    private static final int NO_PORT = 0;

    private static final int TRANSIT = 99;
    private static final int FROM_OUTSIDE_MAIL_IN = 95;
    private static final int FROM_OUTSIDE_INBOUND = 94;
    private static final int FROM_OUTSIDE = 93;
    private static final int SUSPENDED = 92;

    private static final int SERVER_CLAIMED = 75;

    // each of these two takes one rank below it and eleven above, see UniversalDenials
    private static final int UNREADABLE = 61;
    private static final int OPAQUE_ANYWHERE = 2;

    /** For each level of {@link AttachmentsByPort#levelOf}, so many more. */
    private static final int LEVEL = 8;

    private static final int QUARANTINED = 27;

    /** Where a part of what is quarantined is examined as ever. */
    private static final int PART_EXAMINED = 21;

    private static final int EXAMINED = 13;

    /** Ranks above that. */
    private static final int TO_SUBMISSION_SERVER = 5;

    /** Mail and fragments of lines with tag pairs. */
    private static final int ON_PAIR_LINE = 4;

    private static final int DIRECT_MAIL = 3;
    private static final int TCP_FRAGMENT = 2;
    private static final int PLAIN = 1;
    private static final int OPAQUE = 0;
    private static final int OPAQUE_MONITORED = -1;
    private static final int LAST = 0;

    private static final String HIDES_IP = "an Ethernet type that may hide IP";

    private final DeviceScope scope;
    private final PairLines pairs;
    private final UniversalDenials universal;

    private ClassifyLines(DeviceScope scope, PairLines pairs) {
        this.scope = scope;
        this.pairs = pairs;
        this.universal = new UniversalDenials(scope, pairs);
    }

    static void add(DeviceScope scope, PairLines pairs) {
        ClassifyLines lines = new ClassifyLines(scope, pairs);
        lines.byPortRole();
        if (scope.isSuspended()) {
            scope.permit(
                    CLASSIFY, SUSPENDED, PacketMatch.ANY, PASS, "enforcement is suspended", null);
        }
        lines.claimsOfServers();
        lines.unreadable();
        lines.quarantines();
        pairs.each(lines::pairLine);
        lines.examine(PacketMatch.ANY, EXAMINED);
        lines.universal.denied(OPAQUE_ANYWHERE, PacketMatch.ANY, HIDES_IP);
        scope.floor(CLASSIFY, LAST, PacketMatch.ANY, scope.onward(), "not mail");
    }

    private void byPortRole() {
        scope.device()
                .roles()
                .forEach(
                        (port, role) -> {
                            if (role == PortRole.TRANSIT) {
                                scope.floor(
                                        CLASSIFY,
                                        TRANSIT,
                                        PacketMatch.ANY.inPort(port),
                                        PASS,
                                        "transit port");
                            } else if (role != PortRole.ACCESS) {
                                fromOutside(port);
                            }
                        });
    }

    private void fromOutside(PortNumber port) {
        for (Family family : Family.values()) {
            PacketMatch tcp = PacketMatch.tcp(family).inPort(port);
            scope.floor(
                    CLASSIFY,
                    FROM_OUTSIDE_MAIL_IN,
                    tcp.sourcePort(SMTP),
                    Verdict.jump(Chain.MAIL_IN),
                    "from port 25 outside");
            if (scope.filtersInbound()) {
                scope.floor(
                        CLASSIFY,
                        FROM_OUTSIDE_INBOUND,
                        tcp.destinationPort(SMTP),
                        Verdict.jump(Chain.INBOUND),
                        "to port 25 from outside");
            }
        }
        scope.floor(CLASSIFY, FROM_OUTSIDE, PacketMatch.ANY.inPort(port), PASS, "from outside");
    }

    /**
     * Who claims to be a submission server, or what mail is steered to, would get subscribers'
     * passwords: this protects the others, so it holds for those who are monitored too.
     */
    private void claimsOfServers() {
        Infrastructure infrastructure = scope.policy().infrastructure();
        Map<IpAddress, String> claimed = new LinkedHashMap<>();
        for (SubmissionServer server : infrastructure.servers()) {
            server.addresses().forEach(a -> claimed.put(a, "submission server " + server.name()));
        }
        for (NextHop hop : infrastructure.nextHops()) {
            hop.addresses().forEach(a -> claimed.putIfAbsent(a, hop.name()));
            MacAddress mac =
                    scope.policy().nextHops().getOrDefault(hop.name(), hop.mac().orElse(null));
            if (mac != null) {
                scope.denied(
                        CLASSIFY,
                        SERVER_CLAIMED,
                        PacketMatch.ANY.sourceMac(mac),
                        "claims to be " + hop.name());
            }
        }
        claimed.forEach(
                (address, name) -> {
                    String reason = "claims to be " + name;
                    scope.denied(
                            CLASSIFY,
                            SERVER_CLAIMED,
                            PacketMatch.ANY.source(address.toIpPrefix()),
                            reason);
                    scope.denied(
                            CLASSIFY,
                            SERVER_CLAIMED,
                            address.isIp4()
                                    ? PacketMatch.arpSender(address.getIp4Address())
                                    : PacketMatch.neighbourAdvertisement(address.getIp6Address()),
                            reason);
                });
    }

    /**
     * Neighbour discovery that Open vSwitch does not parse, but Linux does: ARP of hardware type 6
     * shows operation 0, an advertisement with two link-layer options shows no target. No claim
     * could be seen in them, and nothing lawful sends them.
     */
    private void unreadable() {
        universal.denied(UNREADABLE, PacketMatch.arpOperation(0), "ARP that cannot be examined");
        universal.denied(
                UNREADABLE,
                PacketMatch.neighbourAdvertisement(Ip6Address.valueOf("::")),
                "a neighbour advertisement that cannot be examined");
    }

    private void quarantines() {
        AttachmentsByPort quarantined = new AttachmentsByPort();
        Map<Attachment, Subscriber> others = new LinkedHashMap<>();
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    if (attachment.customerVlan().isPresent()) {
                        return;
                    }
                    Optional<QuarantineDepth> depth = scope.quarantineOf(subscriber);
                    if (depth.isPresent()) {
                        quarantined.add(attachment);
                    } else {
                        others.put(attachment, subscriber);
                    }
                    depth.ifPresent(d -> quarantine(subscriber, attachment, d));
                });
        others.forEach(
                (other, subscriber) -> {
                    if (quarantined.surround(other)) {
                        partExamined(other, subscriber);
                    }
                });
    }

    /** Others' parts of a line are not quarantined with it. */
    private void partExamined(Attachment part, Subscriber subscriber) {
        PacketMatch within = DeviceScope.at(part);
        int base = PART_EXAMINED + LEVEL * AttachmentsByPort.levelOf(part);
        examine(within, base);
        if (part.source().isPresent()) {
            return;
        }
        if (scope.isMonitored(subscriber) && !scope.isMonitored()) {
            scope.watched(CLASSIFY, base + OPAQUE_MONITORED, within, HIDES_IP, subscriber.id());
        } else {
            scope.denied(CLASSIFY, base + OPAQUE, within, HIDES_IP);
        }
    }

    private void quarantine(Subscriber subscriber, Attachment attachment, QuarantineDepth depth) {
        scope.add(
                PolicyLine.floor(
                                CLASSIFY,
                                QUARANTINED + LEVEL * AttachmentsByPort.levelOf(attachment),
                                DeviceScope.at(attachment),
                                Verdict.jump(QuarantineLines.chainOf(depth)),
                                "quarantined")
                        .about(subscriber.id()));
    }

    /**
     * A line with tag pairs: what may be treated unlike between them is led to where both tags are
     * seen; everything else stays as it is.
     */
    private void pairLine(Attachment line) {
        PacketMatch within = DeviceScope.at(line);
        if (pairs.areAllToldApart(line)) {
            int base = PART_EXAMINED + LEVEL * AttachmentsByPort.PAIR;
            toServers(within, base, Verdict.jump(Chain.PAIRED_OTHERS));
            mail(within, base, Chain.PAIRED_MAIL, Chain.PAIRED_FRAGMENTS);
            others(within, base, Verdict.jump(Chain.PAIRED_OTHERS));
            scope.denied(CLASSIFY, base + OPAQUE, within, HIDES_IP);
        } else {
            int base = EXAMINED + ON_PAIR_LINE - DIRECT_MAIL;
            mail(within, base, Chain.PAIRED_MAIL, Chain.PAIRED_FRAGMENTS);
        }
    }

    /** Tells mail, and what may be mail or hides it, from everything else. */
    private void examine(PacketMatch within, int base) {
        toServers(within, base, scope.onward());
        mail(within, base, Chain.MAIL_OUT, Chain.FRAGMENTS);
        others(within, base, scope.onward());
    }

    private void toServers(PacketMatch within, int base, Verdict verdict) {
        for (SubmissionServer server : scope.policy().infrastructure().servers()) {
            for (IpAddress address : server.addresses()) {
                lead(
                        within,
                        PacketMatch.ANY.destination(address.toIpPrefix()),
                        base + TO_SUBMISSION_SERVER,
                        verdict,
                        "to submission server " + server.name());
            }
        }
    }

    private void mail(PacketMatch within, int base, Chain mail, Chain fragments) {
        for (Family family : Family.values()) {
            lead(
                    within,
                    PacketMatch.tcp(family).destinationPort(SMTP),
                    base + DIRECT_MAIL,
                    Verdict.jump(mail),
                    "direct port 25");
            lead(
                    within,
                    PacketMatch.tcp(family).destinationPort(NO_PORT),
                    base + TCP_FRAGMENT,
                    Verdict.jump(fragments),
                    "TCP fragment");
        }
        lead(
                within,
                PacketMatch.hiddenUpperLayer(),
                base + TCP_FRAGMENT,
                Verdict.jump(fragments),
                "IPv6 fragment that hides its upper-layer header");
    }

    private void others(PacketMatch within, int base, Verdict verdict) {
        for (int type : scope.device().etherTypes()) {
            lead(within, PacketMatch.ANY.etherType(type), base + PLAIN, verdict, "not mail");
        }
    }

    private void lead(
            PacketMatch within, PacketMatch what, int rank, Verdict verdict, String reason) {
        within.and(what).ifPresent(match -> scope.floor(CLASSIFY, rank, match, verdict, reason));
    }
}
