package org.postern.observe;

import com.google.common.collect.HashMultimap;
import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import com.google.common.collect.SetMultimap;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.IpAddress;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onosproject.net.Host;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;

/** Whose a MAC or an address is by registration, found without going through all subscribers. */
final class RegisteredAddresses {
    private final Map<String, Subscriber> subscribers = new HashMap<>();
    private final SetMultimap<MacAddress, String> macs = HashMultimap.create();
    private final SetMultimap<IpPrefix, String> prefixes = HashMultimap.create();

    /** Which lengths there are: one look for each finds the owner of an address. */
    private final Multiset<Integer> lengths4 = HashMultiset.create();

    private final Multiset<Integer> lengths6 = HashMultiset.create();

    /** The MACs of a subscriber, those that tell it from others on its port among them. */
    static Set<MacAddress> macsOf(Subscriber subscriber) {
        return Stream.concat(
                        subscriber.macs().stream(),
                        subscriber.attachments().stream()
                                .map(Attachment::sourceMac)
                                .flatMap(m -> m.stream()))
                .collect(Collectors.toSet());
    }

    /** The prefixes of a subscriber, those that tell it from others on its port among them. */
    static Set<IpPrefix> prefixesOf(Subscriber subscriber) {
        return Stream.concat(
                        subscriber.prefixes().stream(),
                        subscriber.attachments().stream()
                                .map(Attachment::source)
                                .flatMap(p -> p.stream()))
                .collect(Collectors.toSet());
    }

    void put(Subscriber subscriber) {
        remove(subscriber.id());
        String id = subscriber.id();
        subscribers.put(id, subscriber);
        macsOf(subscriber).forEach(mac -> macs.put(mac, id));
        for (IpPrefix prefix : prefixesOf(subscriber)) {
            prefixes.put(prefix, id);
            lengths(prefix.isIp4()).add(prefix.prefixLength());
        }
    }

    void remove(String id) {
        Subscriber former = subscribers.remove(id);
        if (former == null) {
            return;
        }
        macsOf(former).forEach(mac -> macs.remove(mac, id));
        for (IpPrefix prefix : prefixesOf(former)) {
            prefixes.remove(prefix, id);
            lengths(prefix.isIp4()).remove(prefix.prefixLength());
        }
    }

    private Multiset<Integer> lengths(boolean version4) {
        return version4 ? lengths4 : lengths6;
    }

    /** Whose registration a host has anything of. */
    Set<Subscriber> ownersOf(Host host) {
        Set<String> ids = new LinkedHashSet<>(macs.get(host.mac()));
        for (IpAddress ip : host.ipAddresses()) {
            for (int length : lengths(ip.isIp4()).elementSet()) {
                ids.addAll(prefixes.get(IpPrefix.valueOf(ip, length)));
            }
        }
        return ids.stream().map(subscribers::get).collect(Collectors.toSet());
    }
}
