package org.postern.policy;

import static org.postern.policy.Verdict.DROP;
import static org.postern.policy.Verdict.PASS;

import java.util.List;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.postern.policy.PacketMatch.Family;

/**
 * What quarantined subscribers may send: chains QUARANTINE (no outbound mail) and WALLED GARDEN.
 * One line in CLASSIFY leads each of their attachments here; who is quarantined needs no line here
 * but those that count its attempts.
 */
final class QuarantineLines {
    private static final int SMTP = 25;
    private static final int SUBMISSIONS = 465;
    private static final int SUBMISSION = 587;
    private static final int HTTP = 80;
    private static final int DOMAIN = 53;
    private static final int NTP = 123;

    /** Servers of DHCP, RFC 2131 and RFC 8415. */
    private static final int DHCP_SERVER = 67;

    private static final int DHCPV6_SERVER = 547;

    /** What a fragment shows. */
    private static final int NO_PORT = 0;

    /**
     * Multicast listener reports and neighbour discovery, without which IPv6 does not work (RFC
     * 4861, RFC 3810): solicitations, advertisements, reports.
     */
    private static final int[] NEIGHBOUR_DISCOVERY = {131, 132, 133, 135, 136, 143};

    // what is denied or steered takes the rank below it too, where it is counted only

    private static final int OPEN = 40;

    /** Above it, two for each level of the attachment. */
    private static final int COUNTED = 30;

    private static final int PER_LEVEL = 2;
    private static final int MAIL = 25;
    private static final int ALLOWED = 20;
    private static final int WEB = 15;
    private static final int ESSENTIAL = 10;
    private static final int PLAIN = 5;
    private static final int LAST_DENIED = 2;
    private static final int LAST = 0;

    private final DeviceScope scope;
    private final Remediation remediation;

    private QuarantineLines(DeviceScope scope) {
        this.scope = scope;
        this.remediation = scope.policy().infrastructure().remediation();
    }

    static Chain chainOf(QuarantineDepth depth) {
        return depth == QuarantineDepth.MAIL ? Chain.QUARANTINE : Chain.WALLED_GARDEN;
    }

    static void add(DeviceScope scope) {
        QuarantineLines lines = new QuarantineLines(scope);
        for (QuarantineDepth depth : QuarantineDepth.values()) {
            if (scope.hasQuarantined(depth)) {
                lines.help(depth);
                lines.attempts(depth);
                if (depth == QuarantineDepth.MAIL) {
                    lines.noMail();
                } else {
                    lines.walledGarden();
                }
            }
        }
    }

    /** The portal and the contact path are open on every port. */
    private void help(QuarantineDepth depth) {
        remediation.help().forEach(prefix -> open(chainOf(depth), OPEN, prefix));
    }

    private void open(Chain chain, int rank, IpPrefix prefix) {
        scope.floor(
                chain,
                rank,
                PacketMatch.ANY.destination(prefix),
                scope.onward(),
                "open in quarantine");
    }

    private void attempts(QuarantineDepth depth) {
        scope.eachAttachment(
                (subscriber, attachment) -> {
                    if (!scope.isQuarantined(subscriber, depth)) {
                        return;
                    }
                    int rank = COUNTED + PER_LEVEL * AttachmentsByPort.levelOf(attachment);
                    for (Family family : Family.values()) {
                        PacketMatch.tcp(family)
                                .destinationPort(SMTP)
                                .and(DeviceScope.at(attachment))
                                .map(m -> attempt(chainOf(depth), rank, m, subscriber.id()))
                                .ifPresent(scope::add);
                    }
                });
    }

    private PolicyLine attempt(Chain chain, int rank, PacketMatch match, String subscriber) {
        String reason = "quarantined, direct port 25";
        return scope.isMonitored()
                ? PolicyLine.permit(
                                chain, rank - 1, match, PASS, "monitored: " + reason, subscriber)
                        .counting(Counted.MONITORED)
                : PolicyLine.deny(chain, rank, match, reason, subscriber, false)
                        .counting(Counted.ATTEMPT);
    }

    private void noMail() {
        closed(Chain.QUARANTINE, SMTP, SUBMISSIONS, SUBMISSION, NO_PORT);
        for (int type : scope.device().etherTypes()) {
            scope.floor(
                    Chain.QUARANTINE,
                    PLAIN,
                    PacketMatch.ANY.etherType(type),
                    scope.onward(),
                    "not mail");
        }
        last(Chain.QUARANTINE, "an Ethernet type that may hide IP");
    }

    private void last(Chain chain, String reason) {
        if (scope.isMonitored()) {
            scope.denied(chain, LAST_DENIED, PacketMatch.ANY, reason);
            scope.floor(chain, LAST, PacketMatch.ANY, PASS, "monitored");
        } else {
            scope.floor(chain, LAST, PacketMatch.ANY, DROP, reason);
        }
    }

    /** Ports of mail, and what may be a fragment of it. */
    private void closed(Chain chain, int... ports) {
        for (Family family : Family.values()) {
            for (int port : ports) {
                scope.denied(
                        chain,
                        MAIL,
                        PacketMatch.tcp(family).destinationPort(port),
                        port == NO_PORT
                                ? "quarantined, a TCP fragment may be mail"
                                : "quarantined, mail");
            }
        }
        scope.denied(
                chain,
                MAIL,
                PacketMatch.hiddenUpperLayer(),
                "quarantined, an IPv6 fragment that hides its upper-layer header may be mail");
    }

    private void walledGarden() {
        if (!remediation.allowed().isEmpty()) {
            closed(Chain.WALLED_GARDEN, SMTP, NO_PORT);
            remediation.allowed().stream()
                    .distinct()
                    .forEach(prefix -> open(Chain.WALLED_GARDEN, ALLOWED, prefix));
        }
        scope.policy()
                .portal()
                .ifPresent(
                        mac -> {
                            for (Family family : Family.values()) {
                                web(PacketMatch.tcp(family).destinationPort(HTTP), mac);
                            }
                        });
        for (Family family : Family.values()) {
            essential(PacketMatch.udp(family).destinationPort(NTP), "time");
            if (remediation.resolvers().isEmpty()) {
                essential(PacketMatch.udp(family).destinationPort(DOMAIN), "name resolution");
                essential(PacketMatch.tcp(family).destinationPort(DOMAIN), "name resolution");
            }
        }
        for (IpAddress resolver : remediation.resolvers()) {
            Family family = Family.of(resolver.toIpPrefix());
            for (PacketMatch match : List.of(PacketMatch.udp(family), PacketMatch.tcp(family))) {
                essential(
                        match.destination(resolver.toIpPrefix()).destinationPort(DOMAIN),
                        "name resolution");
            }
        }
        essential(PacketMatch.udp(Family.V4).destinationPort(DHCP_SERVER), "addresses");
        essential(PacketMatch.udp(Family.V6).destinationPort(DHCPV6_SERVER), "addresses");
        for (int type : NEIGHBOUR_DISCOVERY) {
            essential(PacketMatch.icmpv6(type), "neighbour discovery");
        }
        for (int type : scope.device().etherTypes()) {
            if (!EtherTypes.isIp(type)) {
                essential(PacketMatch.ANY.etherType(type), "not IP");
            }
        }
        last(Chain.WALLED_GARDEN, "quarantined, outside the walled garden");
    }

    private void web(PacketMatch request, MacAddress portal) {
        String reason = "web requests go to the portal";
        if (scope.isMonitored()) {
            scope.denied(Chain.WALLED_GARDEN, WEB, request, reason);
        } else {
            scope.permit(
                    Chain.WALLED_GARDEN,
                    WEB,
                    request,
                    scope.onward().steeredTo(portal),
                    reason,
                    null);
        }
    }

    private void essential(PacketMatch match, String reason) {
        scope.floor(Chain.WALLED_GARDEN, ESSENTIAL, match, scope.onward(), reason);
    }
}
