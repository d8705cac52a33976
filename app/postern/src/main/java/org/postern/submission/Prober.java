package org.postern.submission;

import java.net.InetAddress;
import java.util.List;
import java.util.Set;
import org.postern.probe.Family;
import org.postern.probe.PortResult;
import org.postern.probe.Probe;
import org.postern.probe.ProbeRequest;
import org.postern.probe.Resolution;

/** Probes one port at one address, by the name that clients know it by. */
class Prober {
    private final ProbeSource probes;

    /** Makes what probes. */
    interface ProbeSource {
        Probe.Builder begin();
    }

    Prober(ProbeSource probes) {
        this.probes = probes;
    }

    /**
     * Probes.
     *
     * @param recipient an address elsewhere that is tried as recipient
     * @param localRecipient one of the server's own; empty to guess
     * @throws InterruptedException if the thread is interrupted; nothing is left connected
     */
    Observation look(Watched watched, String recipient, String localRecipient)
            throws InterruptedException {
        InetAddress address = watched.address().toInetAddress();
        ProbeRequest.Builder request;
        // operators may call a server as they like: a certificate is for names that have a dot
        boolean named = watched.name().contains(".");
        try {
            // also a short name: of mail to an address literal a server may think otherwise
            request = ProbeRequest.of(watched.name());
        } catch (IllegalArgumentException e) {
            named = false;
            request = ProbeRequest.of(watched.address().toString());
        }
        // the address is configured: DNS may say another one, and is not asked
        PortResult result =
                probes.begin()
                        .resolver(host -> Resolution.of(List.of(address)))
                        .build()
                        .run(
                                request.ports(Set.of(watched.port()))
                                        .families(Set.of(Family.of(address)))
                                        .recipient(recipient)
                                        .localRecipient(localRecipient)
                                        .build(),
                                port -> {})
                        .ports()
                        .get(0);
        return Observation.of(result, watched.kind(), named);
    }
}
