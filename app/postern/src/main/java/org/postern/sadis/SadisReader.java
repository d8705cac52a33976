package org.postern.sadis;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.onlab.packet.IpPrefix;
import org.onlab.packet.MacAddress;
import org.onlab.packet.VlanId;
import org.onosproject.net.ConnectPoint;
import org.opencord.sadis.SubscriberAndDeviceInformation;
import org.opencord.sadis.UniTagInformation;
import org.postern.policy.Attachment;
import org.postern.policy.Subscriber;

/** Makes subscribers of what SADIS answers. */
final class SadisReader {
    private static final int LARGEST_VLAN = 4094;

    private SadisReader() {}

    /**
     * Reads an answer.
     *
     * @param answer what SADIS has for a port's name
     * @param port the port
     * @param settings how records become subscribers
     * @param defaultClass the class of those whose services are in no other
     * @return the subscriber
     * @throws IllegalArgumentException saying what in the answer cannot be used
     */
    static Subscriber read(
            SubscriberAndDeviceInformation answer,
            ConnectPoint port,
            SadisSettings settings,
            String defaultClass) {
        List<UniTagInformation> services =
                answer.uniTagList() == null ? List.of() : answer.uniTagList();
        Subscriber.Builder subscriber =
                Subscriber.builder(idOf(answer))
                        .serviceClass(classOf(services, settings).orElse(defaultClass));
        if (settings.tags() && !services.isEmpty()) {
            services.forEach(service -> subscriber.attachedAt(placeOf(service, port)));
        } else {
            subscriber.attachedAt(Attachment.port(port));
        }
        if (answer.ipAddress() != null && !answer.ipAddress().isZero()) {
            subscriber.prefix(IpPrefix.valueOf(answer.ipAddress(), IpPrefix.MAX_INET_MASK_LENGTH));
        }
        MacAddress mac = answer.hardwareIdentifier();
        if (mac != null
                && !mac.isMulticast()
                && !mac.isBroadcast()
                && !MacAddress.ZERO.equals(mac)) {
            subscriber.mac(mac);
        }
        return subscriber.build();
    }

    /** The identifier of a subscriber, if it is one; null if there is none. */
    static String idOf(SubscriberAndDeviceInformation answer) {
        return answer.id() == null || answer.id().isEmpty() ? answer.nasPortId() : answer.id();
    }

    private static Optional<String> classOf(
            List<UniTagInformation> services, SadisSettings settings) {
        Set<String> classes =
                services.stream()
                        .flatMap(
                                s ->
                                        Stream.of(
                                                        s.getServiceName(),
                                                        s.getUpstreamBandwidthProfile())
                                                .filter(settings.classes()::containsKey)
                                                .limit(1))
                        .map(settings.classes()::get)
                        .collect(Collectors.toCollection(LinkedHashSet::new));
        if (classes.size() > 1) {
            throw new IllegalArgumentException(
                    "its services are mapped to different classes "
                            + classes
                            + ", and a subscriber has one: change apps/org.postern/sadis classes");
        }
        return classes.stream().findFirst();
    }

    private static Attachment placeOf(UniTagInformation service, ConnectPoint port) {
        Optional<VlanId> outer = vlan(service.getPonSTag());
        Optional<VlanId> inner = vlan(service.getPonCTag());
        if (outer.isPresent() && inner.isPresent()) {
            return Attachment.pair(port, outer.get(), inner.get());
        }
        return Stream.of(outer, inner, vlan(service.getUniTagMatch()))
                .flatMap(Optional::stream)
                .findFirst()
                .map(vlan -> Attachment.vlan(port, vlan))
                .orElseGet(() -> Attachment.port(port));
    }

    /**
     * A tag that is one: SADIS also has none (4095 or missing), any (4096) and priority only (0).
     */
    private static Optional<VlanId> vlan(VlanId tag) {
        return Optional.ofNullable(tag)
                .filter(t -> t.toShort() >= 1 && t.toShort() <= LARGEST_VLAN);
    }
}
