package org.postern.dns;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.postern.probe.Family;
import org.postern.probe.Lookup;
import org.postern.probe.Resolution;
import org.postern.probe.Resolver;
import org.xbill.DNS.AAAARecord;
import org.xbill.DNS.ARecord;
import org.xbill.DNS.Name;
import org.xbill.DNS.TextParseException;
import org.xbill.DNS.Type;

/**
 * Finds the addresses of hosts by the DNS server that was given: A and AAAA, nothing else, no hosts
 * file. Whoever gives a server wants to know what it says. It asks once: not for longer than an
 * inquiry.
 */
final class DnsResolver implements Resolver {
    private final DnsClient dns;
    private final Map<String, Resolution> known = new ConcurrentHashMap<>();

    DnsResolver(DnsClient dns) {
        this.dns = dns;
    }

    @Override
    public Resolution resolve(String host) {
        try {
            return Resolution.of(List.of(DnsServer.literal(host)));
        } catch (UnknownHostException e) {
            return known.computeIfAbsent(host, this::lookedUp);
        }
    }

    private Resolution lookedUp(String host) {
        Name name;
        try {
            name = Name.fromString(host, Name.root);
        } catch (TextParseException e) {
            return Resolution.failed("it can be no name in DNS: " + e.getMessage());
        }
        List<InetAddress> addresses = new ArrayList<>();
        List<Lookup> lookups = new ArrayList<>();
        Map<Family, String> failures = new EnumMap<>(Family.class);
        for (Family family : Family.values()) {
            Answer answer = dns.ask(name, family == Family.IPV4 ? Type.A : Type.AAAA);
            lookups.add(answer.lookup());
            if (!answer.outcome().isAnswer()) {
                failures.put(family, answer.failure());
            }
            answer.records(ARecord.class).forEach(r -> addresses.add(r.getAddress()));
            answer.records(AAAARecord.class).forEach(r -> addresses.add(r.getAddress()));
        }
        Resolution resolution = Resolution.of(addresses).with(lookups);
        for (Map.Entry<Family, String> failure : failures.entrySet()) {
            resolution = resolution.unknown(failure.getKey(), failure.getValue());
        }
        return resolution;
    }
}
