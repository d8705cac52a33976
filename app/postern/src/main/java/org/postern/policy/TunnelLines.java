package org.postern.policy;

import static org.postern.policy.Chain.TUNNELS;
import static org.postern.policy.Verdict.DROP;
import static org.postern.policy.Verdict.PASS;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.postern.policy.PacketMatch.Family;

/** Packets within packets, from subscribers whose class blocks them: chain TUNNELS. */
final class TunnelLines {
    private static final int TEREDO = 3544;

    /** IP in IP, 6in4, GRE, EtherIP and L2TPv3, as upper-layer protocols. */
    private static final int[] TUNNEL_PROTOCOLS = {4, 41, 47, 97, 115};

    /** Above it, three for each level of the attachment. */
    private static final int TUNNEL_OF_SUBSCRIBER = 20;

    private static final int PER_LEVEL = 3;
    private static final int DENIED = 1;
    private static final int TUNNEL_MONITORED = 11;
    private static final int TUNNEL = 10;
    private static final int LAST = 0;

    private final DeviceScope scope;

    private TunnelLines(DeviceScope scope) {
        this.scope = scope;
    }

    static void add(DeviceScope scope) {
        new TunnelLines(scope).tunnels();
    }

    /** What becomes of packets that nothing was said against, of subscribers of a class. */
    static Verdict after(ServiceClass own) {
        return own.blocksTunnels() ? Verdict.jump(TUNNELS) : PASS;
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
