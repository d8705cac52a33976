package org.postern.observe;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.onlab.packet.IpAddress;
import org.onlab.packet.MacAddress;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;

/** Hosts that ONOS sees, in memory. */
public final class Sightings implements SightingService {
    private final List<Sighting> hosts = new ArrayList<>();

    /** A host comes up. */
    public void add(String mac, String ip, String attachment, Instant since) {
        hosts.add(
                new Sighting(
                        MacAddress.valueOf(mac),
                        Set.of(IpAddress.valueOf(ip)),
                        Attachment.parse(attachment),
                        since));
    }

    @Override
    public List<Sighting> at(Subscriber subscriber) {
        return hosts.stream()
                .filter(h -> subscriber.attachments().contains(h.where()))
                .collect(Collectors.toList());
    }

    @Override
    public List<Sighting> strays(Subscriber subscriber) {
        return hosts.stream()
                .filter(h -> !subscriber.attachments().contains(h.where()))
                .collect(Collectors.toList());
    }
}
