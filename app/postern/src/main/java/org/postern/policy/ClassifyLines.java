package org.postern.policy;

import static org.postern.policy.Chain.CLASSIFY;
import static org.postern.policy.Verdict.DROP;
import static org.postern.policy.Verdict.PASS;

import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
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

    private static final int TRANSIT = 90;
    private static final int FROM_OUTSIDE_MAIL_IN = 82;
    private static final int FROM_OUTSIDE_INBOUND = 81;
    private static final int FROM_OUTSIDE = 80;
    private static final int SUSPENDED = 79;
    private static final int SERVER_CLAIMED = 78;
    private static final int SHARE_QUARANTINED = 73;
    private static final int VLAN_QUARANTINED = 72;
    private static final int PORT_QUARANTINED = 71;
    private static final int TO_SUBMISSION_SERVER = 70;
    private static final int DIRECT_MAIL = 61;
    private static final int TCP_FRAGMENT = 60;
    private static final int PLAIN = 5;
    private static final int OPAQUE = 4;
    private static final int LAST = 0;

    private final DeviceScope scope;

    private ClassifyLines(DeviceScope scope) {
        this.scope = scope;
    }

    static void add(DeviceScope scope) {
        ClassifyLines lines = new ClassifyLines(scope);
        lines.byPortRole();
        if (scope.isSuspended()) {
            scope.permit(
                    CLASSIFY, SUSPENDED, PacketMatch.ANY, PASS, "enforcement is suspended", null);
        }
        lines.claimsOfServers();
        lines.quarantines();
        lines.mail();
        lines.etherTypes();
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

    /** Who claims to be a submission server would get subscribers' passwords. */
    private void claimsOfServers() {
        for (SubmissionServer server : scope.policy().infrastructure().servers()) {
            for (IpAddress address : server.addresses()) {
                String reason = "claims to be submission server " + server.name();
                denied(SERVER_CLAIMED, PacketMatch.ANY.source(address.toIpPrefix()), reason);
                denied(
                        SERVER_CLAIMED,
                        address.isIp4()
                                ? PacketMatch.arpSender(address.getIp4Address())
                                : PacketMatch.neighbourAdvertisement(address.getIp6Address()),
                        reason);
            }
        }
    }

    /** What no access port may send; on a monitored device it is counted only. */
    private void denied(int rank, PacketMatch match, String reason) {
        if (scope.isMonitored()) {
            scope.add(
                    PolicyLine.permit(CLASSIFY, rank, match, PASS, "monitored: " + reason, null)
                            .counting(Counted.MONITORED_OTHER));
        } else {
            scope.floor(CLASSIFY, rank, match, DROP, reason);
        }
    }

    private void quarantines() {
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    for (QuarantineDepth depth : QuarantineDepth.values()) {
                        if (scope.isQuarantined(subscriber, depth)) {
                            scope.add(
                                    PolicyLine.floor(
                                                    CLASSIFY,
                                                    rankOf(attachment),
                                                    scope.only(attachment),
                                                    Verdict.jump(QuarantineLines.chainOf(depth)),
                                                    "quarantined")
                                            .about(subscriber.id()));
                        }
                    }
                });
    }

    private static int rankOf(Attachment attachment) {
        if (attachment.isShared()) {
            return SHARE_QUARANTINED;
        }
        return attachment.vlan().isPresent() ? VLAN_QUARANTINED : PORT_QUARANTINED;
    }

    private void mail() {
        for (SubmissionServer server : scope.policy().infrastructure().servers()) {
            for (IpAddress address : server.addresses()) {
                IpPrefix host = address.toIpPrefix();
                scope.floor(
                        CLASSIFY,
                        TO_SUBMISSION_SERVER,
                        PacketMatch.ANY.destination(host),
                        scope.onward(),
                        "to submission server " + server.name());
            }
        }
        for (Family family : Family.values()) {
            scope.floor(
                    CLASSIFY,
                    DIRECT_MAIL,
                    PacketMatch.tcp(family).destinationPort(SMTP),
                    Verdict.jump(Chain.MAIL_OUT),
                    "direct port 25");
            scope.floor(
                    CLASSIFY,
                    TCP_FRAGMENT,
                    PacketMatch.tcp(family).destinationPort(NO_PORT),
                    Verdict.jump(Chain.FRAGMENTS),
                    "TCP fragment");
        }
        scope.floor(
                CLASSIFY,
                TCP_FRAGMENT,
                PacketMatch.hiddenUpperLayer(),
                Verdict.jump(Chain.FRAGMENTS),
                "IPv6 fragment that hides its upper-layer header");
    }

    private void etherTypes() {
        for (int type : scope.device().etherTypes()) {
            scope.floor(
                    CLASSIFY, PLAIN, PacketMatch.ANY.etherType(type), scope.onward(), "not mail");
        }
        denied(OPAQUE, PacketMatch.ANY, "an Ethernet type that may hide IP");
    }
}
